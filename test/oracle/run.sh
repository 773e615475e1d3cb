#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Compares atrest with upstream's own code (README.md) on the fixtures, on the corpus where there is
# one, and on mutants of both. The last line is the sum.
#
#   test/oracle/run.sh [FLAG…]     flags of the command compare: -seed N, -encconf-mutants N, -values N, -keep DIR
#
#   VARIANT         the build that is judged: release (default), san
#   ATREST_CORPUS   the corpus; default ../shared/corpus beside the project
#   exit 77         there is no Go here
set -eu
cd "$(dirname "$0")/../.."

variant=${VARIANT:-release}
corpus=${ATREST_CORPUS:-../shared/corpus}
helpers=build/$variant/oracle

oracle=$(test/oracle/build.sh) || {
	status=$?
	echo "$oracle"
	exit $status
}

# The helpers: our code behind the oracle's protocol.
make --no-print-directory VARIANT="$variant" "build/$variant/libatrest.a" >&2
mkdir -p "$helpers"
flags=(-std=c17 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Isrc -Iinclude)
[ "$variant" != san ] || flags+=("-fsanitize=address,undefined" -fno-sanitize-recover=all)
for name in ar-json ar-inject ar-encconf ar-stored ar-rung; do
	# shellcheck disable=SC2046 # a list of flags
	${CC:-gcc} "${flags[@]}" -o "$helpers/$name" test/oracle/$name.c test/oracle/serve.c \
		"build/$variant/libatrest.a" $(pkg-config --cflags --libs yaml-0.1 libcyaml libsodium jansson libcrypto)
done

inputs=()
while IFS= read -r file; do
	inputs+=(-manifest "$file")
done < <(grep -rlE '^ *"?kind"?: *"?Pod\b' fixtures --include='*.yaml' --include='*.json' | LC_ALL=C sort)
while IFS= read -r file; do
	inputs+=(-encconf "$file")
done < <(grep -rlE 'kind"?: *"?EncryptionConfig' fixtures --include='*.yaml' --include='*.json' | LC_ALL=C sort)
if [ -d "$corpus" ]; then
	inputs+=(-manifest "$corpus/manifests" -encconf "$corpus/encconfigs")
else
	echo "note: no corpus in $corpus: fixtures and mutants only"
fi
exec "$oracle/compare" -oracle "$oracle" -helpers "$helpers" "${inputs[@]}" "$@"
