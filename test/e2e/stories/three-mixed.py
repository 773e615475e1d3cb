# SPDX-License-Identifier: Apache-2.0
"""A server of 1.37 beside two of 1.34, compacted every five minutes as anywhere: rotate, and no fault on the way."""
from plane import Plane, under

CHOSEN = False
LAB = ["--nodes", "3", "--node-api=cp3=1.37"]


def story(node):
    plane = Plane(node)
    plane.climb_at_once("enable --yes --fast --hot-reload", goes_on="enable --yes --fast --hot-reload")
    plane.begin()
    plane.climb_at_once("rotate --yes", on=2)
    seen = plane.end().clean()
    plane.show(*seen.figures())
    plane.same_config()
    plane.all_under(under("aescbc", "key2"))
    node.atrest("status").exits(0).says("1.37")
