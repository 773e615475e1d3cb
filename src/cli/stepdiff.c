/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stepdiff.h"

int ar_stepdiff_draw(const struct ar_text *old, const struct ar_step *step, bool colour,
		     struct ar_buf *out, struct ar_err *err)
{
	const struct ar_diff_opts opts = {
		.old_name = step->kind == AR_STEP_CREATE ? "/dev/null" : old->name,
		.new_name = step->kind == AR_STEP_REMOVE ? "/dev/null" : old->name,
		.colour = colour,
		.hide_old = step->hide_old.list,
		.hide_old_count = step->hide_old.count,
		.hide_new = step->hide_new.list,
		.hide_new_count = step->hide_new.count,
	};

	return ar_diff_write(old, &step->plan.edits, &opts, out, err);
}

int ar_stepdiff_show(struct ar_report *report, const struct ar_text *old,
		     const struct ar_step *step, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf diff = AR_BUF_INIT;

	if (ar_stepdiff_draw(old, step, report->colour, &diff, err) != 0 ||
	    ar_buf_check(&diff, err) != 0)
		return -1;
	ar_report_diff(report, &diff);
	return 0;
}

enum ar_mark ar_stepdiff_mark(enum ar_state state)
{
	switch (state) {
	case AR_ADD: return AR_MARK_ADD;
	case AR_CHANGE: return AR_MARK_CHANGE;
	case AR_REMOVE: return AR_MARK_REMOVE;
	default: return AR_MARK_DONE;
	}
}
