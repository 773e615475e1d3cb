# SPDX-License-Identifier: Apache-2.0
"""With the API server down verify answers from etcd alone, wildcards too; reencrypt says that it waits for nobody."""
from story import CONFIG, claim

CHOSEN = False


def story(node):
    node.bulk("create -n 100")
    node.atrest("enable --yes --fast").exits(0)
    node.service("stop", "kubelet")
    node.run(["pkill", "-KILL", "-x", "kube-apiserver"]).exits(0)
    node.until("the server is gone", lambda: not node.server_pids())
    node.atrest("verify").exits(0).says("proved:", "100")
    node.atrest("verify default/bulk-000001").exits(0).says("key1")
    node.atrest("verify --decrypt=all").exits(0)
    claim(node.verdict()["resources"][0]["proved"], "and it is proved")

    node.replace(CONFIG, node.read(CONFIG).replace(b'- "secrets"', b'- "*.*"'))
    found = {one["resource"]: one for one in node.verdict(3)["resources"]}
    claim(found["secrets"]["current"] == 100 and found["configmaps"]["plain"] > 0, f"{sorted(found)}")
    before = node.stored()
    node.atrest("reencrypt --yes").exits(1)
    claim(node.stored() == before, "nothing was written")

    node.sh("mv /etc/kubernetes/manifests/etcd.yaml /opt && pkill -TERM -x etcd")
    node.until("etcd is gone", lambda: node.run(["pgrep", "-x", "etcd"]).code != 0)
    node.atrest("verify").exits(5).says("not seen:")
    # No census is not one of zero.
    node.atrest("undo --yes").exits(1).says("still-encrypted")
