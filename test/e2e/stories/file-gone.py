# SPDX-License-Identifier: Apache-2.0
"""The config is gone when the kubelet looks for it: its log names the cause, and the old manifest is back."""
from story import CONFIG, MANIFEST

CHOSEN = False


def story(node):
    before, old = node.files(), node.read(MANIFEST)
    want = node.planned(old)
    node.watch()
    node.run(["pkill", "-STOP", "-x", "kubelet"]).exits(0)
    run = node.begin("enable --yes --fast", want)
    node.run(["mv", CONFIG, "/opt/enc.yaml"]).exits(0)
    node.run(["pkill", "-CONT", "-x", "kubelet"]).exits(0)
    node.ended(run, 6, "hostpath-check")
    node.is_bytes(MANIFEST, old)
    node.only_changed(before)
    node.until("the API is back", node.ready)
