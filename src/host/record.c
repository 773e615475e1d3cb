/* SPDX-License-Identifier: Apache-2.0 */
#include "host/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/lock.h"
#include "host/machine.h"
#include "host/record_json.h"

#define RECORDS AR_STATE_DIR "/records"

void ar_record_path(const struct ar_record *record, char *buf, size_t size)
{
	snprintf(buf, size, RECORDS "/%s", record->id);
}

static void part_path(const struct ar_record *record, const char *folder, size_t part, char *buf, size_t size)
{
	(void)record;
	snprintf(buf, size, "%s/old-%zu", folder, part);
}

static bool is_there(const struct ar_host *host, const char *path)
{
	int fd = ar_host_openat(host, path, O_PATH, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Time first, so that names sort by it; a counter for those of one second. */
static int choose_id(const struct ar_host *host, struct ar_record *record, struct ar_err *err)
{
	char path[200], stamp[20];
	size_t at = 0;

	ar_machine_now(record->when, sizeof record->when);
	for (const char *c = record->when; *c && at + 1 < sizeof stamp; c++)
		if (*c >= '0' && *c <= '9')
			stamp[at++] = *c;
		else if (*c == 'T')
			stamp[at++] = '-';
	stamp[at] = '\0';
	for (unsigned n = 1; n < 10000; n++) {
		snprintf(record->id, sizeof record->id, "%s-%04u", stamp, n);
		ar_record_path(record, path, sizeof path);
		if (!is_there(host, path))
			return 0;
	}
	return ar_err_set(err, "too many records of one second");
}

static int write_parts(const struct ar_host *host, const char *folder, const struct ar_record *record,
		       const struct ar_snapshot *const *old, struct ar_err *err)
{
	char path[300];

	for (size_t i = 0; i < record->part_count; i++) {
		if (!old[i]->exists)
			continue;
		part_path(record, folder, i, path, sizeof path);
		if (ar_file_create(host, path, 0600, old[i]->data, old[i]->len, err) != 0)
			return -1;
	}
	return 0;
}

static int write_json(const struct ar_host *host, const char *folder, const struct ar_record *record, bool replace,
		      struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = AR_BUF_INIT;
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	char path[300];

	snprintf(path, sizeof path, "%s/record.json", folder);
	if (ar_record_to_json(record, &text, err) != 0)
		return -1;
	if (!replace)
		return ar_file_create(host, path, 0600, text.data, text.len, err);
	if (ar_file_read(host, path, 0, &old, err) != 0)
		return -1;
	return ar_file_replace(host, &old, text.data, text.len, err);
}

/* Removes a folder of ours with the plain files in it; one that is not there is fine. */
static int remove_folder(const struct ar_host *host, const char *folder, struct ar_err *err)
{
	const char *name;
	int dir = ar_host_openat(host, folder, O_RDONLY | O_DIRECTORY, 0);

	if (dir < 0)
		return errno == ENOENT ? 0 : ar_err_sys(err, folder, "cannot open");
	int result = ar_record_empty(dir, folder, err);
	close(dir);
	if (result != 0)
		return -1;
	int parent = ar_host_parent(host, folder, &name);
	if (parent < 0)
		return ar_err_sys(err, folder, "cannot open the folder above");
	if (unlinkat(parent, name, AT_REMOVEDIR) != 0 || fsync(parent) != 0)
		result = ar_err_sys(err, folder, "cannot remove");
	close(parent);
	return result;
}

/* From the dot name, under which nothing is listed, to its own: whole or not at all. */
static int publish(const struct ar_host *host, const char *from, const char *to, struct ar_err *err)
{
	const char *from_name, *to_name;
	int dir = ar_host_parent(host, from, &from_name);
	int made = ar_host_openat(host, from, O_RDONLY | O_DIRECTORY, 0);
	int result = 0;

	to_name = strrchr(to, '/') + 1;
	if (dir < 0 || made < 0 || fsync(made) != 0 || renameat(dir, from_name, dir, to_name) != 0 || fsync(dir) != 0)
		result = ar_err_sys(err, to, "cannot put the record in place");
	if (made >= 0)
		close(made);
	if (dir >= 0)
		close(dir);
	return result;
}

int ar_record_begin(const struct ar_host *host, struct ar_record *record, const struct ar_snapshot *const *old,
		    struct ar_err *err)
{
	static const char building[] = RECORDS "/.new";
	char path[200];
	struct ar_err ignored = AR_ERR_INIT;

	record->progress = AR_STARTED;
	if (ar_host_mkdir(host, RECORDS, err) != 0 || remove_folder(host, building, err) != 0 ||
	    choose_id(host, record, err) != 0 || ar_host_mkdir(host, building, err) != 0)
		return -1;
	ar_record_path(record, path, sizeof path);
	if (write_parts(host, building, record, old, err) != 0 ||
	    write_json(host, building, record, false, err) != 0 || publish(host, building, path, err) != 0) {
		remove_folder(host, building, &ignored);
		ar_err_wrap(err, "no record, so no change");
		return ar_err_class(err, AR_FAILED);
	}
	return 0;
}

int ar_record_update(const struct ar_host *host, const struct ar_record *record, struct ar_err *err)
{
	char path[200];

	ar_record_path(record, path, sizeof path);
	return write_json(host, path, record, true, err);
}

int ar_record_drop(const struct ar_host *host, const struct ar_record *record, struct ar_err *err)
{
	char path[200];

	ar_record_path(record, path, sizeof path);
	return remove_folder(host, path, err);
}

static int load(const struct ar_host *host, const char *id, struct ar_record *ret, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	char path[300];

	snprintf(path, sizeof path, RECORDS "/%.40s/record.json", id);
	if (ar_file_read(host, path, 0, &file, err) != 0)
		return -1;
	if (ar_record_from_json(file.data, file.len, ret, err) != 0)
		return -1;
	return strcmp(ret->id, id) == 0 ? 0 : ar_err_set(err, "record '%s' calls itself '%s'", id, ret->id);
}

static int load_all(const struct ar_host *host, const struct ar_entry *entries, size_t count, struct ar_record *list,
		    size_t *ret_unreadable)
{
	size_t n = 0;

	*ret_unreadable = 0;
	for (size_t i = count; i > 0; i--) { /* the names sort by time: newest first */
		struct ar_err unread = AR_ERR_INIT;
		if (load(host, entries[i - 1].name, &list[n], &unread) == 0)
			n++;
		else
			(*ret_unreadable)++;
	}
	return (int)n;
}

int ar_record_list(const struct ar_host *host, struct ar_record **ret, size_t *ret_count, size_t *ret_unreadable,
		   struct ar_err *err)
{
	struct ar_entry *entries = NULL;
	size_t count = 0;

	*ret = NULL;
	*ret_count = *ret_unreadable = 0;
	if (ar_folder_list(host, RECORDS, &entries, &count, err) != 0)
		return -1;
	struct ar_record *list = calloc(count ? count : 1, sizeof *list);
	if (!list) {
		ar_entries_free(entries, count);
		return ar_err_oom(err);
	}
	*ret_count = (size_t)load_all(host, entries, count, list, ret_unreadable);
	*ret = list;
	ar_entries_free(entries, count);
	return 0;
}

int ar_record_old(const struct ar_host *host, const struct ar_record *record, size_t part, struct ar_snapshot *ret,
		  struct ar_err *err)
{
	char folder[200], path[300];

	ar_record_path(record, folder, sizeof folder);
	part_path(record, folder, part, path, sizeof path);
	if (ar_file_read(host, path, record->parts[part].secret ? AR_READ_SECRET : 0, ret, err) != 0)
		return -1;
	if (strcmp(ret->sha256, record->parts[part].sha_before) == 0)
		return 0;
	ar_snapshot_done(ret);
	ar_err_set(err, "the copy in '%s' is not what was recorded: its sha256 differs", path);
	return ar_err_hint(err, "it was changed or damaged; do not use it");
}

/* How many newer records of the same file there are. */
static size_t newer(const struct ar_record *list, size_t index)
{
	size_t n = 0;

	for (size_t i = 0; i < index; i++)
		n += strcmp(list[i].parts[0].path, list[index].parts[0].path) == 0;
	return n;
}

int ar_record_prune(const struct ar_host *host, size_t keep, struct ar_err *err)
{
	struct ar_record *list = NULL;
	size_t count = 0, unreadable = 0;
	int result = 0;

	if (ar_record_list(host, &list, &count, &unreadable, err) != 0)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++) {
		size_t most = list[i].parts[0].secret ? 1 : keep;
		if (list[i].progress != AR_STARTED && newer(list, i) >= most)
			result = ar_record_drop(host, &list[i], err);
	}
	free(list);
	return result;
}
