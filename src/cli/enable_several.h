/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/checklist.h"
#include "cli/run.h"
#include "flow/enable.h"

/*
 * `enable` where the cluster has several API servers: no key writes before every one of them reads
 * it, so it climbs the ladder, and ends where another node is next.
 */

/* Are there several? What cannot be seen is one. */
int ar_enable_has_several(struct ar_enable *enable, bool *ret, struct ar_err *err);
/* Does it, with the goal, credentials and files that `enable` was composed with; what it owns is
 * taken over. Returns the exit code, or -1 with err. */
int ar_enable_several(struct ar_run *run, struct ar_enable *enable,
		      const struct ar_api_where *where, struct ar_checklist *list,
		      struct ar_err *err);
