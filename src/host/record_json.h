/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "host/record.h"

/* Inside of records only: the text of record.json. */

/* Appends the record as JSON. A path that is not UTF-8 cannot be written; other texts are made so.
 */
int ar_record_to_json(const struct ar_record *record, struct ar_buf *out, struct ar_err *err);
/* Reads it back. Refuses duplicate keys, missing ones, wrong types and values, and the version of a
 * newer atrest; ignores keys that it does not know. */
int ar_record_from_json(const char *data, size_t len, struct ar_record *ret, struct ar_err *err);
