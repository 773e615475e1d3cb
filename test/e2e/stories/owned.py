# SPDX-License-Identifier: Apache-2.0
"""Marks of another owner of the control plane (kubespray, RKE2, Cluster API, …): refused, with what to use there."""

CHOSEN = False
MARKS = {
    "/etc/rancher/rke2/config.yaml": "RKE2",
    "/run/cluster-api/bootstrap-success.complete": "Cluster API",
}


def story(node):
    for path, owner in MARKS.items():
        node.sh(f"mkdir -p $(dirname {path}) && touch {path}")
        before = node.files()
        node.atrest("enable --yes").exits(1).says("owned-elsewhere", owner, "nothing was changed")
        node.only_changed(before)
        node.sh(f"rm -r $(dirname {path})")
    node.atrest("enable --dry-run").exits(0)
