# SPDX-License-Identifier: Apache-2.0
"""Killed at random 20 times: each time what was done stays done, and the same command ends it."""
import random

from story import claim

CHOSEN = False


def story(node):
    node.bulk("create -n 2000")
    node.bulk("record /opt/record")
    node.atrest("enable --yes --fast --no-reencrypt").exits(0)
    node.watch()
    left = [2000]
    for _ in range(20):
        after = f"{random.uniform(0.02, 1.4):.2f}"
        run = node.run(["timeout", "--signal=KILL", after, node.binary, "reencrypt", "--yes", "--rate", "100"])
        claim(run.code in (137, -9), f"it was to be killed, and exits {run.code}:\n{run.out}{run.err}")
        left.append(sum(not value.startswith(b"k8s:enc:") for value in node.stored().values()))
        claim(left[-1] <= left[-2], f"more is stale than before: {left}")
    print(left, file=node.log)
    claim(0 < left[-1] < 1900, f"stale after each: {left}")
    result = node.atrest("reencrypt --yes -o json").exits(0).objects()[-1]
    claim(result["rewritten"] == left[-1], f"{result} of {left[-1]}")
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:") == 2000, "all are there")
    node.atrest("verify").exits(0).says("proved:")
    node.bulk("check /opt/record")
    claim(not node.sh("ls -A /var/lib/atrest/work 2>/dev/null || true").strip(), "nothing is left over")
