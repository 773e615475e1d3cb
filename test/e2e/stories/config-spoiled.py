# SPDX-License-Identifier: Apache-2.0
"""The config is spoiled behind atrest's back: the server never listens, the cause is told, the old manifest is back."""
from story import CONFIG, MANIFEST

CHOSEN = True


def story(node):
    before, old = node.files(), node.read(MANIFEST)
    want = node.planned(old)
    node.watch()
    run = node.begin("enable --yes --fast", want)
    bad = node.read(CONFIG).replace(b"secret: \"", b"secret: \"!")
    node.replace(CONFIG, bad)
    node.ended(run, 6, "key-base64", "put back", "atrest keygen")
    node.is_bytes(MANIFEST, old)
    node.only_changed(before, CONFIG)
    node.until("the API is back", node.ready)
    node.atrest("undo list").exits(0).says("put back")
    node.atrest("enable --yes").exits(1).says("key-base64")
