/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/checklist.h"

#include <string.h>
#include <unistd.h>

#include "cli/json_live.h"

#define EVERY_MS 10000 /* a line about waiting, where nothing can be overwritten */

static bool draws(const struct ar_checklist *list)
{
	return list->report->terminal && isatty(fileno(list->report->err_out));
}

void ar_checklist_end(struct ar_checklist *list)
{
	if (!list->drawn)
		return;
	fputs("\r\033[K", list->report->err_out);
	fflush(list->report->err_out);
	list->drawn = false;
}

static void begin(struct ar_checklist *list, const struct ar_event *event)
{
	FILE *out = list->report->err_out;

	snprintf(list->waiting, sizeof list->waiting, "%s", event->text);
	list->said_ms = 0;
	if (draws(list)) {
		fprintf(out, "    … %s", event->text);
		list->drawn = true;
	} else {
		fprintf(out, "atrest: %s\n", event->text);
	}
	fflush(out);
}

static enum ar_mark mark_of(enum ar_event_kind kind)
{
	return kind == AR_EVENT_DONE   ? AR_MARK_DONE
	       : kind == AR_EVENT_FAIL ? AR_MARK_CONFLICT
				       : AR_MARK_WARN;
}

static void say(struct ar_checklist *list, const struct ar_event *event)
{
	if (event->kind != AR_EVENT_NOTE)
		list->waiting[0] = '\0';
	if (event->elapsed_ms < 0)
		ar_report_check(list->report, mark_of(event->kind), "%s", event->text);
	else
		ar_report_check(list->report, mark_of(event->kind), "%s  (%.1f s)", event->text,
				(double)event->elapsed_ms / 1000);
	fflush(list->report->out);
}

static void on_event(struct ar_events *base, const struct ar_event *event)
{
	struct ar_checklist *list = (struct ar_checklist *)base;
	const struct ar_report *report = list->report;

	if (report->json) {
		ar_json_print_event(list->report, event);
		return;
	}
	ar_checklist_end(list);
	if (report->quiet && event->kind != AR_EVENT_FAIL)
		return;
	if (event->kind == AR_EVENT_BEGIN)
		begin(list, event);
	else
		say(list, event);
}

static void on_tick(struct ar_events *base, int64_t elapsed_ms)
{
	struct ar_checklist *list = (struct ar_checklist *)base;
	FILE *out = list->report->err_out;

	if (list->report->json || list->report->quiet || !list->waiting[0])
		return;
	if (draws(list)) {
		fprintf(out, "\r\033[K    … %s  %lld s", list->waiting,
			(long long)(elapsed_ms / 1000));
		list->drawn = true;
	} else if (elapsed_ms - list->said_ms >= EVERY_MS) {
		fprintf(out, "atrest: %s: %lld s\n", list->waiting, (long long)(elapsed_ms / 1000));
		list->said_ms = elapsed_ms;
	}
	fflush(out);
}

/* --- work of many parts ---------------------------------------------------------------------- */

#define BAR 24

static void print_bar(const struct ar_checklist *list, const struct ar_headway *way)
{
	const char *full = list->report->unicode ? "█" : "#";
	const char *empty = list->report->unicode ? "░" : "-";
	const int64_t filled = way->done >= way->total ? BAR : way->done * BAR / way->total;

	for (int i = 0; i < BAR; i++)
		fputs(i < filled ? full : empty, list->report->err_out);
	fputs("  ", list->report->err_out);
}

static void left_text(double seconds, char *buf, size_t size)
{
	if (seconds < 120)
		snprintf(buf, size, "%.0f s left", seconds);
	else
		snprintf(buf, size, "%.0f min left", seconds / 60);
}

/* "1234 of 5000 values re-encrypted, 812/s, 5 s left, 2 failed" */
static void print_headway(FILE *out, const struct ar_headway *way)
{
	char left[40];

	if (way->total > 0)
		fprintf(out, "%lld of %lld %s", (long long)way->done, (long long)way->total,
			way->what);
	else
		fprintf(out, "%lld %s", (long long)way->done, way->what);
	if (way->per_second > 0)
		fprintf(out, ", %.0f/s", way->per_second);
	if (way->per_second > 0 && way->total > way->done) {
		left_text((double)(way->total - way->done) / way->per_second, left, sizeof left);
		fprintf(out, ", %s", left);
	}
	if (way->failed > 0)
		fprintf(out, ", %lld failed", (long long)way->failed);
}

static bool is_due(struct ar_checklist *list, int64_t elapsed_ms, int64_t every)
{
	if (list->told_ms < 0 || elapsed_ms < list->told_ms)
		list->told_ms = elapsed_ms; /* it has only begun */
	if (elapsed_ms - list->told_ms < every)
		return false;
	list->told_ms = elapsed_ms;
	return true;
}

static void on_progress(struct ar_events *base, const struct ar_headway *way)
{
	struct ar_checklist *list = (struct ar_checklist *)base;
	FILE *out = list->report->err_out;

	if (list->report->json) {
		if (is_due(list, way->elapsed_ms, 1000))
			ar_json_print_headway(list->report, way);
		return;
	}
	if (list->report->quiet)
		return;
	if (draws(list)) {
		fputs("\r\033[K    ", out);
		if (way->total > 0)
			print_bar(list, way);
		print_headway(out, way);
		list->drawn = true;
	} else if (is_due(list, way->elapsed_ms, EVERY_MS)) {
		fputs("atrest: ", out);
		print_headway(out, way);
		fputc('\n', out);
	}
	fflush(out);
}

void ar_checklist_init(struct ar_checklist *list, struct ar_report *report)
{
	*list = (struct ar_checklist){
		.base = { .event = on_event, .tick = on_tick, .progress = on_progress },
		.report = report,
		.told_ms = -1,
	};
}
