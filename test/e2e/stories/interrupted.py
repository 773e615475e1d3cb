# SPDX-License-Identifier: Apache-2.0
"""SIGTERM, and a terminal that goes away: the first stops it safely, the second does not stop it at all."""
from story import CONFIG, MANIFEST, claim

CHOSEN = False


def story(node):
    before, want = node.files(), node.planned(node.read(MANIFEST))
    node.watch()
    first = node.begin("enable --yes", want)
    node.run(["pkill", "-TERM", "-f", "atrest enable"]).exits(0)
    said = first.communicate(timeout=60)[0]
    claim(first.returncode == 4, f"exits {first.returncode}, not 4:\n{said}")
    claim("run the same command again" in said, said)
    node.atrest("undo list").exits(0).says("no server was seen to run with it")
    node.atrest("status").says("record-open")

    second = node.start("enable --yes")
    node.until("it waits", lambda: node.run(["pgrep", "-f", "atrest enable"]).code == 0)
    node.run(["pkill", "-HUP", "-f", "atrest enable"])
    said = second.communicate(timeout=300)[0]
    claim(second.returncode == 0, f"exits {second.returncode}, not 0:\n{said}")
    claim("going on with a change" in said, said)
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, CONFIG, MANIFEST)
