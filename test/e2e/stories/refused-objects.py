# SPDX-License-Identifier: Apache-2.0
"""A policy denies three names and one is invalid by today's rules: listed with reasons, all others done; later these too."""
import json

from story import claim

CHOSEN = True
DENIED = ["bulk-000003", "bulk-000017", "bulk-000029"]
POLICY = """
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: hands-off}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [secrets]}
  validations:
  - expression: "!(object.metadata.name in %s)"
    message: these three are nobody's to touch
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: hands-off}
spec: {policyName: hands-off, validationActions: [Deny]}
""" % DENIED
# As an older API server may have stored it: today's wants the type's key.
INVALID = {"kind": "Secret", "apiVersion": "v1", "type": "kubernetes.io/dockerconfigjson", "data": {"a": "Yg=="},
           "metadata": {"name": "of-old", "namespace": "default", "uid": "11111111-2222-3333-4444-555555555555",
                        "creationTimestamp": "2019-01-01T00:00:00Z"}}


def admin(node, words, text):
    return node.run(f"kubectl --kubeconfig /etc/kubernetes/admin.conf {words} -f -", stdin=text)


def story(node):
    node.bulk("create -n 40")
    node.etcdctl("put /registry/secrets/default/of-old", json.dumps(INVALID).encode())
    node.bulk("record /opt/record")
    node.atrest("enable --yes --fast --no-reencrypt").exits(0)
    # A quota that is used up long since: a rewrite adds nothing, so it must not matter.
    node.kubectl("create quota full --hard=count/secrets=5").exits(0)
    admin(node, "apply", POLICY).exits(0)
    node.until("the policy is there", lambda: node.kubectl(
        f"annotate secret {DENIED[0]} x=y --dry-run=server").code != 0)

    said = node.atrest("reencrypt --yes").exits(4).says("of-old", "these three are nobody's to touch", *DENIED)
    claim("bulk-000004" not in said.out + said.err, "no other is named")
    stale = sorted(key.rsplit("/", 1)[1] for key, value in node.stored().items() if not value.startswith(b"k8s:enc:"))
    claim(stale == sorted([*DENIED, "of-old"]), f"stale are {stale}")
    (one,) = node.verdict(3)["resources"]
    claim([each["object"] for each in one["offenders"]] == sorted(f"default/{name}" for name in [*DENIED, "of-old"]), one["offenders"])
    (group,) = [each for each in one["groups"] if each["current"]]
    claim(group["count"] == 37 and one["plain"] == 4, one)

    result = node.atrest("reencrypt --yes -o json").exits(4).objects()[-1]
    claim(result["state"] == "stopped" and result["rewritten"] == 0, result)

    admin(node, "delete", POLICY).exits(0)
    node.until("the policy is gone", lambda: node.kubectl(
        f"annotate secret {DENIED[0]} x=y --dry-run=server").code == 0)
    node.atrest("reencrypt --yes").exits(4).says("of-old")
    claim(sum(not value.startswith(b"k8s:enc:") for value in node.stored().values()) == 1, "one is left")
    node.bulk("check /opt/record")
    node.kubectl("delete secret of-old").exits(0)
    node.atrest("reencrypt --yes").exits(0)
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:") == 40, "all are there")
    node.atrest("verify").exits(0).says("proved:")
