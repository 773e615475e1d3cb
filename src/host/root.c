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

#include "host/impl.h"

/* The kernel gives EAGAIN when it cannot prove that ".." stayed inside while others rename folders:
 * a new try then; this many without luck are an attack or a storm. */
#define TRIES 64

/* The kernel resolves every symlink on the way inside the root; glibc has no wrapper. */
static int open_in_root(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_IN_ROOT,
	};
	long fd = -1;

	for (int i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, root, path, &how, sizeof how);
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

static int check_kernel(int root, const char *path, struct ar_err *err)
{
	AR_FD_AUTO int fd = open_in_root(root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);

	if (fd >= 0)
		return 0;
	ar_err_sys(err, path, "this kernel cannot keep paths inside --root (openat2)");
	return ar_err_hint(err, "use Linux 5.6 or newer, or run without --root");
}

int ar_host_open(const char *root, bool follow, struct ar_host *ret_host, struct ar_err *err)
{
	struct ar_host host = { .root_fd = -1, .root = root, .follow = follow };

	if (root) {
		do
			host.root_fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		while (host.root_fd < 0 && errno == EINTR);
		if (host.root_fd < 0)
			return ar_err_sys(err, root, "cannot open the folder given with --root");
		if (check_kernel(host.root_fd, root, err) != 0) {
			ar_fd_close(&host.root_fd);
			return -1;
		}
	}
	*ret_host = host;
	return 0;
}

void ar_host_close(struct ar_host *host)
{
	if (host->root)
		ar_fd_close(&host->root_fd);
	host->root_fd = -1;
	host->root = NULL;
}

int ar_host_openat(const struct ar_host *host, const char *path, int flags, mode_t mode)
{
	int fd;

	if (host->root)
		return open_in_root(host->root_fd, path, flags | O_CLOEXEC, mode);
	do
		fd = open(path, flags | O_CLOEXEC, mode);
	while (fd < 0 && errno == EINTR);
	return fd;
}

int ar_host_parent(const struct ar_host *host, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;
	char folder[PATH_MAX];

	if (len + 2 > sizeof folder) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(folder, path, len);
	memcpy(folder + len, ".", 2);
	*ret_name = path + len;
	return ar_host_openat(host, folder, O_RDONLY | O_DIRECTORY, 0);
}

static bool is_folder(const struct ar_host *host, const char *path)
{
	AR_FD_AUTO int fd = ar_host_openat(host, path, O_PATH | O_DIRECTORY, 0);

	return fd >= 0;
}

/* A folder's mode is set by name: the umask may have left one that cannot be opened. */
static int make_folder(const struct ar_host *host, const char *path, mode_t mode,
		       struct ar_err *err)
{
	const char *name;
	AR_FD_AUTO int parent = ar_host_parent(host, path, &name);

	if (parent < 0)
		return ar_host_fail(err, path, "cannot open the folder above");
	if (mkdirat(parent, name, mode) != 0) {
		if (errno == EEXIST && is_folder(host, path))
			return 0;
		return ar_host_fail(err, path, "cannot make the folder");
	}
	if (fchmodat(parent, name, mode, 0) != 0 || ar_fd_sync(parent) != 0)
		return ar_host_fail(err, path, "cannot make the folder");
	return 0;
}

int ar_host_mkdir(const struct ar_host *host, const char *path, struct ar_err *err)
{
	char part[PATH_MAX];

	if (is_folder(host, path))
		return 0;
	for (size_t len = 1; path[len]; len++) {
		if (path[len] != '/')
			continue;
		if (len >= sizeof part)
			return ar_host_refuse(err, path, "is too long a path");
		memcpy(part, path, len);
		part[len] = '\0';
		if (!is_folder(host, part) && make_folder(host, part, 0755, err) != 0)
			return -1;
	}
	return make_folder(host, path, 0700, err);
}
