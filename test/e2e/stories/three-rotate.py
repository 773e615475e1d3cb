# SPDX-License-Identifier: Apache-2.0
"""Rotate on three nodes with hot reload, said by two of them at once: one new key, no fault, and no gap."""
from plane import LAB as THREE
from plane import Plane, under
from story import claim

CHOSEN = True
LAB = THREE


def story(node):
    plane = Plane(node)
    plane.climb_at_once("enable --yes --fast --hot-reload", goes_on="enable --yes --fast --hot-reload")
    plane.all_under(under("aescbc", "key1"))
    manifests, second = plane.manifests(), plane.nodes[1]
    plane.begin()
    plane.go(node, "rotate --yes").exits(7).says("key2")
    plane.go(second, "rotate --yes").says("key2")  # at once again, elsewhere: no third key
    plane.carry(node, *plane.nodes[1:])
    plane.all_at_once("continue --yes")
    seen = plane.end().clean()
    plane.show(*seen.figures())
    claim(seen.errors["unavailable"] == 0, f"there was a gap of {seen.longest_gap()} ms, though nothing was restarted")
    claim(plane.same_config() == ["key2"], "key2 is left, and no other")
    plane.all_under(under("aescbc", "key2"))
    plane.are_manifests(manifests)
    plane.nothing_to_do("continue --yes")
    for each in plane.nodes:
        each.atrest("verify").exits(0).says("proved:", "key2")
