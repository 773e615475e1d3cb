#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds an etcd for test/etcd/run.py into a folder of the cache, and prints that folder. What is
# built before is used again as long as its module and the recipe stay the same.
#
#   build.sh 3.5            etcd; 3.7 too. (3.4 and 3.6 are the lab's: test/lab/build.sh)
#   build.sh --have 3.5     only where it is built already
#
#   ATREST_CACHE      the cache (default ~/.cache/atrest)
#   exit 77           it is not there, or there is no Go here, or no way to the modules
set -eu

# To be counted up when what stands below makes other files of the same module.
recipe=1

have=
[ "${1:-}" != --have ] || { have=1; shift; }
version=${1:-}
cd "$(dirname "$0")"
cache=${ATREST_CACHE:-$HOME/.cache/atrest}
module=mod-$version
case $version in
3.5 | 3.7) ;;
*) echo "usage: build.sh [--have] 3.5|3.7" >&2; exit 2 ;;
esac

cannot() {
	echo "etcd: $*" >&2
	exit 77
}

sums=$( (echo "$recipe" && sha256sum "$module/go.mod" "$module/go.sum") | sha256sum | cut -c 1-16)
out=$cache/test-etcd-$version-$sums

# Builds beside the final folder and renames: no other run ever sees half of it.
build() {
	command -v go >/dev/null || cannot "Go is missing: it builds etcd $version"
	(cd "$module" && go mod download) >&2 || cannot "the Go modules of $module cannot be had"
	half=$(mktemp -d "$cache/.etcd.XXXXXX")
	trap 'rm -rf "$half"' EXIT
	echo "etcd: building $version" >&2
	(cd "$module" && CGO_ENABLED=0 nice go build -mod=readonly -trimpath -buildvcs=false \
		-o "$half/etcd" -ldflags "-s -w" go.etcd.io/etcd/server/v3) >&2
	chmod 755 "$half"
	mv -T "$half" "$out" 2>/dev/null || [ -d "$out" ]
}

if [ ! -d "$out" ]; then
	[ -z "$have" ] || cannot "$version is not built here"
	mkdir -p "$cache"
	exec 9>"$cache/.etcd-$version.lock"
	flock 9
	[ -d "$out" ] || build
fi
echo "$out"
