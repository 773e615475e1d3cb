/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "host/record.h"

/* Inside of records only: what happens in the folder of records. */

/* Is this the name of a record: 20261124-045500-0001? */
bool ar_record_is_id(const char *name);
/* Brings the folder `from` to the disk and renames it; both are names in the folder of records,
 * which is synced. */
int ar_record_rename(const struct ar_host *host, const char *from, const char *to,
		     struct ar_err *err);
