/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "cli/options.h"
#include "diag/finding.h"
#include "host/record.h"
#include "kube/encconf.h"

/*
 * How results look to people.
 *
 * Standard output carries the result, standard error everything else. Whatever is echoed (paths,
 * names, source lines, what a file says) has its control characters made visible. With
 * `--output json` an error is a JSON document on standard output too, so that a program reads one
 * stream (docs/json.md).
 *
 * Nothing here fails on its own account; a stream that cannot be written is found by
 * ar_report_finish().
 */

struct ar_report {
	FILE *out, *err_out;
	FILE *findings_out; /* `config check`: its findings are the result */
	bool colour;        /* of `out` */
	bool err_colour;
	bool unicode;  /* the locale shows UTF-8 */
	bool terminal; /* `out` is one */
	bool json, quiet;
	bool changes; /* this command changes files */
	bool failed;  /* a result could not be made */
};

enum ar_mark {
	AR_MARK_DONE,     /* is there */
	AR_MARK_ADD,      /* will be added */
	AR_MARK_CHANGE,   /* will be changed */
	AR_MARK_REMOVE,   /* will be taken out */
	AR_MARK_CONFLICT, /* stands in the way */
	AR_MARK_WARN,     /* look at this */
	AR_MARKS,
};

/* On stdout and stderr, as the options and the environment (NO_COLOR, TERM, the locale) say.
 * `opts` need not be complete: see ar_options_parse. */
void ar_report_init(struct ar_report *report, const struct ar_options *opts);

/* The error with its place, source line and caret, its remedy, and what state the world is in. */
void ar_report_error(struct ar_report *report, const struct ar_err *err);
/* What the class of an error says of the world: "nothing was changed"; "" for AR_DONE. */
const char *ar_class_state(enum ar_class class);
/* The class in one word, for programs: "failed", "usage", …. */
const char *ar_class_name(enum ar_class class);

/* Every finding with what follows from it, what to do, and how to accept it; then how many. Those
 * whose ids are in `accepted` are marked so. Notes are left out when quiet. */
void ar_report_findings(struct ar_report *report, const struct ar_findings *findings,
			const char *const *accepted, size_t accepted_count);
/* Is the finding's id among the accepted ones, and does that count for it? */
bool ar_finding_accepted(const struct ar_finding *finding, const char *const *accepted,
			 size_t accepted_count);
/* "note", "warning", "stop", "error" */
const char *ar_severity_name(enum ar_severity severity);

/* A diff that ar_diff_write made: bytes as they are, unless they go to a terminal. */
void ar_report_diff(struct ar_report *report, const struct ar_buf *diff);
/* One line of a checklist, on standard output. */
void ar_report_check(struct ar_report *report, enum ar_mark mark, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* One line of the result, on standard output. */
void ar_report_say(struct ar_report *report, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* One line on standard error, "atrest: warning: …". */
void ar_report_warn(struct ar_report *report, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Text that is complete in itself (help, man page), on standard output. */
void ar_report_text(struct ar_report *report, const struct ar_buf *text);
/* For each resource which provider writes and which ones read, keys by name, length and age. */
void ar_report_entries(struct ar_report *report, const struct ar_encconf *conf);
/* `undo list`, newest first as given. */
void ar_report_records(struct ar_report *report, const struct ar_record *records, size_t count);

/* Flushes. Returns `code`, or, where the result could not be written in full, says so and returns
 * AR_FAILED (AR_LOOK, if the command may have changed something). Call once, last. */
int ar_report_finish(struct ar_report *report, int code);

/* For report*.c: text with control characters and bad UTF-8 made visible. Needs no memory. */
void ar_print_safe(FILE *out, const char *data, size_t len);
