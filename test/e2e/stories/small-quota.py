# SPDX-License-Identifier: Apache-2.0
"""400 Secrets of 700 KB against a small quota: it waits for compactions, finishes, and etcd never runs out of space."""
import json
import threading

from story import claim

CHOSEN = False
QUOTA = 480_000_000  # what lies there once is 285 MB, and a rewrite adds as much
# By default the API server compacts every five minutes.
LAB = [f"--etcd-flag=quota-backend-bytes={QUOTA}", "--api-flag=etcd-compaction-interval=30s"]


class Sizes(threading.Thread):
    """The size of etcd's file, every two seconds."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.seen, self.over = node, [], threading.Event()

    def run(self):
        while not self.over.wait(2):
            status = json.loads(self.node.etcdctl("endpoint status -w json"))[0]["Status"]
            self.seen.append((status["dbSize"], status.get("dbSizeInUse"), status.get("errors")))


def story(node):
    node.bulk("create -n 400 -size 700000 -workers 4")
    node.bulk("record /opt/record -size 700000")
    node.atrest("enable --yes --fast --no-reencrypt").exits(0)
    node.atrest("reencrypt --dry-run").exits(0).says("400", "compact")
    sizes = Sizes(node)
    sizes.start()
    run = node.run(f"{node.binary} reencrypt --yes -o json", timeout=1500)
    sizes.over.set()
    sizes.join()
    print("\n".join(map(str, sizes.seen)), file=node.log)
    result = run.exits(0).objects()[-1]
    claim(result["state"] == "done" and result["rewritten"] == 400, result)
    largest = max(size for size, _, _ in sizes.seen)
    claim(largest < QUOTA, f"etcd's file had {largest} bytes")
    claim(not any(errors for _, _, errors in sizes.seen), f"errors: {[each for each in sizes.seen if each[2]]}")
    claim(not node.etcdctl("alarm list").strip(), "an alarm")
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:", page=40) == 400, "all are there")
    node.atrest("verify").exits(0).says("proved:")
    node.bulk("check /opt/record -size 700000")
