# SPDX-License-Identifier: Apache-2.0
"""Disable on three nodes, every byte as before; enable again, another key under a name never used: no fault on the way."""
from plane import LAB as THREE
from plane import PLAIN, Plane, under
from story import claim

CHOSEN = False
LAB = THREE


def story(node):
    plane = Plane(node)
    manifests, kubeadm = plane.manifests(), plane.kubeadm()
    plane.climb_at_once("enable --yes --fast", goes_on="enable --yes --fast")
    plane.all_under(under("aescbc", "key1"))
    was = plane.secrets_of(node)
    plane.begin()
    plane.go(plane.nodes[1], "disable --yes --fast")
    plane.all_at_once("continue --yes --fast")
    plane.are_manifests(manifests)
    claim(plane.kubeadm() == kubeadm, "kubeadm-config is what it was, byte for byte")
    for each in plane.nodes:
        claim(each.read(plane.config(each)) is None, f"{each.name} still has the file")
    plane.all_under(PLAIN)
    plane.nothing_to_do("disable --yes")

    plane.climb_at_once("enable --yes --fast", on=2, goes_on="enable --yes --fast")
    seen = plane.end().clean()
    plane.show(*seen.figures())
    claim(plane.same_config() == ["key2"], "the key has a name of its own")
    claim(not set(was) & set(plane.secrets_of(node)), "and it is another one")
    plane.all_under(under("aescbc", "key2"))
