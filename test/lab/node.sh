#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The first process of a node, in its new namespaces: gives them a node's own folders, and becomes
# the program that waits. It says "ready" when the node is there; what it says before is an error.
#
#   node.sh NAME FOLDER PAUSE      FOLDER holds what the node keeps; NAME hub: only the network
set -eu

name=$1 folder=$2 pause=$3
wait_here() {
	echo ready
	exec "$pause" >/dev/null 2>&1
}
[ "$name" != hub ] || wait_here

hostname "$name"
mount --make-rprivate /
mount -t proc proc /proc

# The cgroups as this namespace sees them, at the usual paths, and not the machine's behind them.
controllers=$(cd /sys/fs/cgroup && for each in */; do echo "${each%/}"; done)
umount -R /sys/fs/cgroup
mount -t tmpfs -o mode=755 cgroups /sys/fs/cgroup
for each in $controllers; do
	mkdir "/sys/fs/cgroup/$each"
	case $each in
	unified) mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified ;;
	systemd) mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd ;;
	*) mount -t cgroup -o "$each" cgroup "/sys/fs/cgroup/$each" ;;
	esac
done

# The kubelet sets these for the whole machine: here it writes into files of the node.
mkdir -p "$folder/sys"
for each in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
	kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
	copy=$folder/sys/${each##*/}
	cat "/proc/sys/$each" >"$copy"
	mount --bind "$copy" "/proc/sys/$each"
done

# What a node may write beside its own folders stays in a layer of its own, in memory: the places
# to mount them on are made there too, and not on the machine.
cd "$folder"
mount -t tmpfs -o mode=755 run /run
mkdir -m 1777 /run/lock
for each in etc opt var; do
	mkdir -p "/run/lab/over/$each" "/run/lab/work/$each"
	mount -t overlay -o "lowerdir=/$each,upperdir=/run/lab/over/$each,workdir=/run/lab/work/$each" \
		overlay "/$each"
done

# Its own folders are on the disk. Their path is behind the layers now, so it is the working folder
# (and -c: not made absolute).
for each in etc/kubernetes etc/cni opt/cni var/lib/kubelet var/lib/etcd var/lib/containerd \
	var/lib/atrest var/log/pods var/log/containers run/containerd; do
	mkdir -p "own/$each" "/$each"
	mount -c --bind "own/$each" "/$each"
done
# Mounts made in these reach the containers, as systemd has it on a node.
for each in var/lib/kubelet var/lib/containerd run/containerd; do
	mount --make-shared "/$each"
done
chmod 700 /var/lib/etcd /var/lib/atrest
cd /
wait_here
