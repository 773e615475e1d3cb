# SPDX-License-Identifier: Apache-2.0
"""A root folder for one run of atrest, made from a tree in memory and read back into one. For crash.py."""
import os
import pathlib
import re
import shutil
import stat
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "fixtures/kubeadm/1.34.4/file"
MANIFEST = "etc/kubernetes/manifests/kube-apiserver.yaml"
CONFIG = "etc/kubernetes/enc.yaml"
RECORDS = "var/lib/atrest/records"
TIME_LIMIT = 60
# The user's name is given, so that no run depends on this machine's users.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1", "SUDO_USER": "admin",
               "SOURCE_DATE_EPOCH": "1795496100"}
# Nothing is lost with the machine here, so the disk need not be asked: what is asserted is the order of the calls.
SCRATCH = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

FOLDER = object()


def plain_tree():
    """A control-plane node: path → (mode, bytes, or FOLDER)."""
    tree = {path: (0o755, FOLDER) for path in ["etc", "etc/kubernetes", "etc/kubernetes/manifests"]}
    tree[MANIFEST] = (0o600, (FIXTURE / "plain.yaml").read_bytes())
    return tree


class Sandbox:
    def __init__(self, tree):
        self.tree = tree

    def __enter__(self):
        self.top = tempfile.mkdtemp(prefix="atrest-crash-", dir=SCRATCH)
        for path, (mode, content) in self.tree.items():
            full = os.path.join(self.top, path)
            if content is FOLDER:
                os.mkdir(full)
            else:
                with open(full, "wb") as out:
                    out.write(content)
            os.chmod(full, mode)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def read(self):
        tree = {}
        for folder, folders, files in os.walk(self.top):
            for name in sorted(folders + files):
                full = os.path.join(folder, name)
                info = os.lstat(full)
                content = FOLDER
                if stat.S_ISREG(info.st_mode):
                    with open(full, "rb") as file:
                        content = file.read()
                elif not stat.S_ISDIR(info.st_mode):
                    content = b"(neither a file nor a folder)"
                tree[os.path.relpath(full, self.top)] = (stat.S_IMODE(info.st_mode), content)
        return dict(sorted(tree.items()))

    def run(self, binary, command, before=(), environment=None):
        """Exit status (negative: the signal) and what was said; `before`: a program that runs it."""
        line = [*before, str(binary), "--root", self.top, *command]
        try:
            done = subprocess.run(line, env={**ENVIRONMENT, **(environment or {})}, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired as late:
            return -1000, (late.stdout or b"").decode("utf-8", "replace")
        return done.returncode, done.stdout.decode("utf-8", "replace")


def after(binary, tree, *commands):
    """The tree after commands that must succeed."""
    with Sandbox(tree) as box:
        for command in commands:
            status, said = box.run(binary, command)
            if status != 0:
                raise SystemExit(f"atrest {' '.join(command)} fails without any fault:\n{said}")
        return box.read()


def text_of(tree, path):
    return tree[path][1] if path in tree else None


def record_ids(tree):
    return [path.rsplit("/", 1)[1] for path in tree if re.fullmatch(re.escape(RECORDS) + r"/\d[^/]*", path)]


def dot_names(tree, folder):
    return [path for path in tree if path.startswith(folder + "/") and "/." in path[len(folder):]]
