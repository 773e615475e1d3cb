# SPDX-License-Identifier: Apache-2.0
"""One node: rotate, disable, enable again, each in one go; a client sees nothing but the restarts."""
from plane import COMPACTION, PLAIN, Plane, under
from story import MANIFEST, claim

CHOSEN = True
LAB = [COMPACTION]


def story(node):
    plane = Plane(node, count=1)
    old, kubeadm = node.read(MANIFEST), plane.kubeadm()
    node.atrest("enable --yes --fast").exits(0)
    manifest = node.read(MANIFEST)
    plane.begin()
    node.atrest("rotate --yes --fast").exits(0).says("key2")
    plane.all_under(under("aescbc", "key2"))
    claim(plane.keys(node) == ["key2"], "key2 is left, and no other")
    node.is_bytes(MANIFEST, manifest)  # a restart of the container needs no change of it
    plane.nothing_to_do("continue --yes")

    node.atrest("disable --yes --fast").exits(0)
    node.is_bytes(MANIFEST, old)
    claim(plane.kubeadm() == kubeadm, "kubeadm-config is what it was, byte for byte")
    plane.all_under(PLAIN)

    node.atrest("enable --yes --fast").exits(0)
    claim(plane.keys(node) == ["key3"], "a name that was never used")
    plane.all_under(under("aescbc", "key3"))
    seen = plane.end().clean()
    plane.show(*seen.figures())
