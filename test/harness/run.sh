#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The ladder against upstream's own code (README.md). The last line is the sum.
#
#   test/harness/run.sh [FLAG…]     -only REGEX, -v, -all, -workers N
#
#   VARIANT         the build of atrest that decides: release (default), san
#   ATREST_CACHE    the cache (default ~/.cache/atrest)
#   exit 77         there is no Go here, or no way to the modules
set -eu
cd "$(dirname "$0")/../.."

variant=${VARIANT:-release}
helpers=build/$variant/oracle
cache=${ATREST_CACHE:-$HOME/.cache/atrest}

cannot() {
	echo "harness: $*"
	exit 77
}

command -v go >/dev/null || cannot "it needs go (1.24 or later)"
etcd=$(test/lab/build.sh etcd-3.6) || cannot "etcd 3.6 cannot be had"

# Builds beside the final file and renames: no other run ever sees half of it.
key=$({
	go version
	find test/harness -name '*.go' -o -name 'go.*' | LC_ALL=C sort | xargs sha256sum
} | sha256sum | cut -c 1-16)
harness=$cache/harness-$key
if [ ! -x "$harness" ]; then
	(cd test/harness && go mod download k8s.io/apiserver) >&2 || cannot "its Go modules cannot be had"
	half=$(mktemp "$cache/.harness.XXXXXX")
	trap 'rm -f "$half"' EXIT
	(cd test/harness && CGO_ENABLED=0 go build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w" -o "$half" .) >&2
	chmod 755 "$half"
	mv "$half" "$harness"
	trap - EXIT
fi

make --no-print-directory VARIANT="$variant" "build/$variant/libatrest.a" >&2
mkdir -p "$helpers"
flags=(-std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Isrc -Iinclude)
[ "$variant" != san ] || flags+=("-fsanitize=address,undefined" -fno-sanitize-recover=all)
# shellcheck disable=SC2046 # a list of flags
${CC:-gcc} "${flags[@]}" -o "$helpers/ar-ladder" test/oracle/ar-ladder.c test/oracle/serve.c \
	"build/$variant/libatrest.a" $(pkg-config --cflags --libs yaml-0.1 libcyaml libsodium jansson libcrypto)

exec "$harness" -etcd "$etcd/etcd" -driver "$helpers/ar-ladder" "$@"
