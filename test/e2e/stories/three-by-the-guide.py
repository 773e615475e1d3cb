# SPDX-License-Identifier: Apache-2.0
"""The guides' own way on three nodes takes the Secrets from two servers; our client sees it, so it would."""
from plane import LAB as THREE
from plane import PLAIN, Plane, under
from story import ADMIN, CONFIG, MANIFEST, claim

CHOSEN = False
LAB = THREE
ENC = """\
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
      - secrets
    providers:
      - aescbc:
          keys:
            - name: key1
              secret: $(head -c 32 /dev/urandom | base64)
      - identity: {}
"""
KUBECTL = f"kubectl --kubeconfig {ADMIN}"
REENCRYPT = f"{KUBECTL} get secrets --all-namespaces -o json | timeout 120 {KUBECTL} replace -f - >/dev/null"
# After a line of the manifest, these lines.
BY_HAND = (
    ("    - kube-apiserver\n", f"    - --encryption-provider-config={CONFIG}\n"),
    ("    volumeMounts:\n", f"    - mountPath: {CONFIG}\n      name: encryption-config\n      readOnly: true\n"),
    ("  volumes:\n", f"  - hostPath:\n      path: {CONFIG}\n      type: File\n    name: encryption-config\n"),
)


def turn_on(plane, node):
    """The manifest is edited by hand; the kubelet restarts the API server."""
    text = node.read(MANIFEST).decode()
    for line, added in BY_HAND:
        claim(text.count(line) == 1, f"the manifest has no line of its own {line!r}")
        text = text.replace(line, line + added)
    node.replace(MANIFEST, text.encode())
    node.until(f"{node.name} runs with the flag", lambda: node.run(
        ["pgrep", "-f", "kube-apiserver.*--encryption-provider-config="]).code == 0 and plane.lists(node), 400)


def story(node):
    plane = Plane(node, sealed=False)
    others = plane.nodes[1:]
    plane.begin()
    node.sh(f"umask 077; cat >{CONFIG} <<END\n{ENC}END\n")
    turn_on(plane, node)
    node.until("something is encrypted", lambda: under("aescbc", "key1") in plane.stored_by(node))
    # Step 4. kubectl asks for one after the other, so on a busy machine it is not waited for to the end.
    done = node.run(["sh", "-c", REENCRYPT])
    print(f"re-encryption by kubectl exits {done.code} (124: ended)", file=node.log)
    for other in others:
        plane.copy(node, CONFIG, other)
        turn_on(plane, other)
    node.until("every server lists them again", lambda: all(plane.lists(each) for each in plane.nodes), 400)
    seen = plane.end()
    plane.show(*seen.figures())

    claim(seen.errors["decryption"] > 0, "the client saw no value that a server could not read")
    by = {server["server"].split("//")[1].split(":")[0]: server for server in seen.servers}
    for other in others:
        server = by[plane.addresses[other.name]]
        claim(server["errors"].get("decryption", {"count": 0})["count"] > 0, f"{other.name} could read everything")
        for kind in ("list", "get", "list-still"):
            claim(server["operations"][kind]["failing_ms"] > 5000, f"{other.name}: {kind} hardly failed")
    first = by[plane.addresses[node.name]]
    claim("decryption" not in first["errors"], "the first node has the key, and could not read")

    # It is over when the last one has the file; nothing is lost, and the client sees that, too.
    plane.look_for(10).clean()
    claim(PLAIN not in plane.stored_by(node, "/registry/secrets/live/"), "every server writes with the key")
