#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench-three: a rotation on three nodes with hot reload, rung by rung, while a client works through every server.

    live_three.py --bin build/release/atrest [--secrets 5000] [--name three]

Every node runs `atrest continue --wait` at the same time. A step's time is that of its line on a node's output, since the
line before; what is spent in waiting for a server's own poll of its file (once a minute) is told apart. Prints tables as
docs/benchmarks.md has them.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

from plane import LAB as THREE  # noqa: E402
from plane import Plane, under  # noqa: E402
from story import LAB, Node  # noqa: E402

POLL = {"loaded"}


class Timed(threading.Thread):
    """atrest on a node, and when it said what."""

    def __init__(self, node, words):
        super().__init__()
        self.node, self.words, self.lines, self.code = node, words, [], None

    def run(self):
        process = subprocess.Popen(self.node.argv(f"{self.node.binary} {self.words}"), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=self.node.log, text=True)
        for line in process.stdout:
            if line.startswith('{"schema":"atrest.event'):
                self.lines.append((time.monotonic(), json.loads(line)))
            print(line, end="", file=self.node.log, flush=True)
        self.code = process.wait()


def steps(run, began):
    """(what was done or waited for, seconds) of one node, one after the other."""
    last = began
    for at, line in run.lines:
        if line.get("event") == "done":
            yield line["id"], at - last
        if line.get("event") in ("done", "begin"):
            last = at


def tell(runs, began, seen, secrets):
    print(f"\n### Rotation of {secrets} Secrets on three nodes, hot reload\n")
    ids = list(dict.fromkeys(name for run in runs for name, _ in steps(run, began)))
    print("| step | " + " | ".join(run.node.name for run in runs) + " |\n|---" * 1 + "|---:" * len(runs) + "|")
    for name in ids:
        sums = [sum(took for step, took in steps(run, began) if step == name) for run in runs]
        print(f"| {name} | " + " | ".join(f"{one:.1f} s" for one in sums) + " |")
    whole = [run.lines[-1][0] - began for run in runs]
    polls = [sum(took for step, took in steps(run, began) if step in POLL) for run in runs]
    print("| **whole** | " + " | ".join(f"{one:.1f} s" for one in whole) + " |")
    print("| of it the servers' own poll | " + " | ".join(
        f"{poll:.1f} s ({100 * poll / one:.0f} %)" for poll, one in zip(polls, whole)) + " |")
    print("\nWhat the client saw:\n")
    for line in seen.figures():
        print(f"    {line}")


def measure(options, log):
    node = Node(options.name, "cp1", str(pathlib.Path(options.bin).resolve()), log)
    plane = Plane(node, secrets=options.secrets)
    plane.climb_at_once("enable --yes --fast --hot-reload", goes_on="enable --yes --fast --hot-reload")
    plane.begin()
    began = time.monotonic()
    plane.go(node, "rotate --yes").exits(7)
    plane.carry(node, *plane.nodes[1:])
    print(f"the key made, its reader loaded on cp1, and its file carried to the others: {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    runs = [Timed(each, "continue --yes --wait 1800 -o json") for each in plane.nodes]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    seen = plane.end().clean()
    if any(run.code for run in runs):
        raise SystemExit(f"exit codes {[run.code for run in runs]}: the log tells why")
    plane.all_under(under("aescbc", "key2"))
    tell(runs, began, seen, options.secrets)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--secrets", type=int, default=5000)
    parser.add_argument("--name", default="three")
    parser.add_argument("--log", default="build/bench-three.log")
    options = parser.parse_args()
    with open(options.log, "w", encoding="utf-8") as log:
        lab = [sys.executable, str(LAB)]
        if subprocess.run([*lab, "up", "--name", options.name, *THREE], stdout=log, stderr=log, check=False).returncode:
            raise SystemExit(f"no lab could be had: {options.log} tells why")
        try:
            measure(options, log)
        finally:
            subprocess.run([*lab, "down", "--name", options.name], stdout=log, stderr=log, check=False)


main()
