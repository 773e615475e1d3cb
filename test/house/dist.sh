#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make dist` gives one file that needs nothing but libc, and passes every case.
cd "$(dirname "$0")/../.." || exit 1
make --no-print-directory dist | sed 's/^build.*bytes/note: &/' || exit 1
needed=$(objdump -p build/dist/atrest | awk '/NEEDED/ { print $2 }' | grep -vE '^(libc\.so|ld-linux)')
if [ -n "$needed" ]; then
	printf 'build/dist/atrest needs %s\n0 passed, 1 failed\n' "$needed"
	exit 1
fi
exec test/cases/run.py --bin build/dist/atrest
