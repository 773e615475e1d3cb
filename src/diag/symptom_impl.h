/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Internal to src/diag/symptom*.c. */

/* One thing that a line can say. */
struct ar__symptom {
	const char *fragment, *also; /* both stand in the line; NULL: one is enough */
	const char *cause;           /* id */
	bool start;                  /* it keeps the server from serving: over once it serves */
};

/* The table, in the order in which findings are told; a line counts for the first row that it
 * matches. The last row has no fragment. */
extern const struct ar__symptom ar__symptoms[];

/* How many bytes the container runtime has put before the text of a line. */
size_t ar__symptom_prefix(const char *line, size_t len);

/* A message of a log as it may be shown, cut to `size` (8 at least): what the runtime, journald and
 * klog put in front is left out, and what looks like key material is hidden. Not yet safe for a
 * terminal. */
void ar__symptom_show(const char *line, size_t len, char *buf, size_t size);
