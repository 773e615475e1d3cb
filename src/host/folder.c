/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/impl.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ar_entry *)a)->name, ((const struct ar_entry *)b)->name);
}

struct listing {
	struct ar_entry *list;
	size_t count;
};

/* What vanishes between listing and looking was not there. */
static int add_entry(struct listing *all, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : -1;
	struct ar_entry *list = realloc(all->list, (all->count + 1) * sizeof *list);
	if (!list)
		return -1;
	all->list = list;
	list[all->count].mode = st.st_mode;
	list[all->count].mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	snprintf(list[all->count].name, sizeof list->name, "%s", name);
	all->count++;
	return 0;
}

static int list_open(DIR *dir, struct listing *all)
{
	const struct dirent *entry;

	errno = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' && add_entry(all, dirfd(dir), entry->d_name) != 0)
			return -1;
		errno = 0;
	}
	return errno != 0 ? -1 : 0;
}

int ar_folder_list(const struct ar_host *host, const char *path, struct ar_entry **ret,
		   size_t *ret_count, struct ar_err *err)
{
	struct listing all = { .list = NULL };

	*ret = NULL;
	*ret_count = 0;
	int fd = ar_host_openat(host, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : ar_host_fail(err, path, "cannot list");
	DIR *dir = fdopendir(fd);
	if (!dir) {
		ar_fd_close(&fd);
		return ar_host_fail(err, path, "cannot list");
	}
	int result = list_open(dir, &all);
	if (result != 0)
		ar_host_fail(err, path, "cannot list");
	closedir(dir);
	if (result != 0) {
		free(all.list);
		return -1;
	}
	if (all.count > 0)
		qsort(all.list, all.count, sizeof *all.list, by_name);
	*ret = all.list;
	*ret_count = all.count;
	return 0;
}

static bool folder_stat(const struct ar_host *host, const char *path, struct stat *ret)
{
	AR_FD_AUTO int fd = ar_host_openat(host, path, O_PATH | O_DIRECTORY, 0);

	return fd >= 0 && fstat(fd, ret) == 0;
}

bool ar_folder_same(const struct ar_host *host, const char *a, const char *b)
{
	struct stat x, y;

	return folder_stat(host, a, &x) && folder_stat(host, b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}
