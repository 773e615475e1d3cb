#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy with .clang-tidy on every file of src.
exec "$(dirname "$0")/each.sh" clang-tidy --quiet '{}' -- -std=c17 -D_GNU_SOURCE -Isrc -Iinclude \
	-DAR_VERSION='\"\"' -Wno-gnu-statement-expression '2>/dev/null'
