# SPDX-License-Identifier: Apache-2.0
"""The kubelet refuses the manifest, since somebody broke it behind ours: the cause is told, their change is not undone."""
from story import CONFIG, MANIFEST, claim

CHOSEN = False


def story(node):
    before, old = node.files(), node.read(MANIFEST)
    want = node.planned(old)
    node.watch()
    node.run(["pkill", "-STOP", "-x", "kubelet"]).exits(0)
    run = node.start("enable --yes --fast")
    node.until("the manifest is written", lambda: node.read(MANIFEST) == want)
    node.replace(MANIFEST, want.replace(b"    tier: control-plane", b"    tier: \"no label!\"", 1))
    node.run(["pkill", "-CONT", "-x", "kubelet"]).exits(0)
    said = run.communicate(timeout=400)[0]
    print(said, file=node.log)
    claim(run.returncode == 5, f"exits {run.returncode}, not 5:\n{said}")
    for word in ("kubelet-refused", "changed by somebody else", "atrest doctor"):
        claim(word in said, f"it does not say '{word}':\n{said}")
    node.atrest("doctor").exits(0).says("kubelet-refused")
    node.atrest("undo --yes --accept still-encrypted,changed-since").exits(0)
    node.is_bytes(MANIFEST, old)
    node.only_changed(before, CONFIG)
    node.until("the API is back", node.ready)
