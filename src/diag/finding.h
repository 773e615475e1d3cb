/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/text.h"

/*
 * Findings: what was seen that matters, each an instance of one row in one table of causes.
 *
 * Preflight, the config's check and lints, and (later) doctor speak from the same table, so one
 * id, one meaning and one remedy belong to one cause everywhere. Ids are stable: people write
 * them behind --accept, and into their automation.
 */

enum ar_severity {
	AR_NOTE,    /* worth knowing */
	AR_WARNING, /* upstream accepts it, users regret it: a lint */
	AR_STOP,    /* stops a change on a live node, unless accepted by id */
	AR_ERROR,   /* cannot be accepted away: invalid */
};

struct ar_cause {
	const char *id; /* "several-servers": lower case, hyphens */
	enum ar_severity severity;
	bool acceptable;     /* --accept ID lets an AR_STOP pass */
	const char *meaning; /* one sentence: what follows from it */
	const char *remedy;  /* what to do: a command where there is one */
};

/* The row with this id, NULL if there is none. */
const struct ar_cause *ar_cause_find(const char *id);
/* Row `index`, NULL behind the last: for docs and completion. */
const struct ar_cause *ar_cause_at(size_t index);

struct ar_finding {
	const struct ar_cause *cause;
	enum ar_severity severity; /* the cause's, unless the context lowers it */
	char *subject;             /* file or other thing spoken of, may be NULL */
	char *where;               /* upstream's field path, may be NULL */
	size_t line, column;       /* 0: none */
	char *what;                /* this instance in one line, no key bytes, lower case */
};

struct ar_findings {
	struct ar_finding *list;
	size_t count, cap;
};

#define AR_FINDINGS_INIT     \
	{                    \
		.list = NULL \
	}
#define AR_FINDINGS_AUTO __attribute__((cleanup(ar_findings_done)))

/* Releases the list; it is empty and usable again. */
void ar_findings_done(struct ar_findings *findings);
/* Adds a finding of cause `id` (which must exist in the table). Returns the finding to fill in
 * place (subject, where, line), or NULL when memory is out. `fmt` makes `what`. */
struct ar_finding *ar_findings_add(struct ar_findings *findings, const char *id, const char *fmt,
				   ...) __attribute__((format(printf, 3, 4)));
/* The same about a subject as a whole, without a place: all that most findings need. Returns -1
 * when memory is out. */
int ar_findings_say(struct ar_findings *findings, const char *id, const char *subject,
		    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Places a finding at a byte offset of a text (subject, line, column), and names its field path
 * (NULL: none). Accepts a NULL finding. Returns -1 when memory is out. */
int ar_finding_at(struct ar_finding *finding, const struct ar_text *text, size_t offset,
		  const char *where);
/* Names its subject without a line. Accepts a NULL finding. Returns -1 when memory is out. */
int ar_finding_about(struct ar_finding *finding, const char *subject);
/* Takes out those of this cause: what was suspected, and is known better by now. */
void ar_findings_drop(struct ar_findings *findings, const char *id);
/* Is there one of this cause? */
bool ar_findings_has(const struct ar_findings *findings, const char *id);
/* States it as the error that stops a change, with its remedy and, where that is possible, how to
 * accept it. Always -1. */
int ar_finding_refuse(const struct ar_finding *finding, struct ar_err *err);
/* The worst severity, AR_NOTE - 1 (as int) when there are none. */
int ar_findings_worst(const struct ar_findings *findings);
size_t ar_findings_count(const struct ar_findings *findings, enum ar_severity severity);
