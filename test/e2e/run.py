#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Tells the end-to-end stories, each on a control plane of its own in the lab.

    test/e2e/run.py [--all] [--bin build/release/atrest] [--lab e2e] [--keep] [NAME…]

Without a name: the chosen ones (those that have CHOSEN = True); --all: every one. --lab: what the names of labs
begin with. Each story's log is under build/e2e/NAME.log. The last line is "N passed, N failed, N skipped". Exits 77
where no lab can be had, and says why.
"""
import argparse
import importlib.util
import os
import pathlib
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import story as kit  # noqa: E402

LOGS = ROOT / "build/e2e"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lab(*words, log):
    return subprocess.run([sys.executable, str(kit.LAB), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                          check=False).returncode


def tell(name, module, options, log):
    labname = f"{options.lab}-{os.getpid()}-{name}"[:20].rstrip("-")  # two runs at once do not meet
    up = lab("up", "--name", labname, *getattr(module, "LAB", []), log=log)
    if up == 77:
        raise kit.Skipped("no lab here (see its log)")
    kit.claim(up == 0, f"the lab did not come up (exit {up})")
    node = kit.Node(labname, "cp1", str(pathlib.Path(getattr(module, "BIN", options.bin)).resolve()), log)
    try:
        module.story(node)
        node.watched()
    finally:
        for work in node.at_end:
            work()
        if not options.keep:
            lab("down", "--name", labname, log=log)


def told(path, options):
    """'passed', 'failed' or 'skipped', having said so."""
    module, start = load(path), time.monotonic()
    title = module.__doc__.strip().splitlines()[0]
    result, why = "passed", ""
    with open(LOGS / f"{path.stem}.log", "w", encoding="utf-8") as log:
        try:
            tell(path.stem, module, options, log)
        except kit.Skipped as reason:
            result, why = "skipped", str(reason)
        except Exception as error:  # whatever a story trips over, the next one is told
            result, why = "failed", str(error) if isinstance(error, kit.Failed) else f"{type(error).__name__}: {error}"
            traceback.print_exc(file=log)
    print(f"{result:8} {path.stem}: {title} ({time.monotonic() - start:.0f} s)", flush=True)
    if why:
        print("         " + why.replace("\n", "\n         "), flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--lab", default="e2e")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--bin", default=str(ROOT / "build/release/atrest"))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    LOGS.mkdir(parents=True, exist_ok=True)
    paths = sorted((HERE / "stories").glob("*.py"))
    if options.names:
        paths = [path for path in paths if path.stem in options.names]
    elif not options.all:
        paths = [path for path in paths if getattr(load(path), "CHOSEN", False)]
    results = [told(path, options) for path in paths]
    count = {kind: results.count(kind) for kind in ("passed", "failed", "skipped")}
    print(", ".join(f"{number} {kind}" for kind, number in count.items()))
    if results and count["skipped"] == len(results):
        print("no lab can be had here: test/lab/lab.py says why")
        return 77
    return 1 if count["failed"] or not results else 0


sys.exit(main())
