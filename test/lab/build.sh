#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds a part of the lab into a folder of the cache, and prints that folder. What is built before
# is used again as long as its module (or package) and the recipe stay the same.
#
#   build.sh kube-1.34      kube-apiserver, kubelet, kubeadm, kubectl
#   build.sh kube-1.37      kube-apiserver
#   build.sh kcm-1.34       kube-controller-manager (kcm-1.37 too)
#   build.sh etcd-3.6       etcd, etcdctl, etcdutl
#   build.sh etcd-3.4       etcd, etcdctl: Debian's, taken out of their packages and not installed
#   build.sh pause          the first process of nodes and pods
#   build.sh bulk           many objects at once (bulk/main.go)
#
#   ATREST_CACHE      the cache (default ~/.cache/atrest)
#   exit 77           there is no Go here (or no apt-get), or no way to the modules
set -eu

# To be counted up when what stands below makes other files of the same module.
recipe=1

part=$1
cd "$(dirname "$0")"
cache=${ATREST_CACHE:-$HOME/.cache/atrest}

cannot() {
	echo "lab: $*" >&2
	exit 77
}

# Which module a part is built from, and which commands of it.
kube=k8s.io/kubernetes/cmd
case $part in
kube-1.34) module=mod-1.34 commands="$kube/kube-apiserver $kube/kubelet $kube/kubeadm $kube/kubectl" ;;
kube-1.37) module=mod-1.37 commands=$kube/kube-apiserver ;;
kcm-*) module=mod-${part#kcm-} commands=$kube/kube-controller-manager ;;
etcd-3.6)
	module=mod-etcd
	commands="go.etcd.io/etcd/server/v3 go.etcd.io/etcd/etcdctl/v3 go.etcd.io/etcd/etcdutl/v3"
	;;
etcd-3.4) module=- commands="etcd-server etcd-client" ;;
pause) module=- commands=pause.c ;;
bulk) module=bulk commands=atrest/test/lab/bulk ;;
*) echo "usage: build.sh kube-1.34|kube-1.37|kcm-1.34|kcm-1.37|etcd-3.6|etcd-3.4|pause|bulk" >&2; exit 2 ;;
esac
[ "$module" = - ] || [ -d "$module" ] || cannot "there is no $module here"

sums() {
	echo "$recipe"
	case $part in
	pause) sha256sum pause.c ;;
	bulk) sha256sum bulk/* ;;
	etcd-3.4) apt-cache policy etcd-server | grep Candidate ;;
	*) sha256sum "$module/go.mod" "$module/go.sum" ;;
	esac
}
out=$cache/lab-$part-$(sums | sha256sum | cut -c 1-16)

# $1: the folder to build in.
build_go() {
	command -v go >/dev/null || cannot "Go is missing (1.26 or later): it builds what a control plane consists of"
	(cd "$module" && go mod download) >&2 || cannot "the Go modules of $module cannot be had"
	stamp=
	case $module in
	mod-1.*)
		version=$(cd "$module" && go list -mod=readonly -m -f '{{.Version}}' k8s.io/kubernetes)
		minor=$(echo "$version" | cut -d . -f 2)
		at=k8s.io/component-base/version
		# Without the stamp they take each other for versions of long ago, and refuse.
		stamp="-X $at.gitVersion=$version -X $at.gitMajor=1 -X $at.gitMinor=$minor"
		;;
	esac
	for command in $commands; do
		name=$(basename "${command%/v3}")
		[ "$name" != server ] || name=etcd
		echo "lab: building $name" >&2
		(cd "$module" && CGO_ENABLED=0 nice go build -mod=readonly -trimpath -buildvcs=false \
			-o "$1/$name" -ldflags "-s -w $stamp" "$command") >&2
	done
}

build_debian() {
	command -v apt-get >/dev/null || cannot "no apt-get here: etcd 3.4 is Debian's"
	(
		cd "$1"
		# shellcheck disable=SC2086 # a list of words
		apt-get -q -o APT::Sandbox::User=root download $commands >&2 ||
			{ apt-get -q update >&2 && apt-get -q -o APT::Sandbox::User=root download $commands >&2; } ||
			cannot "Debian's etcd packages cannot be had"
		for package in *.deb; do
			dpkg-deb -x "$package" files
		done
		mv files/usr/bin/etcd files/usr/bin/etcdctl .
		rm -rf files ./*.deb
	)
}

# Builds beside the final folder and renames: no other run ever sees half of it.
build() {
	mkdir -p "$cache"
	half=$(mktemp -d "$cache/.lab.XXXXXX")
	trap 'rm -rf "$half"' EXIT
	case $part in
	pause) gcc -O2 -Wall -Wextra -static -s -o "$half/pause" pause.c >&2 ;;
	etcd-3.4) build_debian "$half" ;;
	*) build_go "$half" ;;
	esac
	chmod 755 "$half"
	mv -T "$half" "$out" 2>/dev/null || [ -d "$out" ]
}

# Two labs that start at once build once.
if [ ! -d "$out" ]; then
	mkdir -p "$cache"
	exec 9>"$cache/.lab-$part.lock"
	flock 9
	[ -d "$out" ] || build
fi
echo "$out"
