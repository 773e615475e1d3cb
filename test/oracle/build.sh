#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the oracle's commands and kubeadm into a folder of the cache, and prints that folder.
# What is built before is used again as long as go.mod, go.sum, the sources and Go stay the same.
#
#   ATREST_CACHE   the cache (default ~/.cache/atrest)
#   exit 77        there is no Go here: whoever needs the oracle skips
set -eu

here=$(cd "$(dirname "$0")" && pwd)
command -v go >/dev/null || {
	echo "oracle: skipped: it needs Go 1.24 or later" >&2
	exit 77
}
cd "$here"

key=$({
	go version
	find . -name '*.go' -o -name go.mod -o -name go.sum -o -name build.sh | LC_ALL=C sort | xargs sha256sum
} | sha256sum | cut -c 1-16)
out=${ATREST_CACHE:-$HOME/.cache/atrest}/oracle-$key

if [ ! -e "$out/done" ]; then
	mkdir -p "$out"
	kube=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
	minor=$(echo "$kube" | cut -d . -f 2)
	stamp=k8s.io/component-base/version
	export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -mod=readonly"
	echo "oracle: building in $out" >&2
	# Without the stamp kubeadm takes itself for a version of long ago and refuses its configs.
	go build -trimpath -o "$out/" -ldflags "-s -w -X $stamp.gitVersion=$kube -X $stamp.gitMajor=1 \
-X $stamp.gitMinor=$minor" ./cmd/... k8s.io/kubernetes/cmd/kubeadm >&2
	touch "$out/done"
fi
echo "$out"
