#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Builds the kubeadm of another release than build.sh's from its own module, into the cache, and
# prints its path.
#
#   kubeadm-build.sh VERSION      1.31.0, say
#
#   ATREST_CACHE      the cache (default ~/.cache/atrest)
#   exit 77           there is no Go here
#
# Not every release can be had: some of their modules are not on the module proxy. What a release needs is resolved
# anew each time (its module carries no sums for it), so this is for remaking fixtures and not for tests.
set -eu

version=$1
command -v go >/dev/null || {
	echo "kubeadm-build: it needs go (1.24 or later)"
	exit 77
}
cache=${ATREST_CACHE:-$HOME/.cache/atrest}
out=$cache/kubeadm-$version
if [ -x "$out" ]; then
	echo "$out"
	exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
staging=v0.${version#*.}
minor=$(echo "$version" | cut -d . -f 2)
cat >tools.go <<'EOF'
//go:build tools

package tools

import _ "k8s.io/kubernetes/cmd/kubeadm"
EOF
cp "$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p')" upstream.mod
# Its go.mod points the staging modules at folders that the module does not carry.
{
	echo "module kubeadm"
	grep -E '^(go|godebug) ' upstream.mod
	echo "require k8s.io/kubernetes v$version"
	sed -nE "s#^[[:space:]]*(k8s\.io/[a-z-]+) => \./staging/.*#replace \1 => \1 $staging#p" upstream.mod
} >go.mod
rm upstream.mod
go mod tidy -e >&2

stamp=k8s.io/component-base/version
mkdir -p "$cache"
CGO_ENABLED=0 go build -mod=mod -trimpath -buildvcs=false -o kubeadm -ldflags "-s -w -X $stamp.gitVersion=v$version \
-X $stamp.gitMajor=1 -X $stamp.gitMinor=$minor" k8s.io/kubernetes/cmd/kubeadm >&2
mv kubeadm "$cache/.kubeadm-$version.$$"
mv "$cache/.kubeadm-$version.$$" "$out"
echo "$out"
