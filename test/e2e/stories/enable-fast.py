# SPDX-License-Identifier: Apache-2.0
"""Enable with --fast: the old server is ended once it has stopped listening."""
from story import CONFIG, MANIFEST

CHOSEN = True


def story(node):
    before, want = node.files(), node.planned(node.read(MANIFEST))
    node.watch()
    node.atrest("enable --yes --fast").exits(0).says("stopped listening")
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, CONFIG, MANIFEST)
    node.secret_is_encrypted()
