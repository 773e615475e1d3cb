# SPDX-License-Identifier: Apache-2.0
"""A value under the right key's name, written with other bytes: its beginning is all right, --decrypt finds it."""
import base64
import re
import subprocess

from story import CONFIG, claim

CHOSEN = False
PREFIX = b"k8s:enc:aescbc:v1:key1:"
FOLDER = "/registry/secrets/default/"


def aes(way, key, data):
    """AES-256-CBC by openssl: the initial vector comes first."""
    done = subprocess.run(["openssl", "enc", way, "-aes-256-cbc", "-K", key.hex(), "-iv", data[:16].hex()],
                          input=data[16:], capture_output=True, check=True)
    return done.stdout


def story(node):
    node.bulk("create -n 40")
    node.atrest("enable --yes --fast").exits(0)
    node.atrest("verify --decrypt=all").exits(0)
    key = base64.b64decode(re.search(rb"secret: *[\"']?([A-Za-z0-9+/=]+)", node.read(CONFIG))[1])
    value = node.etcd_value(FOLDER + "bulk-000007")[:-1]  # etcdctl ends it with a new line
    plain = aes("-d", key, value[len(PREFIX):])
    claim(plain.startswith(b"k8s\0"), "the config's key opens it")

    other = bytes(range(32))
    vector = bytes(range(16, 32))
    node.etcdctl(f"put {FOLDER}bulk-000007", PREFIX + vector + aes("-e", other, vector + plain))
    node.atrest("verify").exits(0).says("proved:")
    said = node.atrest("verify --decrypt=all").exits(3).says("default/bulk-000007")
    claim("bulk-000008" not in said.out, "no other is named")
    claim("default/bulk-000007" in str(node.verdict(3, "--decrypt=all")), "in JSON, too")
    node.atrest("verify --decrypt default/bulk-000007").exits(3).says("not the one it was written with", "not proved")
    node.atrest("verify default/bulk-000007").exits(0)
    node.atrest("verify --decrypt default/bulk-000008").exits(0).says("it opens with the key key1", "proved:")

    # The right key, and what comes out is another Secret: still somebody put it there.
    node.etcdctl(f"put {FOLDER}bulk-000007", PREFIX + vector + aes("-e", key, vector + b"nothing of Kubernetes"))
    node.atrest("verify --decrypt=all").exits(3).says("default/bulk-000007")
    node.etcdctl(f"put {FOLDER}bulk-000007", value)
    node.atrest("verify --decrypt=all").exits(0)
