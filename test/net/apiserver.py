# SPDX-License-Identifier: Apache-2.0
"""src/api against an API server of a few lines: it keeps objects, versions, uids, and refuses when told to."""
import base64
import json
import re
import threading
import urllib.parse

import server

CASES = {}
SECRETS = "/api/v1/namespaces/kube-system/secrets"
CONFIG = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config"
NODES = "/api/v1/nodes"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
ENDPOINTS = "/api/v1/namespaces/default/endpoints/kubernetes"
TEXT = "apiServer: {}\n# ä comment\nkind: ClusterConfiguration\n"


def case(function):
    CASES[function.__name__] = function
    return function


def status(code, reason, message, **details):
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason,
            "details": details, "code": code}


class Cluster:
    """Answers by method and path; `script` maps "METHOD path" or "METHOD folder/*" to (code, body) or a function, and comes first."""

    def __init__(self, world):
        self.world, self.script, self.log, self.lock = world, {}, [], threading.Lock()
        self.version = 100
        self.objects = {CONFIG: self.stamp({"kind": "ConfigMap", "metadata": {"name": "kubeadm-config"},
                                            "data": {"ClusterConfiguration": TEXT, "other": "kept"}})}
        self.lists = {NODES: [node("cp1", "127.0.0.1")], LEASES: [lease("cp1")], SLICES: [slice_of("127.0.0.1")]}
        self.port = server.http1(self.answer, server.context(world.pair)).port

    def stamp(self, thing):
        self.version += 1
        thing["metadata"]["resourceVersion"] = str(self.version)
        thing["metadata"].setdefault("uid", f"uid-{self.version}")
        return thing

    def answer(self, handler, body):
        path, _, query = handler.path.partition("?")
        query = urllib.parse.parse_qs(query)
        with self.lock:
            self.log.append((handler.command, path, query, dict(handler.headers), body))
            scripted = (self.script.get(f"{handler.command} {path}") or
                        self.script.get(f"{handler.command} {path.rpartition('/')[0]}/*"))
            if callable(scripted):
                scripted = scripted(handler)
            code, answer = scripted or self.serve(handler.command, path, query, body)
        if answer is not None:
            handler.reply(code, answer)

    def serve(self, method, path, query, body):
        body = json.loads(body) if body else None
        if method == "GET" and path == "/readyz":
            return 200, b"ok"
        if method == "GET" and path == "/version":
            return 200, {"major": "1", "minor": "34", "gitVersion": "v1.34.4"}
        if method == "GET" and path in self.lists:
            return 200, {"kind": "List", "metadata": {}, "items": self.lists[path]}
        if method == "GET" and path == SECRETS:
            wanted = dict(part.split("=") for part in query["labelSelector"][0].split(","))
            return 200, {"kind": "PartialObjectMetadataList", "metadata": {}, "items": [
                {"metadata": thing["metadata"]} for place, thing in self.objects.items()
                if place.startswith(SECRETS) and wanted.items() <= thing["metadata"].get("labels", {}).items()]}
        if method == "POST" and path == SECRETS:
            place = f"{SECRETS}/{body['metadata']['name']}"
            self.objects[place] = self.stamp(body)
            return 201, {"kind": "PartialObjectMetadata", "metadata": body["metadata"]}
        if method == "POST" and path == LEASES:
            place = f"{LEASES}/{body['metadata']['name']}"
            if place in self.objects:
                return 409, status(409, "AlreadyExists", "it is here already")
            self.objects[place] = self.stamp(body)
            return 201, body
        if path not in self.objects:
            return 404, status(404, "NotFound", "it is not here")
        return self.on_object(method, path, body)

    def on_object(self, method, path, body):
        thing = self.objects[path]
        if method == "DELETE":
            wanted = body.get("preconditions", {}).get("uid")
            if wanted and wanted != thing["metadata"]["uid"]:
                return 409, status(409, "Conflict", "another uid")
            del self.objects[path]
            return 200, {"kind": "Status", "status": "Success"}
        if method == "PATCH":
            wanted = {name: body["metadata"].pop(name) for name in ("resourceVersion", "uid")}
            if wanted != {name: thing["metadata"][name] for name in wanted}:
                return 409, status(409, "Conflict", "the object has been modified")
            merge(thing, body)
            self.stamp(thing)
            return 200, thing if path.startswith(LEASES) else {"kind": "PartialObjectMetadata", "metadata": thing["metadata"]}
        return 200, thing

    def asked(self, method):
        return [entry for entry in self.log if entry[0] == method]

    def drive(self, *words, user='token: "test-token"', address="127.0.0.1"):
        config = self.world.folder / f"config-{self.port}"
        authority = base64.b64encode(self.world.good.ca.read_bytes()).decode()
        config.write_text(f"""apiVersion: v1
kind: Config
current-context: tester@here
clusters:
- name: here
  cluster:
    server: https://localhost:{self.port}
    certificate-authority-data: {authority}
contexts:
- name: tester@here
  context: {{cluster: here, user: tester}}
users:
- name: tester
  user: {{{user}}}
""")
        return self.world.drive("api", config, address, self.port, *words)


def merge(thing, patch):
    """RFC 7396"""
    for name, value in patch.items():
        if value is None:
            thing.pop(name, None)
        elif isinstance(value, dict):
            merge(thing.setdefault(name, {}), value)
        else:
            thing[name] = value


def node(name, address):
    return {"metadata": {"name": name}, "status": {"addresses": [
        {"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}]}}


def lease(host):
    return {"metadata": {"name": f"apiserver-{host}", "labels": {"kubernetes.io/hostname": host}}}


def slice_of(*addresses):
    return {"endpoints": [{"addresses": [address]} for address in addresses]}


def shows(text, *wanted):
    for part in wanted:
        assert part in text, f"no {part!r} in:\n{text}"


# --- ready, version, metrics ---------------------------------------------------------------------

@case
def ready(w):
    cluster = Cluster(w)
    shows(cluster.drive("ready"), "ready: yes status: 200 why: \n")
    assert cluster.log[0][3]["Authorization"] == "Bearer test-token"
    assert cluster.log[0][3]["Host"] == f"127.0.0.1:{cluster.port}"


@case
def kubeconfigs_own_server(w):
    cluster = Cluster(w)
    shows(cluster.drive("ready", address="-"), "ready: yes")
    assert cluster.log[0][3]["Host"] == f"localhost:{cluster.port}"


@case
def ready_by_client_certificate(w):
    cluster = Cluster(w)
    data = [base64.b64encode(path.read_bytes()).decode() for path in w.client]
    shows(cluster.drive("ready", user=f"client-certificate-data: {data[0]}, client-key-data: {data[1]}"), "ready: yes")
    assert "Authorization" not in cluster.log[0][3]


@case
def not_ready_says_which_checks(w):
    cluster = Cluster(w)
    cluster.script["GET /readyz"] = 500, (b"[+]ping ok\n[-]etcd failed: reason withheld\n[+]log ok\n"
                                          b"[-]poststarthook/rbac failed: reason withheld\nreadyz check failed\n")
    shows(cluster.drive("ready"), "ready: not status: 500 why: etcd, poststarthook/rbac\n")


@case
def not_ready_by_credentials(w):
    cluster = Cluster(w)
    cluster.script["GET /readyz"] = 401, status(401, "Unauthorized", "Unauthorized")
    shows(cluster.drive("ready"), "ready: not status: 401 why: status 401: Unauthorized\n")


@case
def not_ready_while_away(w):
    cluster = Cluster(w)
    cluster.port = server.free_port()
    shows(cluster.drive("ready"), "ready: away status: 0 why: nothing listens on 127.0.0.1:")


@case
def not_ready_while_it_breaks_off(w):
    cluster = Cluster(w)
    cluster.script["GET /readyz"] = server.reset
    shows(cluster.drive("ready"), "ready: away status: 0 why: 127.0.0.1:", "broke the connection off")


@case
def ready_is_an_error_with_a_wrong_certificate(w):
    cluster = Cluster(w)
    pair = w.good.sign("for-elsewhere", "DNS:elsewhere")
    cluster.port = server.http1(cluster.answer, server.context(pair)).port
    shows(cluster.drive("ready"), "is not valid for '127.0.0.1'; it is for DNS:elsewhere")
    assert not cluster.log


@case
def version(w):
    cluster = Cluster(w)
    shows(cluster.drive("version"), "version: v1.34.4 minor: 34\n")
    for strange in ("v1.34", "1.34.4", "", "v1.x.3", "v1.-3.4", "v1." + "9" * 70 + ".1"):
        cluster.script["GET /version"] = 200, {"gitVersion": strange}
        shows(cluster.drive("version"), "tells no version that is known here")


@case
def metrics(w):
    cluster = Cluster(w)
    cluster.script["GET /metrics"] = 200, b"up 1\n" * 10
    shows(cluster.drive("metrics"), "length: 50\nup 1\n")
    shows(cluster.log[0][3]["Accept"], "text/plain")


@case
def refusals_in_words(w):
    cluster = Cluster(w)
    for code, reason, wanted in ((401, "Unauthorized", "does not believe who this is (401)"),
                                 (403, "Forbidden", "it is forbidden (403): by the test"),
                                 (404, "NotFound", "it does not exist (404)"),
                                 (429, "TooManyRequests", "the API server is busy (429)"),
                                 (500, "InternalError", "the API server failed (500)")):
        cluster.script["GET /metrics"] = code, status(code, reason, "by the test")
        shows(cluster.drive("metrics"), "cannot read its metrics as 'tester' of ", wanted)


# --- ConfigMap -----------------------------------------------------------------------------------

@case
def configmap_is_read(w):
    cluster = Cluster(w)
    for secret in ("plain", "secret"):
        out = cluster.drive("configmap", "kube-system", "kubeadm-config", "ClusterConfiguration", secret)
        assert out == f"exists: 1 has key: 1 version: 101 guarded: {int(secret == 'secret')}\n{TEXT}", out


@case
def configmap_that_is_missing(w):
    cluster = Cluster(w)
    shows(cluster.drive("configmap", "kube-system", "kubeadm-config", "NoSuchKey"), "exists: 1 has key: 0 version: 101")
    shows(cluster.drive("configmap", "kube-system", "none", "NoSuchKey"), "exists: 0 has key: 0")


@case
def configmap_that_makes_no_sense(w):
    cluster = Cluster(w)
    for body in (b"{", b"[]", {"metadata": {}}, {"metadata": {"resourceVersion": 1}},
                 b'{"metadata":{"resourceVersion":"1","uid":"u","uid":"v"}}',
                 {"metadata": {"resourceVersion": "9" * 64, "uid": "u"}}):
        cluster.script[f"GET {CONFIG}"] = 200, body
        shows(cluster.drive("configmap", "kube-system", "kubeadm-config", "ClusterConfiguration"),
              "error: ConfigMap kube-system/kubeadm-config: an answer of the API server")


def put(w, cluster, text="new: \"text\"\n# ö\n", secret="secret"):
    path = w.folder / "text"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return cluster.drive("put-configmap", "kube-system", "kubeadm-config", "ClusterConfiguration", secret, path)


@case
def configmap_is_written(w):
    cluster = Cluster(w)
    shows(put(w, cluster), "put: done version: 102 same: 1\nput: done version: 103 same: 1\n")
    assert cluster.objects[CONFIG]["data"] == {"ClusterConfiguration": "new: \"text\"\n# ö\n", "other": "kept"}
    _, _, query, headers, body = cluster.asked("PATCH")[0]
    assert json.loads(body) == {"metadata": {"resourceVersion": "101", "uid": "uid-101"},
                                "data": {"ClusterConfiguration": "new: \"text\"\n# ö\n"}}
    assert headers["Content-Type"] == "application/merge-patch+json" and query == {"fieldManager": ["atrest"]}


@case
def configmap_changed_meanwhile(w):
    cluster = Cluster(w)

    def somebody(handler):
        cluster.objects[CONFIG]["data"]["other"] = "changed"
        cluster.stamp(cluster.objects[CONFIG])
    cluster.script[f"PATCH {CONFIG}"] = somebody
    shows(put(w, cluster), "put: conflict version: 101 same: 0\n")
    assert cluster.objects[CONFIG]["data"] == {"ClusterConfiguration": TEXT, "other": "changed"}


@case
def configmap_deleted_meanwhile(w):
    cluster = Cluster(w)
    cluster.script[f"PATCH {CONFIG}"] = lambda handler: cluster.objects.pop(CONFIG) and None
    shows(put(w, cluster), "put: gone")


@case
def configmap_write_whose_answer_is_lost(w):
    cluster = Cluster(w)
    cluster.script[f"PATCH {CONFIG}"] = server.reset
    shows(put(w, cluster, secret="plain"), "it is not known whether ConfigMap kube-system/kubeadm-config was written", "class: 5")
    assert len(cluster.asked("PATCH")) == 1
    cluster.script[f"PATCH {CONFIG}"] = 504, status(504, "Timeout", "too slow")
    shows(put(w, cluster), "it is not known whether", "too slow", "class: 5")


@case
def configmap_write_that_is_refused(w):
    cluster = Cluster(w)
    cluster.script[f"PATCH {CONFIG}"] = 403, status(403, "Forbidden", "policy so-and-so")
    shows(put(w, cluster), "cannot write ConfigMap kube-system/kubeadm-config", "policy so-and-so", "class: 1")


@case
def configmap_text_that_is_not_utf8(w):
    cluster = Cluster(w)
    shows(put(w, cluster, b"\xff"), "is not UTF-8", "class: 1")
    assert not cluster.asked("PATCH")


# --- canary --------------------------------------------------------------------------------------

CANARY = re.compile(r"canary: (\w+) name: kube-system/(atrest-canary-[0-9a-f]{16}) leftovers: (\d+) left behind: (\d) text: (.*)")


def canary(cluster, host="cp1"):
    """(result, name, leftovers, left behind, text)"""
    out = cluster.drive("canary", host)
    found = CANARY.match(out)
    assert found, out
    return found[1], found[2], int(found[3]), int(found[4]), found[5]


@case
def canary_lives_and_goes(w):
    cluster = Cluster(w)
    assert canary(cluster)[0::2] == ("ok", 0, "")
    assert list(cluster.objects) == [CONFIG]
    made = json.loads(cluster.asked("POST")[0][4])
    assert made["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "atrest" and list(made["data"]) == ["value"]
    assert "uid-102" in cluster.asked("DELETE")[0][4].decode()
    assert canary(cluster)[1] != made["metadata"]["name"]


def leave_behind(cluster, host, **metadata):
    cluster.script[f"DELETE {SECRETS}/*"] = 500, status(500, "InternalError", "no")
    name = canary(cluster, host)[1]
    del cluster.script[f"DELETE {SECRETS}/*"]
    cluster.objects[f"{SECRETS}/{name}"]["metadata"].update(metadata)
    return name


@case
def canary_left_behind_is_said_and_removed_next_time(w):
    cluster = Cluster(w)
    cluster.script[f"DELETE {SECRETS}/*"] = 500, status(500, "InternalError", "no")
    result, name, _, behind, text = canary(cluster)
    assert (result, behind) == ("ok", 1)
    shows(text, f"kubectl -n kube-system delete secret {name}")
    del cluster.script[f"DELETE {SECRETS}/*"]
    assert canary(cluster)[:3:2] == ("ok", 1)
    assert list(cluster.objects) == [CONFIG]


@case
def canary_of_another_host_or_not_a_canary_stays(w):
    cluster = Cluster(w)
    theirs, other = leave_behind(cluster, "cp2"), leave_behind(cluster, "cp1", name="not-a-canary")
    assert canary(cluster)[2] == 0
    assert {f"{SECRETS}/{theirs}", f"{SECRETS}/{other}"} <= set(cluster.objects)


@case
def canary_denied_is_no_failure(w):
    cluster = Cluster(w)
    for code, message in ((403, "secrets is forbidden"), (422, "policy"), (400, "admission webhook x denied"),
                          (500, "failed calling webhook x: no endpoints")):
        cluster.script[f"POST {SECRETS}"] = code, status(code, "Any", message)
        result, _, _, behind, text = canary(cluster)
        assert (result, behind) == ("denied", 0)
        shows(text, f"it could not be made: {message} ({code})")
    assert not cluster.asked("DELETE")


@case
def canary_that_cannot_be_encrypted(w):
    cluster = Cluster(w)
    cluster.script[f"POST {SECRETS}"] = 500, status(500, "InternalError", "failed to encrypt")
    assert canary(cluster)[0::4] == ("failed", "it could not be made: failed to encrypt (500)")


@case
def canary_that_cannot_be_read(w):
    cluster = Cluster(w)
    cluster.script[f"GET {SECRETS}/*"] = 500, status(500, "InternalError", "no matching key")
    assert canary(cluster)[0::4] == ("failed", "it could not be read back: no matching key (500)")
    assert list(cluster.objects) == [CONFIG]


@case
def canary_that_sings_another_song(w):
    cluster = Cluster(w)
    cluster.script[f"GET {SECRETS}/*"] = 200, {"metadata": {"uid": ""}, "data": {"value": "b3RoZXI="}}
    assert canary(cluster)[0::4] == ("failed", "what was read back is not what was written")
    assert list(cluster.objects) == [CONFIG]


@case
def canary_whose_making_got_lost(w):
    cluster = Cluster(w)

    def made_but_lost(handler):
        body = json.loads(cluster.log[-1][4])
        cluster.objects[f"{SECRETS}/{body['metadata']['name']}"] = cluster.stamp(body)
        server.reset(handler)
    cluster.script[f"POST {SECRETS}"] = made_but_lost
    result, _, _, behind, text = canary(cluster)
    assert (result, behind) == ("failed", 0)
    shows(text, "broke the connection off")
    assert list(cluster.objects) == [CONFIG]


# --- members -------------------------------------------------------------------------------------

@case
def members_of_one(w):
    cluster = Cluster(w)
    shows(cluster.drive("members"), "count: 1 asked: 7 missing: \ncp1@127.0.0.1 sources: 7 known as: cp1 127.0.0.1\n")
    selectors = {path: query["labelSelector"][0] for _, path, query, _, _ in cluster.log}
    assert selectors == {NODES: "node-role.kubernetes.io/control-plane",
                         LEASES: "apiserver.kubernetes.io/identity=kube-apiserver",
                         SLICES: "kubernetes.io/service-name=kubernetes"}


@case
def members_of_three(w):
    cluster = Cluster(w)
    cluster.lists[NODES].append(node("cp2", "10.0.0.2"))
    cluster.lists[SLICES].append(slice_of("10.0.0.2", "10.0.0.3"))
    shows(cluster.drive("members"), "count: 3")


@case
def members_before_endpointslices(w):
    cluster = Cluster(w)
    del cluster.lists[SLICES]
    cluster.objects[ENDPOINTS] = {"subsets": [{"addresses": [{"ip": "127.0.0.1"}, {"ip": "10.0.0.9"}]}]}
    shows(cluster.drive("members"), "count: 2 asked: 7 missing: \n")


@case
def members_that_may_not_be_asked_for(w):
    cluster = Cluster(w)
    cluster.script[f"GET {NODES}"] = 403, status(403, "Forbidden", "no nodes")
    shows(cluster.drive("members"), "count: 1 asked: 3 missing: cannot list the control-plane Nodes", "no nodes")
    for path in (LEASES, SLICES):
        cluster.script[f"GET {path}"] = 403, status(403, "Forbidden", "no")
    shows(cluster.drive("members"), "error: cannot list", "hint: take credentials")


@case
def members_of_too_long_a_list(w):
    cluster = Cluster(w)
    cluster.script[f"GET {LEASES}"] = 200, {"metadata": {"continue": "x"}, "items": []}
    shows(cluster.drive("members"), "asked: 6 missing: cannot list the API servers' Leases: there are more than 500")
