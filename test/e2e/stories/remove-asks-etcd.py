# SPDX-License-Identifier: Apache-2.0
"""undo and patch --remove are refused while etcd has anything encrypted, and allowed, unasked, once its census is zero."""
from story import ADMIN, CONFIG, MANIFEST, claim

CHOSEN = True


def story(node):
    before, old = node.files(), node.read(MANIFEST)
    node.bulk("create -n 20")
    node.bulk("record /opt/record")
    node.atrest("enable --yes --fast").exits(0)
    want, pids = node.read(MANIFEST), node.server_pids()
    node.atrest("undo --yes").exits(1).says("values-encrypted", "20 values")
    node.atrest(f"patch --remove --yes {MANIFEST}").exits(1).says("values-encrypted", "20 values")
    node.is_bytes(MANIFEST, want)
    claim(node.server_pids() == pids, "nothing was restarted")

    # The way out: identity writes, and what is encrypted is written anew.
    config = node.read(CONFIG)
    lines = [line for line in config.splitlines() if b"identity" not in line]
    node.replace(CONFIG, b"\n".join(lines).replace(b"providers:", b"providers:\n      - identity: {}") + b"\n")
    node.atrest("undo --yes").exits(1).says("values-encrypted")
    restart(node)
    node.atrest("reencrypt --yes").exits(0)
    claim(node.all_under(b"k8s\0") == 20, "all are plain again")
    node.bulk("check /opt/record")

    node.kubectl("create secret generic straggler --from-literal=a=b").exits(0)
    encrypted = b"k8s:enc:aescbc:v1:key1:" + bytes(64)
    node.etcdctl("put /registry/secrets/default/straggler", encrypted)
    node.atrest("undo --yes").exits(1).says("values-encrypted")
    node.etcdctl("del /registry/secrets/default/straggler")
    node.atrest(f"patch --remove --dry-run {MANIFEST}").exits(0)
    node.atrest("undo --yes").exits(0)
    node.is_bytes(MANIFEST, old)
    node.only_changed(before, CONFIG)
    node.until("the API is back without the flag", lambda: node.ready() and node.run(
        ["pgrep", "-f", "kube-apiserver.*--encryption-provider-config="]).code != 0)
    node.bulk("check /opt/record")


def restart(node):
    """The container is started anew, and so sees the file that was replaced."""
    pids = node.server_pids()
    node.run(["pkill", "-KILL", "-x", "kube-apiserver"]).exits(0)
    node.until("a new server is ready", lambda: node.server_pids() not in (pids, []) and node.run(
        f"kubectl --kubeconfig {ADMIN} get --raw /readyz").code == 0)
