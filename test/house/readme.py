#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of README.md and docs/recipes.md as written, as a user would.

A command is a line of a ```sh block, a line behind `$ ` in a ```console block, or a line of an
indented block that begins with a program's name. Each `##` section has a new node, as kubeadm
leaves it: `atrest` works on that node, `sudo` is nothing, `make` runs in the project and installs
into the sandbox; there is a terminal, and questions are answered with yes. A command that may end
otherwise than with 0 says so in its comment (`# exit 3`, or `# 0: as wanted; 3: not`).

What needs the outside world (git, kubeadm, kubectl, …) is skipped, and so is a block behind
`<!-- not run: reason -->`.
"""
import base64
import fcntl
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys
import tempfile
import termios

ROOT = pathlib.Path(__file__).resolve().parents[2]
ATREST = ROOT / "build/release/atrest"
PLAIN = ROOT / "fixtures/kubeadm/1.34.4/file/plain.yaml"
PAGES = ["README.md", "docs/recipes.md"]
OUTSIDE = {"git", "kubeadm", "kubectl", "ssh", "scp", "rsync", "apt-get", "docker", "man", "cd", "for"}
INSIDE = {"atrest", "make", "sudo", "cp", "mkdir", "patch", "diff", "cat", "chmod", "head"}
TIME_LIMIT = 300
CONFIG = """apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
            - name: key1
              secret: {}
      - identity: {{}}
"""


def blocks(page):
    """(section number, reason not to run it or "", lines) of each block of commands."""
    section, why, lines, fence = 0, "", [], None
    for line in page.split("\n") + [""]:
        section += line.startswith("## ")
        why = (re.match(r"<!-- not run: (.*) -->", line) or ["", why])[1]
        opened = re.match(r"```(\w*)$", line)
        if opened and fence is None:
            fence, lines = opened[1], []
        elif line == "```":
            if fence in ("sh", "console"):
                yield section, why, [text.removeprefix("$ ") for text in lines
                                     if fence == "sh" or text.startswith("$ ")]
            fence, lines, why = None, [], ""
        elif fence is not None:
            lines.append(line)
        elif line.startswith("    "):
            lines.append(line.strip())
        elif lines:
            yield section, why, [text for text in lines if text.split()[0] in INSIDE | OUTSIDE]
            lines, why = [], ""


def commands(lines):
    """Whole commands: a line that ends in a backslash goes on."""
    for command in "\n".join(lines).replace("\\\n", "\\\0").split("\n"):
        command = command.replace("\\\0", "\\\n").strip()
        if command and not command.startswith("#"):
            yield command


class Node:
    """A control-plane node in a folder, and the programs as they are there."""

    def __init__(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="atrest-page-"))
        root, work, programs = self.top / "node", self.top / "work", self.top / "bin"
        for folder in (root / "etc/kubernetes/manifests", work / "patches", programs):
            folder.mkdir(parents=True)
        shutil.copy(PLAIN, root / "etc/kubernetes/manifests/kube-apiserver.yaml")
        shutil.copy(PLAIN, work / "kube-apiserver.yaml")
        for folder in (root, work):
            (folder / "kubeadm.yaml").write_text("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n")
            (folder / "enc.yaml").write_text(CONFIG.format(base64.b64encode(os.urandom(32)).decode()))
            (folder / "enc.yaml").chmod(0o600)
        shims = {"sudo": 'exec "$@"',
                 "make": f'exec /usr/bin/make --no-print-directory -C "{ROOT}" DESTDIR="{self.top}/stage" "$@"',
                 "atrest": 'given=; for word; do [ "$word" != --root ] || given=1; done\n'
                           f'[ -n "$given" ] || set -- --root "{root}" "$@"\nexec "{ATREST}" "$@"'}
        for name, body in shims.items():
            (programs / name).write_text(f"#!/bin/sh\n{body}\n")
            (programs / name).chmod(0o755)
        self.root, self.work = root, work
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "NO_COLOR": "1"}

    def run(self, command):
        """Runs a command on a terminal of its own, where somebody has typed yes."""
        command = command.replace("/mnt/node", str(self.root))
        master, slave = pty.openpty()
        os.write(master, b"yes\n" * 3)
        try:
            done = subprocess.run(["bash", "-c", command], cwd=self.work, env=self.environment, stdin=slave,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT, check=False,
                                  start_new_session=True, text=True,
                                  preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0))
            return done.returncode, done.stdout
        finally:
            os.close(master)
            os.close(slave)

    def remove(self):
        shutil.rmtree(self.top)


def allowed(command):
    """The exit statuses that the command's comment speaks of; 0 where it speaks of none."""
    comment = (re.search(r"\s# (.*)", command) or ["", ""])[1]
    named = re.findall(r"exit (\d)|(\d): ", comment)
    return {int(a or b) for a, b in named} or {0}


def reason_not_to_run(why, command):
    program = re.sub(r"^(sudo |[A-Z_]+=\S* )+", "", command).split()[0]
    if program in OUTSIDE or re.search(r"\bkubeadm init\b|…", command):
        return why or "needs the outside world"
    return why or ("run by .ci/run itself" if command.split("#")[0].strip() == "make test" else "")


def run_page(name, tally):
    node, current = None, None
    for section, why, lines in blocks((ROOT / name).read_text()):
        for command in commands(lines):
            reason = reason_not_to_run(why, command)
            if reason:
                tally["skipped"] += 1
                print(f"skip: {name}: {command} ({reason})")
                continue
            if section != current:
                if node:
                    node.remove()
                node, current = Node(), section
            status, said = node.run(command)
            good = status in allowed(command)
            tally["passed" if good else "failed"] += 1
            if not good:
                print(f"{name}: {command}: exit {status}, expected {sorted(allowed(command))}\n{said}")
    if node:
        node.remove()


def main():
    tally = {"passed": 0, "failed": 0, "skipped": 0}
    for name in PAGES:
        run_page(name, tally)
    print(", ".join(f"{count} {word}" for word, count in tally.items()))
    return tally["failed"] > 0


if __name__ == "__main__":
    sys.exit(main())
