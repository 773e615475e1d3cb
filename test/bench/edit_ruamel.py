# SPDX-License-Identifier: Apache-2.0
"""The same edit with ruamel.yaml, as its users write it: round trip, quotes kept, no wrapping."""
import sys

from ruamel.yaml import YAML

yaml = YAML()
yaml.preserve_quotes = True
yaml.width = 1 << 20
pod = yaml.load(open(sys.argv[1], newline=""))
box = next(c for c in pod["spec"]["containers"] if c["name"] == "kube-apiserver")
flags = box["args"] if box.get("args") else box["command"]
flags.append("--encryption-provider-config=/etc/kubernetes/enc.yaml")
for owner, key, item in ((box, "volumeMounts", {"mountPath": "/etc/kubernetes/enc.yaml", "name": "encryption-config", "readOnly": True}),
                         (pod["spec"], "volumes", {"hostPath": {"path": "/etc/kubernetes/enc.yaml", "type": "File"}, "name": "encryption-config"})):
    if owner.get(key) is None:
        owner[key] = []
    owner[key].append(item)
yaml.dump(pod, sys.stdout)
