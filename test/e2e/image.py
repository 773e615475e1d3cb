#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command and looks for byte strings in its process image whenever it waits. On a node of the lab, as root.

    image.py [--dump-at-wait FILE] [--terminal] COMMAND… <FORMS        prints one JSON object

FORMS: {name: base64 of the bytes}. A wait is a system call that sleeps (poll, a pause, a question): there the process
is stopped (ptrace), and what a core file would have is looked through: the registers, and each mapping with pages of
its own, but not those that are left out of core files ("guarded"; what they have is told apart). A form is found when
any 32 bytes of it in a row are there, in registers any 8.

--dump-at-wait FILE: at the first wait after FILE got another content, the limit for core files is lifted from outside
where that is allowed, and the process gets SIGSEGV. --terminal: it gets a terminal, and "n" for an answer.
"""
import argparse
import base64
import ctypes
import fcntl
import json
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import tempfile
import termios
import time

SEIZE, INTERRUPT, DETACH, GETREGSET = 0x4206, 0x4207, 17, 0x4204
REGISTER_SETS = {"general": 1, "vector": 0x202}
WAITS = {0: "read", 7: "poll", 23: "select", 35: "nanosleep", 61: "wait4", 219: "restart_syscall",
         230: "clock_nanosleep", 232: "epoll_wait", 247: "waitid", 270: "pselect6", 271: "ppoll", 281: "epoll_pwait",
         441: "epoll_pwait2"}
HEAD = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)$")
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


def pieces(data, longest, step):
    size = min(longest, max(8, len(data) // 2))
    return {data[at:at + size] for at in range(0, len(data) - size + 1, step)}


class Forms:
    """What is looked for: in memory by pieces of 16 bytes at each 16th place, in registers by 8 bytes at any."""

    def __init__(self, given):
        self.whole = {name: base64.b64decode(text) for name, text in given.items()}
        self.memory = [(name, piece) for name, data in self.whole.items() for piece in pieces(data, 16, 16)]
        self.registers = [(name, piece) for name, data in self.whole.items() for piece in pieces(data, 8, 1)]

    def within(self, data, which):
        return sorted({name for name, piece in which if piece in data})


def mappings(pid):
    """(start, end, name, guarded?) of the mappings that hold pages of this process alone."""
    at, own = None, False
    with open(f"/proc/{pid}/smaps", encoding="ascii", errors="replace") as file:
        for line in file:
            head = HEAD.match(line)
            if head:
                at = int(head[1], 16), int(head[2], 16), f"{head[4] or 'anonymous'} {head[3]}"
            elif line.startswith("Anonymous:"):
                own = line.split()[1] != "0"
            elif line.startswith("VmFlags:") and own:
                yield (*at, "dd" in line.split())


def registers(pid):
    for name, number in REGISTER_SETS.items():
        room = ctypes.create_string_buffer(16384)
        vector = Vector(ctypes.addressof(room), len(room))
        if LIBC.ptrace(GETREGSET, pid, number, ctypes.addressof(vector)) == 0:
            yield name, room.raw[:vector.len]


def search(pid, forms):
    """(hits outside of guarded memory, forms that guarded memory has, whether the search finds what must be there)"""
    hits, guarded, control = [], set(), False
    for name, data in registers(pid):
        hits += [(form, f"{name} registers") for form in forms.within(data, forms.registers)]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, name, secret in mappings(pid):
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError:
                continue
            found = forms.within(data, forms.memory)
            control = control or b"/etc/kubernetes/manifests/kube-apiserver.yaml" in data
            if secret:
                guarded.update(found)
            else:
                hits += [(form, name) for form in found]
    return hits, sorted(guarded), control


def ended(child, status):
    if os.WIFSTOPPED(status):
        return False
    child.returncode = os.waitstatus_to_exitcode(status)
    child.dumped = os.WCOREDUMP(status)
    return True


class Watched:
    def __init__(self, options, forms):
        self.options, self.forms, self.looks, self.child = options, forms, [], None
        self.terminal, self.said = None, b""
        self.began, self.before = time.monotonic(), self.content()

    def content(self):
        try:
            with open(self.options.dump_at_wait or os.devnull, "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def start(self, out, err):
        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        if not self.options.terminal:
            return subprocess.Popen(self.options.command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.terminal, inside = pty.openpty()
        os.set_blocking(self.terminal, False)
        child = subprocess.Popen(self.options.command, stdin=inside, stdout=inside, stderr=inside,
                                 preexec_fn=own_terminal)
        os.close(inside)
        return child

    def hear(self):
        try:
            self.said += os.read(self.terminal, 1 << 16) if self.terminal is not None else b""
        except OSError:
            pass

    def look(self):
        """Stops it, and where it waits looks through it. Whether it has ended."""
        pid = self.child.pid
        if LIBC.ptrace(SEIZE, pid, None, None) != 0:
            return ended(self.child, os.waitpid(pid, 0)[1])
        LIBC.ptrace(INTERRUPT, pid, None, None)
        status = os.waitpid(pid, 0)[1]
        if ended(self.child, status):
            return True
        try:
            with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
                call = file.read().split()[0]
            if call.isdigit() and int(call) in WAITS:
                hits, guarded, control = search(pid, self.forms)
                self.looks.append({"at": round(time.monotonic() - self.began, 1), "in": WAITS[int(call)], "hits": hits,
                                   "guarded": guarded, "control": control})
        finally:
            # A signal that stopped it instead is passed on.
            passed = os.WSTOPSIG(status) if status >> 16 == 0 else 0
            LIBC.ptrace(DETACH, pid, None, passed if passed != signal.SIGTRAP else 0)
        return False

    def dump(self):
        try:
            resource.prlimit(self.child.pid, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except PermissionError:
            pass  # a hard limit is only lifted with CAP_SYS_RESOURCE
        self.child.send_signal(signal.SIGSEGV)
        ended(self.child, os.waitpid(self.child.pid, 0)[1])

    def answer(self):
        """The question is there, and the process waits for an answer."""
        if b"[y/N]" in self.said and self.looks and self.looks[-1]["in"] == "read":
            os.write(self.terminal, b"n\n")
            return True
        return False

    def until_end(self):
        pause, answered = 0.01, False
        while not self.look():
            self.hear()
            answered = answered or self.answer()
            changed = self.options.dump_at_wait and self.content() != self.before
            if changed and self.looks:
                self.dump()
                break
            time.sleep(pause)
            pause = 0.01 if self.terminal is not None else min(pause * 1.2, 0.4)
        self.hear()

    def facts(self):
        found = {}
        for name in ("cmdline", "environ"):
            with open(f"/proc/{self.child.pid}/{name}", "rb") as file:
                found[name] = self.forms.within(file.read(), self.forms.memory)
        return found

    def tell(self):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            self.child = self.start(out, err)
            self.child.dumped = False
            found = self.facts()
            self.until_end()
            for file in (out, err):
                file.seek(0)
            said = {"out": out.read(), "err": err.read(), "terminal": self.said}
        return {"exit": self.child.returncode, "dumped": self.child.dumped, "looks": self.looks, **found,
                **{name: text.decode(errors="replace") for name, text in said.items()}}


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--dump-at-wait")
    parser.add_argument("--terminal", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    json.dump(Watched(options, Forms(json.load(sys.stdin))).tell(), sys.stdout)


main()
