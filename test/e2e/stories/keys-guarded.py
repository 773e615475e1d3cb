# SPDX-License-Identifier: Apache-2.0
"""A planted key, and the admin's, through a change, failing ones and a crash: in guarded memory and nowhere else."""
import base64
import json
import re
import subprocess

from story import ADMIN, CONFIG, FOLDER_CONFIG, HERE, MANIFEST, Skipped, claim

CHOSEN = False
RAW = b"nobody-may-see-these-32-bytes-ok"
KEY = base64.b64encode(RAW).decode()
PLANTED = "/run/planted"
# How the file is spoiled: the server refuses each, and some of its words quote what it read.
BASE64 = (f'"{KEY}"', f'"!{KEY}"')
FIELD = (f'secret: "{KEY}"', f'secret: "{KEY}"\n              {KEY[:-1]}: "x"')


def forms_of(node):
    """Name → bytes of each way in which a key could be seen."""
    text = node.read(ADMIN).decode()
    encoded = re.search(r"client-key-data: (\S+)", text)
    if not encoded:
        raise Skipped("admin.conf has no key of its own")
    pem = base64.b64decode(encoded[1])
    lines = [line for line in pem.splitlines() if not line.startswith(b"-----")]
    # What the parts of a PKCS#1 key begin with is the same in each, and the modulus is in the certificate, too: the
    # second half is the private exponent and the primes.
    half = [line for line in lines[len(lines) // 2:] if len(line) == 64]
    forms = {"key": KEY.encode(), "key raw": RAW, "key hex": RAW.hex().encode()}
    forms.update({f"admin PEM {at}": line for at, line in enumerate(half)})
    forms["admin base64"] = encoded[1].encode()[len(encoded[1]) // 2:][:1024]
    forms["admin DER"] = base64.b64decode(b"".join(lines))[-600:]
    return forms


class Keys:
    def __init__(self, node):
        self.node, self.forms = node, forms_of(node)
        self.looks = 0

    def clean(self, where, data):
        data = data if isinstance(data, bytes) else data.encode()
        short = {name: form[:32] for name, form in self.forms.items()}
        found = [name for name, form in short.items() if form in data]
        claim(not found, f"{where} has {found}")

    def run(self, words, code=0):
        """A command whose output is looked through."""
        run = self.node.atrest(words)
        self.clean(f"the output of '{words}'", run.out + run.err)
        claim(code is None or run.code == code, f"'{words}' exits {run.code}, not {code}:\n{run.out}{run.err}")
        return run

    def begin(self, words, *options):
        """A command that is looked at whenever it waits."""
        child = subprocess.Popen(self.node.argv(["/usr/bin/python3", str(HERE / "image.py"), *options, self.node.binary,
                                                 *words.split()]), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=self.node.log, text=True)
        child.stdin.write(json.dumps({name: base64.b64encode(form).decode() for name, form in self.forms.items()}))
        child.stdin.close()
        child.stdin = None
        return words, child

    def end(self, begun, code):
        words, child = begun
        text = child.communicate(timeout=400)[0]
        claim(child.returncode == 0, f"the look at '{words}' failed (its log tells)")
        seen = json.loads(text)
        print(f"$ (looked at) {words}\n{seen['out']}{seen['err']}{seen['terminal']}[exit {seen['exit']}]\n",
              "\n".join(map(str, seen["looks"])), file=self.node.log, flush=True)
        claim(code is None or seen["exit"] == code,
              f"'{words}' exits {seen['exit']}, not {code}:\n{seen['out']}{seen['err']}")
        self.judge(words, seen)
        return seen

    def judge(self, words, seen):
        for place in ("out", "err", "terminal"):
            self.clean(f"what '{words}' says", seen[place])
        for place in ("cmdline", "environ"):
            claim(not seen[place], f"the {place} of '{words}' has {seen[place]}")
        claim(seen["looks"], f"'{words}' was never seen to wait")
        claim(any(look["control"] for look in seen["looks"]), "the looks do not even find the manifest's name")
        hits = sorted({f"{form} in {place} (at {look['at']} s, in {look['in']})"
                       for look in seen["looks"] for form, place in look["hits"]})
        claim(not hits, f"'{words}' holds keys in plain memory while it waits:\n" + "\n".join(hits))
        self.looks += len(seen["looks"])

    def tell_all(self):
        """Each command that only looks, in each form."""
        for words in ("status", "-o json status", "--trace status", "doctor", "-o json doctor", "--trace doctor",
                      "doctor --fix --dry-run", "undo list", "-o json undo list", "config show", "config check",
                      "-o json config check", "--trace enable --dry-run", "-o json enable --dry-run", "enable --check"):
            self.run(words, None)

    # --- files

    def on_disk(self):
        """No file of the node that a run could have written has a key; records are root's alone."""
        allowed = {CONFIG, FOLDER_CONFIG, PLANTED}
        for path in self.node.sh("find /var/lib/atrest ! -type f ! -perm 700 -o -type f ! -perm 600").split():
            claim(False, f"{path} can be read by others")
        folders = "/etc /etc/kubernetes /var /var/lib/atrest /var/lib/etcd /var/lib/kubelet /run"
        for name in ("key", "key raw", "key hex"):
            self.node.write("/dev/shm/form", self.forms[name])
            found = self.node.run(["sh", "-c", f"find {folders} -xdev -path /var/lib/atrest-lab -prune -o -type f "
                                   "-exec grep -lFaf /dev/shm/form {} +; rm /dev/shm/form"]).out.split()
            strange = sorted(path for path in set(found) - allowed if not self.is_kept(path))
            claim(not strange, f"files with the {name}: {strange}")

    def is_kept(self, path):
        """The one predecessor of the config, in a record that says so."""
        found = re.fullmatch(r"(/var/lib/atrest/records/[^/]+)/old-(\d)", path)
        if not found:
            return False
        record = json.loads(self.node.read(f"{found[1]}/record.json"))
        return CONFIG in json.dumps(record)


def fails(node, keys, words, spoil, code):
    """The config is spoiled while enable waits; whatever the server says of it, no byte of a key is repeated."""
    good, old = node.read(CONFIG), node.read(MANIFEST)
    begun = keys.begin(words)
    node.until("the manifest is written", lambda: node.read(MANIFEST) != old or begun[1].poll() is not None)
    was, now = (text.encode() for text in spoil)
    claim(was in good, "the config is not written as this story expects")
    node.replace(CONFIG, good.replace(was, now))
    keys.end(begun, code)
    if code == 5:  # left as it is: the server's log is still there, and quotes the key
        node.run(["grep", "-rlF", KEY[:-1], "/var/log/pods"]).exits(0)
    keys.tell_all()
    node.replace(CONFIG, good)
    if code == 5:
        node.replace(MANIFEST, old)
    node.is_bytes(MANIFEST, old)
    node.until("the API is back", node.ready)


def story(node):
    keys = Keys(node)
    node.write(PLANTED, KEY + "\n")
    keys.run(f"--trace config new --yes --key-from {PLANTED}")
    claim(KEY.encode() in node.read(CONFIG), "the planted key is in the config")
    keys.tell_all()
    keys.end(keys.begin("enable", "--terminal"), 1)

    fails(node, keys, "--trace enable --yes --fast", BASE64, 6)
    fails(node, keys, "enable --yes --fast", FIELD, 6)
    fails(node, keys, "-o json enable --yes --fast --no-return", FIELD, 5)

    # A crash in the middle leaves no core file.
    seen = keys.end(keys.begin("--trace enable --yes", "--dump-at-wait", MANIFEST), -11)
    claim(not seen["dumped"], "it left a core file")
    seen = keys.end(keys.begin("--trace enable --yes"), 0)
    claim(any("key" in look["guarded"] for look in seen["looks"]), "guarded memory never had the key: a look is blind")
    keys.tell_all()
    keys.run("-o json enable --yes")
    keys.run("--trace enable --yes")
    node.secret_is_encrypted()
    keys.on_disk()

    # The config moves, and its old place is given up: both files are in memory, and one copy is kept in a record.
    keys.end(keys.begin("--trace enable --hot-reload --yes --fast"), 0)
    claim(node.read(CONFIG) is None and KEY.encode() in node.read(FOLDER_CONFIG), "the config has moved")
    keys.tell_all()
    keys.on_disk()
    keys.clean("kubeadm-config", node.kubectl("get configmap -n kube-system kubeadm-config -o yaml").out)
    print(f"{keys.looks} looks at a waiting process", file=node.log)
    claim(keys.looks > 20, f"only {keys.looks} looks")
