# SPDX-License-Identifier: Apache-2.0
"""Enable after disable on three nodes: another key under a name that was never used, and no fault on the way."""
from plane import LAB as THREE
from plane import PLAIN, Plane, under
from story import claim

CHOSEN = False
LAB = THREE


def story(node):
    plane = Plane(node)
    plane.climb("enable --yes --fast", goes_on="enable --yes --fast")
    was = plane.secrets_of(node)
    plane.climb("disable --yes --fast", goes_on="continue --yes --fast")
    plane.all_under(PLAIN)
    plane.begin()
    plane.climb("enable --yes --fast", on=2, goes_on="enable --yes --fast")
    plane.end().clean()
    claim(plane.same_config() == ["key2"], "the key has a name of its own")
    claim(not set(was) & set(plane.secrets_of(node)), "and it is another one")
    plane.all_under(under("aescbc", "key2"))
