# SPDX-License-Identifier: Apache-2.0
"""A server that listened and then fails its proof: the flag stays, identity goes first, what was encrypted is read."""
from story import CONFIG, MANIFEST, claim

CHOSEN = True


def story(node):
    before = node.files()
    want = node.planned(node.read(MANIFEST))
    node.watch()
    run = node.start("enable --yes --fast")
    node.until("the manifest is written", lambda: node.read(MANIFEST) == want)
    # Another content than the one that was looked at, as good as the first: a comment more.
    node.replace(CONFIG, node.read(CONFIG) + b"# somebody else was here\n")
    said = run.communicate(timeout=400)[0]
    print(said, file=node.log)
    claim(run.returncode == 6, f"exits {run.returncode}, not 6:\n{said}")
    for word in ("config-hash-differs", "identity first", "made safe"):
        claim(word in said, f"it does not say '{word}':\n{said}")
    node.is_bytes(MANIFEST, want)
    config = node.read(CONFIG)
    claim(config.index(b"identity: {}") < config.index(b"aescbc"), "identity is first")
    claim(b"# somebody else was here" in config, "and the rest is as it was")
    node.only_changed(before, CONFIG, MANIFEST)
    node.until("the API answers", node.ready)
    node.kubectl("create secret generic plain --from-literal=a=b").exits(0)
    claim(node.etcd_value("/registry/secrets/default/plain").startswith(b"k8s\0"), "new values are plain again")
