#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws docs/img/house.svg: the folders of src, with their sizes as they are, and who may include whom."""
import os

HERE = os.path.dirname(os.path.abspath(__file__))
SRC = os.path.join(os.path.dirname(HERE), "src")
ROOMS = {  # name: (column, row, what lives there)
    "base": (0, 1, "errors, buffers, secrets"),
    "yaml": (1, 0, "bytes to tree, edits, diff"),
    "kube": (2, 0, "what documents mean"),
    "diag": (3, 0, "findings, one table"),
    "plan": (4, 0, "next(), the edits"),
    "host": (1, 3, "files, processes, records"),
    "crypt": (2, 1.3, "opens stored values"),
    "net": (3, 3, "HTTPS, gRPC: libcurl"),
    "api": (4, 2, "the API server, asked"),
    "etcd": (4, 3, "the census"),
    "flow": (5, 1, "look, apply, wait, go back"),
    "cli": (6, 1, "commands, reports"),
}
ARROWS = [("base", "yaml"), ("yaml", "kube"), ("kube", "diag"), ("diag", "plan"), ("base", "host"), ("plan", "flow"),
          ("host", "flow"), ("base", "net"), ("net", "api"), ("kube", "api"), ("api", "flow"), ("flow", "cli"),
          ("net", "etcd"), ("kube", "etcd"), ("etcd", "flow"), ("kube", "crypt"), ("crypt", "flow")]
W, H, GAP_X, GAP_Y, LEFT, TOP = 150, 74, 40, 40, 24, 64


def size(room):
    files = [f for f in os.listdir(os.path.join(SRC, room)) if f.endswith((".c", ".h"))]
    lines = sum(len(open(os.path.join(SRC, room, f), encoding="utf-8").readlines()) for f in files)
    return "%d files, %d lines" % (len(files), lines)


def corner(room):
    column, row, _ = ROOMS[room]
    return LEFT + column * (W + GAP_X), TOP + row * (H + GAP_Y)


def text(x, y, words, style):
    return '<text x="%d" y="%d" %s>%s</text>' % (x, y, style, words)


def draw():
    width, height = LEFT * 2 + 7 * W + 6 * GAP_X, TOP + 4 * H + 3 * GAP_Y + 40
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif">' % (width, height),
           '<defs><marker id="a" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
           '<path d="M0 0L8 4L0 8z" fill="#57606a"/></marker></defs>',
           '<rect width="100%" height="100%" fill="#ffffff"/>']
    x, y = corner("yaml")
    out.append('<rect x="%d" y="%d" width="%d" height="%d" rx="10" fill="#eaf5ea" stroke="#7cb37c"/>'
               % (x - 14, y - 34, 4 * W + 3 * GAP_X + 28, H + 48))
    out.append(text(x, y - 14, "pure: bytes in, values out; no file, clock or environment", 'font-size="13" fill="#2c662c"'))
    for start, end in ARROWS:
        (x1, y1), (x2, y2) = corner(start), corner(end)
        below = ROOMS[start][0] == ROOMS[end][0]
        x1, y1 = (x1 + W / 2, y1 + H) if below else (x1 + W, y1 + H / 2)
        x2, y2 = (x2 + W / 2, y2 - 2) if below else (x2 - 2, y2 + H / 2)
        out.append('<line x1="%d" y1="%d" x2="%d" y2="%d" stroke="#57606a" stroke-width="1.5" marker-end="url(#a)"/>'
                   % (x1, y1, x2, y2))
    for room, (_, _, what) in ROOMS.items():
        x, y = corner(room)
        out.append('<rect x="%d" y="%d" width="%d" height="%d" rx="6" fill="#ffffff" stroke="#24292f"/>' % (x, y, W, H))
        out.append(text(x + 10, y + 22, room, 'font-size="16" font-weight="bold" fill="#24292f"'))
        out.append(text(x + 10, y + 42, what, 'font-size="11" fill="#24292f"'))
        out.append(text(x + 10, y + 60, size(room), 'font-size="11" fill="#57606a"'))
    out.append(text(LEFT, height - 12, "An arrow: the room at its end may include what the one at its start offers "
                    "(and what that one may include).", 'font-size="12" fill="#57606a"'))
    return "\n".join(out + ["</svg>", ""])


if __name__ == "__main__":
    with open(os.path.join(HERE, "img/house.svg"), "w", encoding="utf-8") as f:
        f.write(draw())
