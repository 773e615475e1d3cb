# SPDX-License-Identifier: Apache-2.0
"""A manifest that people edited, with comments and CRLF: every other byte stays."""
from story import CONFIG, MANIFEST, claim

CHOSEN = True


def story(node):
    text = node.read(MANIFEST).replace(b"spec:\n", b"# ours; do not touch \xc3\xa9\nspec:\n", 1)
    text = text.replace(b"\n", b"\r\n")
    node.replace(MANIFEST, text)
    before, want = node.files(), node.planned(text)
    node.watch()
    node.atrest("enable --yes --fast").exits(0)
    node.is_bytes(MANIFEST, want)
    claim(want.count(b"\r\n") == want.count(b"\n"), "every line ends as the others do")
    node.only_changed(before, CONFIG, MANIFEST)
