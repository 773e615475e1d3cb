/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/report.h"
#include "flow/reencrypt.h"

/* How `reencrypt` looks, before and after, to people and to programs. */

struct ar_reencrypt_view { /* all borrowed */
	const struct ar_reencrypt *run;
	const struct ar_reencrypt_forecast *forecast;
	const struct ar_reencrypt_result *result; /* NULL: nothing was done */
	const struct ar_err *error;               /* why it did not end well; NULL: it did */
	const char *state;                        /* "done", "planned", "stopped", "refused" */
	bool list;                                /* name every refused object */
	int exit_code;
};

/* What is stale, how much etcd grows, how long it takes. */
void ar_reencrypt_show_forecast(struct ar_report *report, const struct ar_reencrypt_view *view);
/* What was refused, by reason, and the verdict. */
void ar_reencrypt_show(struct ar_report *report, const struct ar_reencrypt_view *view);
/* atrest.reencrypt/v1, in one line */
void ar_reencrypt_print(struct ar_report *report, const struct ar_reencrypt_view *view);
