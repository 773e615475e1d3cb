#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every script, as shellcheck sees it.
cd "$(dirname "$0")/../.." || exit 1
passed=0 failed=0
for file in .ci/run docs/*.sh test/*.sh test/*/*.sh; do
	if shellcheck -S warning "$file"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
