# SPDX-License-Identifier: Apache-2.0
"""What stories on several control-plane nodes are written with; story.py has what there is for one.

A Plane is all nodes of a lab, 500 Secrets, and a client (bulk live) that works through every API server all the time.
What it may never see, whatever is done meanwhile: FAULTS.
"""
import collections
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess

from story import CONFIG, FOLDER_CONFIG, MANIFEST, Node, claim

# Old revisions are gone after 20 to 40 s here, and not after 5 to 10 minutes.
COMPACTION = "--api-flag=etcd-compaction-interval=20s"
LAB = ["--nodes", "3", COMPACTION]
SECRETS = 500
ROUNDS = 12
# How often a second the client does each thing through each server. Less on a machine that has more to do.
RATE = os.environ.get("ATREST_LIVE_RATE", "10")
SEALED = "/opt/atrest.sealed"
PASSPHRASE = "/opt/passphrase"
FAULTS = ("decryption", "lost", "wrong", "ghost", "internal", "refused", "watch-missed", "watch-error")
KUBEADM = "get configmap -n kube-system kubeadm-config -o jsonpath={.data.ClusterConfiguration}"
PLAIN = b"k8s\0"


def under(provider, key):
    """What a value begins with that was encrypted so."""
    return f"k8s:enc:{provider}:v1:{key}:".encode()


class Seen:
    """What the client saw, from its beginning to its end."""

    def __init__(self, document):
        self.document, self.errors, self.servers = document, document["errors"], document["servers"]

    def clean(self):
        """No fault. Each server did its share, so that there was something to see."""
        faults = {name: self.errors[name] for name in FAULTS if self.errors[name]}
        claim(not faults, f"the client saw {faults}:\n" + "\n".join(
            f"{one['at']} s {one['server']} {one['operation']}: {one['class']}: {one['text']}"
            for one in self.document["texts"] if one["class"] in faults))
        for server in self.servers:
            for kind in ("create", "get", "list", "watch", "update", "delete"):
                done = server["operations"].get(kind, {}).get("done", 0)
                claim(done > 0, f"the client did not {kind} through {server['server']}")
        return self

    def longest_gap(self):
        """In ms: the longest time in which one server gave no answer."""
        return max(server["longest_gap_ms"] for server in self.servers)

    def figures(self):
        """Lines for people: what there was of each, through which server, for how long."""
        seconds = self.document["seconds"]
        yield f"{sum(self.done().values())} answers in {seconds:.0f} s: " + ", ".join(
            f"{count} {kind}" for kind, count in sorted(self.done().items()))
        for server in self.servers:
            name = server["server"].split("//")[1].split(":")[0]
            yield (f"{name}: longest time without an answer {server['longest_gap_ms']} ms; " + (", ".join(
                f"{one['count']} {kind} ({one['first']:.1f} s to {one['last']:.1f} s)"
                for kind, one in sorted(server["errors"].items())) or "no error"))
            failing = [f"{kind} {one['failing_ms'] / 1000:.1f} s" for kind, one in sorted(server["operations"].items())
                       if one["failing_ms"] > 0]
            if failing:
                yield f"{name}: time in which nothing of it succeeded: {', '.join(failing)}"

    def done(self):
        sums = collections.Counter()
        for server in self.servers:
            sums.update({kind: one["done"] for kind, one in server["operations"].items()})
        return sums


class Plane:
    def __init__(self, node, count=3, secrets=SECRETS, sealed=True):
        self.first, self.log = node, node.log
        self.nodes = [node] + [Node(node.lab, f"cp{number + 1}", node.binary, node.log) for number in range(1, count)]
        self.secrets, self.client = secrets, None
        node.at_end.append(self.close)
        self.addresses = {each.name: each.address() for each in self.nodes}
        if sealed:
            self.seal()
        node.bulk(f"create -n {secrets}")
        node.bulk("record /opt/record -only bulk")

    def seal(self):
        """Every node has a passphrase for what is carried, and whom its archive is sealed to."""
        said = self.first.atrest("keygen --recipient --identity-file /opt/identity --yes").exits(0)
        public = re.search(r"atrest1\w+", said.out + said.err)
        claim(public, "no public half is shown")
        for each in self.nodes:
            each.write(PASSPHRASE, "a passphrase of the stories\n")
            each.sh("mkdir -p -m 755 /etc/atrest")
            each.write("/etc/atrest/recipients", f"{public[0]}\n", "644")

    def show(self, *lines):
        """Into the log, and for who looks on."""
        for line in lines:
            print(line, file=self.log, flush=True)
            print(f"         {line}", flush=True)

    # --- the client

    def client_words(self):
        servers = ",".join(f"https://{address}:6443" for address in self.addresses.values())
        return f"bulk live -servers {servers} -n {self.secrets} -rate {RATE}"

    def begin(self):
        """Starts the client, and awaits that it works."""
        self.client = subprocess.Popen(self.first.argv(self.client_words()), stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.first.until("the client works", lambda: self.client.poll() is not None or len(
            self.first.stored("/registry/secrets/live/")) > 10)
        claim(self.client.poll() is None, "the client ended at once (the log tells why)")

    def end(self):
        """Ends it. What it saw."""
        self.client.terminate()
        text = self.client.communicate(timeout=120)[0]
        claim(self.client.returncode == 0, f"the client exits {self.client.returncode}: {text[-500:]}")
        self.client = None
        return self.seen(text)

    def close(self):
        """Of a story that failed: what the client saw until then is in the log."""
        if self.client:
            self.client.terminate()
            print(f"what the client saw:\n{self.client.communicate()[0]}", file=self.log, flush=True)

    def seen(self, text):
        print(f"what the client saw:\n{text}", file=self.log, flush=True)
        return Seen(json.loads(text))

    def look_for(self, seconds):
        """The client for so long, and nothing else."""
        run = self.first.run(f"timeout --preserve-status --signal=TERM {seconds} {self.client_words()}").exits(0)
        return Seen(json.loads(run.out))

    # --- commands on the nodes

    def named(self, name):
        return next(each for each in self.nodes if each.name == name)

    def copy(self, source, path, target, to=None):
        """A file from one node to another, as it is. Its mode is 0600."""
        target.write(to or path, source.read(path))

    def carry(self, source, *targets):
        """The config and its keys, in a sealed file."""
        source.atrest(f"export {SEALED} --passphrase-from {PASSPHRASE} --yes").exits(0)
        sealed = source.read(SEALED)
        for secret in self.secrets_of(source):
            claim(secret not in sealed, "a key stands in the sealed file, in clear")
        for target in targets:
            target.write(SEALED, sealed)
            target.atrest(f"import {SEALED} --passphrase-from {PASSPHRASE} --yes").exits(0)
        for each in (source, *targets):
            each.sh(f"rm {SEALED}")

    def go(self, node, words):
        """One command, which ends well, or says that another node is next; what it asks to carry is carried."""
        run = node.atrest(words)
        claim(run.code in (0, 7), f"{node.name}: '{words}' exits {run.code}:\n{run.out}{run.err}")
        if run.code == 7:
            asked = re.findall(r"(\w[\w.-]*): 'atrest import", run.out + run.err)
            targets = [each for each in self.nodes if each.name in asked and each is not node]
            if targets:
                self.carry(node, *targets)
        return run

    def climb(self, words, on=0, goes_on="continue --yes"):
        """A goal is named on one node; then every node goes on in turn, until all of them say that it is done."""
        order = self.nodes[on:] + self.nodes[:on]
        self.go(order[0], words)
        for _ in range(ROUNDS):
            if all([self.go(each, goes_on).code == 0 for each in order[1:] + order[:1]]):
                return
        claim(False, f"'{words}' did not come to an end in {ROUNDS} rounds")

    def climb_at_once(self, words, on=0, goes_on="continue --yes"):
        """A goal is named on one node, its key is carried, and every node goes on by itself, waiting for the others."""
        first, rest = self.nodes[on], self.nodes[:on] + self.nodes[on + 1:]
        self.go(first, words)
        self.carry(first, *rest)
        self.all_at_once(goes_on)

    def all_at_once(self, words):
        """One command on every node at the same time, to its end."""
        with concurrent.futures.ThreadPoolExecutor(len(self.nodes)) as runs:
            for run in list(runs.map(lambda each: each.atrest(f"{words} --wait 1200", timeout=1500), self.nodes)):
                run.exits(0)

    def go_all(self, words):
        """Once on every node, one after the other."""
        for each in self.nodes:
            self.go(each, words)

    def chosen(self, cases):
        """Their names, or those of ATREST_CASES."""
        return [name for name in cases if name in os.environ.get("ATREST_CASES", " ".join(cases)).split()]

    # --- how things stand

    def ready(self, node):
        """Its own API server is."""
        return node.kubectl(f"--server https://{self.addresses[node.name]}:6443 get --raw /readyz").code == 0

    def lists(self, node):
        """Its own API server lists the Secrets."""
        return node.kubectl(f"--server https://{self.addresses[node.name]}:6443 get secrets -A -o name").code == 0

    def config(self, node):
        return FOLDER_CONFIG if node.read(FOLDER_CONFIG) is not None else CONFIG

    def secrets_of(self, node):
        return re.findall(rb"secret: *[\"']?([A-Za-z0-9+/=]{20,})", node.read(self.config(node)) or b"")

    def keys(self, node):
        """The keys' names in the config, the writer first."""
        return [name.decode() for name in re.findall(rb"name: *[\"']?([\w.-]+)", node.read(self.config(node)) or b"")]

    def same_config(self):
        """It is byte for byte the same on every node. The keys' names."""
        sums = {each.name: hashlib.sha256(each.read(self.config(each)) or b"").hexdigest() for each in self.nodes}
        claim(len(set(sums.values())) == 1, f"the configs differ: {sums}")
        return self.keys(self.first)

    def manifests(self):
        return {each.name: each.read(MANIFEST) for each in self.nodes}

    def are_manifests(self, want):
        for each in self.nodes:
            each.is_bytes(MANIFEST, want[each.name])

    def planned(self, words=""):
        return {each.name: each.planned(each.read(MANIFEST), words) for each in self.nodes}

    def kubeadm(self):
        return self.first.kubectl(KUBEADM).exits(0).out

    def stored_by(self, node, folder="/registry/secrets/"):
        """How many values begin with what, as this node's member of etcd has it."""
        found = collections.Counter()
        for value in node.stored(folder).values():
            prefix = re.match(rb"k8s:enc:[a-z]+:v[12]:[^:]{1,100}:|k8s\0", value)
            found[prefix[0] if prefix else b"?"] += 1
        return found

    def all_under(self, prefix):
        """Every member of etcd has every Secret so, and every API server writes so."""
        for each in self.nodes:
            found = self.stored_by(each)
            claim(set(found) == {prefix} and found[prefix] >= self.secrets,
                  f"{each.name}: stored are {dict(found)}, not all {prefix!r}")
            name = f"written-by-{each.name}"
            server = f"--server https://{self.addresses[each.name]}:6443"
            each.kubectl(f"{server} create secret generic {name} --from-literal=a=b").exits(0)
            value = each.etcd_value(f"/registry/secrets/default/{name}")
            claim(value.startswith(prefix), f"{each.name} writes {value[:40]!r}")
            each.kubectl(f"{server} delete secret {name}").exits(0)
        self.first.bulk("check /opt/record")

    def nothing_to_do(self, words):
        """Said on every node; and nothing is written."""
        before = {each.name: each.files() for each in self.nodes}
        for each in self.nodes:
            each.atrest(words).exits(0)
            claim(each.files() == before[each.name], f"{each.name}: '{words}' changed a file although all was done")
