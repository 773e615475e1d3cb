# SPDX-License-Identifier: Apache-2.0
"""A server that listened and then fails its proof: the flag stays, identity goes first, what was encrypted is read."""
from story import CONFIG, MANIFEST, claim

CHOSEN = True


def story(node):
    before = node.files()
    want = node.planned(node.read(MANIFEST))
    node.watch()
    run = node.begin("enable --yes --fast", want)
    # Another content than the one that was looked at, as good as the first: a comment more.
    node.replace(CONFIG, node.read(CONFIG) + b"# somebody else was here\n")
    node.ended(run, 6, "config-hash-differs", "identity first", "made safe")
    node.is_bytes(MANIFEST, want)
    config = node.read(CONFIG)
    claim(config.index(b"identity: {}") < config.index(b"aescbc"), "identity is first")
    claim(b"# somebody else was here" in config, "and the rest is as it was")
    node.only_changed(before, CONFIG, MANIFEST)
    node.until("the API answers", node.ready)
    node.kubectl("create secret generic plain --from-literal=a=b").exits(0)
    claim(node.etcd_value("/registry/secrets/default/plain").startswith(b"k8s\0"), "new values are plain again")
