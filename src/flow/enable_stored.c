/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "flow/enable.h"

#define TOLD 20 /* refused objects that are named one by one */

/* --- counting -------------------------------------------------------------------------------- */

static int try_count(struct ar_enable *enable, struct ar_stored_seen *ret, struct ar_err *err)
{
	AR_SCAN_AUTO struct ar_scan scan = AR_SCAN_INIT;
	const bool there = enable->node.config.file.exists;
	const struct ar_scan_ask ask = { .config = there ? NULL
							 : &enable->goal.config.wanted_text };

	if (ar_scan_open(enable->session, &enable->node, &enable->creds, &ask, &scan, err) != 0)
		return -1;
	return ar_scan_sum(&scan, false, ret, err);
}

int ar_enable_count(struct ar_enable *enable, struct ar_err *err)
{
	struct ar_stored_seen *stored = &enable->node.seen.stored;
	struct ar_err unread = AR_ERR_INIT;

	enable->counted = true;
	enable->uncounted[0] = '\0';
	if (try_count(enable, stored, &unread) == 0)
		return 0;
	*stored = (struct ar_stored_seen){ .unseen = true };
	snprintf(enable->uncounted, sizeof enable->uncounted, "%.390s", unread.msg);
	return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
}

/* --- rewriting ------------------------------------------------------------------------------- */

static void tell_refused(const struct ar_enable *enable)
{
	const struct ar_reencrypt_result *result = &enable->rewritten;

	for (size_t i = 0; i < result->refusal_count && i < TOLD; i++)
		ar_events_say(enable->events, AR_EVENT_FAIL, "refused", -1, "%s: %s: %s",
			      result->refusals[i].object, result->refusals[i].reason,
			      result->refusals[i].message);
	if (result->refusal_count > TOLD)
		ar_events_say(enable->events, AR_EVENT_FAIL, "refused", -1,
			      "and %zu more: 'atrest reencrypt --list' names all",
			      result->refusal_count - TOLD);
}

int ar_enable_rewrite(struct ar_enable *enable, struct ar_err *err)
{
	AR_SCAN_AUTO struct ar_scan scan = AR_SCAN_INIT;
	const struct ar_scan_ask ask = { .served = true };
	struct ar_reencrypt run = { .session = enable->session,
				    .events = enable->events,
				    .watch = enable->watch,
				    .creds = &enable->creds,
				    .local = &enable->node,
				    .scan = &scan,
				    .in_flight = enable->in_flight,
				    .rate = enable->rate,
				    .several = enable->several };

	ar_reencrypt_result_done(&enable->rewritten);
	if (ar_scan_open(enable->session, &enable->node, &enable->creds, &ask, &scan, err) != 0 ||
	    ar_reencrypt_may(&run, err) != 0)
		return ar_err_class(err, AR_RESUMABLE);
	enable->touched = true;
	int ran = ar_reencrypt_run(&run, &enable->rewritten, err);
	tell_refused(enable);
	return ran;
}
