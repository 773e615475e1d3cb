#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# make bench: the targets of docs/benchmarks.md, each a ratio measured side by side in one run. Nothing here is a
# test. The other editors are fetched into the cache, outside the tree; one that cannot be had is left out.
set -u
cd "$(dirname "$0")/../.." || exit 1
cache=${ATREST_CACHE:-$HOME/.cache/atrest}/bench
mkdir -p "$cache"
[ -x /usr/bin/time ] || { echo "needs time(1): apt-get install time" >&2; exit 1; }
if command -v go >/dev/null && [ ! -x "$cache/bin/yq" ]; then
	GOBIN=$cache/bin GOFLAGS=-mod=mod go install github.com/mikefarah/yq/v4@latest >"$cache/yq.log" 2>&1 || echo "note: no yq (see $cache/yq.log)"
fi
if [ ! -d "$cache/py/ruamel" ]; then
	python3 -m pip install -q --target "$cache/py" ruamel.yaml >"$cache/py.log" 2>&1 || echo "note: no ruamel.yaml"
fi
if command -v npm >/dev/null && [ ! -d "$cache/node_modules/yaml" ]; then
	npm install --silent --prefix "$cache" yaml >"$cache/npm.log" 2>&1 || echo "note: no eemeli/yaml"
fi
exec python3 test/bench/bench.py --bin "$1" --cache "$cache"
