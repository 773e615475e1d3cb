#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# gcc's static analyzer on every file of src.
exec "$(dirname "$0")/each.sh" gcc -fanalyzer -O1 -std=c17 -D_GNU_SOURCE -Isrc -Iinclude \
	-DAR_VERSION='\"\"' -c -o /dev/null '{}'
