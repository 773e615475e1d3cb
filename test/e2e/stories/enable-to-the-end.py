# SPDX-License-Identifier: Apache-2.0
"""Enable goes to the end on 200 Secrets, immutable ones and ones with last-applied among them: each proved, none changed."""
from story import claim

CHOSEN = True
PREFIX = b"k8s:enc:aescbc:v1:key1:"


def story(node):
    node.bulk("create -n 140 -namespaces 3")
    node.bulk("create -n 30 -prefix fixed -immutable")
    node.bulk("create -n 30 -prefix applied -last-applied")
    node.bulk("record /opt/record")
    node.all_under(b"k8s\0")
    node.watch()

    node.atrest("enable --yes --fast").exits(0).says("200", "proved")
    claim(node.all_under(PREFIX) == 200, "all 200 are there")
    node.bulk("check /opt/record")

    node.atrest("verify").exits(0).says("proved:", "secrets: 200 values", "aescbc key1 writes")
    node.atrest("verify --full").exits(0).says("proved:")
    node.atrest("verify --decrypt=all").exits(0)
    node.atrest("verify default/fixed-000001").exits(0).says("key1")
    seen = node.verdict()
    (one,) = seen["resources"]
    claim(seen["verdict"] == "encrypted" and seen["exit"] == 0 and seen["revision"] > 0, seen)
    claim((one["total"], one["current"], one["stale"], one["plain"]) == (200, 200, 0, 0), one)
    claim(one["writer"] == {"provider": "aescbc", "key": "key1"} and one["proved"] and not one["offenders"], one)

    # Again: nothing to do, and nothing is written.
    before = node.etcdctl("get /registry/secrets/ --prefix --keys-only --sort-by MODIFY --order DESCEND --limit 1 "
                          "-w fields")
    node.atrest("reencrypt --check").exits(0)
    node.atrest("reencrypt --yes").exits(0)
    node.atrest("enable --yes").exits(0).says("nothing to do")
    after = node.etcdctl("get /registry/secrets/ --prefix --keys-only --sort-by MODIFY --order DESCEND --limit 1 "
                         "-w fields")
    claim(modified(before) == modified(after), "a Secret was written although nothing was to be done")
    node.bulk("check /opt/record")


def modified(fields):
    return [line for line in fields.splitlines() if b"ModRevision" in line or b"Key" in line]
