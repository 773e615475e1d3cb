# SPDX-License-Identifier: Apache-2.0
"""Enable on three nodes: a client of all three servers sees no fault; a second time nothing is done."""
from plane import LAB as THREE
from plane import PLAIN, Plane, under
from story import claim

CHOSEN = False
LAB = THREE


def story(node):
    plane = Plane(node)
    want = plane.planned()
    claim(set(plane.stored_by(node)) == {PLAIN}, "nothing is encrypted yet")
    plane.begin()
    plane.climb("enable --yes", goes_on="enable --yes")
    seen = plane.end().clean()
    plane.show(*seen.figures())
    plane.are_manifests(want)
    claim(plane.same_config() == ["key1"], "the config has key1, and no other")
    plane.all_under(under("aescbc", "key1"))
    claim("encryption-provider-config" in plane.kubeadm(), "kubeadm-config has the flag")
    plane.nothing_to_do("enable --yes")
    for each in plane.nodes:
        each.atrest("verify").exits(0).says("proved:")
