# SPDX-License-Identifier: Apache-2.0
"""Killed at each of its steps, then the same command: it goes on from what it sees."""
from story import CONFIG, MANIFEST, claim

CHOSEN = True


def kill(node, first):
    node.run(["pkill", "-KILL", "-f", "atrest enable"])
    first.wait(timeout=30)


def story(node):
    before, want = node.files(), node.planned(node.read(MANIFEST))
    node.watch()
    first = node.start("enable --yes --fast")
    node.until("the config is there", lambda: node.read(CONFIG) is not None)
    kill(node, first)
    config = node.read(CONFIG)

    second = node.begin("enable --yes --fast", want)
    kill(node, second)

    third = node.start("enable --yes --fast")
    node.until("the server has the flag", lambda: node.run(
        ["pgrep", "-f", "kube-apiserver.*--encryption-provider-config="]).code == 0)
    kill(node, third)

    node.atrest("enable --yes --fast").exits(0)
    claim(node.read(CONFIG) == config, "the key is the one of the first run")
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, CONFIG, MANIFEST)
    node.secret_is_encrypted()
