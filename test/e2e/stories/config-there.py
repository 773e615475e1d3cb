# SPDX-License-Identifier: Apache-2.0
"""A config that is there already is checked and kept, byte for byte."""
from story import CONFIG, MANIFEST

CHOSEN = False


def story(node):
    node.atrest("config new --yes --provider secretbox --key-name mine").exits(0)
    before, config, want = node.files(), node.read(CONFIG), node.planned(node.read(MANIFEST))
    node.watch()
    node.atrest("enable --yes --fast").exits(0)
    node.is_bytes(CONFIG, config)
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, MANIFEST)
    node.secret_is_encrypted()
