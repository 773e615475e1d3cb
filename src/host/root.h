/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>

#include "base/err.h"

/*
 * The file system as this run sees it: the machine's own, or one folder taken as the root
 * (--root: images, tests, the demo). Under --root every path, and every symlink met on the way, is resolved
 * inside the folder by the kernel (openat2, RESOLVE_IN_ROOT): nothing outside can be read or written.
 */

struct ar_host {
	int root_fd;        /* -1: the machine's own root; else the folder */
	const char *root;   /* as given, NULL for the machine's own */
	bool follow;        /* --follow: a symlink as the last component is followed */
};

int ar_host_open(const char *root, bool follow, struct ar_host *ret_host, struct ar_err *err);
void ar_host_close(struct ar_host *host);
/* openat2 inside the root; flags as open(2), O_CLOEXEC added. The last component is not followed unless
 * `follow`. Returns a descriptor, or -1 with errno (it is the callers who know what to say). */
int ar_host_openat(const struct ar_host *host, const char *path, int flags, unsigned mode);
/* Opens the folder that holds `path` and points at its last component; -1 with errno. */
int ar_host_parent(const struct ar_host *host, const char *path, const char **ret_name);
/* Makes a folder 0700, with its parents; one that is there is left as it is. */
int ar_host_mkdir(const struct ar_host *host, const char *path, struct ar_err *err);
