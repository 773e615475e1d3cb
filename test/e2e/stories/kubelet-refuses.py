# SPDX-License-Identifier: Apache-2.0
"""The kubelet refuses the manifest, since somebody broke it behind ours: the cause is told, their change is not undone."""
from story import CONFIG, MANIFEST

CHOSEN = False


def story(node):
    before, old = node.files(), node.read(MANIFEST)
    want = node.planned(old)
    node.watch()
    node.run(["pkill", "-STOP", "-x", "kubelet"]).exits(0)
    run = node.begin("enable --yes --fast", want)
    node.replace(MANIFEST, want.replace(b"    tier: control-plane", b"    tier: \"no label!\"", 1))
    node.run(["pkill", "-CONT", "-x", "kubelet"]).exits(0)
    node.ended(run, 5, "kubelet-refused", "changed by somebody else", "atrest doctor")
    node.atrest("doctor").exits(0).says("kubelet-refused")
    node.atrest("undo --yes --accept still-encrypted,changed-since").exits(0)
    node.is_bytes(MANIFEST, old)
    node.only_changed(before, CONFIG)
    node.until("the API is back", node.ready)
