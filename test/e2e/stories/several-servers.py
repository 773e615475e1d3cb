# SPDX-License-Identifier: Apache-2.0
"""Three API servers: the first node's key only becomes a reader there, and the next node is named. No other server meets a
value that it cannot read."""
from story import claim

CHOSEN = False
LAB = ["--nodes", "3"]
CONFIG = "/etc/kubernetes/enc.yaml"


def story(node):
    node.atrest("enable --yes --fast").exits(7).says("as a reader", "done here; another node must act", "atrest import")
    text = node.read(CONFIG).decode()
    claim(text.index("identity") < text.index("aescbc"), "a key writes before the others can read it")
    node.sh("kubectl --kubeconfig /etc/kubernetes/admin.conf create secret generic plain --from-literal=a=b")
    node.atrest("verify").exits(0).says("identity")
    node.atrest("continue --yes").exits(7).says("export")
    node.atrest("reencrypt --yes").exits(1).says("has not loaded the file that lies here")
