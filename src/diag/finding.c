/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/finding.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"

static void release(struct ar_finding *finding)
{
	free(finding->subject);
	free(finding->where);
	free(finding->what);
}

void ar_findings_done(struct ar_findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		release(&findings->list[i]);
	free(findings->list);
	*findings = (struct ar_findings)AR_FINDINGS_INIT;
}

void ar_findings_drop(struct ar_findings *findings, const char *id)
{
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->list[i].cause->id, id) == 0)
			release(&findings->list[i]);
		else
			findings->list[kept++] = findings->list[i];
	findings->count = kept;
}

static struct ar_finding *room(struct ar_findings *findings)
{
	if (findings->count == findings->cap) {
		size_t cap = findings->cap ? findings->cap * 2 : 8;
		struct ar_finding *list = realloc(findings->list, cap * sizeof *list);
		if (!list)
			return NULL;
		findings->list = list;
		findings->cap = cap;
	}
	return &findings->list[findings->count];
}

/* A copy that no terminal can be steered by; NULL when memory is out. */
static char *printable(const char *text, size_t len)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ar_buf_add(&out, "", 0); /* so that there is something to hand over */
	ar_buf_add_printable(&out, text, len);
	return ar_buf_check(&out, &err) != 0 ? NULL : AR_TAKE(out.data);
}

/* Sets a string of the finding; NULL leaves it as it is. */
static int set_text(char **field, const char *text)
{
	if (!text)
		return 0;
	char *copy = printable(text, strlen(text));
	if (!copy)
		return -1;
	free(*field);
	*field = copy;
	return 0;
}

__attribute__((format(printf, 3, 0))) static struct ar_finding *
add(struct ar_findings *findings, const char *id, const char *fmt, va_list args)
{
	const struct ar_cause *cause = ar_cause_find(id);
	struct ar_finding *finding = room(findings);
	AR_BUF_AUTO struct ar_buf what = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	assert(cause);
	ar_buf_addv(&what, fmt, args);
	if (!finding || ar_buf_check(&what, &err) != 0)
		return NULL;
	*finding = (struct ar_finding){ .cause = cause, .severity = cause->severity };
	if (set_text(&finding->what, ar_buf_text(&what)) != 0)
		return NULL;
	findings->count++;
	return finding;
}

struct ar_finding *ar_findings_add(struct ar_findings *findings, const char *id, const char *fmt,
				   ...)
{
	va_list args;

	va_start(args, fmt);
	struct ar_finding *finding = add(findings, id, fmt, args);
	va_end(args);
	return finding;
}

int ar_findings_say(struct ar_findings *findings, const char *id, const char *subject,
		    const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	struct ar_finding *finding = add(findings, id, fmt, args);
	va_end(args);
	return ar_finding_about(finding, subject);
}

int ar_finding_at(struct ar_finding *finding, const struct ar_text *text, size_t offset,
		  const char *where)
{
	if (!finding)
		return -1;
	struct ar_place place = ar_text_place(text, offset);
	finding->line = place.line;
	finding->column = place.column;
	if (set_text(&finding->subject, text->name) != 0)
		return -1;
	return set_text(&finding->where, where);
}

int ar_finding_about(struct ar_finding *finding, const char *subject)
{
	return finding ? set_text(&finding->subject, subject) : -1;
}

int ar_findings_worst(const struct ar_findings *findings)
{
	int worst = (int)AR_NOTE - 1;

	for (size_t i = 0; i < findings->count; i++)
		if ((int)findings->list[i].severity > worst)
			worst = (int)findings->list[i].severity;
	return worst;
}

size_t ar_findings_count(const struct ar_findings *findings, enum ar_severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->list[i].severity == severity;
	return count;
}

int ar_finding_refuse(const struct ar_finding *finding, struct ar_err *err)
{
	const struct ar_cause *cause = finding->cause;
	bool says_how = !cause->acceptable || strstr(cause->remedy, "--accept");

	ar_err_set(err, "%s: %s", cause->id, finding->what);
	snprintf(err->path, sizeof err->path, "%s", finding->subject ? finding->subject : "");
	return ar_err_hint(err, "%s%s%s", cause->remedy,
			   says_how ? "" : "; or accept it: --accept ", says_how ? "" : cause->id);
}

bool ar_findings_has(const struct ar_findings *findings, const char *id)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->list[i].cause->id, id) == 0)
			return true;
	return false;
}
