# SPDX-License-Identifier: Apache-2.0
"""Without etcd's certificates: names come from the API, every object is answered, and it says that nothing is proved."""
from story import claim

CHOSEN = False
PKI = "/etc/kubernetes/pki"


def story(node):
    node.bulk("create -n 200 -namespaces 3")
    node.bulk("record /opt/record")
    node.atrest("enable --yes --fast --no-reencrypt").exits(0)
    node.sh(f"mkdir -m 700 /opt/away && mv {PKI}/apiserver-etcd-client.* {PKI}/etcd/healthcheck-client.* /opt/away")
    node.atrest("verify").exits(5).says("not seen:", "apiserver-etcd-client")
    said = node.atrest("reencrypt --yes").exits(0).says("not proved")
    claim("200" in said.out + said.err, "it says how many")
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:") == 200, "all are re-encrypted nevertheless")
    node.sh(f"mv /opt/away/apiserver-* {PKI} && mv /opt/away/healthcheck-* {PKI}/etcd")
    node.atrest("verify").exits(0).says("proved:")
    node.bulk("check /opt/record")
