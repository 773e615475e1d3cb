# SPDX-License-Identifier: Apache-2.0
"""etcd with users and roles: the API server's own certificate may read enough for the proof; what is not told is said."""
from story import claim

CHOSEN = False
LAB = ["--etcd-auth"]


def story(node):
    node.bulk("create -n 200")
    node.bulk("record /opt/record")
    node.watch()
    node.atrest("enable --yes --fast").exits(0).says("proved")
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:") == 200, "all are there")
    node.bulk("check /opt/record")
    node.atrest("verify").exits(0).says("proved:", "200")
    node.atrest("verify --full").exits(0).says("proved:")
    node.watched()

    # A role that may read all but one Secret.
    node.etcdctl("role revoke-permission kubernetes /registry/ --prefix")
    node.etcdctl("role grant-permission kubernetes readwrite /registry/ /registry/secrets/default/bulk-000100")
    node.etcdctl("role grant-permission kubernetes readwrite /registry/secrets/default/bulk-000101 /registry0")
    node.atrest("verify").exits(5).says("not seen:", "permission")
    node.etcdctl("role grant-permission kubernetes readwrite /registry/ --prefix")
    node.atrest("verify").exits(0).says("proved:")
