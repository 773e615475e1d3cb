#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Tests the lab itself: what comes up, what a node sees, and that nothing is left of it.

    test/lab/selftest.py [quick|full]      full (the default) also brings up three nodes, etcd 3.4 and API server 1.37

The last line is "N passed, N failed". Exits 77 where there can be no lab.
"""
import os
import pathlib
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import parts  # noqa: E402
import space  # noqa: E402

LAB = str(space.HERE / "lab.py")
NAMES = ["selftest-a", "selftest-b"]
COUNT = {"passed": 0, "failed": 0}


def lab(*words, **options):
    return subprocess.run([sys.executable, LAB, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, **options)


def on(name, node, *words):
    return lab("exec", name, node, "--", *words)


def kubectl(name, node, *words):
    return on(name, node, "kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf", *words)


def test(text, holds, shown=""):
    COUNT["passed" if holds else "failed"] += 1
    print(f"{'ok  ' if holds else 'FAIL'} {text}", flush=True)
    if not holds and shown:
        print(f"     {shown}", flush=True)


def traces(*names):
    """What there is on the machine of the labs of these names."""
    found = []
    for name in names:
        found += [path for path in (space.STATE / name, space.DATA / name, space.STATE / f".{name}.lock")
                  if path.exists()]
        found += [path for each in space.hierarchies() for path in [each / "atrest-lab" / name] if path.exists()]
        found += sorted(space.Space(name).pids())
    return [str(each) for each in found]


def machine():
    """What a lab could leave on the machine outside of what bears its name."""
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    settings = [pathlib.Path("/proc/sys", name).read_text(encoding="ascii") for name in (
        "vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops")]
    mounts = sorted(line.split()[4] for line in open("/proc/self/mountinfo", encoding="utf-8"))
    folders = [path for path in ("/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd", "/opt/cni", "/etc/cni",
                                 "/opt/containerd", "/var/lib/atrest", "/usr/libexec/kubernetes", "/etc/kubeadm.yaml")
               if os.path.exists(path)]
    return {"links": sorted(line.split(": ")[1] for line in links.splitlines()), "settings": settings,
            "mounts": mounts, "folders": folders}


def one_node(before):
    up = lab("up", "--name", NAMES[0], "--api-flag=max-requests-inflight=401")
    test("one node comes up", up.returncode == 0, up.stdout + up.stderr)
    test("a second lab of that name is refused", lab("up", "--name", NAMES[0]).returncode == 1)
    done = on(NAMES[0], "cp1", "sh", "-c", "hostname; echo $$; pidof kubelet | wc -w; exit 7")
    test("exec: the node's name, its own process numbers, the exit code",
         done.returncode == 7 and done.stdout.split()[0] == "cp1" and done.stdout.split()[2] == "1", done.stdout)
    pods = kubectl(NAMES[0], "cp1", "get", "pods", "-n", "kube-system", "-o", "name").stdout
    test("the kubelet shows its API server", "pod/kube-apiserver-cp1" in pods, pods)
    groups = on(NAMES[0], "cp1", "sh", "-c", "cat /proc/$(pidof kube-apiserver)/cgroup").stdout
    test("a pod's cgroup is below /kubepods/burstable", ":memory:/kubepods/burstable/pod" in groups, groups)
    flags = on(NAMES[0], "cp1", "pgrep", "-f", "kube-apiserver.*--max-requests-inflight=401")
    test("an API server's flag is there", flags.returncode == 0, flags.stdout)
    stopped = lab("service", NAMES[0], "cp1", "stop", "kubelet")
    test("the kubelet stops", stopped.returncode == 0
         and lab("service", NAMES[0], "cp1", "status", "kubelet").returncode == 3
         and on(NAMES[0], "cp1", "pidof", "kubelet").returncode == 1, stopped.stderr)
    lab("service", NAMES[0], "cp1", "start", "kubelet")
    test("and starts", on(NAMES[0], "cp1", "pidof", "kubelet").returncode == 0)
    test("kubeadm made the manifest, and makes it again from the cluster's own config",
         on(NAMES[0], "cp1", "sh", "-ec",
            "cp /etc/kubernetes/manifests/kube-apiserver.yaml /tmp/.lab-selftest\n"
            "trap 'rm /tmp/.lab-selftest' EXIT\n"
            "kubeadm init phase control-plane apiserver --config /etc/kubeadm.yaml >/dev/null\n"
            "cmp /tmp/.lab-selftest /etc/kubernetes/manifests/kube-apiserver.yaml").returncode == 0)
    second(before)


def second(before):
    up = lab("up", "--name", NAMES[1])
    test("a second lab comes up beside it", up.returncode == 0, up.stdout + up.stderr)
    kubectl(NAMES[0], "cp1", "create", "configmap", "mine")
    test("neither sees the other's cluster",
         kubectl(NAMES[0], "cp1", "get", "configmap", "mine").returncode == 0
         and kubectl(NAMES[1], "cp1", "get", "configmap", "mine").returncode == 1)
    test("nor its processes", on(NAMES[1], "cp1", "pidof", "kube-apiserver").stdout.count(" ") == 0)
    listed = lab("list").stdout
    test("list shows both", all(f"{name}: up, 1 node(s)" in listed for name in NAMES), listed)
    start = time.monotonic()
    lab("down", "--name", NAMES[0])
    test(f"down leaves nothing of it ({time.monotonic() - start:.1f} s)", not traces(NAMES[0]), traces(NAMES[0]))
    test("and the other one lives", kubectl(NAMES[1], "cp1", "get", "--raw", "/readyz").stdout == "ok")
    lab("down", "--name", NAMES[1])
    test("nothing is left of either", not traces(*NAMES), traces(*NAMES))
    test("nor elsewhere on the machine", machine() == before, f"{machine()}\n     was {before}")
    test("down of what is not there is no error", lab("down", "--name", NAMES[0]).returncode == 0)


# Lines of `up`, after which it is killed; and, before the first one, times in milliseconds.
MOMENTS = [None, 100, 400, 1000, "without anything", "certificates", "images", "every API server"]


def killed(moment, before):
    """kill -9 of `up`, and at once `down`."""
    process = subprocess.Popen([sys.executable, "-u", LAB, "up", "--name", NAMES[0]], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if isinstance(moment, str):
        for line in process.stdout:
            if moment in line:
                break
    elif moment is None:
        while not (space.STATE / NAMES[0]).exists() and process.poll() is None:
            pass
    else:
        time.sleep(moment / 1000)
    process.kill()
    process.wait()
    done = lab("down", "--name", NAMES[0])
    what = f"killed after '{moment}'" if isinstance(moment, str) else f"killed after {moment} ms" if moment else \
        "killed at its first step"
    test(f"{what}: down leaves nothing", done.returncode == 0 and not traces(NAMES[0]) and machine() == before,
         f"{done.stdout}{done.stderr}{traces(NAMES[0])}")


def terminated(number):
    process = subprocess.Popen([sys.executable, "-u", LAB, "up", "--name", NAMES[0]], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        if "certificates" in line:
            break
    process.send_signal(number)
    code = process.wait()
    test(f"{signal.Signals(number).name} to up: it takes away what it made (exit {code})",
         code != 0 and not traces(NAMES[0]), traces(NAMES[0]))


def variant(text, *words, holds):
    up = lab("up", "--name", NAMES[0], *words)
    test(f"{text} comes up: {up.stdout.strip().splitlines()[-3] if up.returncode == 0 else up.stdout + up.stderr}",
         up.returncode == 0)
    test(f"{text}: what it is meant to be", holds())
    lab("down", "--name", NAMES[0])
    test(f"{text}: down leaves nothing", not traces(NAMES[0]), traces(NAMES[0]))


def three_agree():
    kubectl(NAMES[0], "cp1", "create", "secret", "generic", "shared", "--from-literal=a=b")
    return all("Yg==" in kubectl(NAMES[0], node, "--server", f"https://{space.address(index)}:6443", "get", "secret",
                                 "shared", "-o", "jsonpath={.data.a}").stdout
               for index, node in enumerate(["cp1", "cp2", "cp3"]))


def main():
    # A shell that started this in the background ignores SIGINT, and so would every child.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        parts.check()
    except parts.Cannot as reason:
        print(f"lab: {reason}")
        return 77
    for name in NAMES:
        lab("down", "--name", name)
    before = machine()
    one_node(before)
    for moment in MOMENTS:
        killed(moment, before)
    terminated(signal.SIGTERM)
    terminated(signal.SIGINT)
    if "quick" not in sys.argv[1:]:
        variant("three nodes", "--nodes", "3", holds=three_agree)
        variant("etcd 3.4", "--etcd", "3.4",
                holds=lambda: "3.4" in on(NAMES[0], "cp1", "etcdctl", "version").stdout)
        variant("API server 1.37", "--api", "1.37",
                holds=lambda: '"v1.37' in kubectl(NAMES[0], "cp1", "get", "--raw", "/version").stdout)
    print(f"{COUNT['passed']} passed, {COUNT['failed']} failed")
    return 1 if COUNT["failed"] else 0


sys.exit(main())
