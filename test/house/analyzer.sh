#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# gcc's static analyzer on every file of src. Its leak warnings are left out: it loses sight of what is
# stored in an array; leaks are looked for by LeakSanitizer, valgrind and the failing allocations.
exec "$(dirname "$0")/each.sh" gcc -fanalyzer -Wno-analyzer-malloc-leak -O1 -std=c17 -D_GNU_SOURCE -Isrc -Iinclude \
	-DAR_VERSION='\"\"' -c -o /dev/null '{}'
