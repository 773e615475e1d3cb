/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "cli/options.h"
#include "cli/report.h"

/*
 * `atrest help`, `--help`, `version`: texts made from the tables of options.h. The writers append
 * to a buffer and cannot fail otherwise; whoever prints asks ar_buf_check().
 */

/* Runs AR_CMD_HELP and AR_CMD_VERSION. Returns the exit code; everything is reported. */
int ar_help_run(const struct ar_options *opts, struct ar_report *report);

/* What the program is, its commands, and the options that all of them take. */
void ar_help_overview(struct ar_buf *out);
/* One command: usage, description, options, exit status, examples. */
void ar_help_command(enum ar_command command, struct ar_buf *out);

/* What an exit code means, in one line; NULL behind the last. */
const char *ar_exit_text(size_t code);
