# SPDX-License-Identifier: Apache-2.0
"""With --hot-reload a file that is replaced by rename is loaded without a restart."""
from story import FOLDER_CONFIG, MANIFEST, claim

CHOSEN = True


def story(node):
    before, want = node.files(), node.planned(node.read(MANIFEST), "--hot-reload")
    node.watch()
    node.atrest("enable --yes --fast --hot-reload").exits(0)
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, FOLDER_CONFIG, MANIFEST)
    node.secret_is_encrypted()
    pids = node.server_pids()
    node.watched()

    node.watch()
    node.replace(FOLDER_CONFIG, node.read(FOLDER_CONFIG) + b"# a comment, so that the hash is another\n")
    node.atrest("status").exits(0).says("reload-pending")
    node.atrest("enable --yes").exits(0).says("the hash that it reports is the file's own")
    claim(node.server_pids() == pids, "nothing was restarted")
    claim(node.watched() == 0, "there was a gap")
    node.atrest("status --check").exits(0)
