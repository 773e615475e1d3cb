/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/checklist.h"
#include "cli/run.h"
#include "flow/climb.h"

/*
 * What `rotate`, `continue`, `disable`, and `enable` on several nodes have in common on the command
 * line: the ladder is shown over the model, confirmed, climbed over the world, and the end is told.
 */

/* Does all of it; `climb` is composed, and nothing was looked at yet. Returns the exit code, or -1
 * with err. `question` is asked before anything is done. */
int ar_climb_go(struct ar_run *run, struct ar_climb *climb, struct ar_checklist *list,
		const char *question, struct ar_err *err);
