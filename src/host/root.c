/* SPDX-License-Identifier: Apache-2.0 */
#include "host/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel resolves every symlink on the way inside the root; glibc has no wrapper. */
static int open_in_root(int root, const char *path, int flags, unsigned mode)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
		.resolve = RESOLVE_IN_ROOT,
	};

	return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

int ar_host_open(const char *root, bool follow, struct ar_host *ret_host, struct ar_err *err)
{
	struct ar_host host = { .root_fd = -1, .root = root, .follow = follow };

	if (root) {
		host.root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (host.root_fd < 0)
			return ar_err_sys(err, root, "cannot open the folder given with --root");
		int probe = open_in_root(host.root_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
		if (probe < 0) {
			ar_err_sys(err, root, "this kernel cannot keep paths inside --root (openat2)");
			close(host.root_fd);
			return ar_err_hint(err, "use Linux 5.6 or newer, or run without --root");
		}
		close(probe);
	}
	*ret_host = host;
	return 0;
}

void ar_host_close(struct ar_host *host)
{
	if (host->root && host->root_fd >= 0)
		close(host->root_fd);
	host->root_fd = -1;
	host->root = NULL;
}

int ar_host_openat(const struct ar_host *host, const char *path, int flags, unsigned mode)
{
	int all = flags | O_CLOEXEC | (host->follow ? 0 : O_NOFOLLOW);

	if (!host->root)
		return open(path, all, mode);
	return open_in_root(host->root_fd, path, all, mode);
}

int ar_host_parent(const struct ar_host *host, const char *path, const char **ret_name)
{
	struct ar_host through = *host;
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;

	if (len >= sizeof folder - 1) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(folder, path, len);
	memcpy(folder + len, ".", 2);
	through.follow = true; /* only a link in the last component of a file's path is in question */
	*ret_name = path + len;
	return ar_host_openat(&through, folder, O_RDONLY | O_DIRECTORY, 0);
}

static int make_one(const struct ar_host *host, const char *path, struct ar_err *err)
{
	const char *name;
	int parent = ar_host_parent(host, path, &name);

	if (parent < 0)
		return ar_err_sys(err, path, "cannot open the folder above");
	int made = mkdirat(parent, name, 0700);
	int sys = errno;
	bool there = made != 0 && sys == EEXIST;
	int synced = made == 0 ? fsync(parent) : 0;
	close(parent);
	errno = made != 0 ? sys : errno;
	if ((made != 0 && !there) || synced != 0)
		return ar_err_sys(err, path, "cannot make the folder");
	return 0;
}

int ar_host_mkdir(const struct ar_host *host, const char *path, struct ar_err *err)
{
	char part[PATH_MAX];

	for (const char *at = path; ; at++) {
		if ((*at != '/' && *at != '\0') || at == path) {
			if (*at == '\0')
				return 0;
			continue;
		}
		size_t len = (size_t)(at - path);
		if (len >= sizeof part)
			return ar_err_set(err, "'%s' is too long a path", path);
		memcpy(part, path, len);
		part[len] = '\0';
		int there = ar_host_openat(host, part, O_PATH | O_DIRECTORY, 0);
		struct ar_host through = *host;
		through.follow = true;
		if (there < 0)
			there = ar_host_openat(&through, part, O_PATH | O_DIRECTORY, 0);
		if (there >= 0)
			close(there);
		else if (make_one(host, part, err) != 0)
			return -1;
		if (*at == '\0')
			return 0;
	}
}
