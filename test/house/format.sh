#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every C file is as clang-format 14 writes it; another version formats otherwise, and is no judge.
cd "$(dirname "$0")/../.." || exit 1
version=$(clang-format --version | grep -o '[0-9]*' | head -n 1)
[ "$version" = 14 ] || { echo "clang-format $version is here, 14 is the judge"; exit 77; }
passed=0 failed=0
for file in src/*/*.[ch] include/*.h test/*/*.[ch]; do
	[ -e "$file" ] || continue
	if clang-format "$file" | cmp -s - "$file"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		clang-format "$file" | diff -u --label "$file" --label "$file formatted" "$file" - | head -n 20
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
