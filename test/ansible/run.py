#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the Ansible role (deploy/ansible).

    test/ansible/run.py dry [NAME…]      over a play-world (fake.py): nothing but Python is needed
    test/ansible/run.py lab [--bin build/release/atrest] [--keep] [NAME…]
                                         over three real nodes of test/lab: needs root
    --ansible VERSION                    another ansible-core than the pinned one

ansible-core comes from PyPI, once, into ~/.cache/atrest (ATREST_CACHE). --keep leaves the lab as it is, and takes one
that was left. The last line is "N passed, N failed". Exits 77 where ansible-core or a lab cannot be had, and says why.
What every run printed stands in build/ansible/.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ROLES = ROOT / "deploy/ansible/roles"
WORK = ROOT / "build/ansible"
CORE = "2.19.4"


class Failed(Exception):
    """A claim that does not hold."""


def claim(holds, text):
    if not holds:
        raise Failed(text)


def skip(why):
    print(why)
    sys.exit(77)


def install(version):
    """The folder with ansible-playbook of this version."""
    cache = pathlib.Path(os.environ.get("ATREST_CACHE") or pathlib.Path.home() / ".cache/atrest")
    folder = cache / f"ansible-core-{version}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", folder],
                        [folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check",
                         f"ansible-core=={version}"]):
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
            if done.returncode:
                skip(f"ansible-core {version} cannot be installed: {(done.stderr or done.stdout).strip()[-300:]}")
        (folder / "done").touch()
    return folder / "bin"


class Play:
    """A playbook run that ended."""

    def __init__(self, done, seconds):
        self.code, self.text, self.seconds = done.returncode, done.stdout + done.stderr, seconds
        recap = self.text.rpartition("PLAY RECAP")[2]
        self.changed = sum(int(word.split("=")[1]) for word in recap.split() if word.startswith("changed="))

    def exits(self, code):
        claim(self.code == code, f"the playbook exits {self.code}, not {code}:\n{self.text[-6000:]}")
        return self

    def fails(self, *words):
        claim(self.code != 0, f"the playbook does not fail:\n{self.text[-3000:]}")
        return self.says(*words)

    def changes(self, some):
        claim((self.changed > 0) == some, f"changed={self.changed}:\n{self.text[-6000:]}")
        return self

    def says(self, *words):
        for word in words:
            claim(word in self.text, f"it does not say '{word}':\n{self.text[-6000:]}")
        return self

    def says_not(self, word):
        claim(word not in self.text, f"it says '{word}'")
        return self


class Book:
    """An inventory, and the example playbooks over it."""

    def __init__(self, programs, folder, inventory):
        self.programs, self.folder = programs, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.inventory = folder / "inventory.yml"
        self.inventory.write_text(inventory, encoding="utf-8")
        (folder / "ansible.cfg").write_text("", encoding="ascii")

    def play(self, name, *words, **variables):
        extra = [word for key, value in variables.items() for word in ("-e", f'{{"{key}": {value}}}')]
        command = [self.programs / "ansible-playbook", "-i", self.inventory, ROOT / f"deploy/ansible/{name}.yml",
                   *words, *extra]
        begin = time.monotonic()
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment())
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(map(str, command[1:]))}\n{done.stdout}{done.stderr}[exit {done.returncode}]\n\n")
        return Play(done, time.monotonic() - begin)

    def environment(self):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return kept | {
            "LC_ALL": "C.UTF-8", "ANSIBLE_HOME": str(self.folder / "home"), "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_ROLES_PATH": str(ROLES), "ANSIBLE_CONNECTION_PLUGINS": str(HERE / "connection_plugins"),
            "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1", "ANSIBLE_RETRY_FILES_ENABLED": "0",
            "ANSIBLE_DEPRECATION_WARNINGS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def tell(name, title, test):
    """'passed' or 'failed', having said so."""
    begin, result, why = time.monotonic(), "passed", ""
    try:
        test()
    except Exception as error:  # whatever a test trips over, the next one is run
        result = "failed"
        why = str(error) if isinstance(error, Failed) else traceback.format_exc()
    print(f"{result:8} {name}: {title} ({time.monotonic() - begin:.0f} s)", flush=True)
    if why:
        print("         " + why.replace("\n", "\n         "), flush=True)
    return result


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--ansible", default=CORE)
    parser.add_argument("--bin", default=str(ROOT / "build/release/atrest"))
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("what", choices=("dry", "lab"))
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    import dry   # here, since they import this file's names
    import live
    programs = install(options.ansible)
    results = (dry if options.what == "dry" else live).run(programs, options)
    failed = results.count("failed")
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.modules["run"] = sys.modules["__main__"]
    sys.exit(main())
