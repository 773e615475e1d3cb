# SPDX-License-Identifier: Apache-2.0
"""The role over three real nodes: enable, again, rotate, again, disable, again; and what the controller sees of it."""
import json
import pathlib
import re
import shutil
import subprocess
import sys

from run import ROOT, WORK, Book, claim, skip, tell

sys.path.insert(0, str(ROOT / "test/e2e"))
import story  # noqa: E402

NAME = "ansible"
NODES = ("cp1", "cp2", "cp3")
PROGRAM = "/opt/atrest"  # a node's own, unlike /usr


class Plane:
    def __init__(self, programs, options, log):
        self.folder = WORK / "lab"
        self.nodes = [story.Node(NAME, name, PROGRAM, log) for name in NODES]
        shutil.rmtree(self.folder, ignore_errors=True)
        group = {"hosts": {name: None for name in NODES}, "vars": {
            "ansible_connection": "lab", "lab_name": NAME, "lab_script": str(story.LAB), "ansible_become": False,
            "ansible_python_interpreter": "/usr/bin/python3", "ansible_remote_tmp": "/var/tmp/.ansible",
            # Rotations one right after the other: without it the kubelet holds restarts back, up to 5 minutes each.
            "atrest_hot_reload": True,
            "atrest_binary": str(pathlib.Path(options.bin).resolve()), "atrest_path": PROGRAM}}
        self.book = Book(programs, self.folder, json.dumps({"all": {"children": {"control_plane": group}}}))
        self.keys = set()
        self.before = None  # the manifests of a new lab

    def manifests(self):
        return [node.read(story.MANIFEST) for node in self.nodes]

    def learn_keys(self):
        """Every key that lies on a node now. Kept in memory alone."""
        for node in self.nodes:
            text = (node.read(story.FOLDER_CONFIG) or b"").decode()
            self.keys |= set(re.findall(r'secret: "?([A-Za-z0-9+/=]{20,})', text))
        claim(self.keys, "no key was found on any node")

    def keeps_keys_away(self):
        """No key on the controller: neither in what was printed nor in any file of it."""
        for path in self.folder.rglob("*"):
            text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
            claim(not any(key in text for key in self.keys), f"{path} has a key in clear")

    def writes_with(self, key):
        """Every node has the same file, its server has loaded it, and all that is stored is under this key."""
        digests = {node.sh(f"sha256sum {story.FOLDER_CONFIG}").split()[0] for node in self.nodes}
        claim(len(digests) == 1, f"not the same file on each: {digests}")
        for node in self.nodes:
            loaded = node.atrest("status -o json").exits(0).objects()[-1]["loaded"]
            claim(loaded["state"] == "current", f"{node.name} has loaded {loaded}")
        provider, name = key.split("/")
        claim(self.nodes[0].all_under(f"k8s:enc:{provider}:v1:{name}:".encode()) >= 100, "where are the Secrets?")


def story_of(plane, names, results):
    cp1, cp2, cp3 = plane.nodes

    def check_mode():
        plane.book.play("enable", "--check").exits(0).changes(True)
        claim(plane.manifests() == plane.before and cp1.read(PROGRAM) is None, "check mode changed something")

    def enable():
        plane.book.play("enable", "-vvv").exits(0).changes(True)
        plane.learn_keys()
        plane.keeps_keys_away()
        plane.writes_with("aescbc/key1")

    def again():
        files = [node.files() for node in plane.nodes]
        plane.book.play("enable").exits(0).changes(False)
        plane.book.play("enable", "--check").exits(0).changes(False)
        plane.book.play("rotate").exits(0).changes(False)
        claim(files == [node.files() for node in plane.nodes], "a file was changed")

    def rotate():
        cp2.watch()
        copy = plane.folder / "copy"
        pair = cp3.sh(f"{PROGRAM} keygen --recipient --identity-file /opt/operator").strip()
        play = plane.book.play("rotate", "-vvv", atrest_if_older_than='""', atrest_recipients=f'["{pair}"]',
                               atrest_sealed_copy=f'"{copy}"')
        cp2.watched()
        play.exits(0).changes(True)
        plane.learn_keys()
        plane.keeps_keys_away()
        plane.writes_with("aescbc/key2")
        cp3.write("/opt/copy", copy.read_bytes())
        cp3.atrest("import /opt/copy --identity-file /opt/operator --check").exits(0)

    def other_algorithm():
        play = plane.book.play("rotate", atrest_provider='"secretbox"')
        play.exits(0).changes(True)
        plane.learn_keys()
        plane.writes_with("secretbox/key3")
        plane.book.play("rotate", atrest_provider='"secretbox"').exits(0)

    def disable():
        plane.book.play("disable", "-vvv").exits(0).changes(True)
        plane.keeps_keys_away()
        claim(plane.before in (None, plane.manifests()), "the manifests are not what they were before enable")
        for node in plane.nodes:
            claim(node.read(story.FOLDER_CONFIG) is None, f"{node.name} has a config still")
        cp1.all_under(b"k8s\0")
        plane.book.play("disable").exits(0).changes(False)

    for test, title in ((check_mode, "--check on a new plane: says what, changes nothing"),
                        (enable, "enable; no key on the controller"), (again, "enable and rotate again: changed=0"),
                        (rotate, "rotate; a sealed copy that somebody else opens"),
                        (other_algorithm, "aescbc to secretbox"),
                        (disable, "disable: the manifests are what they were; again: changed=0")):
        if names and test.__name__ not in names:
            continue
        results.append(tell(test.__name__.replace("_", "-"), title, test))
        if results[-1] == "failed":
            return


def lab(*words, log):
    return subprocess.run([sys.executable, str(story.LAB), *words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                          check=False).returncode


def run(programs, options):
    results = []
    WORK.mkdir(parents=True, exist_ok=True)
    with open(WORK / "lab.log", "w", encoding="utf-8") as log:
        there = options.keep and lab("exec", NAME, "cp1", "--", "true", log=log) == 0
        up = 0 if there else lab("up", "--name", NAME, "--nodes", "3", "--api-flag=etcd-compaction-interval=20s", log=log)
        if up == 77:
            skip(f"no lab can be had here ({WORK / 'lab.log'} says why)")
        claim(up == 0, f"the lab did not come up (exit {up})")
        try:
            plane = Plane(programs, options, log)
            if not there:
                plane.nodes[0].bulk("create -n 200")
                plane.before = plane.manifests()
            story_of(plane, options.names, results)
        finally:
            if not options.keep:
                lab("down", "--name", NAME, log=log)
    return results
