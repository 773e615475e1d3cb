# SPDX-License-Identifier: Apache-2.0
"""The file layout: a file that is replaced by rename stays the old one for the server; status says so, enable mends it."""
from story import CONFIG, MANIFEST, claim

CHOSEN = True


def story(node):
    node.atrest("enable --yes --fast").exits(0)
    before, pids = node.files(), node.server_pids()
    node.watch()
    node.replace(CONFIG, node.read(CONFIG) + b"# a comment, so that the hash is another\n")
    node.atrest("status").exits(0).says("stale-mount")
    node.atrest("status --check").exits(3)
    node.atrest("doctor").exits(0).says("stale-mount", "atrest enable")
    node.atrest("enable --yes").exits(0).says("the hash that it reports is the file's own")
    claim(node.server_pids() != pids, "the container was restarted")
    node.only_changed(before, CONFIG)
    claim(before[MANIFEST] == node.files()[MANIFEST], "the manifest was left alone")
    node.atrest("status --check").exits(0)
