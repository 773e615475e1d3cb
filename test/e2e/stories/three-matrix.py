# SPDX-License-Identifier: Apache-2.0
"""Rotations on three nodes, each disturbed in one way or two: every one reaches its goal, and no client sees a fault."""
import concurrent.futures
import json
import re
import subprocess

from plane import LAB as THREE
from plane import Plane, under
from story import FOLDER_CONFIG, LIMITED, MANIFEST, Failed, claim

CHOSEN = False
LAB = THREE


def climb_killed(node):
    """Goes on again and again, ended by SIGKILL whenever it says something that it has not said here before. How often."""
    known = set()
    for _ in range(100):
        process = subprocess.Popen(node.argv(f"{node.binary} continue --yes --wait 900 -o json"), text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=node.log)
        for line in process.stdout:
            print(line, end="", file=node.log, flush=True)
            said = json.loads(line) if line.startswith('{"schema":"atrest.event') else {}
            if said and (said["event"], said["id"]) not in known:
                known.add((said["event"], said["id"]))
                node.run(["pkill", "-KILL", "-x", "atrest"])
                break
        process.stdout.read()
        if process.wait() == 0:
            return len(known)
    raise Failed(f"{node.name} does not come to an end")


def stop(node):
    """Its API server does not run, and is not started again."""
    node.service("stop", "kubelet")
    node.run(["pkill", "-KILL", "-x", "kube-apiserver"]).exits(0)


def start(plane, node):
    node.service("start", "kubelet")
    node.until(f"{node.name} is back", lambda: plane.ready(node))


def end(plane):
    """All nodes at once, to the end."""
    plane.all_at_once("continue --yes")


# --- the cases: each begins when a rotation was named on cp1, and its file was carried


def killed(plane):
    """atrest is killed at whatever it says, on every node, and started again until it is done"""
    with concurrent.futures.ThreadPoolExecutor(len(plane.nodes)) as runs:
        kills = list(runs.map(climb_killed, plane.nodes))
    plane.show(f"killed {kills} times")
    claim(min(kills) >= 5, "it was not killed often enough to be of use")


def restarted(plane):
    """an API server is killed at every rung, each time another one"""
    for each in plane.nodes[1:] + plane.nodes[:1]:
        each.run(["pkill", "-KILL", "-x", "kube-apiserver"]).exits(0)
        each.until(f"{each.name} is back", lambda server=each: plane.ready(server))
        plane.go_all("continue --yes")
    end(plane)


def behind(plane):
    """nobody runs anything on cp3 for long: the others do what is safe, and name it"""
    for _ in range(2):
        for each in plane.nodes[:2]:
            each.atrest("continue --yes").exits(7).says("cp3")
    for each in plane.nodes[:2]:
        claim(plane.keys(each)[0] == plane.old, f"{each.name} writes with a key that cp3 has not loaded")
    end(plane)


def down(plane):
    """cp3 is down: nothing that it could miss is done; it is back, and all goes on"""
    third = plane.nodes[2]
    plane.go_all("continue --yes")
    stop(third)
    for each in plane.nodes[:2]:
        run = each.atrest("continue --yes")
        claim(run.code in (1, 4, 7) and "cp3" in run.out + run.err, f"exits {run.code}, and names no cp3:\n{run.err}")
    start(plane, third)
    end(plane)


def wrong(plane):
    """somebody puts yesterday's file on cp2, without the new key, before anything is written with it"""
    second = plane.nodes[1]
    second.replace(FOLDER_CONFIG, plane.yesterday)
    plane.nodes[2].atrest("continue --yes").exits(7)
    claim(plane.keys(plane.nodes[2])[0] == plane.old, "cp3 writes with a key that cp2 cannot read")
    second.atrest("continue --yes").exits(7).says("import")
    plane.carry(plane.first, second)
    end(plane)


def fresh(plane):
    """cp3 is replaced by a machine without file, records and history; it gets the file before it starts"""
    third = plane.nodes[2]
    plane.go_all("continue --yes")
    stop(third)
    third.sh("rm -rf /etc/kubernetes/enc /var/lib/atrest/*")
    third.run(["pgrep", "-x", "kube-apiserver"]).exits(1)
    plane.carry(plane.first, third)
    start(plane, third)
    end(plane)


def hand(plane):
    """between two rungs somebody edits cp2's file: a comment, and the providers' order as it was"""
    second = plane.nodes[1]
    text = second.read(FOLDER_CONFIG)
    second.replace(FOLDER_CONFIG, b"# edited by hand, at night\n" + text)
    run = plane.first.atrest("continue --yes")
    claim(run.code == 7 and "cp2" in run.out + run.err, f"cp2's other file is not named (exit {run.code})")
    end(plane)
    claim(second.read(FOLDER_CONFIG).startswith(b"# edited by hand"), "the comment stays")
    second.replace(FOLDER_CONFIG, plane.first.read(FOLDER_CONFIG))
    second.atrest("continue --yes").exits(0)


def lost(plane):
    """the Lease goes between two rungs, and every record on cp2"""
    plane.nodes[1].sh("rm -rf /var/lib/atrest/records/*")
    plane.first.kubectl("delete lease -n kube-system atrest").exits(0)
    plane.go_all("continue --yes")
    plane.first.kubectl("delete lease -n kube-system atrest").exits(0)
    end(plane)


def leader(plane):
    """etcd's leader is killed, twice"""
    for _ in range(2):
        plane.go_all("continue --yes")
        name = leader_of(plane)
        plane.show(f"the leader was on {name}")
        plane.named(name).run(["pkill", "-KILL", "-x", "etcd"]).exits(0)
        plane.first.until("etcd has a leader, and all servers are back", lambda: leader_of(plane) and all(
            plane.ready(each) for each in plane.nodes))
    end(plane)


def blind(plane):
    """credentials that may not read /metrics of any server: nothing that rests on the others is done, and it is said why"""
    plane.go_all("continue --yes")
    first = plane.first
    first.limit()
    before = first.files()
    first.atrest(f"continue --yes --kubeconfig {LIMITED}").exits(7).says("metrics")
    claim(first.files() == before, "a file was changed, not knowing what the others have loaded")
    end(plane)


CASES = {"killed": killed, "restarted": restarted, "behind": behind, "down": down, "wrong": wrong, "fresh": fresh,
         "hand": hand, "lost": lost, "leader": leader, "blind": blind}


def leader_of(plane):
    """The node of etcd's leader; None: there is none."""
    pki = "/etc/kubernetes/pki/etcd"
    points = ",".join(f"https://{address}:2379" for address in plane.addresses.values())
    run = plane.first.run(f"etcdctl --endpoints {points} --cacert {pki}/ca.crt --cert {pki}/server.crt --key "
                          f"{pki}/server.key endpoint status -w json")
    if run.code != 0:
        return None
    for one in json.loads(run.out):
        if one["Status"]["header"]["member_id"] == one["Status"]["leader"]:
            host = re.search(r"//([\d.]+):", one["Endpoint"])[1]
            return next(name for name, address in plane.addresses.items() if address == host)
    return None


def story(node):
    plane = Plane(node)
    plane.climb_at_once("enable --yes --fast --hot-reload", goes_on="enable --yes --fast --hot-reload")
    manifests = plane.manifests()
    plane.begin()
    for name in plane.chosen(CASES):
        plane.old, plane.yesterday = plane.keys(node)[0], node.read(FOLDER_CONFIG)
        new = f"key{int(plane.old[3:]) + 1}"
        plane.show(f"{name}: {CASES[name].__doc__}")
        plane.go(node, "rotate --yes").exits(7).says(new)
        plane.carry(node, *plane.nodes[1:])
        CASES[name](plane)
        claim(plane.same_config() == [new], f"{name}: {new} is left, and no other")
        plane.all_under(under("aescbc", new))
    seen = plane.end().clean()
    plane.show(*seen.figures())
    claim(plane.manifests() == manifests, f"{MANIFEST} changed")
