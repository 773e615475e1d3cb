/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/report.h"
#include "cli/report_style.h"

/* --- findings -------------------------------------------------------------------------------- */

static const struct {
	const char *name, *many, *style;
} severities[] = {
	[AR_NOTE] = { "note", "notes", AR_STYLE_GOOD },
	[AR_WARNING] = { "warning", "warnings", AR_STYLE_WARNING },
	[AR_STOP] = { "stop", "stops", AR_STYLE_BAD },
	[AR_ERROR] = { "error", "errors", AR_STYLE_BAD },
};

#define SEVERITIES (sizeof severities / sizeof severities[0])

const char *ar_severity_name(enum ar_severity severity)
{
	return severity < SEVERITIES ? severities[severity].name : "";
}

bool ar_finding_accepted(const struct ar_finding *finding, const char *const *accepted,
			 size_t accepted_count)
{
	if (!finding->cause->acceptable)
		return false;
	for (size_t i = 0; i < accepted_count; i++)
		if (strcmp(finding->cause->id, accepted[i]) == 0)
			return true;
	return false;
}

/* One finding on its way to a stream. */
struct shown {
	FILE *out;
	bool colour, accepted;
	const struct ar_finding *finding;
};

static void print_detail(const struct shown *shown, const char *label, const char *text)
{
	if (!text || !text[0])
		return;
	fprintf(shown->out, "  %s: ", label);
	ar_print_safe(shown->out, text, strlen(text));
	fputc('\n', shown->out);
}

static void print_subject(const struct shown *shown)
{
	const struct ar_finding *finding = shown->finding;

	if (!finding->subject)
		return;
	if (shown->colour)
		fputs(AR_STYLE_PLACE, shown->out);
	ar_print_safe(shown->out, finding->subject, strlen(finding->subject));
	if (finding->line > 0)
		fprintf(shown->out, ":%zu:%zu", finding->line, finding->column);
	fprintf(shown->out, "%s: ", shown->colour ? AR_STYLE_OFF : "");
}

static void print_finding(const struct shown *shown)
{
	const struct ar_finding *finding = shown->finding;
	const struct ar_cause *cause = finding->cause;
	FILE *out = shown->out;

	ar_print_styled(out, shown->colour, severities[finding->severity].style,
			severities[finding->severity].name);
	fprintf(out, "%s: ", shown->accepted ? " (accepted)" : "");
	print_subject(shown);
	if (finding->what)
		ar_print_safe(out, finding->what, strlen(finding->what));
	fprintf(out, " [%s]\n", cause->id);
	print_detail(shown, "field", finding->where);
	if (shown->accepted)
		return;
	print_detail(shown, "means", cause->meaning);
	print_detail(shown, "remedy", cause->remedy);
	/* Many a remedy ends with it already, and says when it is right. */
	if (cause->acceptable && finding->severity == AR_STOP && !strstr(cause->remedy, "--accept"))
		fprintf(out, "  accept: --accept %s\n", cause->id);
}

/* "1 error, 2 warnings", the worst first. */
static void print_counts(FILE *out, const struct ar_findings *findings, size_t accepted)
{
	const char *join = "";

	for (size_t i = SEVERITIES; i-- > 0;) {
		size_t count = ar_findings_count(findings, (enum ar_severity)i);
		if (count == 0)
			continue;
		fprintf(out, "%s%zu %s", join, count,
			count == 1 ? severities[i].name : severities[i].many);
		join = ", ";
	}
	if (accepted > 0)
		fprintf(out, " (%zu accepted)", accepted);
	fputc('\n', out);
}

void ar_report_findings(struct ar_report *report, const struct ar_findings *findings,
			const char *const *accepted, size_t accepted_count)
{
	struct shown shown = {
		.out = report->findings_out,
		.colour = report->findings_out == report->out ? report->colour : report->err_colour,
	};
	size_t said = 0, passed = 0;

	fflush(report->out);
	for (size_t i = 0; i < findings->count; i++) {
		shown.finding = &findings->list[i];
		shown.accepted = ar_finding_accepted(shown.finding, accepted, accepted_count);
		if (report->quiet && shown.finding->severity == AR_NOTE)
			continue;
		print_finding(&shown);
		said++;
		passed += shown.accepted;
	}
	if (said > 0)
		print_counts(shown.out, findings, passed);
}

/* --- records --------------------------------------------------------------------------------- */

static const char *const stages[] = {
	[AR_STAGE_NONE] = "",
	[AR_STAGE_WRITTEN] = "  (written; no server was seen to run with it)",
	[AR_STAGE_LISTENING] = "  (a server ran with it; not proved)",
	[AR_STAGE_PROVED] = "  (proved)",
	[AR_STAGE_KEPT] = "  (proved, and in kubeadm-config)",
	[AR_STAGE_RETURNED] = "  (it failed, and was put back)",
};

static const char *progress_note(const struct ar_record *record)
{
	switch (record->progress) {
	case AR_STARTED: return "  (not finished: the next change settles it)";
	case AR_UNDONE: return "  (undone)";
	case AR_FINISHED: return stages[record->stage];
	}
	return "";
}

static void say_state(struct ar_report *report, const char *when, const char *sha, size_t size)
{
	if (sha[0])
		ar_report_say(report, "    %s %zu bytes, sha256 %s", when, size, sha);
	else
		ar_report_say(report, "    %s no file", when);
}

static void say_record(struct ar_report *report, const struct ar_record *record)
{
	ar_print_styled(report->out, report->colour, AR_STYLE_PLACE, record->id);
	ar_report_say(report, "  %s  by %s  %s%s", record->when, record->who, record->command,
		      progress_note(record));
	ar_report_say(report, "  %s", record->what);
	for (size_t i = 0; i < record->part_count; i++) {
		const struct ar_record_part *part = &record->parts[i];
		ar_report_say(report, "  %s", part->path);
		say_state(report, "before", part->sha_before, part->size_before);
		say_state(report, "after ", part->sha_after, part->size_after);
	}
}

void ar_report_records(struct ar_report *report, const struct ar_record *records, size_t count)
{
	if (count == 0)
		ar_report_say(report, "there are no records");
	for (size_t i = 0; i < count; i++)
		say_record(report, &records[i]);
}
