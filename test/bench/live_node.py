#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The part of live.py that runs on the node: does one thing and says as JSON what was seen, and when.

    live_node.py change ADDRESS COMMAND…      what a command does to this node's API server, seen from outside
    live_node.py reload ADDRESS FILE COMMAND… the same after FILE was replaced by rename
    live_node.py times NUMBER BINARY          the time of status and doctor, and of /bin/true beside them
    live_node.py cost NUMBER COMMAND…         what it takes: time, processor, memory; each of so many runs
    live_node.py turn FILE                    another of the two keys of this config writes, and the server has loaded it

Times are seconds of the monotonic clock from one moment (`zero`), all of one process: no exec of the lab is in them.
The API is asked for /readyz, ten times a second, each time over a new connection, by its advertise address.
"""
import base64
import ctypes
import hashlib
import http.client
import json
import os
import re
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))

import watch  # noqa: E402

ADMIN = "/etc/kubernetes/admin.conf"
MANIFESTS = "/etc/kubernetes/manifests"
PODS = "/var/log/pods"
PORT = ":192B"  # 6443
LISTEN = "0A"
MOVED_TO = 0x80
ASK = 0.1    # seconds between two questions
LOOK = 0.02  # between two looks at the processes


class Client(threading.Thread):
    """Asks /readyz until it is told to stop. `answers`: (asked, answered, status; 0 for none)."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.context = address, watch.context_of(ADMIN)
        self.answers, self.over = [], threading.Event()

    def ask(self):
        try:
            line = http.client.HTTPSConnection(self.address, 6443, timeout=2, context=self.context)
            line.request("GET", "/readyz")
            answer = line.getresponse()
            answer.read()
            line.close()
        except (OSError, http.client.HTTPException):
            return 0
        return answer.status

    def run(self):
        tick = time.monotonic()
        while not self.over.is_set():
            asked = time.monotonic()
            status = self.ask()
            self.answers.append((asked, time.monotonic(), status))
            tick = max(tick + ASK, asked)
            time.sleep(max(0.0, tick - time.monotonic()))


class Rename(threading.Thread):
    """Takes note of when the manifest was put into its place."""

    def __init__(self):
        super().__init__(daemon=True)
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd, self.at = libc.inotify_init1(os.O_CLOEXEC), None
        if self.fd < 0 or libc.inotify_add_watch(self.fd, MANIFESTS.encode(), MOVED_TO) < 0:
            raise OSError(ctypes.get_errno(), "inotify")

    def run(self):
        while self.at is None:
            data, now = os.read(self.fd, 4096), time.monotonic()
            while data:
                size = struct.unpack_from("iIII", data)[3]
                if data[16:16 + size].rstrip(b"\0") == b"kube-apiserver.yaml":
                    self.at = now
                data = data[16 + size:]


def servers():
    """The API servers of this node: {(pid, start)}."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                name, _, rest = stat.read().partition("(")[2].rpartition(")")
            if name == "kube-apiserver":
                found.add((int(pid), rest.split()[19]))
        except OSError:
            pass
    return found


def listens():
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(path, encoding="ascii") as table:
            for line in table:
                words = line.split()
                if words[1].endswith(PORT) and words[3] == LISTEN:
                    return True
    return False


class Server(threading.Thread):
    """Sees the old process stop listening and end, and the new pod and process come."""

    def __init__(self):
        super().__init__(daemon=True)
        self.old, self.pods = servers(), set(os.listdir(PODS))
        self.pidfd = os.pidfd_open(next(iter(self.old))[0])
        self.seen, self.over = {}, threading.Event()

    def note(self, what, holds):
        if what not in self.seen and holds():
            self.seen[what] = time.monotonic()

    def run(self):
        while not self.over.is_set():
            self.note("deaf", lambda: not listens())
            self.note("end", lambda: select.select([self.pidfd], [], [], 0)[0])
            self.note("pod", lambda: any("kube-apiserver" in pod for pod in set(os.listdir(PODS)) - self.pods))
            self.note("process", lambda: servers() - self.old)
            if "process" in self.seen:
                self.note("listens", listens)
            time.sleep(LOOK)


def run(command):
    """The command's exit, its objects with the moment each came, and when it began and ended."""
    begin, lines = time.monotonic(), []
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True) as child:
        for line in child.stdout:
            lines.append((time.monotonic(), line))
    events = []
    for at, line in lines:
        try:
            item = json.loads(line)
        except ValueError:
            continue
        if isinstance(item, dict) and item.get("schema") == "atrest.event/v1":
            events.append({"at": at, **item})
    return {"begin": begin, "exit": time.monotonic(), "code": child.returncode, "events": events,
            "said": "" if child.returncode == 0 else "".join(line for _, line in lines)[-3000:]}


def silence(answers):
    """The longest time without an answer of 200, from answer to answer."""
    times = [answered for _, answered, status in answers if status == 200]
    return max((after - before for before, after in zip(times, times[1:])), default=0.0)


def change(address, command):
    client, rename, server = Client(address), Rename(), Server()
    for thread in (client, rename, server):
        thread.start()
    time.sleep(1)
    done = run(command)
    time.sleep(1)
    client.over.set()
    server.over.set()
    client.join()
    seen = server.seen
    before = [answered for _, answered, status in client.answers if status and answered < seen.get("process", 0)]
    after = [answered for asked, answered, status in client.answers if status == 200 and asked > seen.get("process", 0)]
    return {**done, **seen, "zero": rename.at, "answer": max(before, default=None), "ready": min(after, default=None),
            "silence": silence(client.answers)}


def reload(address, path, command):
    client = Client(address)
    with open(path, "rb") as file:
        data = file.read()
    old = servers()
    client.start()
    time.sleep(1)
    new = os.path.join(os.path.dirname(path), ".bench.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data + b"# replaced, so that the hash is another\n")
    os.rename(new, path)
    zero = time.monotonic()
    done = run(command)
    client.over.set()
    client.join()
    return {**done, "zero": zero, "silence": silence(client.answers), "restarted": servers() != old,
            "asked": len(client.answers), "failed": sum(status != 200 for _, _, status in client.answers)}


def one_time(argv):
    """(wall, CPU) seconds of one run."""
    null = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
    begin = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=null)
    used = os.wait4(pid, 0)[2]
    return time.perf_counter() - begin, used.ru_utime + used.ru_stime


def peaks(pid):
    """The most memory that this process and those below it have had so far, each as the kernel counts it for its own image:
    what wait4 tells begins with what the process had that made it."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            own = [int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM:")]
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = file.read().split()
    except OSError:
        return []
    return own + [peak for child in children for peak in peaks(child)]


def one_cost(argv):
    """Wall and CPU seconds, and peak memory of the largest process of it; what it said last."""
    with tempfile.TemporaryFile() as said:
        begin, memory, ended = time.perf_counter(), 0, 0
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said) as child:
            while not ended:
                memory = max([memory, *peaks(child.pid)])
                time.sleep(0.01)
                ended, status, used = os.wait4(child.pid, os.WNOHANG)
            wall = time.perf_counter() - begin
            child.returncode = os.waitstatus_to_exitcode(status)
        said.seek(max(0, said.seek(0, os.SEEK_END) - 2000))
        return {"wall": wall, "cpu": used.ru_utime + used.ru_stime, "memory": memory,
                "code": child.returncode, "said": said.read().decode(errors="replace")}


def cost(number, argv):
    runs = [one_cost(argv) for _ in range(number)]
    return {"runs": runs, "code": max((run["code"] for run in runs), key=abs), "said": runs[-1]["said"]}


def loaded_hash():
    text = subprocess.run(["kubectl", "--kubeconfig", ADMIN, "get", "--raw", "/metrics"], capture_output=True, text=True,
                          check=True).stdout
    found = re.search(r'^apiserver_encryption_config_controller_last_config_info\{.*hash="([^"]+)"', text, re.MULTILINE)
    return found[1] if found else ""


def turn(path):
    """The file's two keys change places; where there is one, another is made. By rename, as a reload needs it."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    key = re.compile(r"( *- name: *\S+.*\n *secret: *\S+.*\n)")
    keys = key.findall(text)
    if len(keys) == 1:
        fresh = base64.b64encode(os.urandom(32)).decode()
        keys.append(re.sub(r"secret: *\S+", f"secret: {fresh}", re.sub(r"name: .*", "name: other", keys[0])))
    where = key.search(text).start()
    text = text[:where] + keys[1] + keys[0] + key.sub("", text[where:])
    new = os.path.join(os.path.dirname(path), ".bench.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(new, path)
    begin, want = time.monotonic(), hashlib.sha256(text.encode()).hexdigest()
    while want not in loaded_hash():
        if time.monotonic() > begin + 150:
            return {"code": 1, "said": "the server does not load the file"}
        time.sleep(1)
    return {"code": 0, "said": "", "name": re.search(r'name: *"?([^\s"]+)', keys[1])[1], "waited": time.monotonic() - begin}


def times(number, binary):
    commands = {"true": ["/bin/true"], "status": [binary, "status"], "doctor": [binary, "doctor"]}
    found = {name: [] for name in commands}
    for _ in range(number):
        for name, argv in commands.items():
            found[name].append(one_time(argv))
    return {name: {"wall": statistics.median(wall for wall, _ in runs), "best": min(runs)[0], "most": max(runs)[0],
                   "cpu": statistics.median(cpu for _, cpu in runs)} for name, runs in found.items()}


def main():
    what, *words = sys.argv[1:]
    if what == "change":
        found = change(words[0], words[1:])
    elif what == "reload":
        found = reload(words[0], words[1], words[2:])
    elif what == "cost":
        found = cost(int(words[0]), words[1:])
    elif what == "turn":
        found = turn(words[0])
    else:
        found = times(int(words[0]), words[1])
    print(json.dumps(found))


main()
