#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Laws 2, 3 and 4 of `atrest patch`, over generated manifests, with PyYAML as the independent reader.

  law 2: patching what was patched changes nothing
  law 3: every byte outside the edits is the byte that was there
  law 4: read again by another parser, the pod has the three additions and nothing else
  and:   an unredacted diff, applied by patch(1) to the old bytes, gives the new ones;
         --remove gives back the value that was there before.

usage: run.py --bin PATH [--count N] [--seed N]
"""
import argparse
import concurrent.futures
import copy
import json
import os
import subprocess
import sys
import tempfile

import yaml

import generate

CONFIG = "/etc/kubernetes/enc.yaml"
FLAG = "--encryption-provider-config=" + CONFIG
MOUNT = {"mountPath": CONFIG, "name": "encryption-config", "readOnly": True}
VOLUME = {"hostPath": {"path": CONFIG, "type": "File"}, "name": "encryption-config"}
ENV = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}


def atrest(args, data=b""):
    return subprocess.run([BIN] + args, input=data, capture_output=True, env=ENV, check=False)


def read(data):
    text = data.decode()
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        return json.loads(text.lstrip("\ufeff"))
    return yaml.safe_load(text)


def expected(value):
    """The value with exactly the three additions; where they stand in a list is not said here."""
    pod = copy.deepcopy(value)
    box = next(c for c in pod["spec"]["containers"] if c["name"] == "kube-apiserver")
    flags = "args" if box.get("args") else "command"
    box[flags] = sorted(box[flags] + [FLAG])
    box["volumeMounts"] = sorted((box.get("volumeMounts") or []) + [MOUNT], key=json.dumps)
    pod["spec"]["volumes"] = sorted((pod["spec"].get("volumes") or []) + [VOLUME], key=json.dumps)
    return pod


def canonical(pod):
    pod = copy.deepcopy(pod)
    box = next(c for c in pod["spec"]["containers"] if c["name"] == "kube-apiserver")
    flags = "args" if box.get("args") else "command"
    box[flags] = sorted(box[flags])
    box["volumeMounts"] = sorted(box["volumeMounts"], key=json.dumps)
    pod["spec"]["volumes"] = sorted(pod["spec"]["volumes"], key=json.dumps)
    return pod


def same_order(old, new, added):
    """`new` is `old` with one item more, all others in their order."""
    return [x for x in new if x != added] == (old or [])


def law3(old, new):
    """The old text is the new one less insertions, but for the one thing that may go: an empty [] or null."""
    at = 0
    for byte in old:
        found = new.find(bytes([byte]), at)
        if found < 0:
            return False
        at = found + 1
    return True


def drop_empty(old):
    for word in (b" []", b" null", b" ~", b"[]", b"null", b"~"):
        old = old.replace(word, b"")
    return old


def check_value(value, out):
    got = read(out)
    assert canonical(got) == canonical(expected(value)), "law 4: another difference than the three additions"
    box = next(c for c in got["spec"]["containers"] if c["name"] == "kube-apiserver")
    was = next(c for c in value["spec"]["containers"] if c["name"] == "kube-apiserver")
    flags = "args" if was.get("args") else "command"
    assert same_order(was[flags], box[flags], FLAG), "law 4: flags in another order"
    assert same_order(was.get("volumeMounts"), box["volumeMounts"], MOUNT), "law 4: mounts in another order"


def check_diff(data, out, folder):
    path = os.path.join(folder, "manifest.yaml")
    with open(path, "wb") as f:
        f.write(data)
    run = atrest(["patch", "--dry-run", "--color", "never", path])
    assert run.returncode == 0, "dry run failed: " + run.stderr.decode()
    start = run.stdout.find(b"--- ")
    diff = run.stdout[start:]
    subprocess.run(["patch", "-s", "-p0", "--binary", path], input=diff, check=True, capture_output=True)
    with open(path, "rb") as f:
        assert f.read() == out, "the diff, applied by patch(1), gives other bytes"


def check_remove(value, out):
    run = atrest(["patch", "--remove", "-"], out)
    assert run.returncode == 0, "--remove failed: " + run.stderr.decode()
    got = read(run.stdout)
    box = next(c for c in got["spec"]["containers"] if c["name"] == "kube-apiserver")
    was = next(c for c in value["spec"]["containers"] if c["name"] == "kube-apiserver")
    for key in ("command", "args", "volumeMounts"):
        # The reload flag goes with the flag: without it, kube-apiserver would not start.
        before = [x for x in was.get(key) or [] if not str(x).startswith("--encryption-provider-config-automatic-reload")]
        assert (box.get(key) or []) == before, "--remove: %s is not as before" % key
    assert (got["spec"].get("volumes") or []) == (value["spec"].get("volumes") or []), "--remove: volumes differ"


def check(seed, folder):
    value, data = generate.manifest(seed)
    assert read(data) == value, "the generator's own text does not mean its value"
    run = atrest(["patch", "-"], data)
    assert run.returncode == 0, "refused: " + run.stderr.decode()
    out = run.stdout
    check_value(value, out)
    assert law3(drop_empty(data), out), "law 3: bytes were lost"
    again = atrest(["patch", "-"], out)
    assert again.returncode == 0 and again.stdout == out, "law 2: a second patch changes something"
    if seed % 4 == 0:
        check_diff(data, out, folder)
    if seed % 4 == 1:
        check_remove(value, out)


def one(seed):
    with tempfile.TemporaryDirectory() as folder:
        try:
            check(seed, folder)
        except (AssertionError, yaml.YAMLError, ValueError, subprocess.CalledProcessError) as error:
            return "seed %d: %s" % (seed, error)
    return None


def main():
    global BIN
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    BIN = os.path.abspath(args.bin)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [w for w in pool.map(one, range(args.seed, args.seed + args.count)) if w]
    for line in wrong[:20]:
        print(line)
    print("%d passed, %d failed" % (args.count - len(wrong), len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
