# SPDX-License-Identifier: Apache-2.0
"""Enable on a pristine node: one command, proved; run again there is nothing to do."""
from story import CONFIG, MANIFEST, claim

CHOSEN = True


def story(node):
    before, old = node.files(), node.read(MANIFEST)
    want = node.planned(old)
    node.watch()
    node.atrest("enable --dry-run").exits(0).says("<redacted>", "nothing was changed", "kubeadm-config")
    node.only_changed(before)
    node.atrest("enable --check").exits(3)
    node.atrest("enable --yes").exits(0).says("new pod", "ready", "canary", "only copy of its key")
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, CONFIG, MANIFEST)
    claim(node.files()[CONFIG][:2] == ("600", "0:0"), "the config is root's alone")
    node.secret_is_encrypted()

    after, pids = node.files(), node.server_pids()
    node.atrest("enable --yes").exits(0).says("nothing to do")
    node.atrest("enable --check").exits(0)
    node.only_changed(before, CONFIG, MANIFEST)
    claim(node.files() == after, "a second run touches nothing")
    claim(node.server_pids() == pids, "a second run restarts nothing")
