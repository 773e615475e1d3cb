# SPDX-License-Identifier: Apache-2.0
"""With the API down status and doctor still say what can be seen, and what cannot."""

CHOSEN = False


def story(node):
    node.atrest("enable --yes --fast").exits(0)
    node.service("stop", "kubelet")
    node.run(["pkill", "-KILL", "-x", "kube-apiserver"]).exits(0)
    node.until("the server is gone", lambda: not node.server_pids())
    node.atrest("status").exits(0).says("no API server of this node runs", "was not seen", "is valid")
    node.atrest("status --check").exits(3)
    node.atrest("doctor").exits(0).says("kubelet-stopped", "pod-missing")
    node.service("start", "kubelet")
    node.until("the API is back", node.ready)
    node.atrest("status --check").exits(0)
