# SPDX-License-Identifier: Apache-2.0
"""5,000 Secrets in 20 namespaces: left as they are, counted, foretold, re-encrypted, proved."""
from story import claim

CHOSEN = False


def story(node):
    node.bulk("create -n 5000 -namespaces 20")
    node.bulk("record /opt/record")
    node.atrest("enable --yes --fast --no-reencrypt").exits(0)
    claim(node.all_under(b"k8s\0") == 5000, "nothing was re-encrypted")

    said = node.atrest("verify").exits(3).says("not all:", "bulk-1/bulk-000001", "4980 more")
    claim(said.out.count("/bulk-") == 20, "the first 20 are named")
    claim(node.atrest("verify --list").exits(3).out.count("/bulk-") == 5000, "with --list all are")
    (one,) = node.verdict(3, "--list")["resources"]
    claim((one["total"], one["current"], one["plain"]) == (5000, 0, 5000) and len(one["offenders"]) == 5000,
          f"{one['total']} {one['current']} {one['plain']} {len(one['offenders'])}")
    (one,) = node.verdict(3, "--namespace bulk-7")["resources"]
    claim(one["total"] == 250, f"{one['total']} in one namespace")

    node.atrest("reencrypt --check").exits(3)
    node.atrest("reencrypt --dry-run").exits(0).says("5000")
    claim(node.all_under(b"k8s\0") == 5000, "neither writes")
    node.atrest("reencrypt --yes --namespace bulk-7").exits(0).says("250")
    claim(sum(value.startswith(b"k8s:enc:") for value in node.stored().values()) == 250, "one namespace")

    node.watch()
    result = node.atrest("reencrypt --yes -o json").exits(0).objects()[-1]
    claim(result["schema"] == "atrest.reencrypt/v1" and result["state"] == "done" and result["rewritten"] == 4750, result)
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:") == 5000, "all are there")
    node.atrest("verify").exits(0).says("proved:", "5000")
    node.bulk("check /opt/record")
