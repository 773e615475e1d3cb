/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * The file system as this run sees it: the machine's own, or one folder taken as the root
 * (--root: images, tests, the demo). Under --root every path, and every symlink met on the way, is
 * resolved inside the folder by the kernel (openat2, RESOLVE_IN_ROOT): nothing outside can be read
 * or written.
 *
 * Without --root a path is absolute or relative to the working folder; with it, always relative to
 * the root.
 */

struct ar_host {
	int root_fd;      /* -1: the machine's own root; else the folder */
	const char *root; /* as given (borrowed), NULL for the machine's own */
	bool follow;      /* --follow: ar_file_read goes through a symlink at the end of a path */
};

/* Opens the root; NULL for the machine's own. Refuses --root on a kernel that cannot keep paths
 * inside it. To be closed by ar_host_close. */
int ar_host_open(const char *root, bool follow, struct ar_host *ret_host, struct ar_err *err);
void ar_host_close(struct ar_host *host);

/* open(2) inside the root, with O_CLOEXEC; EINTR is retried. Symlinks are followed unless the flags
 * have O_NOFOLLOW. Returns a descriptor, or -1 with errno (it is the callers who know what to say).
 */
int ar_host_openat(const struct ar_host *host, const char *path, int flags, mode_t mode);

/* Opens the folder that holds `path`, symlinks followed, and points at the last component of
 * `path` ("" when it ends in a slash); -1 with errno. */
int ar_host_parent(const struct ar_host *host, const char *path, const char **ret_name);

/* Makes a folder 0700 whatever the umask, on disk; missing parents become 0755. One that is there
 * is left as it is. */
int ar_host_mkdir(const struct ar_host *host, const char *path, struct ar_err *err);
