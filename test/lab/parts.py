# SPDX-License-Identifier: Apache-2.0
"""What a control plane is made of: built or found, and what of it is missing on this machine."""
import os
import pathlib
import shutil
import subprocess

import images
import space

HERE = pathlib.Path(__file__).resolve().parent
NEEDED = ["containerd", "containerd-shim-runc-v2", "ctr", "runc", "iptables", "ip", "nsenter", "unshare", "setsid",
          "mount", "gcc"]
CONTROLLERS = ["cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "pids"]
REGISTRY = "registry.k8s.io"


class Cannot(Exception):
    """Why there can be no lab on this machine."""


def check():
    """That a lab can be had here, apart from its binaries."""
    if os.geteuid() != 0:
        raise Cannot("it needs root: namespaces, mounts and cgroups are made for it")
    absent = [name for name in CONTROLLERS if not (space.CGROUPS / name / "cgroup.procs").exists()]
    if absent:
        raise Cannot(f"it needs cgroup version 1 under {space.CGROUPS}, and finds no {', '.join(absent)}")
    absent = [name for name in NEEDED if not shutil.which(name)]
    if absent:
        raise Cannot(f"missing: {', '.join(absent)} ('test/setup/install.sh lab' installs them)")
    probe()


def probe():
    """What a container that withholds it says no to: spaces of one's own, a mount, a bridge, overlays, a cgroup."""
    tried = ("mount --make-rprivate / && mount -t tmpfs probe /mnt && mkdir /mnt/u /mnt/w /mnt/m && "
             "mount -t overlay -o lowerdir=/etc,upperdir=/mnt/u,workdir=/mnt/w probe /mnt/m && "
             "ip link add probe type bridge")
    done = subprocess.run(["unshare", "--mount", "--pid", "--net", "--uts", "--fork", "sh", "-c", tried],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Cannot(f"this machine does not let root have its own spaces: {done.stderr.strip()[-200:]}")
    group = space.CGROUPS / CONTROLLERS[0] / f"atrest-lab-probe-{os.getpid()}"
    try:
        group.mkdir()
        group.rmdir()
    except OSError as error:
        raise Cannot(f"no cgroup can be made here: {error}") from error


def build(part):
    """The folder that holds a part's binaries."""
    done = subprocess.run([str(HERE / "build.sh"), part], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode == 77:
        raise Cannot(f"{part} cannot be built here (the reason is above)")
    if done.returncode:
        raise space.Trouble(f"building {part} fails (exit {done.returncode})")
    return pathlib.Path(done.stdout.strip())


class Parts:
    """The binaries and image archives for one choice of versions."""

    def __init__(self, api, etcd):
        self.api = api
        self.pause = build("pause")
        self.tools = build("kube-1.34")
        self.etcd = build(f"etcd-{etcd}")
        self.bulk = build("bulk")
        server = self.tools if api == "1.34" else build(f"kube-{api}")
        self.version = output(server / "kube-apiserver", "--version").split()[1]
        listed = output(self.tools / "kubeadm", "config", "images", "list", "--kubernetes-version", "v1.34.4")
        self.names = {line.rsplit("/", 1)[1].split(":")[0]: line for line in listed.split()}
        self.etcd_tag = output(self.etcd / "etcd", "--version").split()[2] + "-0"
        self.names |= {"kube-apiserver": f"{REGISTRY}/kube-apiserver:{self.version}",
                       "etcd": f"{REGISTRY}/etcd:{self.etcd_tag}"}
        self.archives = [
            self.archive(self.pause, "pause", ["pause"], ["/usr/local/bin/pause"]),
            self.archive(self.etcd, "etcd", ["etcd"]),
            self.archive(server, "kube-apiserver", ["kube-apiserver"]),
        ]

    def archive(self, folder, name, binaries, command=()):
        tag = self.names[name].rsplit(":", 1)[1]
        return images.archive(folder / f"{name}-{tag}.tar", self.names[name],
                              [folder / binary for binary in binaries], command)

    def path(self):
        return f"{self.tools}:{self.etcd}:{self.bulk}"


def output(program, *words):
    done = subprocess.run([str(program), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise space.Trouble(f"'{program.name} {' '.join(words)}' fails: {done.stderr.strip()}")
    return done.stdout
