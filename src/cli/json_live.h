/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/json.h"
#include "cli/node.h"
#include "cli/status_servers.h"
#include "flow/events.h"
#include "plan/plane.h"

/*
 * Commands that take their time, for programs: one object a line, as things happen, each with its
 * own "schema"; the last one is the command's result.
 */

/* Something began, was done, failed, or is worth saying. */
void ar_json_print_event(struct ar_report *report, const struct ar_event *event);
/* How far a work of many parts has come. */
void ar_json_print_headway(struct ar_report *report, const struct ar_headway *way);
/* A step of the plan, before anything is done. `old` is the text that it would change. */
int ar_json_print_plan(struct ar_report *report, const struct ar_plane_step *step,
		       const struct ar_text *old, const char *words, struct ar_err *err);
/* The result of a live change. All borrowed. */
struct ar_json_live {
	const char *schema;
	const char *state; /* "done", "planned", "refused", "changed" */
	int exit_code;
	const struct ar_plane *plane; /* its findings */
	const struct ar_plane_goal *goal;
	const struct ar_stored_seen *stored; /* what was counted; NULL: nothing is said of it */
	const char *uncounted;               /* why it could not be; "" */
};

/* Prints it, in one line. */
void ar_json_print_live(struct ar_report *report, const struct ar_json_live *live);

/* What `status` saw. All borrowed. */
struct ar_json_status {
	const struct ar_node_view *view;
	const struct ar_status_servers *servers;
	const struct ar_encconf *conf; /* NULL where there is none that is valid */
	bool refused, kept;
	size_t records;
	int exit_code;
};

/* Prints all of it. */
void ar_json_print_status(struct ar_report *report, const struct ar_json_status *status);
/* `doctor` */
void ar_json_print_findings(struct ar_report *report, const char *schema,
			    const struct ar_findings *findings, int exit_code);
