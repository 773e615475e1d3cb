#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs a checker on every C file of src, in parallel: each.sh NAME COMMAND…, with {} for the file.
# A file passes when the command is silent and ends with 0.
cd "$(dirname "$0")/../.." || exit 1
export checker="$*"
one() {
	out=$(eval "${checker//\{\}/$1}" 2>&1) && [ -z "$out" ] && { echo ok; return; }
	printf '%s: failed\n%s\n' "$1" "$out"
}
export -f one
results=$(printf '%s\n' src/*/*.c | xargs -P "$(nproc)" -I{} bash -c 'one {}')
failed=$(grep -c '^src/.*: failed$' <<<"$results")
grep -v '^ok$' <<<"$results"
echo "$(grep -c '^ok$' <<<"$results") passed, $failed failed"
[ "$failed" = 0 ]
