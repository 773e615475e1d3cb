# SPDX-License-Identifier: Apache-2.0
"""A .bak in the manifests folder would win over the manifest: refused, and named."""
from story import MANIFEST

CHOSEN = False


def story(node):
    node.run(["cp", "-p", MANIFEST, MANIFEST + ".bak"]).exits(0)
    before = node.files()
    node.atrest("enable --yes").exits(1).says("rival-manifest", MANIFEST + ".bak", "nothing was changed")
    node.only_changed(before)
