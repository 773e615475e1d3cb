# SPDX-License-Identifier: Apache-2.0
"""Disable on three nodes: no fault on the way, and every manifest is what it was before enable, byte for byte."""
from plane import LAB as THREE
from plane import PLAIN, Plane, under
from story import claim

CHOSEN = False
LAB = THREE


def story(node):
    plane = Plane(node)
    manifests, kubeadm = plane.manifests(), plane.kubeadm()
    plane.climb("enable --yes --fast", goes_on="enable --yes --fast")
    plane.all_under(under("aescbc", "key1"))
    plane.begin()
    plane.climb("disable --yes", on=1)
    seen = plane.end().clean()
    plane.show(*seen.figures())
    plane.are_manifests(manifests)
    claim(plane.kubeadm() == kubeadm, "kubeadm-config is what it was, byte for byte")
    for each in plane.nodes:
        claim(each.read(plane.config(each)) is None, f"{each.name} still has the file")
    plane.all_under(PLAIN)
    plane.nothing_to_do("disable --yes")
