# SPDX-License-Identifier: Apache-2.0
"""The config is spoiled behind atrest's back: the server never listens, the cause is told, the old manifest is back."""
from story import CONFIG, MANIFEST, claim

CHOSEN = True


def story(node):
    before, old = node.files(), node.read(MANIFEST)
    want = node.planned(old)
    node.watch()
    run = node.start("enable --yes --fast")
    node.until("the manifest is written", lambda: node.read(MANIFEST) == want)
    bad = node.read(CONFIG).replace(b"secret: \"", b"secret: \"!")
    node.replace(CONFIG, bad)
    said = run.communicate(timeout=400)[0]
    print(said, file=node.log)
    claim(run.returncode == 6, f"exits {run.returncode}, not 6:\n{said}")
    for word in ("key-base64", "put back", "atrest keygen"):
        claim(word in said, f"it does not say '{word}':\n{said}")
    node.is_bytes(MANIFEST, old)
    node.only_changed(before, CONFIG)
    node.until("the API is back", node.ready)
    node.atrest("undo list").exits(0).says("put back")
    node.atrest("enable --yes").exits(1).says("key-base64")
