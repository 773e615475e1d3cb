# SPDX-License-Identifier: Apache-2.0
"""What is interrupted, and what must hold afterwards (law 6). For crash.py."""
import json
import re

import sandbox
from sandbox import CONFIG, FIXTURE, FOLDER, MANIFEST, RECORDS

OLD = (FIXTURE / "plain.yaml").read_bytes()
NEW = (FIXTURE / "patched.yaml").read_bytes()
WHOLE_CONFIG = re.compile(rb"apiVersion: apiserver\.config\.k8s\.io/v1\nkind: EncryptionConfiguration\n"
                          rb"resources:\n(?:.*\n)*              secret: \"?[A-Za-z0-9+/]{43}=\"?\n(?:.*\n)*"
                          rb"      - identity: \{\}\n")
TEMP = re.compile(r"\.atrest\.[^/]+\.[0-9a-f]{16}")
SANE = {0, 1, 4, 5}
LOCK = "var/lib/atrest/lock"


class Scenario:
    """A command on a tree. `path` is the one file that it is about: `old` bytes before, `new` after (a function: is
    it wholly new?). `always`: a fault that is there in all runs."""
    writes = True  # through a record, in an order that is asserted

    def __init__(self, name, command, tree, path, old, is_new, always=()):
        self.name, self.command, self.tree, self.path = name, command, tree, path
        self.old, self.is_new, self.always = old, is_new, list(always)

    # --- after the interrupted run ---

    def check_interrupted(self, tree, status, killed, strict=True):
        """Complaints about what the interrupted run has left. `strict`: one fault only, so clean-up works."""
        yield from self.check_whole(tree)
        yield from self.check_leftovers(tree)
        if killed:
            return
        if status not in SANE:
            yield f"exit status {status}"
        content = sandbox.text_of(tree, self.path)
        if status == 0 and not self.is_new(content):
            yield "exit 0, but the file is not as wanted"
        if status == 5 and not self.is_new(content):
            yield "exit 5 (look), but nothing was changed"
        if status == 1:
            yield from self.check_nothing_changed(tree, strict)

    def check_whole(self, tree):
        content = sandbox.text_of(tree, self.path)
        if content != self.old and not self.is_new(content):
            yield f"{self.path} is neither wholly old nor wholly new: {content!r:.300}"
        if self.path in tree and tree[self.path][0] != 0o600:
            yield f"{self.path} has mode {tree[self.path][0]:o}"
        for path in self.tree.keys() - self.base_temps():
            if path not in tree and not path.startswith(self.open_records()):
                yield f"{path} is gone"
            elif path.startswith("etc/") and path != self.path and tree[path] != self.tree[path]:
                yield f"{path} was changed"

    def check_leftovers(self, tree):
        added = [path for path in tree if path.startswith("etc/") and path != self.path and
                 (path not in self.tree or path in self.base_temps())]
        for path in added:
            mode, content = tree[path]
            if not TEMP.fullmatch(path.rsplit("/", 1)[1]) or content is FOLDER:
                yield f"{path} was left behind: the kubelet may load it"
            elif mode != 0o600:
                yield f"{path} was left behind with mode {mode:o}"
        if len(added) > 1:
            yield f"more than one file was left behind: {added}"
        for path in tree:
            private = 0o700 if tree[path][1] is FOLDER else 0o600
            if path.startswith("var/lib/atrest") and tree[path][0] & ~private:
                yield f"{path} has mode {tree[path][0]:o}"

    def base_temps(self):
        """What the killed run before this one has left."""
        return set(sandbox.dot_names(self.tree, "etc"))

    def open_records(self):
        """The records that it has left open: they may be dropped."""
        return tuple(f"{RECORDS}/{name}" for name in sandbox.record_ids(self.tree)
                     if b'"started"' in sandbox.text_of(self.tree, f"{RECORDS}/{name}/record.json"))

    def check_nothing_changed(self, tree, strict):
        def relevant(of):
            return {path: entry for path, entry in of.items() if path not in self.base_temps() and
                    (path.startswith("etc/") or (strict and path.startswith(RECORDS + "/") and
                                                 not path.startswith(RECORDS + "/.")))}
        # What an earlier killed run left may be settled before a run fails: that is no change of this one. And where
        # a fault is there always, it may hit the clean-up after another.
        strict = strict and not self.always and not self.name.startswith("recover")
        was, now = relevant(self.tree), relevant(tree)
        for path in sorted(was.keys() | now.keys()):
            if was.get(path) != now.get(path):
                yield f"exit 1 (nothing changed), but {path} was"

    # --- after the same command once more ---

    def check_again(self, tree, status, said):
        if status != 0:
            yield f"the same command again gives {status}: {said.strip()[-300:]}"
        if not self.is_new(sandbox.text_of(tree, self.path)):
            yield "the same command again does not reach the end"
        yield from self.check_whole(tree)
        for path in sandbox.dot_names(tree, "etc") + sandbox.dot_names(tree, RECORDS):
            yield f"{path} is still there"
        yield from self.check_records(tree)

    def check_records(self, tree):
        """One finished record of this command, which holds the old bytes; none that is open."""
        own = []
        for name in sandbox.record_ids(tree):
            content = sandbox.text_of(tree, f"{RECORDS}/{name}/record.json") or b"null"
            try:
                record = json.loads(content) or {}
            except ValueError as wrong:
                yield f"record {name} is no JSON: {wrong}: {content!r}"
                continue
            if record.get("id") != name:
                yield f"record {name} is damaged"
            elif record["progress"] == "started":
                yield f"record {name} is still open"
            elif record["command"] == " ".join(self.command[:2 if self.command[0] == "config" else 1]):
                own.append(name)
        if len(own) != 1:
            yield f"{len(own)} finished records of one command"
        for name in own:
            if sandbox.text_of(tree, f"{RECORDS}/{name}/old-0") != self.old:
                yield f"record {name} does not hold what was there before"


def is_config(content):
    return content is not None and WHOLE_CONFIG.fullmatch(content) is not None


def plain_scenarios(binary):
    plain = sandbox.plain_tree()
    ready = sandbox.after(binary, plain, ["config", "new", "--yes"])
    patched = sandbox.after(binary, ready, ["patch", "--yes"])
    made = sorted(set(sandbox.record_ids(patched)) - set(sandbox.record_ids(ready)))
    undo = ["undo", made[0], "--yes", "--accept", "still-encrypted"]
    return [
        Scenario("patch", ["patch", "--yes"], ready, MANIFEST, OLD, lambda text: text == NEW),
        Scenario("config-new", ["config", "new", "--yes"], plain, CONFIG, None, is_config),
        Scenario("undo", undo, patched, MANIFEST, NEW, lambda text: text == OLD),
    ]


# --- commands that only look, and the one that only mends a mode ----------------------------------

class Still(Scenario):
    """A command that changes nothing, whatever happens to it: not a byte, not a mode, no folder of its own."""
    writes = False

    def check_interrupted(self, tree, status, killed, strict=True):
        yield from self.check_same(tree)
        if not killed and status not in (0, 1):
            yield f"exit status {status}"

    def check_same(self, tree):
        for path in sorted(self.tree.keys() | tree.keys()):
            if self.tree.get(path) != tree.get(path):
                yield f"{path} {'was changed' if path in self.tree and path in tree else 'came or went'}"

    def check_again(self, tree, status, said):
        if status != 0:
            yield f"the same command again gives {status}: {said.strip()[-300:]}"
        yield from self.check_same(tree)


class Mended(Scenario):
    """A command that gives its file mode 0600, and does nothing else but to take the lock."""
    writes = False

    def check_interrupted(self, tree, status, killed, strict=True):
        mode = tree[self.path][0]
        yield from self.check_rest(tree)
        if mode not in (0o600, self.tree[self.path][0]):
            yield f"{self.path} has mode {mode:o}"
        if killed:
            return
        if status not in SANE:
            yield f"exit status {status}"
        if status == 0 and mode != 0o600:
            yield "exit 0, but the mode is not as wanted"
        if status == 1 and mode == 0o600:
            yield "exit 1 (nothing changed), but the mode was"

    def check_rest(self, tree):
        for path in sorted(self.tree.keys() | tree.keys()):
            was, now = self.tree.get(path), tree.get(path)
            if path == self.path:
                was, now = was and was[1], now and now[1]
            if was != now and path != LOCK:
                yield f"{path} {'was changed' if was and now else 'came or went'}"

    def check_again(self, tree, status, said):
        if status != 0 or tree[self.path][0] != 0o600:
            yield f"the same command again gives {status}, mode {tree[self.path][0]:o}: {said.strip()[-300:]}"
        yield from self.check_rest(tree)


def looking_scenarios(binary):
    """The commands of a live node, on the tree of one that was patched, with a kubelet's config and an older config
    in a record (doctor reads it)."""
    plain = sandbox.plain_tree()
    ready = sandbox.after(binary, plain, ["config", "new", "--yes"])
    patched = sandbox.after(binary, ready, ["patch", "--yes"])
    patched.update({"var/lib/kubelet": (0o755, FOLDER),
                    "var/lib/kubelet/config.yaml": (0o600, b"staticPodPath: /etc/kubernetes/manifests\n")})
    node = {**patched, CONFIG: (0o644, patched[CONFIG][1].replace(b"key1", b"key2"))}

    def still(name, tree, *command):
        return Still(name, [*command], tree, CONFIG, sandbox.text_of(tree, CONFIG), lambda text: True)

    # As JSON, since what is said on standard error is a call for each word of it.
    return [
        still("status", node, "-o", "json", "status"),
        still("doctor", node, "-o", "json", "doctor"),
        still("doctor-fix-dry-run", node, "-o", "json", "doctor", "--fix", "--dry-run"),
        still("enable-dry-run", plain, "enable", "--dry-run"),
        still("enable-hot-reload-dry-run", patched, "-o", "json", "enable", "--hot-reload", "--dry-run"),
        Mended("doctor-fix", ["-o", "json", "doctor", "--fix", "--yes"], node, CONFIG, node[CONFIG][1],
               lambda text: True),
    ]
