# SPDX-License-Identifier: Apache-2.0
"""What a story is written with: a node of the lab, atrest on it, and claims about both.

A story is a file in stories/ whose first line says what it shows, and whose story(node) does it. Claims fail the story;
so does any answer of the API that a change must never cause (a value that cannot be read), and any file under
/etc/kubernetes that changed and was not named.
"""
import base64
import hashlib
import json
import pathlib
import shlex
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LAB = ROOT / "test/lab/lab.py"

MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml"
CONFIG = "/etc/kubernetes/enc.yaml"
FOLDER_CONFIG = "/etc/kubernetes/enc/enc.yaml"
ADMIN = "/etc/kubernetes/admin.conf"
LIMITED = "/opt/limited.conf"
LIMITED_ROLE = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: limited}
rules:
- {apiGroups: ["", "coordination.k8s.io", "discovery.k8s.io"], resources: ["*"], verbs: ["*"]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: limited}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: limited}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: limited}]
"""


class Failed(Exception):
    """A claim that does not hold."""


class Skipped(Exception):
    """A story that cannot be told here, and why."""


def claim(holds, text):
    if not holds:
        raise Failed(text)


class Run:
    """A command that ended."""

    def __init__(self, command, done):
        self.command, self.code = command, done.returncode
        self.out, self.err = done.stdout, done.stderr

    def exits(self, code):
        claim(self.code == code, f"'{self.command}' exits {self.code}, not {code}\n{self.out}{self.err}")
        return self

    def says(self, *words):
        text = self.out + self.err
        for word in words:
            claim(word in text, f"'{self.command}' does not say '{word}':\n{text}")
        return self

    def objects(self):
        """The objects of -o json, one a line or one for all."""
        decoder, text, found = json.JSONDecoder(), self.out.strip(), []
        while text:
            item, end = decoder.raw_decode(text)
            found.append(item)
            text = text[end:].strip()
        return found


class Node:
    def __init__(self, lab, name, binary, log):
        self.lab, self.name, self.binary, self.log = lab, name, binary, log
        self.watcher = None
        self.at_end = []  # to be called when the story is over, whatever came of it

    # --- commands on the node

    def argv(self, command):
        words = shlex.split(command) if isinstance(command, str) else list(command)
        return [sys.executable, str(LAB), "exec", self.lab, self.name, "--", *words]

    def run(self, command, stdin=None, timeout=420):
        done = subprocess.run(self.argv(command), input=stdin, capture_output=True, text=True, timeout=timeout,
                              check=False)
        shown = command if isinstance(command, str) else " ".join(command)
        print(f"$ {shown}\n{done.stdout}{done.stderr}[exit {done.returncode}]\n", file=self.log, flush=True)
        return Run(shown, done)

    def sh(self, script):
        return self.run(["sh", "-c", script]).exits(0).out

    def atrest(self, words, timeout=420):
        return self.run(f"{self.binary} {words}", timeout=timeout)

    def start(self, words):
        """atrest in the background: a Popen."""
        return subprocess.Popen(self.argv(f"{self.binary} {words}"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def begin(self, words, want):
        """atrest in the background, from the moment on at which it has written this manifest."""
        run = self.start(words)
        self.until("the manifest is written", lambda: self.read(MANIFEST) == want)
        return run

    def ended(self, run, code, *words):
        """That it ends with this exit code, having said these words. What it said."""
        said = run.communicate(timeout=420)[0]
        print(said, file=self.log)
        claim(run.returncode == code, f"exits {run.returncode}, not {code}:\n{said}")
        for word in words:
            claim(word in said, f"it does not say '{word}':\n{said}")
        return said

    def kubectl(self, words):
        return self.run(f"kubectl --kubeconfig {ADMIN} {words}")

    def limit(self):
        """Credentials in LIMITED that may do all that is needed but read /metrics."""
        self.run(f"kubectl --kubeconfig {ADMIN} apply -f -", stdin=LIMITED_ROLE).exits(0)
        self.sh(f"kubeadm kubeconfig user --client-name limited --config /etc/kubeadm.yaml >{LIMITED}")

    def service(self, action, what):
        subprocess.run([sys.executable, str(LAB), "service", self.lab, self.name, action, what], check=True,
                       stdout=self.log, stderr=self.log)

    # --- files

    def read(self, path):
        done = subprocess.run(self.argv(["cat", path]), capture_output=True, check=False)
        return done.stdout if done.returncode == 0 else None

    def write(self, path, data, mode="600"):
        data = data if isinstance(data, bytes) else data.encode()
        subprocess.run(self.argv(["sh", "-c", f"cat >{path} && chmod {mode} {path}"]), input=data, check=True)

    def replace(self, path, data):
        """As an editor that renames does it: through a dot file of the same folder."""
        folder, _, name = path.rpartition("/")
        self.write(f"{folder}/.{name}.new", data)
        self.run(["mv", f"{folder}/.{name}.new", path]).exits(0)

    def files(self):
        """Every file under /etc/kubernetes: its bytes' digest, mode and owner."""
        text = self.sh("find /etc/kubernetes -type f -printf '%m %U:%G %p\\n' | sort -k3")
        sums = self.sh("find /etc/kubernetes -type f -exec sha256sum {} +")
        digest = {line.split("  ", 1)[1]: line.split("  ", 1)[0] for line in sums.splitlines()}
        return {path: (mode, owner, digest.get(path)) for mode, owner, path in
                (line.split(" ", 2) for line in text.splitlines())}

    def only_changed(self, before, *paths):
        """Nothing under /etc/kubernetes but these files is another than before."""
        after = self.files()
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        claim(changed == set(paths), f"changed under /etc/kubernetes: {sorted(changed)}, not {sorted(paths)}")

    def planned(self, manifest, words=""):
        """What `atrest patch` as a filter makes of these bytes: what the manifest must be in the end."""
        done = subprocess.run(self.argv(f"{self.binary} patch {words} -"), input=manifest, capture_output=True,
                              check=False)
        claim(done.returncode == 0, f"the filter refuses: {done.stderr.decode()}")
        return done.stdout

    def is_bytes(self, path, data):
        now = self.read(path)
        claim(now == data, f"{path} is not what was planned: sha256 {hashlib.sha256(now or b'').hexdigest()}")

    # --- the API

    def etcd_value(self, key):
        pki = "/etc/kubernetes/pki/etcd"
        return subprocess.run(self.argv(
            f"etcdctl --endpoints https://127.0.0.1:2379 --cacert {pki}/ca.crt --cert {pki}/server.crt "
            f"--key {pki}/server.key get --print-value-only {key}"), capture_output=True, check=True).stdout

    def etcdctl(self, words, stdin=None):
        """etcdctl on the node, as one who may do all: what it prints, as bytes."""
        pki = "/etc/kubernetes/pki/etcd"
        rooted = self.read("/opt/etcdctl-root") is not None
        program = "/opt/etcdctl-root" if rooted else (
            f"etcdctl --endpoints https://127.0.0.1:2379 --cacert {pki}/ca.crt --cert {pki}/server.crt "
            f"--key {pki}/server.key")
        done = subprocess.run(self.argv(f"{program} {words}"), input=stdin, capture_output=True, check=False)
        claim(done.returncode == 0, f"etcdctl {words}: {done.stderr.decode()}")
        return done.stdout

    def stored(self, folder="/registry/secrets/", page=1000):
        """Key → what its value begins with, of all below a folder: as etcd has it, whoever else may say what."""
        found, key, end = {}, folder, folder[:-1] + "0"
        while True:
            answer = json.loads(self.etcdctl(f"get {key} {end} --limit {page} -w json"))
            for pair in answer.get("kvs", []):
                key = base64.b64decode(pair["key"]).decode()
                found[key] = base64.b64decode(pair["value"][:160])
            if not answer.get("more"):
                return found
            key += "!"  # no name has a byte that sorts before it

    def all_under(self, prefix, folder="/registry/secrets/", page=1000):
        """Every value below a folder begins so. How many there are."""
        found = self.stored(folder, page)
        other = sorted(key for key, value in found.items() if not value.startswith(prefix))
        claim(not other, f"{len(other)} of {len(found)} values do not begin with {prefix!r}: {other[:5]}")
        return len(found)

    def bulk(self, words):
        return self.run(f"bulk {words}").exits(0)

    def verdict(self, code=0, words=""):
        """What `atrest verify -o json` says, having ended so."""
        return self.atrest(f"verify -o json {words}").exits(code).objects()[-1]

    def secret_is_encrypted(self, name="made-after"):
        """A Secret that is made now lies encrypted in etcd, and is read back."""
        self.kubectl(f"create secret generic {name} --from-literal=a=b").exits(0)
        value = self.etcd_value(f"/registry/secrets/default/{name}")
        claim(value.startswith(b"k8s:enc:"), f"the value of {name} begins with {value[:20]!r}")
        self.kubectl(f"get secret {name} -o jsonpath={{.data.a}}").exits(0).says("Yg==")

    def address(self):
        return self.sh(f"sed -n 's/.*--advertise-address=//p' {MANIFEST} | head -n 1").strip()

    def server_pids(self):
        return self.sh("pgrep -x kube-apiserver || true").split()

    def until(self, what, holds, seconds=180):
        """Awaits what no event tells of."""
        end = time.monotonic() + seconds
        while not holds():
            claim(time.monotonic() < end, f"{what}: not within {seconds} s")
            time.sleep(0.2)

    def ready(self):
        return self.kubectl("get --raw /readyz").code == 0

    def watch(self):
        """Starts the client that reads every Secret once a second."""
        self.watcher = subprocess.Popen(self.argv(["/usr/bin/python3", str(HERE / "watch.py"), ADMIN, self.address()]),
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)

    def watched(self):
        """Ends it. Seconds without an answer; fails on an answer that a change must never cause."""
        if not self.watcher:
            return 0
        self.run(["pkill", "-TERM", "-f", "e2e/watch.py"])
        lines = self.watcher.communicate(timeout=30)[0].splitlines()
        self.watcher = None
        print("API, once a second:\n" + "\n".join(lines), file=self.log)
        tries = [line.split(" ", 2) for line in lines]
        bad = [line for line in tries if line[1] == "500"]
        claim(not bad, f"the API could not read a Secret: {bad[:3]}")
        return sum(1 for line in tries if line[1] != "200")
