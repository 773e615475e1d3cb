#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the role sees of atrest, over a world in a file: for tests of the role alone, in which a step takes no time.

A node is the folder that this is called in; the folder above has world.json. World: `nodes` (what each one's file
reads and writes, what its server has loaded), `goal`, `force` (exit codes that a node's next steps end with, after
they were done), `calls` (all that was asked, and when).
"""
import base64
import contextlib
import fcntl
import json
import pathlib
import sys
import time

HERE = pathlib.Path(sys.argv[0]).absolute().parent
NODE, WORLD = HERE.name, HERE.parent / "world.json"
ETC = HERE / "etc"
STEPS = ("enable", "rotate", "continue", "disable")


class Ends(Exception):
    """(code, text): how a step ends that is not all done."""


@contextlib.contextmanager
def world():
    with open(WORLD.with_suffix(".lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = json.loads(WORLD.read_text(encoding="utf-8"))
        yield state
        WORLD.write_text(json.dumps(state, indent=1), encoding="utf-8")


def keygen(_, words):
    identity = ETC / "identity"
    if not identity.exists():
        if "--check" in words:
            return 3
        ETC.mkdir(exist_ok=True)
        identity.write_text(f"the secret half of {NODE}\n", encoding="ascii")
    print(f"atrest1{NODE}")
    return 0


def status(state, _):
    node = state["nodes"][NODE]
    keys = [dict(zip(("provider", "name"), key.split("/"))) for key in node["reads"] if key != "plain"]
    entries = [{"providers": [{"provider": node["writer"].split("/")[0]}]}] if node["reads"] else []
    print(json.dumps({"schema": "atrest.status/v1", "config": {"entries": entries} if entries else None, "keys": keys,
                      "cluster": {"goal": {"key": state["goal"]} if state["goal"] else None}}))
    return 0


def export(state, _):
    known = (ETC / "recipients").read_text(encoding="ascii").splitlines()
    missing = [name for name in state["nodes"] if f"atrest1{name}" not in known]
    if missing:
        raise Ends(1, f"no recipient: {missing}")
    node = state["nodes"][NODE]
    text = base64.b64encode(json.dumps([node["reads"], node["writer"]]).encode()).decode()
    print(f"atrest sealed file, version 1\nkind: export\n\n{text}\nend", flush=True)
    return 0


def take(state, _):
    text = sys.stdin.read()
    if not text.startswith("atrest sealed file") or not text.endswith("end\n"):
        raise Ends(1, "this is no sealed file, or it is cut")
    reads, writer = json.loads(base64.b64decode(text.split("\n")[3]))
    node = state["nodes"][NODE]
    if set(node["reads"]) - set(reads):
        raise Ends(1, "key-lost")
    if node["reads"] == reads and node["writer"] == writer:
        print("nothing to do: this config lies here already")
    node["reads"], node["writer"] = reads, writer
    return 0


def mint(state, node, words):
    provider = words[words.index("--provider") + 1] if "--provider" in words else (
        node["writer"].split("/")[0] if node["writer"] != "plain" else "aescbc")
    state["minted"] += 1
    state["goal"] = f"{provider}/key{state['minted']}"
    node["reads"] = [*node["reads"], state["goal"]] or [state["goal"], "plain"]
    changed("key")


def changed(what):
    print(json.dumps({"schema": "atrest.event/v1", "event": "done", "id": what}))


def set_node(node, reads, writer):
    if (node["reads"], node["writer"]) != (reads, writer) or node["loaded"] != [reads, writer]:
        changed("file")
    node["reads"], node["writer"], node["loaded"] = reads, writer, [reads, writer]


def wait(state, holds, what):
    away = [name for name, node in state["nodes"].items() if not holds(node)]
    if away:
        raise Ends(7, f"done here; {away[0]} {what}")


def climb(state, node):
    goal = state["goal"]
    keys = ["plain"] if goal == "plain" else [goal, "plain"]
    if goal not in node["reads"]:
        raise Ends(7, f"{goal} is not on this node")
    set_node(node, node["reads"], node["writer"])
    wait(state, lambda other: goal in other["loaded"][0], "does not read it yet")
    if goal != node["writer"]:
        set_node(node, node["reads"], goal)
    wait(state, lambda other: other["loaded"][1] == goal, "does not write with it yet")
    set_node(node, keys, goal)
    wait(state, lambda other: other["loaded"][0] == keys, "still has what may go")


def step(state, words):
    verb, node = words[0], state["nodes"][NODE]
    if verb == "enable" and not node["reads"] and not state["goal"]:
        node["reads"] = ["plain"]
        mint(state, node, words)
    elif verb == "disable" and node["writer"] != "plain" and not state["goal"]:
        state["goal"] = "plain"
    elif verb == "rotate" and not state["goal"]:
        if not node["reads"]:
            raise Ends(1, "nothing is encrypted")
        if "--if-older-than" not in words:
            mint(state, node, words)
    if state["goal"]:
        climb(state, node)
        if state["goal"] == "plain":
            for other in state["nodes"].values():
                other.update(reads=[], writer="plain", loaded=[[], "plain"])
        state["goal"] = None
    return 0


def check(state, words):
    verb, node = words[0], state["nodes"][NODE]
    begins = {"enable": not node["reads"], "disable": bool(node["reads"]),
              "rotate": "--if-older-than" not in words, "continue": False}[verb]
    return 3 if state["goal"] or begins else 0


def say(words, code, text):
    if text:
        print(f"atrest: {text}", file=sys.stderr)
    if words[0] in STEPS:
        print(json.dumps({"schema": f"atrest.{words[0]}/v1", "exit": code}, indent=2))
    return code


def main():
    words, begin = sys.argv[1:], time.time()
    calls = {"keygen": keygen, "status": status, "export": export, "import": take}
    with world() as state:
        kept = json.dumps(state["nodes"])
        try:
            text, code = "", calls.get(words[0], check if "--check" in words else step)(state, words)
        except Ends as reason:
            code, text = reason.args
        if words[0] in STEPS and "--check" not in words and state["force"].get(NODE):
            code, text = state["force"][NODE].pop(0), "as the test says"
        time.sleep(0.02)
        state["calls"].append([NODE, " ".join(words), code, begin, time.time()])
        state["writes"] += kept != json.dumps(state["nodes"])
    return say(words, code, text)


sys.exit(main())
