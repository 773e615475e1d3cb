/* SPDX-License-Identifier: Apache-2.0 */
#include "host/impl.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* Never again after EINTR: on Linux the descriptor is gone, and its number may be somebody else's.
 */
void ar_fd_close(int *fd)
{
	int sys = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = sys;
}

int ar_fd_sync(int fd)
{
	int result;

	do
		result = fsync(fd);
	while (result != 0 && errno == EINTR);
	return result;
}

int ar_fd_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int ar_host_refuse(struct ar_err *err, const char *path, const char *what)
{
	if (!ar_err_is_set(err))
		snprintf(err->path, sizeof err->path, "%s", path);
	return ar_err_set(err, "%s", what);
}

static const char *remedy(int sys)
{
	static const struct {
		int sys;
		const char *hint;
	} remedies[] = {
		{ EACCES, "run as root" },
		{ EPERM, "run as root; if you are, the file or its folder may be immutable "
			 "(lsattr, chattr -i)" },
		{ EROFS,
		  "the file system is read-only: see 'dmesg' for the reason, then remount it" },
		{ ENOSPC, "make room on the disk (df, df -i), then run again" },
		{ EDQUOT, "the quota is used up: make room, then run again" },
		{ EIO, "the disk reports an error: see 'dmesg'" },
		{ ENOENT, "make the folder first, or check the path" },
		{ ENOTDIR, "a part of the path is no folder: check the path" },
		{ ELOOP, "the path goes round in circles: check its symlinks" },
	};

	for (size_t i = 0; i < sizeof remedies / sizeof remedies[0]; i++)
		if (remedies[i].sys == sys)
			return remedies[i].hint;
	return NULL;
}

int ar_host_fail(struct ar_err *err, const char *path, const char *what)
{
	const char *hint = remedy(errno);

	if (ar_err_is_set(err))
		return -1;
	ar_err_sys(err, path, "%s", what);
	return hint ? ar_err_hint(err, "%s", hint) : -1;
}
