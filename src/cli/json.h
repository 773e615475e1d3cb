/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <jansson.h>

#include "cli/report.h"
#include "kube/encconf.h"
#include "plan/next.h"

/*
 * How results look to programs: one JSON document on standard output per run, for errors too.
 *
 * Every document begins with "schema" ("atrest.patch/v1") and "atrest" (the program's version) and
 * has "exit" and "servers"; docs/json.md and docs/schema/ describe the rest. Within one version of
 * a schema fields are only added. No key is ever in one (law 7).
 *
 * Pieces are new references, NULL when memory is out; the ar_json_print_* functions take what is
 * NULL as that, and ar_report_finish() then says so.
 */

/* "schema", "atrest", "exit", and "servers" (none: []). */
json_t *ar_json_head(const char *schema, int exit_code, const struct ar_server *servers,
		     size_t count);
/* The findings as an array; those whose ids are in `accepted` are marked so. */
json_t *ar_json_findings(const struct ar_findings *findings, const char *const *accepted,
			 size_t accepted_count);

/* A text, made printable where it is no UTF-8; null for NULL. */
json_t *ar_json_text(const char *text);

/* The entries of a config as an array, empty for NULL: resources, and who writes and reads them. */
json_t *ar_json_entries(const struct ar_encconf *conf);

/* Puts the members of `more` behind the head; NULL when either is. */
json_t *ar_json_join(json_t *head, json_t *more);

/* Prints `root` and releases it. */
void ar_json_print(struct ar_report *report, json_t *root);
/* The same in one line, at once: commands that take their time print an object per event. */
void ar_json_print_line(struct ar_report *report, json_t *root);

/* A change that was looked at, planned or made: patch, config new, undo. All borrowed. */
struct ar_json_change {
	const char *schema;
	const char *state; /* "done", "planned", "refused", "changed" */
	int exit_code;
	const char *path;
	const struct ar_observation *seen;
	const struct ar_goal *goal;
	const struct ar_step *step;
	const char *diff;               /* "" where there is none */
	const struct ar_record *record; /* NULL: none was made */
	json_t *more;                   /* members to be put behind these, NULL: none; is taken */
};

/* Prints what task.c did or would do. */
void ar_json_print_change(struct ar_report *report, const struct ar_json_change *change);

/* What `config check` found. All borrowed. */
struct ar_json_check {
	const char *path;
	int minor; /* of the server that was asked about, -1: the newest */
	bool refused;
	int exit_code;
	const struct ar_findings *findings;
};

/* Prints the verdict with all findings. */
void ar_json_print_check(struct ar_report *report, const struct ar_json_check *check);
/* `config show`. `conf` may be NULL where the file cannot be understood. */
void ar_json_print_config(struct ar_report *report, const struct ar_encconf *conf, const char *path,
			  const char *sha256, bool refused);
/* `undo list` */
void ar_json_print_records(struct ar_report *report, const struct ar_record *records, size_t count);
void ar_json_print_error(struct ar_report *report, const struct ar_err *err);
