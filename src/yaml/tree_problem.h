/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/err.h"
#include "base/text.h"

/* What libyaml says, and where: at which byte it stopped, and where what it was reading began. */
struct ar__problem {
	const char *theirs;
	size_t at, opened;
};

/* Says in our words, with a remedy, where the problem comes from. Always -1. */
int ar__problem_report(const struct ar_text *text, const struct ar__problem *problem,
		       struct ar_err *err);
