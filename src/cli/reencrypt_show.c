/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/reencrypt_show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/verify_show.h"

#define SHOWN 20 /* refused objects that are named without --list */

/* What API servers were seen to do on two cores: small objects a second, and bytes of large ones.
 */
#define SLOW       300
#define FAST       900
#define SLOW_BYTES 10e6
#define FAST_BYTES 100e6
#define SVM        28 /* the cluster's own engine */

/* --- before ---------------------------------------------------------------------------------- */

static void show_part(struct ar_report *report, const struct ar_scan *scan,
		      const struct ar_scope_item *item, const struct ar_reencrypt_part *part)
{
	const bool stays = item->cannot_rewrite || (part->cannot && scan->discovery.count > 0);
	char name[400], writer[300];

	ar_resource_name(&item->resource, name, sizeof name);
	ar_writer_name(&item->writer, writer, sizeof writer);
	if (part->total < 0)
		ar_report_check(report, AR_MARK_WARN, "%s: nothing could be counted (%s writes)",
				name, writer);
	else if (part->stale < 0)
		ar_report_check(report, AR_MARK_CHANGE,
				"%s: %" PRId64 " values; which ones are not under %s is not seen",
				name, part->total, writer);
	else if (part->stale == 0)
		ar_report_check(report, AR_MARK_DONE, "%s: all %" PRId64 " values are under %s",
				name, part->total, writer);
	else if (stays)
		ar_report_check(report, AR_MARK_WARN,
				"%s: %" PRId64 " of %" PRId64
				" values are not under %s, and stay so: %s",
				name, part->stale, part->total, writer, part->cannot);
	else
		ar_report_check(report, AR_MARK_CHANGE,
				"%s: %" PRId64 " of %" PRId64 " values are not under %s", name,
				part->stale, part->total, writer);
}

static void show_growth(struct ar_report *report, const struct ar_reencrypt_forecast *forecast)
{
	char bytes[32], size[32], quota[32], free_pages[32];

	ar_report_say(report, "etcd's file grows by about %s until old revisions are compacted",
		      ar_bytes_name(forecast->bytes, bytes, sizeof bytes));
	if (forecast->quota > 0)
		ar_report_say(report, "  it has %s now, of it %s free, and may have %s",
			      ar_bytes_name(forecast->db_size, size, sizeof size),
			      ar_bytes_name(forecast->db_size - forecast->db_in_use, free_pages,
					    sizeof free_pages),
			      ar_bytes_name(forecast->quota, quota, sizeof quota));
	if (forecast->brakes)
		ar_report_check(report, AR_MARK_WARN,
				"that does not fit at once: it will wait for compaction, some "
				"minutes each time");
}

static void time_name(double seconds, char *buf, size_t size)
{
	if (seconds < 120)
		snprintf(buf, size, "%.0f s", seconds < 1 ? 1 : seconds);
	else
		snprintf(buf, size, "%.0f min", seconds / 60);
}

static void show_time(struct ar_report *report, const struct ar_reencrypt_view *view, int64_t count)
{
	const struct ar_reencrypt *run = view->run;
	const bool svm = run->engine == AR_ENGINE_SVM;
	const double fast = svm ? SVM : run->rate > 0 && run->rate < FAST ? run->rate : FAST;
	const double slow = fast < SLOW ? fast : SLOW;
	const double bytes = (double)view->forecast->bytes;
	char least[32], most[32], speed[60];

	time_name((double)count / fast + bytes / FAST_BYTES, least, sizeof least);
	time_name((double)count / slow + bytes / SLOW_BYTES, most, sizeof most);
	if (fast > slow)
		snprintf(speed, sizeof speed, "%.0f to %.0f a second", slow, fast);
	else
		snprintf(speed, sizeof speed, "%.0f a second", fast);
	ar_report_say(report, "at %s (large ones are slower) it takes %s%s%s%s", speed, least,
		      strcmp(least, most) ? " to " : "", strcmp(least, most) ? most : "",
		      view->forecast->brakes ? ", and the waiting" : "");
}

/* Whoever counts in etcd's place was not to be asked either. */
static void show_unasked(struct ar_report *report, const struct ar_reencrypt *run)
{
	if (!run->creds->api || run->scan->undiscovered[0])
		ar_report_check(report, AR_MARK_WARN, "the API server cannot be asked: %s",
				run->creds->api ? run->scan->undiscovered : run->creds->why);
	ar_report_say(report, "how many values there are, and how long it takes, is not known");
}

void ar_reencrypt_show_forecast(struct ar_report *report, const struct ar_reencrypt_view *view)
{
	const struct ar_reencrypt_forecast *forecast = view->forecast;
	const struct ar_scan *scan = view->run->scan;

	for (size_t i = 0; i < scan->scope.count; i++)
		show_part(report, scan, &scan->scope.items[i], &forecast->parts[i]);
	if (forecast->stale < 0)
		ar_report_check(report, AR_MARK_WARN, "etcd cannot be asked: %s", scan->store.why);
	if (forecast->total < 0)
		show_unasked(report, view->run);
	const int64_t count = forecast->stale < 0 ? forecast->total : forecast->stale;
	if (count <= 0)
		return;
	if (forecast->bytes > 0)
		show_growth(report, forecast);
	show_time(report, view, count);
}

/* --- after ----------------------------------------------------------------------------------- */

static int by_reason(const void *a, const void *b)
{
	const struct ar_refusal *x = a, *y = b;
	const int reason = strcmp(x->reason, y->reason);

	return reason ? reason : strcmp(x->object, y->object);
}

static void show_refusals(struct ar_report *report, const struct ar_reencrypt_view *view)
{
	const struct ar_reencrypt_result *result = view->result;
	const int64_t all = result->refused + result->failed;
	const size_t shown = view->list || result->refusal_count < SHOWN ? result->refusal_count
									 : SHOWN;

	if (result->refusal_count == 0)
		return;
	qsort(result->refusals, result->refusal_count, sizeof *result->refusals, by_reason);
	ar_report_say(report, "not re-encrypted:");
	for (size_t i = 0; i < shown; i++) {
		const struct ar_refusal *one = &result->refusals[i];
		if (i == 0 || strcmp(one->reason, result->refusals[i - 1].reason) != 0)
			ar_report_check(report, AR_MARK_CONFLICT, "%s", one->reason);
		ar_report_say(report, "      %s: %s", one->object, one->message);
	}
	if (all > (int64_t)shown)
		ar_report_say(report, "      and %" PRId64 " more%s", all - (int64_t)shown,
			      view->list ? "" : " (--list names more)");
}

static void show_proved(struct ar_report *report, const struct ar_reencrypt_view *view,
			int64_t revision, int64_t total)
{
	const struct ar_scope *scope = &view->run->scan->scope;
	char name[400], writer[300];

	if (scope->count == 1)
		ar_report_say(report,
			      "proved at revision %" PRId64 ": all %" PRId64 " %s are under %s",
			      revision, total,
			      ar_resource_name(&scope->items[0].resource, name, sizeof name),
			      ar_writer_name(&scope->items[0].writer, writer, sizeof writer));
	else
		ar_report_say(report,
			      "proved at revision %" PRId64 ": all %" PRId64
			      " values of %zu resources are under their writers",
			      revision, total, scope->count);
}

void ar_reencrypt_show(struct ar_report *report, const struct ar_reencrypt_view *view)
{
	const struct ar_reencrypt_result *result = view->result;

	if (!result) {
		if (view->forecast->stale == 0)
			show_proved(report, view, view->forecast->revision, view->forecast->total);
		return;
	}
	show_refusals(report, view);
	if (result->proved)
		show_proved(report, view, result->revision, result->total);
	else if (result->seen && result->stale_after > 0)
		ar_report_say(report,
			      "not all: %" PRId64 " of %" PRId64
			      " values are not under their writer (revision %" PRId64 ")",
			      result->stale_after, result->total, result->revision);
	else if (!result->seen && !view->error)
		ar_report_say(report,
			      "not proved: etcd was not asked; the API server has answered for all "
			      "%" PRId64 " objects: %" PRId64 " were written anew, %" PRId64
			      " needed nothing",
			      result->total, result->rewritten, result->current);
}
