# SPDX-License-Identifier: Apache-2.0
"""The API server is killed midway: the same run waits for it, and goes on to the end."""
from story import claim

CHOSEN = True


def story(node):
    node.bulk("create -n 2000")
    node.bulk("record /opt/record")
    node.atrest("enable --yes --fast --no-reencrypt").exits(0)
    run = node.start("reencrypt --yes --rate 150")
    node.until("it is midway", lambda: run.poll() is not None or node.etcd_value(
        "/registry/secrets/default/bulk-000300").startswith(b"k8s:enc:"))
    node.run(["pkill", "-KILL", "-x", "kube-apiserver"]).exits(0)
    left = sum(value.startswith(b"k8s\0") for value in node.stored().values())
    claim(0 < left < 2000 and run.poll() is None, f"it was not midway: {left} were left")
    node.ended(run, 0)
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:") == 2000, "all are there")
    node.atrest("verify").exits(0).says("proved:")
    node.bulk("check /opt/record")
