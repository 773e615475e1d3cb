# SPDX-License-Identifier: Apache-2.0
"""The space that a lab takes up on this machine: a folder, cgroups, and namespaces that live as long as a process.

Every process of a lab is in the lab's cgroups from before its first step: that is the record of what `down` ends. It is
the kernel's own, cannot be lost by a kill, and cannot name a process of somebody else, as a number in a file could.
Nothing else of a lab outlives its processes: networks, mounts and process numbers are in namespaces without a name.
"""
import fcntl
import os
import pathlib
import select
import shutil
import signal
import subprocess
import time

STATE = pathlib.Path("/run/atrest-lab")
DATA = pathlib.Path("/var/lib/atrest-lab")
CGROUPS = pathlib.Path("/sys/fs/cgroup")
HERE = pathlib.Path(__file__).resolve().parent
HUB = "hub"
# Of all labs together, when the CPUs are short: as sixteen processes that belong to none.
WEIGHT = 16 * 1024


class Trouble(Exception):
    """What went wrong, in words."""


def hierarchies():
    """The mounted cgroup hierarchies (version 1, and the unified one beside them)."""
    return [path for path in sorted(CGROUPS.iterdir()) if path.is_dir() and not path.is_symlink()]


class Space:
    def __init__(self, name):
        self.name = name
        self.state, self.data = STATE / name, DATA / name
        self.group = f"atrest-lab/{name}"
        self.lock = None

    # --- one at a time

    def take(self):
        """Held until this process has ended, and every child of it that has not yet joined the lab's cgroups."""
        while True:
            try:
                STATE.mkdir(exist_ok=True)
                lock = open(STATE / f".{self.name}.lock", "a+", encoding="utf-8")
            except FileNotFoundError:
                continue  # the last of the other labs has just gone, and its folder with it
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"lab: waiting: another command is at work on '{self.name}'", flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                if os.fstat(lock.fileno()).st_ino == os.stat(lock.name).st_ino:
                    self.lock = lock
                    return
            except FileNotFoundError:
                pass
            lock.close()

    # --- folders and cgroups

    def create(self, nodes):
        for path in (self.state, self.data):
            make_folder(path)
            path.chmod(0o700)
        for node in [HUB, *nodes]:
            for hierarchy in hierarchies():
                folder = hierarchy / self.group / node
                make_folder(folder)
                if hierarchy.name == "cpuset":
                    for part in (folder.parents[1], folder.parent, folder):
                        self.give_cpus(part)
                if (folder / "cpu.shares").exists():
                    self.give_weight(folder, len(nodes))

    @staticmethod
    def give_weight(folder, nodes):
        """Without it all labs together count as one process, and starve where many others run: etcd loses its leader."""
        for part, weight in ((folder.parents[1], WEIGHT), (folder.parent, 1024 * nodes)):
            (part / "cpu.shares").write_text(str(weight), encoding="ascii")

    @staticmethod
    def give_cpus(folder):
        """A new cpuset has no CPU, and takes no process until it has."""
        for name in ("cpuset.cpus", "cpuset.mems"):
            if not (folder / name).read_text(encoding="ascii").strip():
                (folder / name).write_text((folder.parent / name).read_text(encoding="ascii"), encoding="ascii")

    def joiner(self, node):
        """For Popen's preexec_fn: the child is in the node's cgroups before it becomes another program."""
        def join():
            for hierarchy in hierarchies():
                with open(hierarchy / self.group / node / "cgroup.procs", "w", encoding="ascii") as procs:
                    procs.write("0")
        return join

    def pids(self, node=""):
        """The processes of a node, or of the whole lab, as the cgroups know them."""
        found = set()
        for hierarchy in hierarchies():
            for folder, _, _ in os.walk(hierarchy / self.group / node):
                try:
                    found |= set(map(int, pathlib.Path(folder, "cgroup.procs").read_text(encoding="ascii").split()))
                except OSError:
                    pass
        return found - {0}

    # --- namespaces

    def boot(self, node, binaries):
        """Starts a node's first process in new namespaces. A Popen; `booted` awaits it."""
        folder = self.data / node
        return subprocess.Popen(["unshare", "--fork", *kinds(node), "/bin/sh", str(HERE / "node.sh"), node, str(folder),
                                 str(binaries / "pause")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, preexec_fn=self.joiner(node), cwd="/",
                                start_new_session=True)

    @staticmethod
    def booted(process):
        text = []
        for line in process.stdout:
            if line == "ready\n":
                return
            text.append(line)
        raise Trouble("a node's first process fails: " + "".join(text).strip())

    def init(self, node):
        """The node's first process by this machine's numbers: the one that is number 1 in a namespace below ours."""
        for pid in self.pids(node):
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
            except OSError:
                continue
            fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
            if fields.get("NSpid", "").split()[1:] == ["1"]:
                return pid
        raise Trouble(f"the node '{node}' of the lab '{self.name}' is not there")

    def inside(self, node, argv):
        """The command line that runs argv on the node."""
        return ["nsenter", "--target", str(self.init(node)), *kinds(node), "--wdns=/", "--", *argv]

    def start(self, node, argv, **options):
        """A Popen of a command on the node."""
        return subprocess.Popen(self.inside(node, argv), preexec_fn=self.joiner(node), **options)

    def cable(self, nodes):
        """One bridge in the hub's own network namespace, and from it a cable to each node."""
        script = ["set -e", "ip link set lo up", "ip link add br0 type bridge", "ip address add 10.99.0.1/24 dev br0",
                  "ip link set br0 up"]
        for node in nodes:
            script += [f"ip link add {node} type veth peer name eth0 netns /proc/{self.init(node)}/ns/net",
                       f"ip link set {node} master br0 up"]
        self.must(["nsenter", "--target", str(self.init(HUB)), "--net", "sh", "-c", "\n".join(script)], HUB)
        for index, node in enumerate(nodes):
            self.must(self.inside(node, ["sh", "-c", "set -e\nip link set lo up\n"
                                         f"ip address add {address(index)}/24 dev eth0\nip link set eth0 up\n"
                                         "ip route add default via 10.99.0.1"]), node)

    def must(self, argv, node):
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              preexec_fn=self.joiner(node))
        if done.returncode:
            raise Trouble(f"'{argv[-1].splitlines()[-1]}' fails: {done.stderr.strip()}")

    # --- the end

    def end(self):
        """Ends every process of the lab and takes away its cgroups and folders. What is gone already is no error."""
        deadline = time.monotonic() + 60
        while pids := self.pids():
            self.kill(pids, deadline)
        for hierarchy in hierarchies():
            for folder, _, _ in os.walk(hierarchy / self.group, topdown=False):
                remove_cgroup(folder, deadline)
            try:
                (hierarchy / self.group).parent.rmdir()
            except OSError:
                pass  # not there, or of other labs too
        for path in (self.data, self.state):
            if path.exists():
                shutil.rmtree(path)
        try:
            DATA.rmdir()
        except OSError:
            pass
        (STATE / f".{self.name}.lock").unlink(missing_ok=True)
        try:
            STATE.rmdir()
        except OSError:
            pass

    def kill(self, pids, deadline):
        if time.monotonic() > deadline:
            raise Trouble(f"these processes do not end: {sorted(pids)}")
        waiting = []
        for pid in pids:
            try:
                fd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            # The number may have become somebody else's since it was read; what the descriptor holds cannot.
            try:
                if f"/{self.group}/" in pathlib.Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8"):
                    signal.pidfd_send_signal(fd, signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError):
                pass
            waiting.append(fd)
        for fd in waiting:
            select.select([fd], [], [], max(0.0, min(5.0, deadline - time.monotonic())))
            os.close(fd)


def make_folder(path):
    """As mkdir -p; the end of another lab may take the parent away meanwhile."""
    while True:
        try:
            path.mkdir(parents=True, exist_ok=True)
            return
        except FileNotFoundError:
            continue


def remove_cgroup(folder, deadline):
    """The kernel lets go of a cgroup a moment after its last process has ended."""
    while True:
        try:
            os.rmdir(folder)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise Trouble(f"cannot remove the cgroup {folder}: {error}") from error
            time.sleep(0.02)


def kinds(node):
    """The namespaces that a node has for itself, as options of unshare and nsenter."""
    return ["--pid", "--net"] if node == HUB else ["--pid", "--net", "--mount", "--uts", "--ipc", "--cgroup"]


def address(index):
    return f"10.99.0.{11 + index}"


def labs():
    return sorted(path.name for path in STATE.glob("[!.]*") if path.is_dir()) if STATE.is_dir() else []
