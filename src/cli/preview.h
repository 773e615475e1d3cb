/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/run.h"
#include "flow/enable.h"

/*
 * The plan of a live change, shown: next() is asked over a model of the world until it says done,
 * and each step is printed as it is met, with the diff of what it writes. What a run then does is
 * asked of the same next(), over the world.
 */

#define AR_PREVIEW_STEPS 8 /* more than there are moves */

struct ar_preview {
	struct ar_run *run;
	struct ar_enable *enable;
	size_t steps; /* how many there are */
	bool refused; /* a finding stops it */
};

/* Shows it all, and what was found. */
int ar_preview_show(struct ar_preview *preview, struct ar_err *err);
