#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Law 5: what `atrest patch` makes of kubeadm's own output is, byte for byte, what kubeadm itself
writes when it is told the same (fixtures/kubeadm). Done again it changes nothing (law 1), and --remove
takes exactly these additions out again.

    test/cases/kubeadm.py [--bin PATH]
"""
import argparse
import sys

from sandbox import ROOT, Sandbox


def checks(folder):
    """(what, arguments, before, after) for each thing that must hold of a case."""
    options = " --hot-reload" if folder.name.endswith("hot-reload") else ""
    for kind in ("", ".config"):
        before, after = folder / f"plain{kind}.yaml", folder / f"patched{kind}.yaml"
        if not before.exists() or not after.exists():
            continue
        # A config may say the same in another order of keys: what must agree is what kubeadm makes of it.
        yield "patch again", options, after, after
        if not kind:
            yield "patch", options, before, after
            yield "patch --remove", options + " --remove", after, before


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default=ROOT / "build/release/atrest")
    options = parser.parse_args()
    passed = failed = 0
    for folder in sorted(path.parent for path in (ROOT / "fixtures/kubeadm").glob("*/*/plain.config.yaml")):
        for what, arguments, before, after in checks(folder):
            with Sandbox(options.bin) as box:
                (box.tree / "wanted").write_bytes(after.read_bytes())
                status, _, stderr = box.run(f"atrest patch{arguments} - <'{before}' >came || exit 9\n"
                                            "diff -u wanted came >&2")
            passed += status == 0
            failed += status != 0
            if status != 0:
                print(f"{before.relative_to(ROOT)}: {what}\n{stderr.decode('utf-8', 'replace')}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
