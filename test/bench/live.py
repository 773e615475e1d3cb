#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench-live: how long a live change takes, whose time it is, and what status and doctor cost.

    live.py --bin build/release/atrest [--runs 2] [--name bench] [--only enable|hot|times]

Each run of `atrest enable` is on a node of its own in the lab (test/lab), watched from outside (live_node.py). Prints
tables as docs/benchmarks.md has them, each target with ok or missed beside it: a target is no test, and a missed one
fails nothing. Where no lab can be had it says why. Exit 1 is for a command that did not do what was to be measured.
"""
import argparse
import contextlib
import json
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LAB = ROOT / "test/lab/lab.py"
ADDRESS = "10.99.0.11"
FOLDER_CONFIG = "/etc/kubernetes/enc/enc.yaml"
NODE = ["/usr/bin/python3", str(HERE / "live_node.py")]

OURS_S, STATUS_S = 1.0, 0.150  # the targets
TIMES = 20

WAYS = [("plain", ["--yes"]), ("--fast", ["--yes", "--fast"])]


class Cannot(Exception):
    """There is nothing to measure on."""


class Wrong(Exception):
    """What was to be measured went wrong."""


def lab(*words):
    return subprocess.run([sys.executable, str(LAB), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)


@contextlib.contextmanager
def fresh(name):
    up = lab("up", "--name", name)
    if up.returncode == 77:
        raise Cannot(up.stderr.strip())
    if up.returncode:
        raise Wrong(up.stdout + up.stderr)
    try:
        yield
    finally:
        lab("down", "--name", name)


def measure(name, *words):
    done = lab("exec", name, "cp1", "--", *NODE, *words)
    if done.returncode:
        raise Wrong(done.stdout + done.stderr)
    found = json.loads(done.stdout)
    if found.get("code"):
        raise Wrong(f"'{' '.join(words)}' exits {found['code']}:\n{found['said']}")
    return found


# --- what is made of it

def said(found, what):
    """The moment an event of that id came; None: it did not."""
    return next((event["at"] for event in found["events"] if event["event"] == "done" and event["id"] == what), None)


def span(found, first, last):
    begin, end = (found.get(moment) if moment in found else said(found, moment) for moment in (first, last))
    return None if begin is None or end is None else end - begin


def shown(seconds):
    return "–" if seconds is None else f"{seconds:.1f} s" if abs(seconds) >= 9.95 else f"{seconds:.2f} s"


def verdict(value, target):
    return "" if target is None else "ok" if value is not None and value <= target else "missed"


MOMENTS = [
    # what, from, to
    ("rename → last answer of the old process", "zero", "answer"),
    ("rename → it stops listening", "zero", "deaf"),
    ("rename → it ends", "zero", "end"),
    ("rename → new pod", "zero", "pod"),
    ("rename → new process", "zero", "process"),
    ("rename → it listens", "zero", "listens"),
    ("rename → first ready answer", "zero", "ready"),
    ("rename → atrest says ready", "zero", "said-ready"),
    ("rename → atrest says loaded", "zero", "loaded"),
    ("rename → canary done", "zero", "canary"),
    ("rename → atrest ends", "zero", "exit"),
    ("the whole run", "begin", "exit"),
]
SHARES = [
    # what, whose, whose with --fast, from, to, target
    ("start → rename", "atrest", "atrest", "begin", "zero", None),
    ("rename → old one stops listening", "kubelet", "kubelet", "zero", "deaf", None),
    ("→ old one ends", "API server, till its grace is over", "atrest, which waits 1 s and ends it", "deaf", "end", None),
    ("→ new process", "kubelet", "kubelet", "end", "process", None),
    ("→ ready", "API server", "API server", "process", "ready", None),
    ("→ atrest says loaded", "atrest", "atrest", "ready", "loaded", OURS_S),
    ("→ atrest ends (canary, kubeadm-config)", "atrest", "atrest", "loaded", "exit", None),
]


def table(head, rows):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


def tell_moments(runs):
    rows = [[what, *(shown(span(found, first, last)) for _, found in runs)] for what, first, last in MOMENTS]
    rows.append(["longest time from ready answer to ready answer", *(shown(found["silence"]) for _, found in runs)])
    table(["", *(title for title, _ in runs)], rows)


def tell_shares(runs):
    rows = []
    for what, plain, fast, first, last, target in SHARES:
        spans = [span(found, first, last) for _, found in runs]
        marks = [f"{shown(value)} {verdict(value, target)}".strip() for value in spans]
        whose = plain if plain == fast else f"{plain}; {fast}"
        rows.append([what, whose, "" if target is None else f"≤ {target:.0f} s", *marks])
    table(["from one to the next", "whose time (; with --fast)", "target", *(title for title, _ in runs)], rows)


def changes(options):
    runs = []
    for way, words in WAYS:
        for number in range(options.runs):
            with fresh(options.name):
                found = measure(options.name, "change", ADDRESS, options.bin, "enable", *words, "-o", "json")
                found["said-ready"] = said(found, "ready")
                runs.append((f"{way} {number + 1}", found))
    print("### enable, seen from outside\n")
    tell_moments(runs)
    print("### Whose time it is\n")
    tell_shares(runs)


def hot(options):
    rows = []
    for number in range(options.runs):
        with fresh(options.name):
            measure(options.name, "change", ADDRESS, options.bin, "enable", "--yes", "--fast", "--hot-reload", "-o", "json")
            found = measure(options.name, "reload", ADDRESS, FOLDER_CONFIG, options.bin, "enable", "--yes", "-o", "json")
        rows.append([str(number + 1), shown(span(found, "zero", "loaded")), shown(span(found, "zero", "exit")),
                     f"{found['failed']} of {found['asked']}", shown(found["silence"]),
                     "yes" if found["restarted"] else "no"])
    print("### Hot reload: the file replaced by rename\n")
    table(["run", "rename → atrest says loaded", "→ it ends", "questions without a ready answer",
           "longest from answer to answer", "restarted"], rows)


def times(options):
    with fresh(options.name):
        measure(options.name, "change", ADDRESS, options.bin, "enable", "--yes", "--fast", "-o", "json")
        found = measure(options.name, "times", str(TIMES), options.bin)
    base = found["true"]["wall"]
    print(f"### status and doctor, {TIMES} runs each in turn, beside /bin/true in the same loop\n")
    rows = []
    for name, target in (("true", None), ("status", STATUS_S), ("doctor", None)):
        one = found[name]
        rows.append([name, *(f"{one[field] * 1e3:.1f} ms" for field in ("wall", "best", "most", "cpu")),
                     "" if name == "true" else f"{(one['wall'] - base) * 1e3:.1f} ms",
                     "" if target is None else f"≤ {target * 1e3:.0f} ms {verdict(one['wall'] - base, target)}"])
    table(["", "median", "best", "most", "CPU, median", "median over /bin/true", "target"], rows)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--name", default="bench")
    parser.add_argument("--only", choices=("enable", "hot", "times"))
    options = parser.parse_args()
    options.bin = str(pathlib.Path(options.bin).resolve())
    parts = {"enable": changes, "times": times, "hot": hot}
    try:
        for name, part in parts.items():
            if options.only in (None, name):
                part(options)
    except Cannot as reason:
        print(f"nothing to measure on: {reason}")
    except Wrong as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


sys.exit(main())
