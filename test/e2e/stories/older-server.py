# SPDX-License-Identifier: Apache-2.0
"""Credentials that may not read /metrics, so no hash (as before 1.34): the start, later than the file, is the proof."""
from story import CONFIG, LIMITED, MANIFEST

CHOSEN = False


def story(node):
    node.limit()
    before, want = node.files(), node.planned(node.read(MANIFEST))
    node.watch()
    node.atrest(f"enable --yes --fast --kubeconfig {LIMITED}").exits(0).says("it started after the file was written")
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, CONFIG, MANIFEST)
    node.secret_is_encrypted()
    node.atrest(f"enable --yes --kubeconfig {LIMITED}").exits(0).says("nothing to do")
