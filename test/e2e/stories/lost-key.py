# SPDX-License-Identifier: Apache-2.0
"""A config that lost the key in use is not loaded, nor is one that encrypts nothing: what is encrypted stays readable."""
from story import CONFIG, MANIFEST, claim

CHOSEN = True


def story(node):
    node.atrest("enable --yes --fast").exits(0)
    node.secret_is_encrypted()
    good, before, pids = node.read(CONFIG), node.files(), node.server_pids()
    node.watch()

    keep = "/etc/kubernetes/.keep"
    node.run(["mv", CONFIG, keep]).exits(0)  # the file itself, with its time
    node.atrest("config new --yes /opt/other.yaml").exits(0)
    node.replace(CONFIG, node.read("/opt/other.yaml"))
    node.atrest("enable --yes").exits(1).says("key-lost", "key1", "nothing was changed")
    node.atrest("enable --check").exits(3)

    plain = b"\n".join(line for line in good.splitlines() if b"identity" not in line)
    node.replace(CONFIG, plain.replace(b"    providers:", b"    providers:\n      - identity: {}") + b"\n")
    node.atrest("enable --yes").exits(1).says("identity-writes", "nothing was changed")

    node.run(["mv", keep, CONFIG]).exits(0)
    node.atrest("enable --yes").exits(0).says("nothing to do")
    # Credentials that see little are no reason to take anything back.
    node.atrest("enable --yes --kubeconfig /etc/kubernetes/kubelet.conf").exits(0).says("nothing to do")
    claim(node.server_pids() == pids, "nothing was restarted")
    node.only_changed(before)
    claim(node.watched() == 0, "there was a gap")
    node.kubectl("get secret made-after -o jsonpath={.data.a}").exits(0).says("Yg==")
    claim(b"--encryption-provider-config=" in node.read(MANIFEST), "the flag stays")
