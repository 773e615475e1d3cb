# SPDX-License-Identifier: Apache-2.0
"""Credentials that may not read /metrics, so no hash (as before 1.34): the start, later than the file, is the proof."""
from story import CONFIG, MANIFEST

CHOSEN = False
LIMITED = "/opt/limited.conf"
ROLE = """
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


def story(node):
    node.run("kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f -", stdin=ROLE).exits(0)
    node.sh(f"kubeadm kubeconfig user --client-name limited --config /etc/kubeadm.yaml >{LIMITED}")
    before, want = node.files(), node.planned(node.read(MANIFEST))
    node.watch()
    node.atrest(f"enable --yes --fast --kubeconfig {LIMITED}").exits(0).says("it started after the file was written")
    node.is_bytes(MANIFEST, want)
    node.only_changed(before, CONFIG, MANIFEST)
    node.secret_is_encrypted()
    node.atrest(f"enable --yes --kubeconfig {LIMITED}").exits(0).says("nothing to do")
