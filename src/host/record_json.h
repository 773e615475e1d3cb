/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "host/record.h"

/* Inside of records, for record.c only: the text of record.json, and emptying a record's folder. */

/* Appends the record as JSON. */
int ar_record_to_json(const struct ar_record *record, struct ar_buf *out, struct ar_err *err);
/* Reads it back. Refuses duplicate keys, wrong types, and the version of a newer atrest. */
int ar_record_from_json(const char *data, size_t len, struct ar_record *ret, struct ar_err *err);
/* Unlinks the plain files in an open folder. `path` is for messages. */
int ar_record_empty(int dir, const char *path, struct ar_err *err);
