# SPDX-License-Identifier: Apache-2.0
"""Two at once: the second says who holds the lock, and changes nothing."""
from story import CONFIG, MANIFEST, claim

CHOSEN = False


def story(node):
    before, want = node.files(), node.planned(node.read(MANIFEST))
    node.watch()
    first = node.start("enable --yes --fast")
    node.until("the first has written", lambda: node.read(MANIFEST) == want)
    node.atrest("enable --yes").exits(1).says("atrest enable", "pid", "nothing was changed")
    said = first.communicate(timeout=300)[0]
    claim(first.returncode == 0, f"the first fails:\n{said}")
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, CONFIG, MANIFEST)
