# SPDX-License-Identifier: Apache-2.0
"""ConfigMaps and a custom resource beside Secrets: each re-encrypted, counted and proved by its own name."""
import json

from story import claim

CHOSEN = False
CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
"""
WIDGETS = json.dumps({"apiVersion": "v1", "kind": "List", "items": [
    {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": f"w{at:02}"}, "spec": {"is": "x" * 100}}
    for at in range(25)]})
FOLDERS = {"secrets": "/registry/secrets/", "configmaps": "/registry/configmaps/",
           "widgets.example.com": "/registry/example.com/widgets/"}


def story(node):
    for words, text in (("apply", CRD), ("wait --for=condition=Established", CRD), ("apply", WIDGETS)):
        node.run(f"kubectl --kubeconfig /etc/kubernetes/admin.conf {words} -f -", stdin=text).exits(0)
    node.bulk("create -n 60")
    node.bulk("create -n 70 -kind configmaps")
    node.bulk("record /opt/secrets")
    node.bulk("record /opt/configmaps -kind configmaps -only bulk")
    widgets = node.kubectl("get widgets -o jsonpath={.items[*].spec}").exits(0).out
    node.watch()
    node.atrest(f"enable --yes --fast --resources {','.join(FOLDERS)}").exits(0).says("proved")
    count = {name: node.all_under(b"k8s:enc:aescbc:v1:key1:", folder) for name, folder in FOLDERS.items()}
    claim(count["secrets"] == 60 and count["configmaps"] > 70 and count["widgets.example.com"] == 25, count)
    node.atrest("verify").exits(0).says("proved:", *FOLDERS)
    found = {one["resource"]: one["current"] for one in node.verdict()["resources"]}
    claim(found == count, f"{found}, not {count}")

    node.etcdctl("put /registry/example.com/widgets/default/w99", json.dumps(
        {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {
            "name": "w99", "namespace": "default", "uid": "x", "creationTimestamp": "2024-01-01T00:00:00Z"}}).encode())
    stale = {one["resource"]: one["stale"] for one in node.verdict(3)["resources"]}
    claim(stale == {"secrets": 0, "configmaps": 0, "widgets.example.com": 1}, stale)
    node.atrest("verify --resource secrets").exits(0)
    node.atrest("reencrypt --yes --resource widgets.example.com").exits(0)
    claim(node.all_under(b"k8s:enc:aescbc:v1:key1:", FOLDERS["widgets.example.com"]) == 26, "this one, too")
    node.bulk("check /opt/secrets")
    node.bulk("check /opt/configmaps -kind configmaps")
    now = node.kubectl("get widgets -o jsonpath={.items[*].spec}").exits(0).out
    claim(now.strip() == widgets.strip(), "the widgets are what they were")
