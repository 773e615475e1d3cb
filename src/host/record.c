/* SPDX-License-Identifier: Apache-2.0 */
#include "host/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"
#include "host/impl.h"
#include "host/machine.h"
#include "host/record_folder.h"
#include "host/record_json.h"

#define BUILDING AR_RECORDS_DIR "/.new"

void ar_record_path(const struct ar_record *record, char *buf, size_t size)
{
	snprintf(buf, size, AR_RECORDS_DIR "/%s", record->id);
}

/* --- beginning ---------------------------------------------------------------------------------
 */

/* 2026-11-24T04:55:00Z as 20261124-045500. */
static void stamp_of(const char *when, char stamp[16])
{
	size_t at = 0;

	for (const char *c = when; *c && at < 15; c++)
		if ((*c >= '0' && *c <= '9') || *c == 'T')
			stamp[at++] = *c == 'T' ? '-' : *c;
	stamp[at] = '\0';
}

static const char *newest(const struct ar_entry *entries, size_t count)
{
	for (size_t i = count; i > 0; i--)
		if (ar_record_is_id(entries[i - 1].name))
			return entries[i - 1].name;
	return "";
}

/* Time, and a counter for those of one second. A clock that went back does not make a new record
 * older than the ones before it. */
static int choose_id(const struct ar_host *host, struct ar_record *record, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_entry *entries = NULL;
	size_t count;
	unsigned number = 1;
	char stamp[16];

	ar_machine_now(record->when, sizeof record->when);
	stamp_of(record->when, stamp);
	if (ar_folder_list(host, AR_RECORDS_DIR, &entries, &count, err) != 0)
		return -1;
	const char *last = newest(entries, count);
	if (strncmp(last, stamp, 15) >= 0) {
		memcpy(stamp, last, 15);
		number = (unsigned)strtoul(last + 16, NULL, 10) + 1;
	}
	if (number > 9999)
		return ar_err_set(err, "there are 9999 records of %s: check the clock", stamp);
	snprintf(record->id, sizeof record->id, "%s-%04u", stamp, number);
	return 0;
}

/* What cannot be recorded exactly could not be undone. */
static int check_parts(const struct ar_record *record, const struct ar_snapshot *const *old,
		       struct ar_err *err)
{
	for (size_t i = 0; i < record->part_count; i++)
		if (strcmp(record->parts[i].path, old[i]->path) != 0)
			return ar_host_refuse(err, old[i]->path, "is too long a path for a record");
	return 0;
}

static int write_old(const struct ar_host *host, const struct ar_record *record,
		     const struct ar_snapshot *const *old, struct ar_err *err)
{
	char path[200];

	for (size_t i = 0; i < record->part_count; i++) {
		snprintf(path, sizeof path, BUILDING "/old-%zu", i);
		if (old[i]->exists &&
		    ar_file_create(host, path, 0600, old[i]->data, old[i]->len, err) != 0)
			return -1;
	}
	return 0;
}

static int build(const struct ar_host *host, const struct ar_record *record,
		 const struct ar_snapshot *const *old, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf json = AR_BUF_INIT;

	if (ar_record_to_json(record, &json, err) != 0 || ar_host_mkdir(host, BUILDING, err) != 0 ||
	    write_old(host, record, old, err) != 0 ||
	    ar_file_create(host, BUILDING "/record.json", 0600, json.data, json.len, err) != 0)
		return -1;
	return ar_record_rename(host, ".new", record->id, err);
}

int ar_record_begin(const struct ar_host *host, struct ar_record *record,
		    const struct ar_snapshot *const *old, struct ar_err *err)
{
	struct ar_err ignored = AR_ERR_INIT;

	record->progress = AR_STARTED;
	if (check_parts(record, old, err) != 0 || ar_host_mkdir(host, AR_STATE_DIR, err) != 0 ||
	    ar_host_mkdir(host, AR_RECORDS_DIR, err) != 0 || ar_record_sweep(host, err) != 0 ||
	    choose_id(host, record, err) != 0)
		return -1;
	if (build(host, record, old, err) == 0)
		return 0;
	/* Also where it is in place but its folder was not synced: no record that may be lost. */
	ar_record_drop(host, record, &ignored);
	ar_record_sweep(host, &ignored);
	ar_err_wrap(err, "there could be no record of the change, so there is no change");
	return ar_err_class(err, AR_FAILED);
}

/* --- going on ----------------------------------------------------------------------------------
 */

static void json_path(const char *id, char *buf, size_t size)
{
	snprintf(buf, size, AR_RECORDS_DIR "/%s/record.json", id);
}

int ar_record_update(const struct ar_host *host, const struct ar_record *record, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf json = AR_BUF_INIT;
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	char path[200];

	json_path(record->id, path, sizeof path);
	if (ar_record_to_json(record, &json, err) != 0 ||
	    ar_file_read(host, path, 0, &old, err) != 0)
		return -1;
	return ar_file_replace(host, &old, json.data, json.len, err);
}

int ar_record_drop(const struct ar_host *host, const struct ar_record *record, struct ar_err *err)
{
	char gone[60];

	snprintf(gone, sizeof gone, ".gone.%s", record->id);
	if (ar_record_rename(host, record->id, gone, err) != 0)
		return -1;
	return ar_record_sweep(host, err);
}

/* --- reading -----------------------------------------------------------------------------------
 */

int ar_record_read(const struct ar_host *host, const char *id, struct ar_record *ret,
		   struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	char path[200];

	if (!ar_record_is_id(id))
		return ar_err_set(err, "'%s' is no record", id);
	json_path(id, path, sizeof path);
	if (ar_file_read(host, path, 0, &file, err) != 0)
		return -1;
	if (ar_record_from_json(file.data, file.len, ret, err) == 0 && strcmp(ret->id, id) != 0)
		ar_err_set(err, "the record calls itself '%s'", ret->id);
	if (!ar_err_is_set(err))
		return 0;
	snprintf(err->path, sizeof err->path, "%s", path);
	return -1;
}

/* Out of memory is no property of the record. */
static int read_all(const struct ar_host *host, const struct ar_entry *entries, size_t count,
		    struct ar_record *list, size_t ret[2])
{
	for (size_t i = count; i > 0; i--) { /* the names sort by time: newest first */
		struct ar_err unread = AR_ERR_INIT;
		bool ok = ar_record_read(host, entries[i - 1].name, &list[ret[0]], &unread) == 0;
		if (!ok && unread.sys == ENOMEM)
			return -1;
		ret[ok ? 0 : 1]++;
	}
	return 0;
}

int ar_record_list(const struct ar_host *host, struct ar_record **ret, size_t *ret_count,
		   size_t *ret_unreadable, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_entry *entries = NULL;
	size_t count, counts[2] = { 0, 0 };

	if (ar_folder_list(host, AR_RECORDS_DIR, &entries, &count, err) != 0)
		return -1;
	AR_FREE_AUTO struct ar_record *list = calloc(count + 1, sizeof *list);
	int result = list ? read_all(host, entries, count, list, counts) : -1;
	if (result != 0)
		return ar_err_oom(err);
	*ret = AR_TAKE(list);
	*ret_count = counts[0];
	*ret_unreadable = counts[1];
	return 0;
}

static int refuse_old(const struct ar_record *record, const struct ar_record_part *part,
		      struct ar_err *err)
{
	if (part->secret)
		return ar_err_set(
			err,
			"record %s no longer keeps the old content of %s: of a key-bearing "
			"file only the newest is kept",
			record->id, part->path);
	ar_err_set(err, "the old content of %s is missing from record %s", part->path, record->id);
	return ar_err_hint(err, "somebody has removed it; this record cannot be undone");
}

int ar_record_old(const struct ar_host *host, const struct ar_record *record, size_t part,
		  struct ar_snapshot *ret, struct ar_err *err)
{
	const struct ar_record_part *of = &record->parts[part];
	const unsigned flags = AR_READ_MAY_LACK | (of->secret ? AR_READ_SECRET : 0);
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	char path[200];

	snprintf(path, sizeof path, AR_RECORDS_DIR "/%s/old-%zu", record->id, part);
	if (ar_file_read(host, path, flags, &old, err) != 0)
		return -1;
	if (!old.exists && of->sha_before[0])
		return refuse_old(record, of, err);
	if (old.exists && strcmp(old.sha256, of->sha_before) != 0) {
		ar_host_refuse(err, path, "is not what was recorded: its sha256 differs");
		return ar_err_hint(err, "it was changed or is damaged; do not use it");
	}
	*ret = old;
	old = (struct ar_snapshot){ .path = NULL };
	return 0;
}
