# SPDX-License-Identifier: Apache-2.0
"""A snapshot of etcd from before a rotation, restored beside, is read by an API server with the archived key."""
import re

from plane import COMPACTION, Plane, under
from story import ADMIN, MANIFEST, claim

CHOSEN = False
LAB = [COMPACTION]
DRILL = "/opt/drill"


def beside(node):
    """An etcd with what the snapshot has, and an API server on it with the archived config."""
    node.sh(f"etcdutl snapshot restore {DRILL}/snapshot --data-dir {DRILL}/etcd")
    words = re.findall(r"^    - (--\S+)$", node.read(MANIFEST).decode(), re.M)
    own = {"--etcd-servers": "http://127.0.0.1:12379", "--secure-port": "16443",
           "--encryption-provider-config": f"{DRILL}/enc.yaml"}
    kept = [word for word in words if word.split("=")[0] not in own and not word.startswith("--etcd-")]
    server = " ".join(kept + [f"{name}={value}" for name, value in own.items()])
    node.write(f"{DRILL}/run", "\n".join((
        "#!/bin/sh",
        f"setsid etcd --data-dir {DRILL}/etcd --listen-client-urls http://127.0.0.1:12379 --advertise-client-urls "
        f"http://127.0.0.1:12379 --listen-peer-urls http://127.0.0.1:12380 >{DRILL}/etcd.log 2>&1 </dev/null &",
        f"echo $! >{DRILL}/pids",
        f"setsid kube-apiserver {server} >{DRILL}/api.log 2>&1 </dev/null &",
        f"echo $! >>{DRILL}/pids", "")), "700")
    node.sh(f"{DRILL}/run")
    text = node.read(ADMIN).decode()
    node.write(f"{DRILL}/admin.conf", re.sub(r"(server: https://[^:\s]+):6443", r"\1:16443", text))
    node.until("the restored one is ready", lambda: node.run(
        f"kubectl --kubeconfig {DRILL}/admin.conf get --raw /readyz").code == 0)


def story(node):
    plane = Plane(node, count=1)
    node.sh(f"mkdir -m 700 {DRILL}")
    node.atrest("enable --yes --fast").exits(0)
    node.etcdctl(f"snapshot save {DRILL}/snapshot")
    node.atrest("rotate --yes --fast").exits(0)
    plane.all_under(under("aescbc", "key2"))
    claim(plane.keys(node) == ["key2"], "key1 is out of the config")

    archive = node.sh("ls -t /var/lib/atrest/archive/* | head -n 1").strip()
    claim(archive, "the key that went is in the archive")
    node.atrest("import --archive").exits(0).says("key1")
    node.atrest(f"import --archive {archive} --identity-file /opt/identity --config {DRILL}/enc.yaml --yes").exits(0)
    claim("key1" in node.read(f"{DRILL}/enc.yaml").decode(), "it has the key that the snapshot needs")
    beside(node)
    node.bulk(f"check /opt/record -kubeconfig {DRILL}/admin.conf")
    node.sh(f"kill $(cat {DRILL}/pids)")
