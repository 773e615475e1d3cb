# SPDX-License-Identifier: Apache-2.0
"""Three API servers: one that writes a new key would take every Secret away from the others, so it is refused."""

CHOSEN = False
LAB = ["--nodes", "3"]


def story(node):
    before = node.files()
    node.watch()
    node.atrest("enable --yes").exits(1).says("several-servers", "nothing was changed")
    node.only_changed(before)
