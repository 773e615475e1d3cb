# SPDX-License-Identifier: Apache-2.0
"""Names, discovery and migrations against an API server of a few lines."""
import threading

import apiserver
import rewriting
import server

CASES = {}
NAMESPACES = "/api/v1/namespaces"
SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
MIGRATIONS = "/apis/storagemigration.k8s.io/v1/storageversionmigrations"
ALL = ["create", "delete", "get", "list", "patch", "update", "watch"]
shows, status, table, text = apiserver.shows, apiserver.status, rewriting.table, rewriting.text


def case(function):
    CASES[function.__name__] = function
    return function


class Cluster(apiserver.Cluster):
    """`pages` maps a path, with its continue token behind a '#', to answers: (code, body[, headers]), the last for ever."""

    def __init__(self, world, pages):
        super().__init__(world)
        self.pages, self.places = pages, []

    def answer(self, handler, body):
        path, _, query = handler.path.partition("?")
        query = apiserver.urllib.parse.parse_qs(query)
        place = path + ("#" + query["continue"][0] if "continue" in query else "")
        with self.lock:
            self.log.append((handler.command, path, query, dict(handler.headers), body))
            self.places.append(place)
            answers = self.pages.get(f"{handler.command} {place}") or self.pages.get(place) or [
                (404, status(404, "NotFound", "the server could not find the requested resource"))]
            chosen = answers.pop(0) if len(answers) > 1 else answers[0]
        code, content, more = (*(chosen(handler) if callable(chosen) else chosen), {})[:3]
        handler.reply(code, text(content), **more)

    def names(self, *words, quiet=True):
        return self.drive("names", *words, *(["quiet"] if quiet else []))


# --- names ---------------------------------------------------------------------------------------

@case
def names_of_all_namespaces_page_by_page(w):
    it = Cluster(w, {
        NAMESPACES: [(200, table(50, "a", more="n/1+="))], NAMESPACES + "#n/1+=": [(200, table(50, "b", "empty"))],
        NAMESPACES + "/a/secrets": [(200, table(51, "one", "two", more="t1"))],
        NAMESPACES + "/a/secrets#t1": [(200, table(51, "three"))],
        NAMESPACES + "/b/secrets": [(200, table(60, "x:y.z"))], NAMESPACES + "/empty/secrets": [(200, table(61))]})
    out = it.drive("names", "secrets", "-", "v1", "all", "quiet")
    shows(out, "count: 4 version: 51\n")
    for _, _, query, headers, _ in it.log:
        assert query["limit"] == ["500"] and query["includeObject"] == ["None"], query
        assert headers["Accept"] == rewriting.TABLE


@case
def names_of_one_namespace_and_of_cluster_wide_ones(w):
    it = Cluster(w, {NAMESPACES + "/a%20b/secrets": [(200, table(5, "one"))],
                     "/apis/example.com/v1/widgets": [(200, table(6, "w1", "w2"))]})
    shows(it.names("secrets", "-", "v1", "a b"), "count: 1 version: 5")
    shows(it.names("widgets", "example.com", "v1", "none"), "count: 2 version: 6")
    assert it.places == [NAMESPACES + "/a%20b/secrets", "/apis/example.com/v1/widgets"]


@case
def names_whose_pages_expired(w):
    place = NAMESPACES + "/a/secrets"
    expired = status(410, "Expired", "The provided continue parameter is too old")
    with_token = {**expired, "metadata": {"continue": "newer"}}
    it = Cluster(w, {place: [(200, table(5, "a", "b", more="t"))], place + "#t": [(410, with_token)],
                     place + "#newer": [(200, table(9, "c"))]})
    shows(it.names("secrets", "-", "v1", "a"), "count: 3 version: 5")
    # Without a token: from the beginning, and none is told twice.
    it.pages = {place: [(200, table(5, "a", "b", more="t")), (200, table(9, "a", "b", "b2", more="u"))],
                place + "#t": [(410, expired)], place + "#u": [(200, table(9, "c"))]}
    shows(it.names("secrets", "-", "v1", "a"), "count: 4 version: 5")
    it.pages = {place: [(200, table(5, "a", "b", more="t"))], place + "#t": [(410, expired)]}
    shows(it.names("secrets", "-", "v1", "a"), "cannot list /api/v1/namespaces/a/secrets to its end: its pages expire")


@case
def names_in_a_column_called_so(w):
    events = table(5)
    events["columnDefinitions"] = [{"name": "Last Seen", "format": ""}, {"name": "Name", "format": ""}]
    events["rows"] = [{"cells": ["5m", "a.1"], "object": None}]
    it = Cluster(w, {NAMESPACES + "/a/events": [(200, events)]})
    shows(it.names("events", "-", "v1", "a"), "count: 1 ")
    events["columnDefinitions"][1]["name"] = "Other"
    shows(it.names("events", "-", "v1", "a"), "has no column for the name")


@case
def names_that_cannot_be(w):
    place = NAMESPACES + "/a/secrets"
    for name in ("", "..", "a/b", "a%2Fb", "x" * 254, 5, None):
        it = Cluster(w, {place: [(200, table(5, name))]})
        shows(it.names("secrets", "-", "v1", "a"), "a row of /api/v1/namespaces/a/secrets has no name")
    it = Cluster(w, {place: [(200, table(5, "a", "stop-here", "b"))]})
    shows(it.names("secrets", "-", "v1", "a"), "error: told to stop")


@case
def names_where_no_table_comes(w):
    place = NAMESPACES + "/a/secrets"
    full = {"kind": "SecretList", "apiVersion": "v1", "items": [{"data": {"a": rewriting.SECRET}}]}
    it = Cluster(w, {place: [(200, full)]})
    out = it.names("secrets", "-", "v1", "a")
    shows(out, "does not list /api/v1/namespaces/a/secrets as a Table")
    assert rewriting.SECRET not in out
    it.pages[place] = [(200, text(table(5, "a"))[:-5])]
    shows(it.names("secrets", "-", "v1", "a"), "is no JSON")
    it.pages[place] = [(200, table(5, "a", more="t"))]
    it.pages[place + "#t"] = [(200, table(5, "b", more="t"))]
    shows(it.names("secrets", "-", "v1", "a"), "gives the same page")


@case
def names_of_a_busy_server(w):
    place = NAMESPACES + "/a/secrets"
    it = Cluster(w, {place: [(429, b"later", {"Retry_After": "1"}), server.reset, (200, table(5, "a"))]})
    shows(it.names("secrets", "-", "v1", "a"), "count: 1 ")
    it.pages[place] = [(403, status(403, "Forbidden", "secrets is forbidden"))]
    shows(it.names("secrets", "-", "v1", "a"), "cannot list /api/v1/namespaces/a/secrets as 'tester'", "it is forbidden")


# --- discovery -----------------------------------------------------------------------------------

def group(name, *versions):
    return {"metadata": {"name": name} if name else {}, "versions": list(versions)}


def version(name, *resources, **more):
    return {"version": name, "resources": list(resources), "freshness": "Current", **more}


def resource(name, kind, scope="Namespaced", verbs=ALL):
    return {"resource": name, "responseKind": {"group": "", "version": "", "kind": kind}, "scope": scope, "verbs": verbs}


def groups(*items):
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}, "items": list(items)}


def service(name, release, behind=None):
    return {"spec": {"group": name, "version": release, **({"service": behind} if behind else {})}}


def aggregated(w, **pages):
    return Cluster(w, {
        "/api": [(200, groups(group("", version("v1", resource("secrets", "Secret"), resource("nodes", "Node", "Cluster"),
                                                resource("bindings", "Binding", verbs=["create"]),
                                                resource("componentstatuses", "X", "Cluster", ["get", "list"])))))],
        "/apis": [(200, groups(
            group("autoscaling", version("v2", resource("horizontalpodautoscalers", "HPA")),
                  version("v1", resource("horizontalpodautoscalers", "Old"), resource("onlyold", "OnlyOld"))),
            group("metrics.k8s.io", version("v1beta1", resource("pods", "PodMetrics"))),
            group("apiextensions.k8s.io", version("v1", resource("customresourcedefinitions", "CRD", "Cluster"))),
            group("gateway.networking.k8s.io", version("v1", resource("gateways", "Gateway", verbs=["get", "list", "watch"]))),
            group("bad/../group", version("v1", resource("things", "Thing"))),
            group("storagemigration.k8s.io", version("v1", resource("storageversionmigrations", "SVM", "Cluster")))))],
        SERVICES: [(200, {"items": [service("", "v1"), service("metrics.k8s.io", "v1beta1", {"name": "ms"}),
                                    service("autoscaling", "v2")]})],
        CRDS: [(200, table(9, "gateways.gateway.networking.k8s.io"))], **pages})


@case
def discovery_in_one_answer(w):
    it = aggregated(w)
    out = it.drive("discovery")
    shows(out, "secrets. custom: 0 version: v1 kind: Secret namespaced: 1 patch: 1 list: 1 /api/v1/namespaces/a%20b/secrets/n%2F1\n",
          "nodes. custom: 0 version: v1 kind: Node namespaced: 0 patch: 1 list: 1 /api/v1/nodes/n%2F1\n",
          "horizontalpodautoscalers.autoscaling custom: 0 version: v2 kind: HPA", "onlyold.autoscaling custom: 0 version: v1",
          "gateways.gateway.networking.k8s.io custom: 1 version: v1 kind: Gateway namespaced: 1 patch: 0",
          "customresourcedefinitions.apiextensions.k8s.io custom: 1", "count: 7 migration: v1 missing: \n")
    assert [line.split(" ")[0] for line in out.splitlines()[:2]] == ["nodes.", "secrets."]
    assert len(it.log) == 4


@case
def discovery_without_the_definitions(w):
    no = [(403, status(403, "Forbidden", "it may not"))]
    out = aggregated(w, **{CRDS: no, SERVICES: no}).drive("discovery")
    shows(out, "gateways.gateway.networking.k8s.io custom: 1", "secrets. custom: 0", "pods.metrics.k8s.io",
          "customresourcedefinitions.apiextensions.k8s.io custom: 1", "count: 8", "missing: cannot list APIServices as")


def older(w, **pages):
    def one(name, kind, namespaced=True, verbs=ALL):
        return {"name": name, "kind": kind, "namespaced": namespaced, "verbs": verbs}
    no = [(406, status(406, "NotAcceptable", "only the following media types are accepted"))]
    return Cluster(w, {
        "/api": no,
        "/api/v1": [(200, {"kind": "APIResourceList", "resources": [
            one("secrets", "Secret"), one("nodes", "Node", False), one("pods/status", "Pod"), one("bindings", "B", True, ["create"])]})],
        "/apis": [(200, {"kind": "APIGroupList", "groups": [
            {"name": "batch", "versions": [{"version": "v2"}, {"version": "v1"}], "preferredVersion": {"version": "v1"}},
            {"name": "metrics.k8s.io", "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}},
            {"name": "broken.example.com", "versions": [{"version": "v1"}], "preferredVersion": {"version": "v1"}}]})],
        "/apis/batch/v1": [(200, {"resources": [one("jobs", "Job")]})],
        "/apis/batch/v2": [(200, {"resources": [one("jobs", "Later"), one("cronjobs", "CronJob")]})],
        "/apis/broken.example.com/v1": [(503, b"no endpoints")],
        SERVICES: [(200, {"items": [service("metrics.k8s.io", "v1", {"name": "ms"})]})], **pages})


@case
def discovery_of_an_older_server(w):
    it = older(w)
    out = it.drive("discovery")
    shows(out, "secrets. custom: 0 version: v1", "nodes. custom: 0 version: v1 kind: Node namespaced: 0",
          "jobs.batch custom: 0 version: v1 kind: Job", "cronjobs.batch custom: 0 version: v2", "count: 4 migration: none missing: ",
          "'broken.example.com/v1'")
    assert "/apis/metrics.k8s.io/v1" not in it.places


@case
def discovery_that_makes_no_sense(w):
    for answers in ((200, b"no"), (200, {"kind": "APIGroupDiscoveryList", "items": [5, {"versions": 7}, {"versions": [[]]}]}),
                    (401, status(401, "Unauthorized", "Unauthorized"))):
        it = Cluster(w, {"/api": [answers], "/apis": [answers]})
        shows(it.drive("discovery"), "error: ")
    it = older(w, **{"/apis": [server.reset]})
    shows(it.drive("discovery"), "broke the connection off", "away: 1")


# --- migrations ----------------------------------------------------------------------------------

def migration(name, kind, state=None, message="", group_name=""):
    return {"metadata": {"name": name}, "spec": {"resource": {"group": group_name, "resource": kind}},
            "status": {"conditions": [{"type": "Running", "status": "False"}] + (
                [{"type": state, "status": "True", "message": message}] if state else [])}}


def engine(w, listed, *states):
    made = []

    def make(handler):
        thing = rewriting.json.loads(it.log[-1][4])
        made.append(thing)
        place = f"{MIGRATIONS}/{thing['metadata']['name']}"
        it.pages[place] = [(200, {**thing, "status": migration("", "", *state)["status"]}) for state in states]
        it.pages["DELETE " + place] = [gone, (404, status(404, "NotFound", "gone"))]
        return 201, thing

    def gone(handler):
        it.pages[handler.path] = [(404, status(404, "NotFound", "it is gone"))]
        return 200, {"kind": "Status", "status": "Success"}
    it = Cluster(w, {"GET " + MIGRATIONS: [(200, {"items": listed})], "POST " + MIGRATIONS: [make]})
    it.made, it.lock = made, threading.RLock()
    return it


@case
def migration_is_made_watched_and_removed(w):
    it = engine(w, [migration("atrest-secrets-1", "secrets", "Succeeded"), migration("other", "secrets", "Running"),
                    migration("atrest-x", "configmaps", "Running"), migration("atrest-y", "secrets", "Running", "", "example.com")],
                (), ("Running",), ("Succeeded",))
    out = it.drive("migration", "v1", "secrets", "-")
    shows(out, "found: \n", "state: pending", "state: running", "state: succeeded", "removed\n", "sys: 2")
    assert it.made[0] == {"apiVersion": "storagemigration.k8s.io/v1", "kind": "StorageVersionMigration",
                          "metadata": {"name": it.made[0]["metadata"]["name"]},
                          "spec": {"resource": {"group": "", "resource": "secrets"}}}
    assert it.made[0]["metadata"]["name"].startswith("atrest-secrets-")


@case
def migration_that_is_there_is_gone_on_with(w):
    it = engine(w, [migration("atrest-secrets-7", "secrets", "Running")])
    it.pages[MIGRATIONS + "/atrest-secrets-7"] = [(200, migration("atrest-secrets-7", "secrets", "Failed", "no\x1b such"))]
    it.pages["DELETE " + MIGRATIONS + "/atrest-secrets-7"] = [(200, {})]
    shows(it.drive("migration", "v1", "secrets", "-"), "found: atrest-secrets-7", "state: failed message: no\\x1b such", "removed")
    assert not it.made


@case
def migration_that_is_refused(w):
    it = engine(w, [])
    it.pages["POST " + MIGRATIONS] = [(403, status(403, "Forbidden", "not you"))]
    shows(it.drive("migration", "v1", "secrets", "-"), "cannot make a StorageVersionMigration as 'tester'", "not you")
