/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "host/impl.h"

/*
 * Temp files are named `.atrest.NAME.` and 16 hex digits. The dot keeps the kubelet away; the rest
 * is how a later run knows them for ours.
 */

#define TEMP_PREFIX ".atrest."
#define NAME_SHOWN  200 /* of a long name only the beginning, so that it still fits */
#define RANDOM_HEX  16

static void choose_temp(struct ar_spot *spot)
{
	unsigned long long random;

	ar_secret_random(&random, sizeof random);
	snprintf(spot->temp, sizeof spot->temp, TEMP_PREFIX "%.*s.%0*llx", NAME_SHOWN, spot->name,
		 RANDOM_HEX, random);
}

int ar_spot_open(const struct ar_host *host, const char *path, struct ar_spot *ret,
		 struct ar_err *err)
{
	struct ar_spot spot = { .path = path };

	spot.dir = ar_host_parent(host, path, &spot.name);
	if (spot.dir < 0)
		return ar_host_fail(err, path, "cannot open its folder");
	if (!spot.name[0] || strcmp(spot.name, ".") == 0 || strcmp(spot.name, "..") == 0) {
		ar_fd_close(&spot.dir);
		ar_host_refuse(err, path, "is a folder; expected a regular file");
		return ar_err_hint(err, "name the file in it");
	}
	choose_temp(&spot);
	*ret = spot;
	return 0;
}

void ar_spot_done(struct ar_spot *spot)
{
	ar_fd_close(&spot->dir);
}

/* Length of the name for which a temp file was made; 0 when it is no temp file of ours. */
static size_t temp_of(const char *entry)
{
	const size_t prefix = sizeof TEMP_PREFIX - 1;
	size_t len = strlen(entry);

	if (strncmp(entry, TEMP_PREFIX, prefix) != 0 || len < prefix + 2 + RANDOM_HEX)
		return 0;
	const char *tail = entry + len - RANDOM_HEX;
	if (tail[-1] != '.' || strspn(tail, "0123456789abcdef") != RANDOM_HEX)
		return 0;
	return len - prefix - 1 - RANDOM_HEX;
}

/* In a folder where others may write, a name alone proves nothing. A temp file belongs to us, or
 * already to the owner of the file that it was to replace. */
static bool is_stale(int dir, const char *entry)
{
	struct stat st, of;
	char name[NAME_MAX + 1];
	size_t len = temp_of(entry);

	if (len == 0 || fstatat(dir, entry, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return false;
	if (st.st_uid == geteuid())
		return true;
	snprintf(name, sizeof name, "%.*s", (int)len, entry + sizeof TEMP_PREFIX - 1);
	return fstatat(dir, name, &of, AT_SYMLINK_NOFOLLOW) == 0 && of.st_uid == st.st_uid;
}

static int remove_stale(DIR *list, int dir)
{
	const struct dirent *entry;

	errno = 0;
	while ((entry = readdir(list)) != NULL) {
		if (is_stale(dir, entry->d_name) && unlinkat(dir, entry->d_name, 0) != 0 &&
		    errno != ENOENT)
			return -1;
		errno = 0;
	}
	return errno != 0 ? -1 : 0;
}

int ar_spot_sweep(const struct ar_spot *spot, struct ar_err *err)
{
	int copy = openat(spot->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);

	if (!list) {
		ar_fd_close(&copy);
		return ar_host_fail(err, spot->path, "cannot list its folder");
	}
	int result = remove_stale(list, spot->dir);
	if (result != 0)
		ar_host_fail(err, spot->path,
			     "cannot remove what an interrupted run left beside it");
	closedir(list);
	return result;
}

int ar_spot_sync(const struct ar_spot *spot, const char *done, struct ar_err *err)
{
	if (ar_fd_sync(spot->dir) == 0)
		return 0;
	ar_err_sys(err, spot->path, "%s, but its folder cannot be brought to the disk", done);
	ar_err_hint(err, "the change is in place, and a power cut may take it back: check the disk "
			 "(dmesg), look at the file, run 'sync'");
	return ar_err_class(err, AR_LOOK);
}
