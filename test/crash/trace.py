# SPDX-License-Identifier: Apache-2.0
"""What strace saw of a run. For crash.py."""
import os
import re
import subprocess
import tempfile

# Where main's setup is over: before it the loader works, and nothing of ours has begun.
SETUP = re.compile(r"prctl\(PR_SET_DUMPABLE")
# Calls that do not touch the world outside the process; memory is the matter of --oom.
INSIDE = {"execve", "exit_group", "mmap", "munmap", "mprotect", "mremap", "brk", "madvise", "mlock", "munlock", "futex",
          "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getrandom", "clock_gettime", "prctl",
          "rt_sigaction", "rt_sigprocmask", "set_tid_address", "set_robust_list", "rseq", "arch_prctl", "prlimit64",
          "uname", "sysinfo"}
LINE = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(?:<(.*)>)?(?:\(deleted\))?( [A-Z]+ .*)?$")


class Call:
    def __init__(self, name, arguments, result, path):
        self.name, self.arguments, self.result = name, arguments, result
        self.path = path or ""

    def paths(self):
        """What is in <> behind descriptors: the paths of strace -y."""
        return re.findall(r"\d+<([^>]*)>", self.arguments)

    def texts(self):
        return re.findall(r'"((?:[^"\\]|\\.)*)"', self.arguments)


def strace(*options):
    return ["strace", "-qq", "-f", "-o", "/dev/null", "-e", "signal=none", *options]


def inject(fault):
    """A fault: (call, what happens, when)."""
    name, what, when = fault
    return ["-e", f"inject={name}:{what}:when={when}"]


def faulty(faults):
    """The beginning of a command line that makes its calls fail. Only these are traced; the others run freely
    (--seccomp-bpf), except where something is killed: strace sends no signal then."""
    names = ",".join(sorted({name for name, _, _ in faults}))
    fast = [] if any("signal" in what for _, what, _ in faults) else ["--seccomp-bpf"]
    return [*strace(*fast, "-e", f"trace={names}"), *(word for fault in faults for word in inject(fault))]


def usable():
    """None, or why strace cannot be used here."""
    try:
        done = subprocess.run([*faulty([("getcwd", "signal=KILL", 1)]), "pwd", "-P"], capture_output=True,
                              text=True, env={"PATH": os.defpath}, timeout=20)
    except FileNotFoundError:
        return "strace is not installed"
    except subprocess.TimeoutExpired:
        return "strace hangs"
    if done.returncode != -9:
        return f"strace cannot trace or inject here: {done.stderr.strip() or done.returncode}"
    return None


def calls_of(box, binary, command, always=()):
    """All calls of a run, in order, and how many of them belong to the loader and to main's setup."""
    with tempfile.NamedTemporaryFile("r", suffix=".trace", errors="replace") as log:
        before = ["strace", "-qq", "-f", "-y", "-o", log.name, "-s", "200", "-e", "signal=none",
                  *(word for fault in always for word in inject(fault))]
        status, said = box.run(binary, command, before)
        lines = log.read().split("\n")
    setup, calls = 0, []
    for line in lines:
        found = LINE.match(line)
        if not found:
            continue
        calls.append(Call(found[1], found[2], found[3], found[4]))
        if SETUP.search(line):
            setup = len(calls)
    return status, said, calls, setup


def points_of(calls, setup):
    """(call name, which of its calls, is it the loader's?) for all calls that matter."""
    seen = {}
    for index, call in enumerate(calls):
        seen[call.name] = seen.get(call.name, 0) + 1
        if call.name not in INSIDE:
            yield call.name, seen[call.name], index < setup
