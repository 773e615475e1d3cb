/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/report.h"
#include "plan/next.h"

/* The diff of a step, made from its edits; keys and tokens redacted. */

/* Appends it to `out`. `old` is the text that the step was planned for. */
int ar_stepdiff_draw(const struct ar_text *old, const struct ar_step *step, bool colour,
		     struct ar_buf *out, struct ar_err *err);
/* Prints it as a result. */
int ar_stepdiff_show(struct ar_report *report, const struct ar_text *old,
		     const struct ar_step *step, struct ar_err *err);
/* How a part of a plan is marked in a checklist. */
enum ar_mark ar_stepdiff_mark(enum ar_state state);
