# SPDX-License-Identifier: Apache-2.0
"""kubeadm, given the ConfigMap after enable, writes our manifest byte for byte, and an upgrade finds nothing to change."""
from story import MANIFEST, claim

CHOSEN = True
KUBEADM = "get configmap -n kube-system kubeadm-config -o jsonpath={.data.ClusterConfiguration}"


def story(node):
    old = node.kubectl(KUBEADM).exits(0).out
    node.atrest("enable --yes --fast").exits(0)
    new = node.kubectl(KUBEADM).exits(0).out
    claim([line for line in old.splitlines() if line != "apiServer: {}" and line not in new.splitlines()] == [],
          "no line of kubeadm-config is lost")
    ours = node.read(MANIFEST)
    init = node.sh("awk 'BEGIN { RS = \"---\\n\" } /kind: InitConfiguration/' /etc/kubeadm.yaml")
    node.write("/opt/kubeadm.yaml", init.rstrip() + "\n---\n" + new)
    node.sh("cp -a /etc/kubernetes/manifests /opt/manifests.ours")
    node.sh("kubeadm init phase control-plane apiserver --config /opt/kubeadm.yaml --dry-run >/opt/dry-run.txt 2>&1; "
            "cat /opt/dry-run.txt")
    made = node.sh("find /etc/kubernetes/tmp -name kube-apiserver.yaml -newer /opt/kubeadm.yaml | tail -n 1").strip()
    claim(made, "kubeadm writes a manifest")
    claim(node.read(made) == ours, "kubeadm's manifest is ours, byte for byte")
    node.sh("rm -rf /etc/kubernetes/tmp")
    upgrade_finds_nothing(node)


def upgrade_finds_nothing(node):
    """`kubeadm upgrade diff`, which wants the manifests of all three; nobody is to start those of the other two."""
    node.service("stop", "kubelet")
    for part in ("controller-manager", "scheduler"):
        node.sh(f"kubeadm init phase control-plane {part} --config /etc/kubeadm.yaml --dry-run 2>&1")
    node.sh("find /etc/kubernetes/tmp -name 'kube-[cs]*.yaml' -exec cp {} /etc/kubernetes/manifests/ ';'")
    same = node.sh("kubeadm upgrade diff v1.34.4 --kubeconfig /etc/kubernetes/admin.conf")
    claim("kube-apiserver.yaml" not in same, f"an upgrade to the same version changes the manifest:\n{same}")
    later = node.sh("kubeadm upgrade diff v1.34.5 --kubeconfig /etc/kubernetes/admin.conf")
    changed = [line for line in later.splitlines() if line.startswith(("-", "+")) and "manifest" not in line]
    claim(changed and all("image:" in line for line in changed), f"an upgrade changes more than images:\n{later}")
    node.sh("rm -rf /etc/kubernetes/tmp /etc/kubernetes/manifests/kube-[cs]*.yaml")
    node.service("start", "kubelet")
