#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real kubeadm control plane on this machine, in seconds; several at once; each gone without a trace.

    lab.py up [--name NAME] [--nodes 1|3] [--api 1.34|1.37] [--etcd 3.6|3.4] [--api-flag=NAME=VALUE]…
           [--etcd-flag=NAME=VALUE]… [--etcd-auth] [--node-api=NODE=1.34|1.37]… [--keep]
    lab.py down [--name NAME]
    lab.py list
    lab.py enter NAME [NODE]                        a shell on the node (cp1)
    lab.py exec NAME NODE -- COMMAND…               absolute paths: the folder is / there
    lab.py service NAME NODE start|stop|restart|status containerd|kubelet|kube-controller-manager

--etcd-auth: etcd with users and roles; `/opt/etcdctl-root WORDS` on the first node is etcdctl as root.
--node-api: this node's API server is of another version than the others', as in the middle of an upgrade.
--keep: a lab that did not come up stays for a look. Exits 77 where there can be no lab, and says why. README.md tells
what a lab consists of.
"""
import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import cluster  # noqa: E402
import parts    # noqa: E402
import space    # noqa: E402


def known(name):
    """The lab of that name, and what it was started with."""
    lab = space.Space(name)
    try:
        return lab, json.loads((lab.state / "lab.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise space.Trouble(f"there is no lab '{name}' (lab.py list shows them)") from error


def up(options):
    start = time.monotonic()
    parts.check()
    chosen = parts.Parts(options.api, options.etcd)
    lab = space.Space(options.name)
    lab.take()
    if lab.state.exists() or lab.data.exists() or lab.pids():
        raise space.Trouble(f"there is a lab '{lab.name}' already, or what is left of one: "
                            f"test/lab/lab.py down --name {lab.name}")
    nodes = [f"cp{number + 1}" for number in range(options.nodes)]
    own = {node: parts.Parts(version, options.etcd) for node, version in options.node_api}
    if not own.keys() <= set(nodes):
        raise space.Trouble(f"--node-api: there is no node {', '.join(sorted(own.keys() - set(nodes)))}")
    api_flags, etcd_flags = ([tuple(flag.lstrip("-").split("=", 1)) for flag in given]
                             for given in (options.api_flag, options.etcd_flag))
    try:
        lab.create(nodes)
        (lab.state / "lab.json").write_text(json.dumps({
            "nodes": nodes, "api": ", ".join(dict.fromkeys(own.get(node, chosen).version for node in nodes)),
            "etcd": chosen.etcd_tag, "path": chosen.path(),
            "minor": options.api, "begin": time.time()}), encoding="utf-8")
        cluster.Cluster(lab, nodes, chosen, api_flags, etcd_flags, own).up(options.etcd_auth)
    except BaseException:
        if options.keep:
            print(f"lab: kept as it is: test/lab/lab.py enter {lab.name}")
        else:
            lab.end()
        raise
    print(f"lab: '{lab.name}' is up after {time.monotonic() - start:.1f} s (API {chosen.version}, "
          f"etcd {chosen.etcd_tag}).\n     In: test/lab/lab.py enter {lab.name} cp1\n"
          f"     End: test/lab/lab.py down --name {lab.name}")


def down(options):
    if os.geteuid() != 0:
        raise parts.Cannot("it needs root")
    start = time.monotonic()
    lab = space.Space(options.name)
    lab.take()
    there = lab.state.exists() or lab.data.exists() or bool(lab.pids())
    lab.end()
    print(f"lab: '{lab.name}' is gone after {time.monotonic() - start:.1f} s" if there
          else f"lab: there is no lab '{lab.name}'")


def list_labs(_):
    for name in space.labs():
        try:
            lab, facts = known(name)
        except space.Trouble:
            print(f"{name}: only half made; lab.py down --name {name}")
            continue
        state = "up" if lab.pids() else "ended"
        print(f"{name}: {state}, {len(facts['nodes'])} node(s), API {facts['api']}, etcd {facts['etcd']}, "
              f"{len(lab.pids())} processes, for {time.time() - facts['begin']:.0f} s")


def run(name, node, argv):
    """Runs a command on a node; what ends this process asks the command to end."""
    lab, facts = known(name)
    words = ["env", *cluster.environment(facts["path"]), *argv]
    child = lab.start(node, words)

    def pass_on(number, _):
        # nsenter waits for its child, which is the command.
        for task in pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text(encoding="ascii").split():
            os.kill(int(task), number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells the command itself
    code = child.wait()
    return 128 - code if code < 0 else code


def execute(options):
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise space.Trouble("exec what? lab.py exec NAME NODE -- COMMAND…")
    return run(options.lab, options.node, words)


def enter(options):
    return run(options.lab, options.node, [os.environ.get("SHELL", "/bin/sh"), "-i"])


def service(options):
    _, facts = known(options.lab)
    path = facts["path"]
    if options.what == "kube-controller-manager" and options.action in ("start", "restart"):
        path = f"{parts.build('kcm-' + facts['minor'])}:{path}"
    return run(options.lab, options.node, ["env", *cluster.environment(path), str(space.HERE / "service.sh"),
                                           options.action, options.what])


def name_of(text):
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", text):
        raise argparse.ArgumentTypeError("a name is made of small letters, digits and -, 31 at most")
    return text


def flag_of(text):
    if not re.fullmatch(r"(--)?[a-z][a-z0-9-]*=.*", text):
        raise argparse.ArgumentTypeError("a flag is NAME=VALUE")
    return text


def node_api_of(text):
    found = re.fullmatch(r"(cp[1-9])=(1\.34|1\.37)", text)
    if not found:
        raise argparse.ArgumentTypeError("a node's API server is NODE=1.34 or NODE=1.37")
    return found[1], found[2]


def arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, call in (("up", up), ("down", down), ("list", list_labs), ("enter", enter), ("exec", execute),
                       ("service", service)):
        command = commands.add_parser(name, usage=__doc__)
        command.set_defaults(call=call)
        if call in (up, down):
            command.add_argument("--name", type=name_of, default="lab")
        if call == up:
            command.add_argument("--nodes", type=int, choices=(1, 3), default=1)
            command.add_argument("--api", choices=("1.34", "1.37"), default="1.34")
            command.add_argument("--etcd", choices=("3.6", "3.4"), default="3.6")
            command.add_argument("--api-flag", type=flag_of, action="append", default=[])
            command.add_argument("--etcd-flag", type=flag_of, action="append", default=[])
            command.add_argument("--etcd-auth", action="store_true")
            command.add_argument("--node-api", type=node_api_of, action="append", default=[])
            command.add_argument("--keep", action="store_true")
        if call in (enter, execute, service):
            command.add_argument("lab", type=name_of)
            command.add_argument("node", **({"nargs": "?", "default": "cp1"} if call == enter else {}))
        if call == execute:
            command.add_argument("words", nargs=argparse.REMAINDER)
        if call == service:
            command.add_argument("action", choices=("start", "stop", "restart", "status"))
            command.add_argument("what", choices=("containerd", "kubelet", "kube-controller-manager"))
    return parser.parse_args()


def main():
    options = arguments()
    try:
        return options.call(options) or 0
    except parts.Cannot as reason:
        print(f"lab: {reason}", file=sys.stderr)
        return 77
    except (space.Trouble, subprocess.SubprocessError, OSError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
