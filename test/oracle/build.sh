#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the oracle's commands and kubeadm into a folder of the cache, and prints that folder.
# What is built before is used again as long as go.mod, go.sum, the sources and Go stay the same.
#
#   build.sh          prints the folder
#   build.sh DEST     also puts a link to each command into DEST
#
#   ATREST_CACHE      the cache (default ~/.cache/atrest)
#   exit 77           there is no Go here, or no way to the modules: whoever needs the oracle skips
set -eu

dest=${1:+$(mkdir -p "$1" && cd "$1" && pwd)}
cd "$(dirname "$0")"
command -v go >/dev/null || {
	echo "oracle: it needs go (1.24 or later)"
	exit 77
}

key=$({
	go version
	find . -name '*.go' -o -name go.mod -o -name go.sum -o -name build.sh | LC_ALL=C sort | xargs sha256sum
} | sha256sum | cut -c 1-16)
cache=${ATREST_CACHE:-$HOME/.cache/atrest}
out=$cache/oracle-$key

# Builds beside the final folder and renames: no other run ever sees half of it.
build() {
	mkdir -p "$cache"
	half=$(mktemp -d "$cache/.oracle.XXXXXX")
	trap 'rm -rf "$half"' EXIT
	go mod download k8s.io/kubernetes k8s.io/apiserver >&2 || {
		echo "oracle: its Go modules cannot be had"
		exit 77
	}
	kube=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
	minor=$(echo "$kube" | cut -d . -f 2)
	stamp=k8s.io/component-base/version
	echo "oracle: building in $out" >&2
	# Without the stamp kubeadm takes itself for a version of long ago and refuses its configs.
	CGO_ENABLED=0 go build -mod=readonly -trimpath -buildvcs=false -o "$half/" -ldflags "-s -w \
-X $stamp.gitVersion=$kube -X $stamp.gitMajor=1 -X $stamp.gitMinor=$minor" \
		./cmd/... k8s.io/kubernetes/cmd/kubeadm >&2
	chmod 755 "$half"
	mv -T "$half" "$out" 2>/dev/null || [ -x "$out/kubeadm" ]
}

[ -d "$out" ] || build
if [ -n "$dest" ]; then
	ln -sf "$out"/* "$dest/"
fi
echo "$out"
