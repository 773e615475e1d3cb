# SPDX-License-Identifier: Apache-2.0
"""etcd 3.4, which tells less of itself: enabled, re-encrypted and proved as on 3.6."""
from story import claim

CHOSEN = False
LAB = ["--etcd", "3.4"]


def story(node):
    node.bulk("create -n 300 -namespaces 4")
    node.bulk("record /opt/record")
    node.watch()
    node.atrest("enable --yes --fast").exits(0).says("proved")
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:") == 300, "all are there")
    node.bulk("check /opt/record")
    node.atrest("verify").exits(0).says("proved:", "300")
    node.atrest("verify --full --decrypt=20").exits(0)
    node.etcdctl("put /registry/secrets/bulk-2/by-hand", b"k8s\0\n\x0c\n\x02v1\x12\x06Secret")
    (one,) = node.verdict(3)["resources"]
    claim(one["offenders"][0]["object"] == "bulk-2/by-hand" and one["plain"] == 1 and one["current"] == 300, one)
    node.etcdctl("del /registry/secrets/bulk-2/by-hand")
    node.atrest("verify").exits(0).says("proved:")
