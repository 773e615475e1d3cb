# SPDX-License-Identifier: Apache-2.0
"""With the kubelet stopped nothing would come of it: refused before anything is touched."""

CHOSEN = False


def story(node):
    node.service("stop", "kubelet")
    before = node.files()
    node.atrest("enable --yes").exits(1).says("kubelet-stopped", "nothing was changed")
    node.only_changed(before)
