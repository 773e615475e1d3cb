#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make bench-live: how long a live change takes, whose time it is, and what status, doctor, reencrypt and verify cost.

    live.py --bin build/release/atrest [--runs 2] [--name bench] [--only enable|hot|times|rewrite|verify]… [--many]

--many: rewrite goes on with 50,000 Secrets, verify with 100,000. Beside atrest's own folder lies `ceiling` (ceiling.c), without which there
is nothing to compare with but the guides' line.

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
SECRETS, MANY = 5000, 50000
GUIDE_X, CEILING_X, CPU_MS, PEAK_MB, PEAK_MANY_MB = 3.3, 0.95, 0.15, 16, 20
VERIFIED = [(20000, 0.5), (100000, 1.5)]
VERIFY_MB, NOTHING_S, LOOP = 16, 0.6, 100

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


# --- re-encryption and proof

PKI = "/etc/kubernetes/pki"
GUIDE = "kubectl get secrets -A -o json | kubectl replace -f - >/dev/null"
ETCDCTL = (f"etcdctl --endpoints https://127.0.0.1:2379 --cacert {PKI}/etcd/ca.crt "
           f"--cert {PKI}/etcd/healthcheck-client.crt --key {PKI}/etcd/healthcheck-client.key")
PATHS = "/opt/paths"


def ways(options):
    """What rewrites all Secrets: name, command."""
    ceiling = pathlib.Path(options.bin).parent / "ceiling"
    found = [("the guides' line", ["sh", "-c", f"export KUBECONFIG=/etc/kubernetes/admin.conf; {GUIDE}"])]
    if ceiling.exists():
        client = f"{PKI}/apiserver-kubelet-client"
        found.append(("ceiling", ["sh", "-c", f"exec {ceiling} https://{ADDRESS}:6443 {PKI}/ca.crt {client}.crt "
                                  f"{client}.key 32 <{PATHS}"]))
    else:
        print(f"(no {ceiling}: nothing to hold atrest against the server's own limit with)\n")
    return [*found, ("atrest reencrypt", [options.bin, "reencrypt", "--yes"])]


def make(name, count, first=0):
    done = lab("exec", name, "cp1", "--", "bulk", "create", "-n", str(count - first), "-prefix", f"b{first}",
               "-namespaces", "20")
    if done.returncode:
        raise Wrong(done.stdout + done.stderr)
    lab("exec", name, "cp1", "--", "sh", "-c", f"bulk paths >{PATHS}")


def keyed(name, key):
    """How many values lie under this key: none of the ways is believed."""
    done = lab("exec", name, "cp1", "--", "sh", "-c", f"{ETCDCTL} get /registry/secrets/ --prefix --print-value-only | "
               f"LC_ALL=C grep -aoF k8s:enc:aescbc:v1:{key}: | wc -l")
    return int(done.stdout)


def rewritten(options, way, command, count):
    """One run of it, after the other key has become the writer."""
    key = measure(options.name, "turn", FOLDER_CONFIG)["name"]
    if keyed(options.name, key):
        raise Wrong(f"values lie under {key} before {way}")
    (run,) = measure(options.name, "cost", "1", *command)["runs"]
    done = keyed(options.name, key)
    if done != count:
        raise Wrong(f"{way}: {done} of {count} are rewritten\n{run['said']}")
    return run


def tell_ways(title, runs, count, peak):
    best = {way: min(of, key=lambda run: run["wall"]) for way, of in runs.items()}
    guide, ceiling, ours = (best.get(way) for way in ("the guides' line", "ceiling", "atrest reencrypt"))
    print(f"### {title}\n")
    rows = [[way, *(shown(run["wall"]) for run in runs[way]), f"{count / one['wall']:.0f}",
             f"{guide['wall'] / one['wall']:.2f}×" if guide else "", f"{ceiling['wall'] / one['wall']:.3f}×" if ceiling else "",
             f"{one['cpu'] * 1e3 / count:.3f} ms", f"{max(run['memory'] for run in runs[way]) / 1e6:.1f} MB"]
            for way, one in best.items()]
    table(["", *(f"run {at + 1}" for at in range(len(runs["atrest reencrypt"]))), "per second, best", "against the guides'",
           "against the ceiling", "CPU per Secret", "peak memory"], rows)
    memory = max(run["memory"] for run in runs["atrest reencrypt"]) / 1e6
    goals = [("CPU per Secret", f"≤ {CPU_MS} ms", f"{ours['cpu'] * 1e3 / count:.3f} ms", ours["cpu"] * 1e3 / count <= CPU_MS),
             ("peak memory", f"≤ {peak} MB", f"{memory:.1f} MB", memory <= peak)]
    if guide:
        goals.append(("against the guides' line", f"≥ {GUIDE_X}×", f"{guide['wall'] / ours['wall']:.2f}×",
                      guide["wall"] / ours["wall"] >= GUIDE_X))
    if ceiling:
        goals.append(("against the ceiling", f"≥ {CEILING_X}×", f"{ceiling['wall'] / ours['wall']:.3f}×",
                      ceiling["wall"] / ours["wall"] >= CEILING_X))
    tell_goals(goals)


def tell_goals(goals):
    table(["", "target", "measured", ""], [[what, target, value, "ok" if holds else "missed"]
                                           for what, target, value, holds in goals])


def rewrite(options):
    with fresh(options.name):
        measure(options.name, "change", ADDRESS, options.bin, "enable", "--yes", "--fast", "--hot-reload", "-o", "json")
        make(options.name, SECRETS)
        all_ways = ways(options)
        runs = {way: [] for way, _ in all_ways}
        for number in range(options.runs):
            turned = all_ways[number % len(all_ways):] + all_ways[:number % len(all_ways)]
            for way, command in turned:
                runs[way].append(rewritten(options, way, command, SECRETS))
        tell_ways(f"{SECRETS} Secrets of 1.5 KB rewritten under another key", runs, SECRETS, PEAK_MB)
        if options.many:
            make(options.name, MANY, SECRETS)
            runs = {way: [rewritten(options, way, command, MANY)] for way, command in all_ways[1:]}
            tell_ways(f"{MANY} Secrets", runs, MANY, PEAK_MANY_MB)


def verify(options):
    loop = (f"{ETCDCTL} get /registry/secrets/ --prefix --keys-only --limit {LOOP} | grep . | while read -r key; do "
            f"{ETCDCTL} get \"$key\" | head -c 100 >/dev/null; done")
    with fresh(options.name):
        measure(options.name, "change", ADDRESS, options.bin, "enable", "--yes", "--fast", "-o", "json")
        before, goals = 0, []
        for count, target in VERIFIED[:None if options.many else 1]:
            make(options.name, count, before)
            before = count
            commands = [("atrest verify", [options.bin, "verify"], 5),
                        ("atrest verify --full", [options.bin, "verify", "--full"], 2),
                        ("etcdctl get --prefix", ["sh", "-c", f"exec {ETCDCTL} get /registry/secrets/ --prefix >/dev/null"], 2),
                        ("atrest reencrypt, with nothing to do", [options.bin, "reencrypt", "--yes"], 3)]
            best = {}
            for way, command, number in commands:
                runs = measure(options.name, "cost", str(number), *command)["runs"]
                best[way] = min(run["wall"] for run in runs), max(run["memory"] for run in runs)
            ours = best["atrest verify"][0]
            rows = [[way, shown(wall), f"{wall / ours:.1f}×", f"{memory / 1e6:.1f} MB"]
                    for way, (wall, memory) in best.items()]
            (part,) = measure(options.name, "cost", "1", "sh", "-c", loop)["runs"]
            whole = part["wall"] / LOOP * count
            rows.append([f"a loop with etcdctl for each (from {LOOP} of them)", f"{whole / 60:.0f} min",
                         f"{whole / ours:.0f}×", ""])
            print(f"### {count} Secrets of 1.5 KB proved\n")
            table(["", "best", "against verify", "peak memory"], rows)
            goals.append((f"verify, {count}", f"≤ {target} s", shown(ours), ours <= target))
            if count == VERIFIED[0][0]:
                peak, idle = best["atrest verify"][1] / 1e6, best["atrest reencrypt, with nothing to do"][0]
                goals += [("its peak memory", f"≤ {VERIFY_MB} MB", f"{peak:.1f} MB", peak <= VERIFY_MB),
                          ("reencrypt with nothing to do", f"≤ {NOTHING_S} s", shown(idle), idle <= NOTHING_S)]
        tell_goals(goals)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--name", default="bench")
    parser.add_argument("--only", action="append",
                        choices=("enable", "hot", "times", "rewrite", "verify"))
    parser.add_argument("--many", action="store_true")
    options = parser.parse_args()
    options.bin = str(pathlib.Path(options.bin).resolve())
    parts = {"enable": changes, "times": times, "hot": hot, "rewrite": rewrite, "verify": verify}
    try:
        for name, part in parts.items():
            if not options.only or name in options.only:
                part(options)
    except Cannot as reason:
        print(f"nothing to measure on: {reason}")
    except Wrong as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


sys.exit(main())
