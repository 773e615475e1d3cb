# SPDX-License-Identifier: Apache-2.0
"""src/api/lease.c and src/flow/told_write.c against an API server of a few lines: who holds the Lease, and what nodes tell in it."""
import datetime
import json

import apiserver
import server

CASES = {}
LEASE = apiserver.LEASES + "/atrest"
HASHES = [f"{n:064x}" for n in range(40)]
shows = apiserver.shows


def case(function):
    CASES[function.__name__] = function
    return function


def ago(seconds):
    time = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds)
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def held(cluster, holder, seconds=0, duration=60, **annotations):
    """A Lease that `holder` renewed so long ago."""
    cluster.objects[LEASE] = cluster.stamp({
        "kind": "Lease", "metadata": {"name": "atrest", "annotations": {f"atrest.io/{k}": v for k, v in annotations.items()}},
        "spec": {"holderIdentity": holder, "acquireTime": ago(seconds + 9), "renewTime": ago(seconds),
                 "leaseDurationSeconds": duration, "leaseTransitions": 3}})
    return cluster.objects[LEASE]["spec"]


def drive(cluster, *words):
    return cluster.drive("lease", *words)


def wrote(cluster):
    return len(cluster.asked("PATCH")) + len(cluster.asked("POST"))


# --- who holds it --------------------------------------------------------------------------------

@case
def lease_that_is_not_there_is_made(w):
    cluster = apiserver.Cluster(w)
    shows(drive(cluster, "read", "take", "cp1", "read"), "exists: 0 holder:  ", "take: ours by: cp1\n",
          "exists: 1 holder: cp1 duration: 60 transitions: 0 acquired: 2")
    made = cluster.objects[LEASE]
    assert made["metadata"]["namespace"] == "kube-system" and "annotations" not in made["metadata"]


@case
def lease_is_ours_again(w):
    cluster = apiserver.Cluster(w)
    drive(cluster, "take", "cp1")
    first = dict(cluster.objects[LEASE]["spec"])
    shows(drive(cluster, "take", "cp1", "renew", "cp1"), "take: ours", "renew: ours")
    now = cluster.objects[LEASE]["spec"]
    assert now["acquireTime"] == first["acquireTime"] and now["leaseTransitions"] == 0
    assert now["renewTime"] > first["renewTime"]


@case
def lease_of_another_stays(w):
    cluster = apiserver.Cluster(w)
    held(cluster, "cp2", 5)
    shows(drive(cluster, "take", "cp1", "renew", "cp1", "release", "cp1"), "take: theirs by: cp2\n", "renew: theirs by: cp2\n")
    assert not wrote(cluster)


@case
def lease_of_a_clock_that_is_ahead_or_behind_stays(w):
    for seconds in (-3000, 600):
        cluster = apiserver.Cluster(w)
        held(cluster, "cp2", seconds)
        shows(drive(cluster, "take", "cp1"), "take: theirs by: cp2\n")


@case
def lease_that_is_hours_old_is_taken_at_once(w):
    cluster = apiserver.Cluster(w)
    held(cluster, "cp2", 7200, goal="kept")
    shows(drive(cluster, "take", "cp1"), "take: ours by: cp1\n")
    spec = cluster.objects[LEASE]["spec"]
    assert spec["leaseTransitions"] == 4 and spec["acquireTime"] == spec["renewTime"]
    assert cluster.objects[LEASE]["metadata"]["annotations"] == {"atrest.io/goal": "kept"}


@case
def lease_that_is_not_renewed_is_over_by_our_own_clock(w):
    cluster = apiserver.Cluster(w)
    held(cluster, "cp2", -500, duration=1)
    shows(drive(cluster, "take", "cp1", "wait", "300", "take", "cp1", "wait", "900", "take", "cp1"),
          "take: theirs by: cp2\ntake: theirs by: cp2\ntake: ours by: cp1\n")


@case
def lease_that_is_renewed_is_not_over(w):
    cluster = apiserver.Cluster(w)
    spec = held(cluster, "cp2", 0, duration=1)

    def renew(handler):
        spec["renewTime"] = ago(0)
    cluster.script[f"GET {LEASE}"] = renew
    shows(drive(cluster, "take", "cp1", *["wait", "700", "take", "cp1"] * 3), "take: theirs by: cp2\n" * 4)


@case
def lease_that_another_takes_at_the_same_time(w):
    cluster = apiserver.Cluster(w)
    held(cluster, "", 0)

    def somebody(handler):
        held(cluster, "cp3")
        del cluster.script[f"PATCH {LEASE}"]
    cluster.script[f"PATCH {LEASE}"] = somebody
    shows(drive(cluster, "take", "cp1"), "take: theirs by: cp3\n")


@case
def lease_that_another_makes_at_the_same_time(w):
    cluster = apiserver.Cluster(w)
    cluster.script[f"POST {apiserver.LEASES}"] = lambda handler: held(cluster, "cp3") and None
    shows(drive(cluster, "take", "cp1"), "take: theirs by: cp3\n")


@case
def lease_that_somebody_annotates_meanwhile(w):
    cluster = apiserver.Cluster(w)

    def annotate(handler):
        cluster.objects[LEASE]["metadata"].setdefault("annotations", {})["atrest.io/x"] = "y"
        cluster.stamp(cluster.objects[LEASE])
        del cluster.script[f"PATCH {LEASE}"]
    drive(cluster, "take", "cp1")
    cluster.script[f"PATCH {LEASE}"] = annotate
    shows(drive(cluster, "read", "renew", "cp1", "release", "cp1"), "renew: ours by: cp1\n")
    assert "holderIdentity" not in cluster.objects[LEASE]["spec"]
    assert cluster.objects[LEASE]["metadata"]["annotations"] == {"atrest.io/x": "y"}


@case
def lease_whose_answer_is_lost(w):
    cluster = apiserver.Cluster(w)
    held(cluster, "", 0)

    def lose(handler):
        body = json.loads(cluster.log[-1][4])
        del cluster.script[f"PATCH {LEASE}"]
        cluster.on_object("PATCH", LEASE, body)
        server.reset(handler)
    cluster.script[f"PATCH {LEASE}"] = lose
    shows(drive(cluster, "take", "cp1"), "take: ours by: cp1\n")
    assert cluster.objects[LEASE]["spec"]["leaseTransitions"] == 4


@case
def lease_that_is_deleted_meanwhile_is_lost(w):
    cluster = apiserver.Cluster(w)

    def delete(handler):
        cluster.objects.pop(LEASE, None)
    drive(cluster, "take", "cp1")
    cluster.script[f"PATCH {LEASE}"] = delete
    shows(drive(cluster, "read", "renew", "cp1"), "renew: free by: \n")
    assert LEASE not in cluster.objects


@case
def lease_that_always_changes(w):
    cluster = apiserver.Cluster(w)
    held(cluster, "", 0)
    cluster.script[f"PATCH {LEASE}"] = 409, apiserver.status(409, "Conflict", "again")
    shows(drive(cluster, "take", "cp1"), "is written by others all the time", "hint: run the same command again")
    assert 1 < len(cluster.asked("PATCH")) < 9


@case
def lease_that_may_not_be_written_or_makes_no_sense(w):
    cluster = apiserver.Cluster(w)
    cluster.script[f"POST {apiserver.LEASES}"] = 403, apiserver.status(403, "Forbidden", "no leases")
    shows(drive(cluster, "take", "cp1"), "cannot write Lease kube-system/atrest", "no leases")
    for body in (b"{", b"[]", {"metadata": {}}, {"metadata": {"resourceVersion": "1"}},
                 {"metadata": {"resourceVersion": "1", "uid": "u"}, "spec": {"holderIdentity": "h" * 300}}):
        cluster.script[f"GET {LEASE}"] = 200, body
        shows(drive(cluster, "take", "cp1"), "error: ")
    cluster.script[f"GET {LEASE}"] = 200, {"metadata": {"resourceVersion": "1", "uid": "u", "annotations": []},
                                           "spec": {"renewTime": 7, "leaseDurationSeconds": "x", "holderIdentity": "cp2"}}
    shows(drive(cluster, "read"), "exists: 1 holder: cp2 duration: 60 transitions: 0 acquired:  renewed: \n")


# --- annotations ---------------------------------------------------------------------------------

@case
def annotations_come_and_go(w):
    cluster = apiserver.Cluster(w)
    shows(drive(cluster, "annotate", "atrest.io/a", "1", "annotate", "atrest.io/b", "2", "annotate", "atrest.io/a", "-", "read"),
          "annotate: done\n" * 3, '{"atrest.io/b": "2"}')
    assert "holderIdentity" not in cluster.objects[LEASE].get("spec", {})
    shows(drive(cluster, "annotate", "atrest.io/a", "1"), "annotate: conflict\n")


@case
def goal_is_named_once(w):
    cluster = apiserver.Cluster(w)
    shows(drive(cluster, "goal", "aescbc/key2", "cp1", "-"), "goal: aescbc/key2 what: rotate by: cp1\n")
    before = wrote(cluster)
    shows(drive(cluster, "goal", "aescbc/key3", "cp2", "-", "goal", "aescbc/key2", "cp2", "-"),
          "goal: aescbc/key2 what: rotate by: cp1\n" * 2)
    assert wrote(cluster) == before
    shows(drive(cluster, "goal", "aescbc/key3", "cp2", "aescbc/key2"), "goal: aescbc/key3 what: rotate by: cp2\n")
    shows(drive(cluster, "drop", "aescbc/key2", "told", "drop", "aescbc/key3", "told"), "goal: aescbc/key3", "goal:  nodes: 0")


@case
def goal_named_again_is_not_dropped(w):
    """The same key, named at another time, or for other resources, is another goal than the one that was seen."""
    cluster = apiserver.Cluster(w)
    for other in ({"at": "2026-11-24T11:00:00Z"}, {"resources": ["configmaps"]}):
        drive(cluster, "goal", "aescbc/key2", "cp1", "-")
        notes = cluster.objects[LEASE]["metadata"]["annotations"]
        notes["atrest.io/goal"] = json.dumps({**json.loads(notes["atrest.io/goal"]), **other})
        shows(drive(cluster, "drop", "aescbc/key2", "told"), "goal: aescbc/key2")
        del notes["atrest.io/goal"]


@case
def goal_of_two_at_the_same_time(w):
    cluster = apiserver.Cluster(w)
    drive(cluster, "goal", "aescbc/key2", "cp1", "-", "drop", "aescbc/key2")

    def first(handler):
        cluster.objects[LEASE]["metadata"]["annotations"]["atrest.io/goal"] = json.dumps(
            {"goal": "aescbc/key2", "what": "rotate", "by": "cp3", "at": "2026-11-24T10:00:00Z"})
        cluster.stamp(cluster.objects[LEASE])
        del cluster.script[f"PATCH {LEASE}"]
    cluster.script[f"PATCH {LEASE}"] = first
    shows(drive(cluster, "goal", "aescbc/key7", "cp1", "-"), "goal: aescbc/key2 what: rotate by: cp3\n")


@case
def nodes_tell_what_they_have(w):
    cluster = apiserver.Cluster(w)
    drive(cluster, "node", "cp2", HASHES[1], "2026-11-24T10:00:01Z", "node", "cp1", HASHES[1], "2026-11-24T10:00:02Z",
          "node", "cp3", "-", "2026-11-24T10:00:03Z")
    before = wrote(cluster)
    drive(cluster, "node", "cp2", HASHES[1], "2026-11-24T11:00:00Z")
    assert wrote(cluster) == before == 3, "what is told already is told again"
    shows(drive(cluster, "told"), "goal:  nodes: 3 files: 1 odd: \nnode: cp1 00000000 2026-11-24T10:00:02Z\n",
          "node: cp3  2026", "file: 00000000 2026-11-24T10:00:01Z aescbc/key1\n")
    told = cluster.objects[LEASE]["metadata"]["annotations"]
    assert json.loads(told["atrest.io/files"])[HASHES[1]] == {"at": "2026-11-24T10:00:01Z", "entries": [
        {"resources": ["secrets"], "writer": "aescbc/key1", "reads": ["aescbc/key1", "plain"]}]}


@case
def files_and_nodes_do_not_grow_without_end(w):
    cluster = apiserver.Cluster(w)
    steps = [("node", f"cp{n % 3}", HASHES[n], f"2026-11-24T10:00:{n:02}Z") for n in range(30)]
    drive(cluster, *[word for step in steps for word in step])
    files = json.loads(cluster.objects[LEASE]["metadata"]["annotations"]["atrest.io/files"])
    assert sorted(files) == HASHES[14:30]
    # An old one that a node still has stays.
    drive(cluster, "node", "old", HASHES[39], "2020-11-24T10:00:00Z",
          *[word for n in range(30, 36) for word in ("node", "cp1", HASHES[n], f"2026-11-24T10:00:{n:02}Z")])
    files = json.loads(cluster.objects[LEASE]["metadata"]["annotations"]["atrest.io/files"])
    assert len(files) == 16 and HASHES[39] in files and HASHES[35] in files
    drive(cluster, *[word for n in range(20) for word in ("node", f"n{n}", "-", f"2026-11-24T11:00:{n:02}Z")])
    nodes = [name for name in cluster.objects[LEASE]["metadata"]["annotations"] if "/node-" in name]
    assert len(nodes) == 16 and "atrest.io/node-n19" in nodes and "atrest.io/node-old" not in nodes


@case
def what_is_broken_in_it_is_said_and_mended(w):
    cluster = apiserver.Cluster(w)
    held(cluster, "", 0, goal="{", files="[1]", **{"node-cp1": '{"host":"cp2"}'})
    shows(drive(cluster, "told"), "goal:  nodes: 0 files: 0 odd: annotation 'atrest.io/")
    shows(drive(cluster, "goal", "plain", "cp1", "-", "node", "cp1", HASHES[3], "2026-11-24T10:00:00Z", "told"),
          "goal: plain nodes: 1 files: 1 odd: \n")


@case
def file_that_was_told_wrongly_is_told_again(w):
    cluster = apiserver.Cluster(w)
    held(cluster, "", 0, files=json.dumps({HASHES[1]: {"at": "2020-11-24T10:00:00Z", "entries": [
        {"resources": ["secrets"], "writer": "plain", "reads": ["plain"]}]}}))
    drive(cluster, "node", "cp1", HASHES[1], "2026-11-24T10:00:00Z")
    shows(drive(cluster, "told"), "file: 00000000 2026-11-24T10:00:00Z aescbc/key1\n")
