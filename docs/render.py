#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the pictures of docs/img from real runs: a command's coloured output, as SVG.

    docs/render.py [--bin PATH] [--check]    --check: exit 1 where a picture is not up to date
"""
import argparse
import html
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs/img"
MANIFEST = "etc/kubernetes/manifests/kube-apiserver.yaml"

# Each picture: its file, commands run before it (not shown), the command shown.
PICTURES = [
    ("patch-diff.svg", [["config", "new", "--yes"]], ["patch", "--dry-run"]),
]

CELL, LINE, MARGIN, BAR = 8.43, 19, 18, 34
COLOURS = {
    "30": "#484f58", "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff",
    "35": "#d2a8ff", "36": "#56d4dd", "37": "#c9d1d9", "90": "#8b949e", "91": "#ffa198",
    "92": "#aff5b4", "93": "#f2cc60", "94": "#a5d6ff", "95": "#e2c5ff", "96": "#b3f0ff", "97": "#ffffff",
}
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def spans(line, style):
    """Splits a line at its colour codes into (text, style) pairs; also the style it ends with."""
    result, at = [], 0
    for code in ESCAPE.finditer(line):
        result.append((line[at:code.start()], dict(style)))
        at = code.end()
        for number in (code[1] or "0").split(";"):
            if number in ("0", ""):
                style = {}
            elif number == "1":
                style["font-weight"] = "bold"
            elif number == "2":
                style["opacity"] = "0.7"
            elif number in COLOURS:
                style["fill"] = COLOURS[number]
    result.append((line[at:], dict(style)))
    return [pair for pair in result if pair[0]], style


def svg(lines):
    columns = max(len(ESCAPE.sub("", line)) for line in lines)
    width, height = columns * CELL + 2 * MARGIN, len(lines) * LINE + BAR + MARGIN
    rows = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}">',
            "<style>text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', "
            "'Liberation Mono', monospace; fill: #c9d1d9; white-space: pre; }</style>",
            '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>']
    rows += [f'<circle cx="{MARGIN + 4 + 18 * i}" cy="17" r="5" fill="{fill}"/>'
             for i, fill in enumerate(("#ff5f57", "#febc2e", "#28c840"))]
    style = {}
    for number, line in enumerate(lines):
        pairs, style = spans(line, style)
        column, row = 0, []
        for text, look in pairs:
            attributes = "".join(f' {name}="{value}"' for name, value in look.items())
            row.append(f'<tspan x="{MARGIN + column * CELL:.1f}" textLength="{len(text) * CELL:.1f}"{attributes}>'
                       f"{html.escape(text, quote=False)}</tspan>")
            column += len(text)
        if row:
            rows.append(f'<text xml:space="preserve" y="{BAR + (number + 0.75) * LINE:.1f}">{"".join(row)}</text>')
    return "\n".join([*rows, "</svg>", ""])


def output_of(binary, before, shown):
    with tempfile.TemporaryDirectory() as top:
        root = pathlib.Path(top)
        (root / MANIFEST).parent.mkdir(parents=True)
        shutil.copy(ROOT / "fixtures/kubeadm/1.34.4/file/plain.yaml", root / MANIFEST)
        for arguments in before:
            subprocess.run([binary, "--root", top, *arguments], check=True, capture_output=True)
        done = subprocess.run([binary, "--root", top, "--color", "always", *shown], check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        return done.stdout.replace(top, "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", default=ROOT / "build/release/atrest")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    IMAGES.mkdir(exist_ok=True)
    stale = 0
    for name, before, shown in PICTURES:
        text = output_of(options.bin, before, shown)
        lines = ["\x1b[1m$ atrest " + " ".join(shown) + "\x1b[0m", *text.rstrip("\n").split("\n")]
        picture = svg([line.expandtabs(8) for line in lines])
        if not options.check:
            (IMAGES / name).write_text(picture)
        elif not (IMAGES / name).exists() or (IMAGES / name).read_text() != picture:
            print(f"docs/img/{name} is not up to date: make docs")
            stale += 1
    return stale > 0


if __name__ == "__main__":
    sys.exit(main())
