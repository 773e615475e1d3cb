/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/options.h"
#include "cli/report.h"
#include "flow/session.h"

/*
 * What every command shares: options, where its output goes, the session with its lock. And the
 * commands themselves: each returns the exit code, having reported whatever there was to say.
 */

struct ar_run {
	const struct ar_options *opts;
	struct ar_report *report;
	struct ar_session session;
	int lock; /* -1: not held */
};

#define AR_RUN_AUTO __attribute__((cleanup(ar_run_stop)))

/* Opens the root and names the run. `command` as it stands in records ("config new"). */
int ar_run_start(const struct ar_options *opts, struct ar_report *report, const char *command,
		 struct ar_run *ret, struct ar_err *err);
/* Takes the lock, and settles what an interrupted run left. For runs that will change something. */
int ar_run_lock(struct ar_run *run, struct ar_err *err);
void ar_run_stop(struct ar_run *run);

/* `path` as an absolute one, into buf: records must mean the same file from anywhere. "-" stays. */
int ar_run_absolute(const struct ar_run *run, const char *path, char *buf, size_t size,
		    struct ar_err *err);

/* The frame of a command: starts the run, calls `body`, reports its error, and gives the exit code.
 * `body` returns an exit code, or -1 with `err`. */
int ar_run_command(const struct ar_options *opts, struct ar_report *report, const char *command,
		   int (*body)(struct ar_run *run, struct ar_err *err));

/* Asks on the terminal, unless --yes was given. Without either it refuses; `yes_means` ends the
 * hint: "say --yes to …". */
int ar_run_confirm(const struct ar_run *run, const char *question, const char *yes_means,
		   struct ar_err *err);

/* The commands: each reports whatever there is to say, and returns the exit code. */
int ar_cmd_patch(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_keygen(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_config_new(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_config_check(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_config_show(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_undo(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_undo_list(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_enable(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_rotate(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_continue(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_disable(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_export(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_import(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_status(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_doctor(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_verify(const struct ar_options *opts, struct ar_report *report);
int ar_cmd_reencrypt(const struct ar_options *opts, struct ar_report *report);
