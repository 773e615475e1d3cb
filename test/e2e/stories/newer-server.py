# SPDX-License-Identifier: Apache-2.0
"""An API server 1.37 on etcd 3.4."""
from story import CONFIG, MANIFEST

CHOSEN = False
LAB = ["--api", "1.37", "--etcd", "3.4"]


def story(node):
    before, want = node.files(), node.planned(node.read(MANIFEST))
    node.watch()
    node.atrest("enable --yes --fast").exits(0).says("the hash that it reports is the file's own")
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, CONFIG, MANIFEST)
    node.secret_is_encrypted()
