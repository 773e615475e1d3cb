#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target for T seconds (built with `make VARIANT=fuzz fuzz-targets`). Seeds are the fixtures; a
# crash is left in build/fuzz/TARGET/crash-* and belongs into the fixtures.
set -u
cd "$(dirname "$0")/../.." || exit 1
time=${1:-30} passed=0 failed=0

seeds() { # a folder of small files for a target
	case $1 in
	fuzz_encconf) find fixtures -type f \( -name '*enc*' -o -name '*.conf' \) -size -32k ;;
	fuzz_stored) find fixtures/stored -type f ;;
	fuzz_kubeadm) find fixtures -type f -name '*.yaml' -path '*kubeadm*' -size -32k ;;
	*) find fixtures -type f \( -name '*.yaml' -o -name '*.json' \) -size -32k ;;
	esac
}

for target in build/fuzz/fuzz_*; do
	[ -x "$target" ] && [ -f "$target" ] || continue
	case $target in *.o | *.d) continue ;; esac
	name=${target##*/}
	work=build/fuzz/$name.d_
	mkdir -p "$work/corpus" "$work/seeds"
	n=0
	seeds "$name" | while read -r file; do cp "$file" "$work/seeds/$((n++))"; done
	if "$target" -max_total_time="$time" -max_len=16384 -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
		-print_final_stats=0 -artifact_prefix="$work/crash-" "$work/corpus" "$work/seeds" >"$work/log" 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$name: $(ls "$work"/crash-* 2>/dev/null | tail -n 1)"
		tail -n 40 "$work/log"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
