/* SPDX-License-Identifier: Apache-2.0 */
#include "host/record_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/scope.h"
#include "host/impl.h"

bool ar_record_is_id(const char *name)
{
	static const char shape[] = "00000000-000000-0000";

	for (size_t i = 0; i < sizeof shape; i++) {
		bool digit = name[i] >= '0' && name[i] <= '9';
		if (shape[i] == '0' ? !digit : name[i] != shape[i])
			return false;
	}
	return true;
}

static int open_records(const struct ar_host *host)
{
	return ar_host_openat(host, AR_RECORDS_DIR, O_RDONLY | O_DIRECTORY, 0);
}

static int open_folder(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int ar_record_rename(const struct ar_host *host, const char *from, const char *to,
		     struct ar_err *err)
{
	AR_FD_AUTO int dir = open_records(host);
	AR_FD_AUTO int folder = dir < 0 ? -1 : open_folder(dir, from);

	if (folder < 0 || ar_fd_sync(folder) != 0 || renameat(dir, from, dir, to) != 0 ||
	    ar_fd_sync(dir) != 0)
		return ar_host_fail(err, AR_RECORDS_DIR, "cannot put a record in place");
	return 0;
}

/* --- sweeping ----------------------------------------------------------------------------------
 */

/* Calls `each` for all entries but "." and "..", of which there may be some more while it removes
 * what it is given. 0, or -1 with errno. */
static int for_each(int dir, int (*each)(int dir, const char *name))
{
	int copy = open_folder(dir, ".");
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int result = 0;

	if (!list) {
		ar_fd_close(&copy);
		return -1;
	}
	errno = 0;
	while (result == 0 && (entry = readdir(list)) != NULL) {
		bool self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
		result = self ? 0 : each(dir, entry->d_name);
		errno = result == 0 ? 0 : errno;
	}
	int sys = errno;
	closedir(list);
	errno = sys;
	return sys == 0 ? 0 : -1;
}

static int remove_file(int dir, const char *name)
{
	return unlinkat(dir, name, 0) != 0 && errno != ENOENT ? -1 : 0;
}

/* Dot names are ours: records half-built or half-removed, and never more than plain files in them.
 */
static int remove_unfinished(int dir, const char *name)
{
	if (name[0] != '.')
		return 0;
	AR_FD_AUTO int folder = open_folder(dir, name);
	if (folder < 0)
		return errno == ENOTDIR ? remove_file(dir, name) : -1;
	if (for_each(folder, remove_file) != 0 || unlinkat(dir, name, AT_REMOVEDIR) != 0)
		return -1;
	return 0;
}

int ar_record_sweep(const struct ar_host *host, struct ar_err *err)
{
	AR_FD_AUTO int dir = open_records(host);

	if (dir < 0 && errno == ENOENT)
		return 0;
	if (dir < 0 || for_each(dir, remove_unfinished) != 0)
		return ar_host_fail(err, AR_RECORDS_DIR, "cannot tidy the records");
	return 0;
}

/* --- pruning -----------------------------------------------------------------------------------
 */

/* How many of the records before `index`, which are newer, have a part of this path? */
static size_t newer(const struct ar_record *list, size_t index, const char *path, bool predecessor)
{
	size_t n = 0;

	for (size_t i = 0; i < index; i++)
		for (size_t k = 0; k < list[i].part_count; k++) {
			const struct ar_record_part *part = &list[i].parts[k];
			n += strcmp(part->path, path) == 0 && (!predecessor || part->sha_before[0]);
		}
	return n;
}

static bool is_needless(const struct ar_record *list, size_t index, size_t keep)
{
	for (size_t k = 0; k < list[index].part_count; k++)
		if (newer(list, index, list[index].parts[k].path, false) < keep)
			return false;
	return true;
}

static int forget_part(const struct ar_host *host, const struct ar_record *record, size_t part,
		       struct ar_err *err)
{
	char path[200];
	const char *name;

	snprintf(path, sizeof path, AR_RECORDS_DIR "/%s/old-%zu", record->id, part);
	AR_FD_AUTO int dir = ar_host_parent(host, path, &name);
	if (dir < 0)
		return ar_host_fail(err, path, "cannot open its folder");
	if (unlinkat(dir, name, 0) == 0)
		return ar_fd_sync(dir) == 0 ? 0 : ar_host_fail(err, path, "cannot sync its folder");
	return errno == ENOENT ? 0
			       : ar_host_fail(err, path, "cannot remove an old key-bearing file");
}

/* Retired keys belong in no growing pile of copies. */
static int forget_keys(const struct ar_host *host, const struct ar_record *list, size_t index,
		       struct ar_err *err)
{
	for (size_t k = 0; k < list[index].part_count; k++) {
		const struct ar_record_part *part = &list[index].parts[k];
		if (part->secret && newer(list, index, part->path, true) > 0 &&
		    forget_part(host, &list[index], k, err) != 0)
			return -1;
	}
	return 0;
}

int ar_record_prune(const struct ar_host *host, size_t keep, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *list = NULL;
	size_t count, unreadable;
	int result = 0;

	if (ar_record_list(host, &list, &count, &unreadable, err) != 0)
		return -1;
	for (size_t i = 0; i < count && result == 0; i++)
		if (list[i].progress != AR_STARTED)
			result = is_needless(list, i, keep) ? ar_record_drop(host, &list[i], err)
							    : forget_keys(host, list, i, err);
	return result;
}
