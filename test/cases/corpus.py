#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What becomes of each real file of the corpus, against fixtures/corpus.tsv.

The corpus is other people's data and stays outside: ../shared/corpus beside the project, or
where ATREST_CORPUS says. Where it is not, this part is skipped and says so. A row is

    file <TAB> sha256 of the file <TAB> exit status <TAB> outcome

The outcome is the sha256 of what was written to stdout (`patched <sha256>`), or what was said, in
one line, without the source lines (which are other people's text).

    test/cases/corpus.py [--bin PATH] [--show] [NAME…]    --show: print outcomes, change nothing
    UPDATE=1                                              rewrites the table: review the diff
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import sys

from sandbox import ROOT, Sandbox

TABLE = ROOT / "fixtures/corpus.tsv"
HEADER = "# file\tsha256\texit\toutcome (test/cases/corpus.py makes it: UPDATE=1)\n"
COMMANDS = {
    "manifests": "atrest patch - <{}",
    "kubeadmconfigs": "atrest patch - <{}",
    "encconfigs": "atrest config check {}",
}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def spoken(text):
    """What was said, without source lines and carets, in one line."""
    lines = [line for line in text.decode("utf-8", "backslashreplace").split("\n")
             if line.strip() and not line.startswith((" ", "\t"))]
    return " | ".join(lines).replace("\t", " ")


def outcome(path, binary):
    with Sandbox(binary) as box:
        copy = box.tree / path.name
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o600)
        status, stdout, stderr = box.run(COMMANDS[path.parent.name].format(path.name))
        touched = copy.read_bytes() != path.read_bytes() or len(list(box.tree.iterdir())) != 1
    if touched:
        return f"{status}\tTOUCHED THE FILE"
    if path.parent.name == "encconfigs" or status != 0:
        return f"{status}\t{spoken(stdout + stderr)}"
    what = "unchanged" if stdout == path.read_bytes() else "patched"
    return f"{status}\t{what} {sha256(stdout)} {spoken(stderr)}".rstrip()


def read_table():
    rows = [line.split("\t", 2) for line in TABLE.read_text().splitlines()[1:]] if TABLE.exists() else []
    return {row[0]: (row[1], row[2]) for row in rows}


def compare(wanted, came, names):
    """One line per difference."""
    for name in names:
        if name not in came:
            yield f"{name}: in the table, not in the corpus"
        elif name not in wanted:
            yield f"{name}: not in the table: {came[name][1]}"
        elif wanted[name][0] != came[name][0]:
            yield f"{name}: is another file now (sha256 {came[name][0]})"
        elif wanted[name] != came[name]:
            yield f"{name}:\n  expected {wanted[name][1]}\n  came     {came[name][1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default=ROOT / "build/release/atrest")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    corpus = pathlib.Path(os.environ.get("ATREST_CORPUS", ROOT.parent / "shared/corpus"))
    if not corpus.is_dir():
        print("the corpus of real files is not beside the project (../shared/corpus; or set ATREST_CORPUS)")
        return 77
    files = [path for folder in sorted(COMMANDS) for path in sorted((corpus / folder).iterdir())
             if path.name != "INDEX.tsv"]
    files = [path for path in files if not options.names or
             any(name in f"{path.parent.name}/{path.name}" for name in options.names)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(lambda path: outcome(path, options.bin), files)
        came = {f"{path.parent.name}/{path.name}": (sha256(path.read_bytes()), said)
                for path, said in zip(files, outcomes)}
    if options.show:
        for name, (_, said) in came.items():
            print(f"{name}\t{said}")
        return 0
    wanted = read_table()
    if os.environ.get("UPDATE") == "1":
        wanted = {**wanted, **came} if options.names else came
        TABLE.write_text(HEADER + "".join(f"{name}\t{row[0]}\t{row[1]}\n" for name, row in sorted(wanted.items())))
    names = sorted(came) if options.names else sorted({*wanted, *came})
    failures = list(compare(wanted, came, names))
    print("".join(line + "\n" for line in failures), end="")
    print(f"{len(names) - len(failures)} passed, {len(failures)} failed")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
