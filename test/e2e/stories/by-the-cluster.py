# SPDX-License-Identifier: Apache-2.0
"""API server 1.37 with its controller manager: --engine svm has the cluster rewrite them, and the proof is the same."""
from story import claim

CHOSEN = False
LAB = ["--api", "1.37"]


def story(node):
    node.bulk("create -n 150 -namespaces 2")
    node.bulk("record /opt/record")
    node.atrest("enable --yes --fast --no-reencrypt").exits(0)
    claim(node.all_under(b"k8s\0") == 150, "nothing was re-encrypted")
    node.service("start", "kube-controller-manager")
    node.until("it works", lambda: node.kubectl("get configmap kube-root-ca.crt").code == 0)
    node.watch()
    node.atrest("reencrypt --yes --engine svm").exits(0)
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:") == 150, "all are there")
    node.atrest("verify").exits(0).says("proved:", "150")
    node.bulk("check /opt/record")
    left = node.kubectl("get storageversionmigrations.storagemigration.k8s.io -o name").exits(0).out
    claim("atrest-" not in left, f"its migration is left over: {left}")
    node.atrest("reencrypt --yes --engine svm").exits(0)
