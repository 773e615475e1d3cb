# SPDX-License-Identifier: Apache-2.0
"""One node: ConfigMaps too, under the key that writes already, while a client works; said twice, it is done once."""
import json

from plane import COMPACTION, Plane, under
from story import FOLDER_CONFIG, MANIFEST, claim

CHOSEN = False
LAB = [COMPACTION]
CONFIGMAPS = "/registry/configmaps/"
ROTATE = "rotate --yes --resources secrets,configmaps"


def story(node):
    plane = Plane(node, count=1)
    node.bulk("create -n 70 -kind configmaps")
    node.bulk("record /opt/configmaps -kind configmaps -only bulk")
    node.atrest("enable --yes --fast --hot-reload").exits(0)
    manifest, config = node.read(MANIFEST), node.read(FOLDER_CONFIG)
    key1 = under("aescbc", "key1")
    plane.begin()

    # What is refused changes nothing.
    node.atrest("rotate --yes --resources configmaps").exits(1).says("encrypts secrets", "not in the list")
    node.atrest("rotate --yes --resources secrets,configmap").exits(2).says("configmaps")
    # The plan is told, and nothing is done.
    node.atrest("rotate --dry-run --resources configmaps,secrets").exits(0).says(
        "give configmaps an entry", "aescbc/key1 writes configmaps,secrets", "nothing was changed")
    node.atrest("rotate --check --resources configmaps,secrets").exits(3)
    claim(node.read(FOLDER_CONFIG) == config, "the config is what it was, byte for byte")

    node.atrest(ROTATE).exits(0).says("proved", "aescbc/key1")
    claim(node.all_under(key1, CONFIGMAPS) > 70, "ConfigMaps are under the key")
    claim(set(plane.keys(node)) == {"key1"}, "no key was made")
    plane.all_under(key1)
    node.is_bytes(MANIFEST, manifest)
    found = {one["resource"]: one["stale"] for one in node.verdict()["resources"]}
    claim(found == {"secrets": 0, "configmaps": 0}, found)
    plane.nothing_to_do(ROTATE)
    plane.nothing_to_do("continue --yes")
    goal = json.loads(node.atrest("status -o json").out)["cluster"]["goal"]
    claim(goal is None, f"no goal is left: {goal}")

    # A rotation takes both along.
    node.atrest("rotate --yes").exits(0).says("key2")
    node.all_under(under("aescbc", "key2"), CONFIGMAPS)
    plane.all_under(under("aescbc", "key2"))
    node.bulk("check /opt/configmaps -kind configmaps")
    seen = plane.end().clean()
    plane.show(*seen.figures())
