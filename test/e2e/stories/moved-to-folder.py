# SPDX-License-Identifier: Apache-2.0
"""--hot-reload on a node that has the file layout: moved by copy, proved, and only then the old file goes."""
from story import CONFIG, FOLDER_CONFIG, MANIFEST, claim

CHOSEN = False


def story(node):
    before, pristine = node.files(), node.read(MANIFEST)
    want = node.planned(pristine, "--hot-reload")
    node.atrest("enable --yes --fast").exits(0)
    node.secret_is_encrypted("from-before")
    config = node.read(CONFIG)
    node.watch()
    node.atrest("enable --dry-run --hot-reload").exits(0).says("remove " + CONFIG, FOLDER_CONFIG)
    node.atrest("enable --yes --fast --hot-reload").exits(0)
    node.is_bytes(FOLDER_CONFIG, config)
    node.is_bytes(MANIFEST, want)
    claim(node.read(CONFIG) is None, "the old place holds no key any more")
    node.only_changed(before, FOLDER_CONFIG, MANIFEST)
    node.kubectl("get secret from-before -o jsonpath={.data.a}").exits(0).says("Yg==")
    node.atrest("enable --yes --hot-reload").exits(0).says("nothing to do")
