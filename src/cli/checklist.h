/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/report.h"
#include "flow/events.h"

/*
 * How a long change looks while it runs: a checklist with times, which is the result and goes to
 * standard output, and under it, on a terminal, what is being waited for. Elsewhere a line for each
 * thing begun, and one every ten seconds of waiting. With JSON an object for each event, one a
 * line. Work of many parts has a bar on a terminal, a line every ten seconds elsewhere, and an
 * object a second.
 */

struct ar_checklist {
	struct ar_events base; /* first: what the flow is given */
	struct ar_report *report;
	char waiting[300]; /* what was begun last and is not done, "" where nothing is */
	int64_t said_ms;   /* when the last line about waiting was printed */
	int64_t told_ms;   /* when the last line about progress was, -1: none yet */
	bool drawn;        /* a line that will be overwritten stands on the terminal */
};

/* Ready to be given to the flow as &list->base. */
void ar_checklist_init(struct ar_checklist *list, struct ar_report *report);
/* Takes away what stands on the terminal for the moment. Call before anything else is printed. */
void ar_checklist_end(struct ar_checklist *list);
