/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <jansson.h>

#include "cli/run.h"
#include "flow/look.h"
#include "plan/next.h"

/*
 * The one walk of every command that changes a file: look → next → show → apply → prove. A dry run
 * ends after showing (and asks next() again on the model); --check is exit 3 where next() does not
 * say done; "-" is a filter.
 */

struct ar_task {
	const char *path; /* absolute, or "-" */
	struct ar_goal goal;
	/* Reads the file, and what speaks against the change. Called again to prove. */
	int (*look)(struct ar_run *run, struct ar_task *task, struct ar_look *ret,
		    struct ar_err *err);
	const char *done;   /* what to say when there is nothing to do */
	char what[256];     /* the change in words, for the record; filled before applying */
	const char *undoes; /* record that is taken back, NULL else */
	const char *schema; /* of the JSON result: "atrest.patch/v1" */
	/* More that belongs to the change: shown with the preview, and done before the file. May be
	 * NULL. */
	int (*show_more)(struct ar_run *run, struct ar_task *task, struct ar_err *err);
	int (*do_more)(struct ar_run *run, struct ar_task *task, struct ar_err *err);
	void (*afterwards)(struct ar_run *run,
			   const struct ar_task *task); /* says what remains; may be NULL */
	/* More members of the JSON result, a new reference; may be NULL. */
	json_t *(*json_more)(const struct ar_task *task);
};

/* Returns the exit code; everything is reported. */
int ar_task_run(struct ar_run *run, struct ar_task *task);
