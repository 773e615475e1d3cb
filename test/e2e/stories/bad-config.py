# SPDX-License-Identifier: Apache-2.0
"""Wrong base64, a typo in a field, a key of 31 bytes, a file that all can read: refused before anything is touched."""
from story import CONFIG

CHOSEN = True

HEAD = """apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
"""
KEY = "    - aescbc:\n        keys:\n        - name: key1\n          %s: %s\n    - identity: {}\n"
GOOD = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
CASES = {
    "key-base64": (HEAD + KEY % ("secret", "\"not base64\""), "600"),
    "field-unknown": (HEAD + KEY % ("secrte", GOOD), "600"),
    "key-length": (HEAD + KEY % ("secret", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MA=="), "600"),
    "config-mode": (HEAD + KEY % ("secret", GOOD), "644"),
}


def story(node):
    node.watch()
    for cause, (text, mode) in CASES.items():
        node.write(CONFIG, text, mode)
        before, pids = node.files(), node.server_pids()
        node.atrest("enable --yes").exits(1).says(cause, "nothing was changed")
        node.atrest("enable --check").exits(3)
        node.only_changed(before)
        assert node.server_pids() == pids
    gap = node.watched()
    assert gap == 0, f"{gap} s without an answer"
