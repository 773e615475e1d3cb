# SPDX-License-Identifier: Apache-2.0
"""A planted Secret, re-encrypted, verified and decrypted: its plaintext is nowhere but in etcd."""
import base64
import json
import os
import subprocess

from story import HERE, claim

CHOSEN = True
COUNT = 120


class Planted:
    """One text in every Secret, so that whichever passes by shows."""

    def __init__(self, node):
        self.node, raw = node, os.urandom(384)
        self.forms = {"raw": raw, "base64": base64.b64encode(raw), "hex": raw.hex().encode()}
        items = [{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"planted-{at:03}", "namespace": space},
                  "data": {"it": self.forms["base64"].decode()}} for space in ("default", "bulk-1") for at in range(COUNT)]
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        node.kubectl("create namespace bulk-1").exits(0)
        done = subprocess.run(node.argv("kubectl --kubeconfig /etc/kubernetes/admin.conf create -f -"), input=text,
                              capture_output=True, text=True, check=False)
        claim(done.returncode == 0, done.stderr)

    def within(self, data):
        """The forms of which any 16 bytes at a place that is a multiple of 16 are there."""
        data = data if isinstance(data, bytes) else data.encode()
        return sorted(name for name, form in self.forms.items()
                      if any(form[at:at + 16] in data for at in range(0, len(form) - 15, 16)))

    def run(self, words, code):
        run = self.node.atrest(words)
        claim(not self.within(run.out + run.err), f"'{words}' says it")
        return run.exits(code)

    def looked_at(self, words, guarded_may=()):
        """Runs it, and looks through its memory whenever it waits."""
        given = {name: base64.b64encode(form).decode() for name, form in self.forms.items()}
        done = subprocess.run(self.node.argv(["/usr/bin/python3", str(HERE / "image.py"), self.node.binary,
                                              *words.split()]), input=json.dumps(given), capture_output=True, text=True,
                              timeout=400, check=False)
        claim(done.returncode == 0, f"the look at '{words}' failed: {done.stderr}")
        seen = json.loads(done.stdout)
        print(f"$ (looked at) {words}\n{seen['out']}{seen['err']}[exit {seen['exit']}]", *seen["looks"], sep="\n",
              file=self.node.log, flush=True)
        claim(seen["exit"] == 0, f"'{words}' exits {seen['exit']}:\n{seen['out']}{seen['err']}")
        claim(not self.within(seen["out"] + seen["err"]), f"'{words}' says it")
        claim(not seen["cmdline"] and not seen["environ"], "in its words or its environment")
        claim(len(seen["looks"]) > 3 and any(look["control"] for look in seen["looks"]), "the looks are blind")
        hits = sorted({f"{form} in {place} (at {look['at']} s, in {look['in']})"
                       for look in seen["looks"] for form, place in look["hits"]})
        claim(not hits, f"'{words}' holds it in plain memory while it waits:\n" + "\n".join(hits))
        kept = {form for look in seen["looks"][len(seen["looks"]) // 2:] for form in look["guarded"]}
        claim(kept <= set(guarded_may), f"guarded memory still has it: {kept}")

    def dumped(self, words):
        """Runs it, and has a core file made of it in the middle."""
        run = self.node.start(words)
        self.node.until("it is midway", lambda: run.poll() is not None or self.encrypted() > COUNT + COUNT // 4)
        pid = self.node.sh("pgrep -x atrest").split()[0]
        for name in ("cmdline", "environ"):
            claim(not self.within(self.node.read(f"/proc/{pid}/{name}")), f"in its {name}")
        self.node.sh(f"gcore -o /run/lab/core {pid} >/run/lab/gcore.log 2>&1 </dev/null; "
                     "test -s /run/lab/core.* || { cat /run/lab/gcore.log; exit 1; }")
        said = self.node.ended(run, 0)
        claim(not self.within(said), f"'{words}' says it")
        core = self.node.read(f"/run/lab/core.{pid}")
        self.node.sh("rm /run/lab/core.*")
        claim(b"/etc/kubernetes/manifests/kube-apiserver.yaml" in core, "the core file has not even the manifest's name")
        claim(not self.within(core), f"the core file has it: {self.within(core)}")

    def encrypted(self):
        return sum(value.startswith(b"k8s:enc:") for value in self.node.stored().values())

    def on_disk(self):
        """No file that a run could have written has it; the API server's own store and logs are not ours."""
        patterns = b"".join(form[at:at + 32] + b"\n" for name, form in self.forms.items() if name != "raw"
                            for at in range(0, len(form) - 31, 32))
        self.node.write("/run/lab/forms", patterns)
        found = self.node.run(["sh", "-c", "find /etc /var /run /opt /var/lib/atrest -xdev '(' -path /var/lib/atrest-lab "
                               "-o -path /run/lab/forms ')' -prune -o -type f -exec grep -lFaf /run/lab/forms {} +"]).out.split()
        claim(not found, f"files that have it: {found}")


def story(node):
    planted = Planted(node)
    planted.run("enable --yes --fast --no-reencrypt", 0)
    claim(node.all_under(b"k8s\0") == 2 * COUNT, "all are plain")
    planted.run("--trace verify --list", 3)
    planted.run("-o json verify", 3)
    planted.run("verify default/planted-000", 3)
    planted.looked_at("--trace reencrypt --yes --namespace default --rate 40 --in-flight 4")
    # So slow that it is still there when a busy machine comes to look at it.
    planted.dumped("reencrypt --yes --namespace bulk-1 --rate 4 --in-flight 4")
    node.all_under(b"k8s:enc:aescbc:v1:key1:")
    planted.run("--trace verify --decrypt=all", 0)
    planted.run("--trace verify --full", 0)
    planted.run("-o json reencrypt --yes", 0)
    planted.on_disk()
