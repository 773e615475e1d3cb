/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/imported.h"

#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "host/record.h"

static int is_there(const struct ar_session *session, const char *path, bool *ret,
		    struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	if (ar_file_read(&session->host, path, AR_READ_SECRET | AR_READ_MAY_LACK, &file, err) != 0)
		return -1;
	*ret = file.exists;
	return 0;
}

int ar_imported_path(const struct ar_session *session, char *buf, size_t size, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *records = NULL;
	size_t count = 0, unreadable = 0;
	bool there = false;

	buf[0] = '\0';
	if (ar_record_list(&session->host, &records, &count, &unreadable, err) != 0)
		return -1;
	for (size_t i = 0; i < count && !there; i++) {
		const struct ar_record *record = &records[i];
		if (strcmp(record->command, "import") != 0 || !record->parts[0].secret ||
		    record->progress == AR_UNDONE)
			continue;
		if (is_there(session, record->parts[0].path, &there, err) != 0)
			return -1;
		if (there)
			snprintf(buf, size, "%s", record->parts[0].path);
	}
	return 0;
}
