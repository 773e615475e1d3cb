# SPDX-License-Identifier: Apache-2.0
"""aescbc, then secretbox, then aesgcm on three nodes: no fault on the way, and every value under the last."""
from plane import LAB as THREE
from plane import Plane, under
from story import claim

CHOSEN = False
LAB = THREE


def story(node):
    plane = Plane(node)
    plane.climb_at_once("enable --yes --fast --hot-reload", goes_on="enable --yes --fast --hot-reload")
    plane.begin()
    plane.climb_at_once("rotate --yes --provider secretbox")
    plane.all_under(under("secretbox", "key2"))
    plane.climb_at_once("rotate --yes --provider aesgcm --accept aesgcm-write-limit", on=2)
    seen = plane.end().clean()
    plane.show(*seen.figures())
    claim(plane.same_config() == ["key3"], "the last key is left, and no other")
    plane.all_under(under("aesgcm", "key3"))
    plane.nothing_to_do("continue --yes")
