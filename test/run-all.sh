#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs the parts of a table and adds up what they report.
#
#   test/run-all.sh TABLE [NAME…]      only the parts named, or all
#
# A table has a part a line: `name | command` (# begins a comment). A part ends with a line
# `N passed, N failed` or `N passed, N failed, N skipped`; a part without one counts as one
# test. Exit 77 means that the part cannot run here: its last line is the reason. Lines that
# begin with `skip: ` and `note: ` are shown. The output of a part is shown when it fails
# (V=1: always). The last line is the sum.
set -u
export LC_ALL=C.UTF-8
table=$1
shift
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0 failed=0 skipped=0

run_part() {
	local name=$1 command=$2 log=$logs/log status start p f s
	start=$EPOCHREALTIME
	if [ -n "${V:-}" ]; then
		bash -c "$command" </dev/null 2>&1 | tee "$log"
		status=${PIPESTATUS[0]}
	else
		bash -c "$command" >"$log" 2>&1 </dev/null
		status=$?
	fi
	if [ "$status" = 77 ]; then
		p=0 f=0 s=1
	elif [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
		p=${BASH_REMATCH[1]} f=${BASH_REMATCH[2]} s=${BASH_REMATCH[4]:-0}
		[ "$status" = 0 ] || [ "$f" != 0 ] || f=1
	else
		p=$((status == 0)) f=$((status != 0)) s=0
	fi
	if [ "$f" != 0 ] && [ -z "${V:-}" ]; then
		printf -- '---- %s: %s\n' "$name" "$command"
		tail -n "${LINES_SHOWN:-200}" "$log"
	elif [ "$status" != 77 ] && [ -z "${V:-}" ]; then
		grep -E '^(skip|note): ' "$log"
	fi
	printf '%-14s %5d passed, %d failed, %d skipped %*s%6.1f s%s\n' "$name" "$p" "$f" "$s" \
		$((12 - ${#f} - ${#s})) '' "$(elapsed "$start")" \
		"$([ "$status" = 77 ] && printf '  (%s)' "$(tail -n 1 "$log")")"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

elapsed() {
	local us=$((${EPOCHREALTIME/./} - ${1/./}))
	printf '%d.%06d' $((us / 1000000)) $((us % 1000000))
}

while IFS='|' read -r name command; do
	name=${name%% *}
	case $name in '' | '#'*) continue ;; esac
	if [ $# = 0 ] || [[ " $* " == *" $name "* ]]; then
		run_part "$name" "${command# }"
	fi
done <"$table"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
