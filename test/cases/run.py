#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the cases of fixtures/: one folder AREA/CASE each.

    cmd        a shell line; `atrest` is the binary under test; it runs in a copy of in/
    in/        the files before (none: an empty folder)
    out/       all files after (absent: exactly those of in/); var/lib/atrest is looked at only
               where out/ has it
    stdout, stderr   what is printed (absent: nothing)
    exit       the exit status (absent: 0)
    normalise  a sed script for stdout, stderr and the files after, where a run is not like the next

A base64 key of 32 bytes that the case did not bring with it reads FRESH-KEY in all results;
the sandbox's own path reads SANDBOX.

    test/cases/run.py [--bin PATH] [--update] [NAME…]     NAME: a part of AREA/CASE
    UPDATE=1                                              rewrites what is expected: review the diff
"""
import argparse
import concurrent.futures
import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys

from sandbox import ROOT, Sandbox

FIXTURES = ROOT / "fixtures"
RECORDS = pathlib.PurePath("var/lib/atrest")
KEY = re.compile(rb"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=(?!=)")


def read_tree(top):
    """{relative name: bytes}; a symbolic link reads as its target."""
    tree = {}
    for path in sorted(top.rglob("*")) if top.is_dir() else []:
        if path.is_symlink():
            tree[str(path.relative_to(top))] = b"-> " + os.fsencode(os.readlink(path)) + b"\n"
        elif path.is_file():
            tree[str(path.relative_to(top))] = path.read_bytes()
    return tree


def write_tree(top, tree):
    for name, content in tree.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content.startswith(b"-> "):
            path.symlink_to(content[3:-1].decode())
        else:
            path.write_bytes(content)


def without_records(tree):
    return {name: content for name, content in tree.items()
            if RECORDS not in pathlib.PurePath(name).parents}


class Case:
    def __init__(self, folder, binary):
        self.folder, self.binary = folder, binary
        self.name = str(folder.relative_to(FIXTURES))
        self.before = read_tree(folder / "in")
        self.cmd = (folder / "cmd").read_text()
        self.sed = folder / "normalise"
        brought = b"\n".join([self.cmd.encode(), *self.before.values()])
        self.own_keys = set(KEY.findall(brought))

    def clean(self, content):
        content = KEY.sub(lambda m: m[0] if m[0] in self.own_keys else b"FRESH-KEY", content)
        if self.sed.exists():
            content = subprocess.run(["sed", "-E", "-f", str(self.sed)], input=content,
                                     stdout=subprocess.PIPE, check=True).stdout
        return content

    def results(self):
        with Sandbox(self.binary) as box:
            box.fill(self.folder / "in")
            status, stdout, stderr = box.run(self.cmd)
            after = read_tree(box.tree)
        after = {name: self.clean(text) if text != self.before.get(name) else text
                 for name, text in after.items()}
        return f"{status}\n".encode(), self.clean(stdout), self.clean(stderr), after

    def expected(self, name, default=b""):
        path = self.folder / name
        return path.read_bytes() if path.exists() else default

    def check(self):
        """The differences between what is expected and what came, as text; empty when none."""
        status, stdout, stderr, after = self.results()
        wanted = read_tree(self.folder / "out") if (self.folder / "out").is_dir() else self.before
        if without_records(wanted) == wanted:
            after = without_records(after)
        report = [difference("exit", self.expected("exit", b"0\n"), status),
                  difference("stdout", self.expected("stdout"), stdout),
                  difference("stderr", self.expected("stderr"), stderr)]
        for name in sorted({*wanted, *after}):
            report.append(difference(f"file {name}", wanted.get(name), after.get(name)))
        return "".join(report)

    def update(self):
        status, stdout, stderr, after = self.results()
        keeps_records = (self.folder / "out" / RECORDS).exists()
        after = after if keeps_records else without_records(after)
        (self.folder / "exit").write_bytes(status)
        for name, content in (("stdout", stdout), ("stderr", stderr)):
            (self.folder / name).unlink(missing_ok=True)
            if content:
                (self.folder / name).write_bytes(content)
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        if after != self.before:
            write_tree(self.folder / "out", after)
        return ""


def difference(what, wanted, came):
    if wanted == came:
        return ""
    if wanted is None or came is None:
        return f"  {what}: {'not expected' if wanted is None else 'missing'}\n"
    lines = difflib.unified_diff(shown(wanted), shown(came), "expected", "came", lineterm="")
    return f"  {what}:\n" + "".join(f"    {line}\n" for line in lines)


def shown(content):
    """Lines for a diff, in which unprintable bytes and a missing final newline can be seen."""
    lines = content.decode("utf-8", "backslashreplace").split("\n")
    end = [] if lines[-1] == "" else [lines[-1] + "  (no newline)"]
    return [re.sub(r"[^\x20-\x7e\u00a0-\uffff]", lambda m: ascii(m[0])[1:-1], line)
            for line in lines[:-1] + end]


def run_case(folder, options):
    case = Case(folder, options.bin)
    if "--yes" in case.cmd and "--root" not in case.cmd:
        return case.name, "  cmd: without --root it would keep its records on this machine\n"
    try:
        return case.name, case.update() if options.update else case.check()
    except (OSError, subprocess.SubprocessError, UnicodeError) as error:
        return case.name, f"  {type(error).__name__}: {error}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default=ROOT / "build/release/atrest")
    parser.add_argument("--update", action="store_true", default=os.environ.get("UPDATE") == "1")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if not os.access(options.bin, os.X_OK):
        sys.exit(f"{options.bin}: no such program; `make` builds it")
    folders = [path.parent for path in sorted(FIXTURES.glob("*/*/cmd"))]
    folders = [folder for folder in folders if not options.names or
               any(name in str(folder.relative_to(FIXTURES)) for name in options.names)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, report in pool.map(lambda folder: run_case(folder, options), folders):
            if report:
                failed += 1
                print(f"{name}: failed\n{report}", end="")
    print(f"{len(folders) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
