/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/scope.h"
#include "base/secret.h"
#include "host/file.h"

#define TEMP_PREFIX ".atrest."

/* One replacement or creation: the folder, the name in it, and the temp file being built. */
struct target {
	const struct ar_host *host;
	const char *path;
	int dir;
	const char *name;
	char temp[NAME_MAX + 1];
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define FD_AUTO __attribute__((cleanup(close_fd)))

static int explain(struct ar_err *err, const char *path, const char *what)
{
	int sys = errno;

	ar_err_sys(err, path, "%s", what);
	if (sys == EROFS)
		return ar_err_hint(err, "the file system is read-only: see 'dmesg' for why, and remount it");
	if (sys == ENOSPC || sys == EDQUOT)
		return ar_err_hint(err, "make room on the disk, then run again");
	if (sys == EPERM)
		return ar_err_hint(err, "the file may be immutable (lsattr), or you are not root");
	if (sys == EACCES)
		return ar_err_hint(err, "run as root");
	return -1;
}

static int open_target(const struct ar_host *host, const char *path, struct target *ret, struct ar_err *err)
{
	unsigned char random[8];
	const char *name = NULL;
	int dir = ar_host_parent(host, path, &name);

	if (dir < 0)
		return explain(err, path, "cannot open its folder");
	*ret = (struct target){ .host = host, .path = path, .dir = dir, .name = name };
	ar_secret_random(random, sizeof random);
	int n = snprintf(ret->temp, sizeof ret->temp, TEMP_PREFIX "%.150s.", name);
	for (size_t i = 0; i < sizeof random; i++)
		n += snprintf(ret->temp + n, sizeof ret->temp - (size_t)n, "%02x", random[i]);
	return 0;
}

/* A run that was killed leaves at most one dot-named temp file; the kubelet does not look at it, the next run removes it. */
static int remove_stale(const struct target *t, struct ar_err *err)
{
	char prefix[NAME_MAX + 1];
	int copy = openat(t->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	int result = 0;

	if (!dir) {
		close_fd(&copy);
		return explain(err, t->path, "cannot list its folder");
	}
	size_t len = (size_t)snprintf(prefix, sizeof prefix, TEMP_PREFIX "%.150s.", t->name);
	while (result == 0 && (entry = readdir(dir)) != NULL) {
		struct stat st;
		if (strncmp(entry->d_name, prefix, len) != 0 || strlen(entry->d_name) != len + 16 ||
		    fstatat(t->dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
			continue;
		if (unlinkat(t->dir, entry->d_name, 0) != 0 && errno != ENOENT)
			result = explain(err, t->path, "cannot remove a left-over of an interrupted run");
	}
	closedir(dir);
	return result;
}

static int write_all(int fd, const char *data, size_t len)
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

/* Extended attributes: the SELinux label, without which a confined kubelet or API server may not read the file, and ACLs. */
static int copy_xattrs(int from, int to)
{
	char names[4096], value[4096];
	ssize_t len = flistxattr(from, names, sizeof names);

	if (len < 0)
		return errno == ENOTSUP ? 0 : -1;
	for (const char *name = names; name < names + len; name += strlen(name) + 1) {
		ssize_t n = fgetxattr(from, name, value, sizeof value);
		if (n < 0 || fsetxattr(to, name, value, (size_t)n, 0) != 0)
			return -1;
	}
	return 0;
}

/* Owner before mode: chown clears set-id bits, and the mode must be the last word. */
static int copy_identity(const struct target *t, int fd, const struct ar_snapshot *old)
{
	FD_AUTO int from = openat(t->dir, t->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (from < 0 || fchown(fd, old->uid, old->gid) != 0 || copy_xattrs(from, fd) != 0)
		return -1;
	return fchmod(fd, old->mode & 07777);
}

/* Makes the temp file hold the new content, on disk. Without `old` it is a new file of the given mode. */
static int build(const struct target *t, const struct ar_snapshot *old, const void *data, size_t len, struct ar_err *err)
{
	FD_AUTO int fd = openat(t->dir, t->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return explain(err, t->path, "cannot create a temp file beside it");
	if (write_all(fd, data, len) != 0)
		return explain(err, t->path, "cannot write the new content");
	if (old && copy_identity(t, fd, old) != 0)
		return explain(err, t->path, "cannot give the new file the owner, mode and labels of the old one");
	if (fsync(fd) != 0)
		return explain(err, t->path, "cannot bring the new content to the disk");
	int closing = fd;
	fd = -1;
	return close(closing) != 0 ? explain(err, t->path, "cannot close the new file") : 0;
}

/* Is the file still what the snapshot saw? Its identity, and its bytes. */
static int check_unchanged(const struct target *t, const struct ar_snapshot *old, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot now = { .path = NULL };
	struct ar_host plain = *t->host;

	plain.follow = false;
	if (ar_file_read(&plain, t->path, AR_READ_MAY_LACK | (old->secret ? AR_READ_SECRET : 0), &now, err) != 0)
		return -1;
	if (now.exists && now.dev == old->dev && now.ino == old->ino && now.mtime_ns == old->mtime_ns &&
	    now.ctime_ns == old->ctime_ns && now.len == old->len && memcmp(now.data, old->data, now.len) == 0)
		return 0;
	ar_err_set(err, "'%s' was changed by someone else in the meantime", t->path);
	return ar_err_hint(err, "look at it, then run again");
}

/* The commit point is past: only survival of a power cut is still open. */
static int sync_folder(const struct target *t, const char *done, struct ar_err *err)
{
	int result;

	do
		result = fsync(t->dir);
	while (result != 0 && errno == EINTR);
	if (result == 0)
		return 0;
	ar_err_sys(err, t->path, "%s, but its folder cannot be synced", done);
	ar_err_hint(err, "check the disk: the change is in place, and may be lost by a power cut");
	return ar_err_class(err, AR_LOOK);
}

static int swap(const struct target *t, const struct ar_snapshot *old, const void *data, size_t len, struct ar_err *err)
{
	if (build(t, old, data, len, err) != 0 || check_unchanged(t, old, err) != 0)
		return -1;
	if (renameat(t->dir, t->temp, t->dir, t->name) != 0)
		return explain(err, t->path, "cannot put the new file in place");
	return 0;
}

int ar_file_replace(const struct ar_host *host, const struct ar_snapshot *old, const void *data, size_t len,
		    struct ar_err *err)
{
	struct target t = { .dir = -1 };

	if (open_target(host, old->target ? old->target : old->path, &t, err) != 0)
		return -1;
	FD_AUTO int dir = t.dir;
	if (remove_stale(&t, err) != 0)
		return -1;
	if (swap(&t, old, data, len, err) != 0) {
		unlinkat(dir, t.temp, 0);
		return -1;
	}
	return sync_folder(&t, "replaced", err);
}

static int link_failed(const struct target *t, struct ar_err *err)
{
	if (errno != EEXIST)
		return explain(err, t->path, "cannot put the new file in place");
	ar_err_set(err, "'%s' is there already; it is never overwritten", t->path);
	return ar_err_hint(err, "look at it; another run may have made it just now");
}

/* A file without a name until it is whole. -1 with EOPNOTSUPP where the file system has no such thing. */
static int create_unnamed(const struct target *t, mode_t mode, const void *data, size_t len, struct ar_err *err)
{
	char link[64];
	FD_AUTO int fd = openat(t->dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT
			       ? 1 : explain(err, t->path, "cannot create");
	if (write_all(fd, data, len) != 0)
		return explain(err, t->path, "cannot write");
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0)
		return explain(err, t->path, "cannot bring the new file to the disk");
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, link, t->dir, t->name, AT_SYMLINK_FOLLOW) != 0)
		return link_failed(t, err);
	return 0;
}

static int create_named(const struct target *t, mode_t mode, const void *data, size_t len, struct ar_err *err)
{
	int result = build(t, NULL, data, len, err);

	if (result == 0 && fchmodat(t->dir, t->temp, mode, 0) != 0)
		result = explain(err, t->path, "cannot set the mode");
	if (result == 0 && linkat(t->dir, t->temp, t->dir, t->name, 0) != 0)
		result = link_failed(t, err);
	unlinkat(t->dir, t->temp, 0);
	return result;
}

int ar_file_create(const struct ar_host *host, const char *path, mode_t mode, const void *data, size_t len,
		   struct ar_err *err)
{
	struct target t = { .dir = -1 };

	if (open_target(host, path, &t, err) != 0)
		return -1;
	FD_AUTO int dir = t.dir;
	(void)dir;
	if (remove_stale(&t, err) != 0)
		return -1;
	int result = create_unnamed(&t, mode, data, len, err);
	if (result == 1)
		result = create_named(&t, mode, data, len, err);
	return result != 0 ? -1 : sync_folder(&t, "created", err);
}

int ar_file_remove(const struct ar_host *host, const struct ar_snapshot *old, struct ar_err *err)
{
	struct target t = { .dir = -1 };

	if (open_target(host, old->target ? old->target : old->path, &t, err) != 0)
		return -1;
	FD_AUTO int dir = t.dir;
	if (check_unchanged(&t, old, err) != 0)
		return -1;
	if (unlinkat(dir, t.name, 0) != 0)
		return explain(err, t.path, "cannot remove");
	return sync_folder(&t, "removed", err);
}
