# SPDX-License-Identifier: Apache-2.0
"""A fresh folder for one run of atrest, with a clean environment. For the runners of this folder."""
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TIME_LIMIT = 60


class Sandbox:
    """`with Sandbox(binary) as box:` gives box.tree, an empty folder, and box.run(shell line)."""

    def __init__(self, binary):
        self.binary = pathlib.Path(binary).resolve()

    def __enter__(self):
        self.top = pathlib.Path(tempfile.mkdtemp(prefix="atrest-case-"))
        self.tree = self.top / "tree"
        self.tree.mkdir()
        (self.top / "bin").mkdir()
        (self.top / "bin" / "atrest").symlink_to(self.binary)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.top, ignore_errors=True)

    def fill(self, source):
        """Copies a folder in; files are 0644 (what is executable stays so), folders 0755."""
        if source.is_dir():
            shutil.copytree(source, self.tree, dirs_exist_ok=True, symlinks=True)
        for path in [self.tree, *self.tree.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) and
                           path.stat().st_mode & 0o100 else 0o644)

    def run(self, line):
        """Runs a shell line in the tree: (exit status, stdout, stderr), with our paths made neutral."""
        environment = {
            "PATH": f"{self.top}/bin:{PATH}", "LC_ALL": "C.UTF-8", "TZ": "UTC", "NO_COLOR": "1",
            "HOME": str(self.top), "SOURCE_DATE_EPOCH": "1767225600", "SUDO_USER": "admin",
            "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=1",
        }
        try:
            done = subprocess.run(["sh", "-c", "umask 022\n" + line], cwd=self.tree, env=environment,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired as late:
            return -1, self.neutral(late.stdout or b""), b"(stopped: over the time limit)\n"
        return done.returncode, self.neutral(done.stdout), self.neutral(done.stderr)

    def neutral(self, text):
        return text.replace(str(self.tree).encode(), b"SANDBOX")
