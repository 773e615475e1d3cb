#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Law 6: atrest is killed at every system call, and every system call fails; nothing is ever half done.

    test/crash/crash.py [--bin BINARY] [--jobs N] [--quick] [--only SCENARIO]
    test/crash/crash.py --oom [--full] …      allocations fail instead

One line for each case that fails, and the tally. Exit 77: it cannot run here; the last line says why.
"""
import argparse
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile

import order
import sandbox
import scenarios
import trace

HERE = pathlib.Path(__file__).resolve().parent
KILL = "signal=KILL"
ERRORS = ["EIO", "ENOSPC", "EINTR", "EACCES"]
# atrest lets nobody look into its memory (law 7): only root's strace sees the file names in its calls.
READS_ARGUMENTS = os.geteuid() == 0


# --- one case ------------------------------------------------------------------------------------

class Case:
    """A scenario with a fault: `before` is put before the command line, `environment` added."""

    def __init__(self, name, before=(), environment=None, strict=True):
        self.name, self.before, self.environment, self.strict = name, list(before), environment, strict


def complaints(binary, scenario, case):
    with sandbox.Sandbox(scenario.tree) as box:
        status, said = box.run(binary, scenario.command, case.before, case.environment)
        killed = status == -9
        if status < 0 and not killed:
            yield "it hangs" if status == -1000 else f"it dies of signal {-status}: {said.strip()[-300:]}"
        yield from scenario.check_interrupted(box.read(), status, killed, case.strict)
        status, said = box.run(binary, scenario.command)
        yield from scenario.check_again(box.read(), status, said)


WORK = {}


def run_case(key):
    """In a worker: (scenario's name, case's name, complaints)."""
    scenario, case = WORK["cases"][key]
    return scenario.name, case.name, list(complaints(WORK["binary"], scenario, case))


# --- which cases ---------------------------------------------------------------------------------

def fault_cases(binary, scenario, quick):
    """A kill at each call, and an error at each call that is not the loader's own."""
    with sandbox.Sandbox(scenario.tree) as box:
        status, said, calls, setup = trace.calls_of(box, binary, scenario.command, scenario.always)
    if status != 0 or not setup:
        raise SystemExit(f"{scenario.name}: cannot be traced: {said}")
    for name, which, loader in trace.points_of(calls, setup):
        if any(name == always[0] for always in scenario.always):
            continue
        for what in [KILL] + ([] if loader else [f"error={e}" for e in (ERRORS[:1] if quick else ERRORS)]):
            yield Case(f"{name} {which} {what}", trace.faulty([*scenario.always, (name, what, which)]))


def nth(binary, scenario, name, test, always=()):
    """Which of the calls of this name is the one that `test` wants."""
    with sandbox.Sandbox(scenario.tree) as box:
        _, _, calls, _ = trace.calls_of(box, binary, scenario.command, always)
        for which, call in enumerate([call for call in calls if call.name == name], 1):
            if test(call, box.top):
                return which
    raise SystemExit(f"{scenario.name}: no such {name}")


def renames_manifest(call, top):
    return call.texts()[-1] == "kube-apiserver.yaml"


def recoveries(binary, patch):
    """Runs after a run that was killed: directly before the rename, and directly after it. The clean-up itself
    may be interrupted, too."""
    rename = nth(binary, patch, "renameat", renames_manifest)
    sync = nth(binary, patch, "fsync", lambda call, top: os.path.join(top, "etc/kubernetes/manifests") in call.paths())
    for name, fault in [("old", ("renameat", KILL, rename)), ("new", ("fsync", KILL, sync))]:
        with sandbox.Sandbox(patch.tree) as box:
            box.run(binary, patch.command, trace.faulty([fault]))
            left = box.read()
        before = sandbox.text_of(left, patch.path)
        if patch.is_new(before) != (name == "new"):
            raise SystemExit(f"the kill that prepares recover-{name} came at another moment")
        yield scenarios.Scenario(f"recover-{name}", patch.command, left, patch.path, patch.old, patch.is_new)


def without_nameless(binary, new):
    """`config new` where the file system has no O_TMPFILE."""
    folder = "etc/kubernetes"
    which = nth(binary, new, "openat", lambda call, top: "O_TMPFILE" in call.arguments and
                os.path.join(top, folder) in call.paths())
    return scenarios.Scenario("config-new-named", new.command, new.tree, new.path, new.old, new.is_new,
                              [("openat", "error=EOPNOTSUPP", which)])


def all_scenarios(binary, quick, oom):
    plain, looking = scenarios.plain_scenarios(binary), scenarios.looking_scenarios(binary)
    if quick or oom or not READS_ARGUMENTS:
        return [*plain, *looking]
    return [*plain, *looking, *recoveries(binary, plain[0]), without_nameless(binary, plain[1])]


# --- allocations ---------------------------------------------------------------------------------

def build_shim(folder):
    """The library that makes the N-th allocation fail; None and why when it cannot be had."""
    shim = os.path.join(folder, "failmalloc.so")
    try:
        done = subprocess.run([os.environ.get("CC", "cc"), "-std=c17", "-O1", "-shared", "-fPIC", "-o", shim,
                               str(HERE / "failmalloc.c")], capture_output=True, text=True)
    except FileNotFoundError:
        return None, "there is no C compiler"
    return (shim, None) if done.returncode == 0 else (None, f"failmalloc.c does not compile: {done.stderr}")


def count_allocations(binary, scenario, shim):
    with sandbox.Sandbox(scenario.tree) as box, tempfile.NamedTemporaryFile("r") as count:
        box.run(binary, scenario.command, (), {"LD_PRELOAD": shim, "FAILMALLOC_COUNT": count.name})
        return int(count.read() or 0)


def spread(total, most):
    """At most so many of 1 … total: half of them the last ones, where things are written, the others evenly."""
    late = max(1, total - most // 2)
    step = max(1, -(-late // (most // 2)))
    return [*range(1, late, step), *range(late, total + 1)]


def allocation_cases(binary, scenario, shim, most):
    """An allocation fails; and from some on all fail, which is what a machine without memory does."""
    total = count_allocations(binary, scenario, shim)
    if total < 10:
        raise SystemExit(f"{scenario.name}: the shim sees only {total} allocations")
    for n in spread(total, most):
        yield Case(f"allocation {n} of {total}", (), {"LD_PRELOAD": shim, "FAILMALLOC_AT": str(n)})
    for n in spread(total, most // 5):
        yield Case(f"allocations from {n} of {total} on", (),
                   {"LD_PRELOAD": shim, "FAILMALLOC_AT": str(n), "FAILMALLOC_ALL": "1"}, strict=False)


# --- the run -------------------------------------------------------------------------------------

def check_order(binary, chosen):
    """Yields (name, complaints) for each assertion about the order of a clean run."""
    if not READS_ARGUMENTS:
        print("skip: only root can trace the order of calls, and prepare a recovery")
        return
    for scenario in chosen:
        if scenario.always or not scenario.writes or scenario.name.startswith("recover"):
            continue
        with sandbox.Sandbox(scenario.tree) as box:
            _, _, calls, _ = trace.calls_of(box, binary, scenario.command)
            checked, missing = order.check(calls, os.path.realpath(box.top), scenario.path, scenario.old)
        yield from ((scenario.name, "order on disk", [what]) for what in missing)
        yield from ((scenario.name, "order on disk", []) for _ in range(checked - len(missing)))


def in_parallel(binary, pairs, jobs):
    WORK.update(binary=binary, cases=pairs)
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap_unordered(run_case, range(len(pairs)), chunksize=8)


def tally(results):
    passed = failed = 0
    for scenario, case, what in results:
        if what:
            failed += 1
            print(f"FAIL {scenario}: {case}: {'; '.join(what)}", flush=True)
        else:
            passed += 1
    return passed, failed


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", default="build/release/atrest")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="kills and EIO only; 200 allocations of a scenario")
    parser.add_argument("--oom", action="store_true", help="memory runs out instead: 2000 allocations of a scenario")
    parser.add_argument("--full", action="store_true", help="with --oom: every allocation")
    parser.add_argument("--only", help="scenarios whose names begin so")
    return parser.parse_args()


def collect(options, binary, chosen, folder):
    """The cases, or why there can be none."""
    if not options.oom:
        return [(s, case) for s in chosen for case in fault_cases(binary, s, options.quick)], None
    shim, why = build_shim(folder)
    if why:
        return [], why
    most = 200 if options.quick else sys.maxsize if options.full else 2000
    return [(s, case) for s in chosen for case in allocation_cases(binary, s, shim, most)], None


def main():
    options = parse()
    binary = pathlib.Path(options.bin).resolve()
    why = None if options.oom else trace.usable()
    with tempfile.TemporaryDirectory() as folder:
        if not why:
            chosen = [s for s in all_scenarios(binary, options.quick, options.oom)
                      if s.name.startswith(options.only or "")]
            pairs, why = collect(options, binary, chosen, folder)
        if why:
            print(why)
            return 77
        for name in [s.name for s in chosen]:
            print(f"{name}: {sum(s.name == name for s, _ in pairs)} cases")
        first = tally(check_order(binary, chosen)) if not options.oom else (0, 0)
        second = tally(in_parallel(binary, pairs, options.jobs))
    passed, failed = (a + b for a, b in zip(first, second))
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
