/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "host/record.h"

/* Two records as `undo list` has them, newest first: one of a file replaced and put back, one of a
 * key made. */
static const struct ar_record records[] = {
	{ .id = "20261124-045500-1",
	  .command = "patch",
	  .who = "admin",
	  .what = "flag added",
	  .when = "2026-11-24T04:55:00Z",
	  .progress = AR_UNDONE,
	  .part_count = 1,
	  .parts = { { .path = "/m.yaml",
		       .action = AR_REPLACED,
		       .sha_before = "aa",
		       .sha_after = "bb",
		       .size_before = 10,
		       .size_after = 20,
		       .mode = 0100600 } } },
	{ .id = "20261124-045400-1",
	  .command = "config new",
	  .who = "root",
	  .what = "new",
	  .when = "2026-11-24T04:54:00Z",
	  .progress = AR_FINISHED,
	  .part_count = 1,
	  .parts = { { .path = "/enc.yaml",
		       .action = AR_CREATED,
		       .sha_after = "cc",
		       .size_after = 5,
		       .mode = 0100600 } } },
};
