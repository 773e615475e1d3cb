# SPDX-License-Identifier: Apache-2.0
"""Undo after enable: the manifest is what it was, byte for byte, and kubeadm-config too."""
from story import CONFIG, MANIFEST, claim

CHOSEN = False
KUBEADM = "get configmap -n kube-system kubeadm-config -o jsonpath={.data.ClusterConfiguration}"


def story(node):
    before, old, kubeadm = node.files(), node.read(MANIFEST), node.kubectl(KUBEADM).exits(0).out
    node.atrest("enable --yes --fast").exits(0)
    claim("encryption-provider-config" in node.kubectl(KUBEADM).exits(0).out, "kubeadm-config has the flag")
    node.secret_is_encrypted()
    node.atrest("undo --yes").exits(1).says("values-encrypted")
    node.atrest("undo --yes --accept still-encrypted").exits(1).says("values-encrypted")
    node.kubectl("delete secret made-after").exits(0)
    node.atrest("undo --yes").exits(1).says("still-encrypted", "no value in etcd is encrypted", "encrypts what is written")
    node.atrest("undo --yes --accept still-encrypted").exits(0)
    node.is_bytes(MANIFEST, old)
    node.only_changed(before, CONFIG)
    node.until("the API is back without the flag", lambda: node.ready() and node.run(
        ["pgrep", "-f", "kube-apiserver.*--encryption-provider-config="]).code != 0)
    claim(node.kubectl(KUBEADM).exits(0).out == kubeadm, "kubeadm-config is what it was, byte for byte")
