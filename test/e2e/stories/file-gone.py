# SPDX-License-Identifier: Apache-2.0
"""The config is gone when the kubelet looks for it: its log names the cause, and the old manifest is back."""
from story import CONFIG, MANIFEST, claim

CHOSEN = False


def story(node):
    before, old = node.files(), node.read(MANIFEST)
    want = node.planned(old)
    node.watch()
    node.run(["pkill", "-STOP", "-x", "kubelet"]).exits(0)
    run = node.start("enable --yes --fast")
    node.until("the manifest is written", lambda: node.read(MANIFEST) == want)
    node.run(["mv", CONFIG, "/opt/enc.yaml"]).exits(0)
    node.run(["pkill", "-CONT", "-x", "kubelet"]).exits(0)
    said = run.communicate(timeout=400)[0]
    print(said, file=node.log)
    claim(run.returncode == 6, f"exits {run.returncode}, not 6:\n{said}")
    claim("hostpath-check" in said, f"it does not say why:\n{said}")
    node.is_bytes(MANIFEST, old)
    node.only_changed(before)
    node.until("the API is back", node.ready)
