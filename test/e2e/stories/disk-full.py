# SPDX-License-Identifier: Apache-2.0
"""The file system of /etc/kubernetes is full: refused before anything is touched, and again when it fills up midway."""

CHOSEN = False


def story(node):
    node.service("stop", "kubelet")
    node.sh("""
        truncate -s 4M /opt/small.img && mkfs.ext4 -q -m 0 -N 64 /opt/small.img && mkdir -p /opt/small &&
        mount -o loop /opt/small.img /opt/small && cp -a /etc/kubernetes/. /opt/small/ &&
        mount --bind /opt/small /etc/kubernetes && dd if=/dev/zero of=/opt/small/filler bs=1k 2>/dev/null; true""")
    node.service("start", "kubelet")
    before = node.files()
    node.atrest("enable --yes").exits(1).says("no-space", "nothing was changed")
    node.only_changed(before)
