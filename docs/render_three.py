#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes docs/img/status-three.svg from a real run (needs root, and what the lab needs): `atrest status` on three nodes
in the middle of a rotation, where one of them is behind.

    docs/render_three.py [--bin PATH]
"""
import argparse
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True

from render import IMAGES, ROOT, svg  # noqa: E402

sys.path.insert(0, str(ROOT / "test/e2e"))

from plane import LAB as THREE  # noqa: E402
from plane import Plane  # noqa: E402
from story import LAB, Node  # noqa: E402

NAME = "picture"


def status(options, log):
    plane = Plane(Node(NAME, "cp1", str(pathlib.Path(options.bin).resolve()), log), secrets=100)
    plane.climb_at_once("enable --yes --fast --hot-reload", goes_on="enable --yes --fast --hot-reload")
    plane.go(plane.first, "rotate --yes").exits(7)
    plane.carry(plane.first, plane.nodes[1])
    plane.go(plane.nodes[1], "continue --yes").exits(7)
    return plane.first.atrest("status --color always").out


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--bin", default=ROOT / "build/release/atrest")
    options = parser.parse_args()
    lab = [sys.executable, str(LAB)]
    with open(ROOT / "build/picture.log", "w", encoding="utf-8") as log:
        if subprocess.run([*lab, "up", "--name", NAME, *THREE], stdout=log, stderr=log, check=False).returncode:
            sys.exit("no lab could be had: build/picture.log tells why")
        try:
            text = status(options, log)
        finally:
            subprocess.run([*lab, "down", "--name", NAME], stdout=log, stderr=log, check=False)
    lines = ["\x1b[1m$ atrest status\x1b[0m", *text.rstrip("\n").split("\n")]
    (IMAGES / "status-three.svg").write_text(svg([line.expandtabs(8) for line in lines]))


main()
