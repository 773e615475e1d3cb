/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/impl.h"

/* New content on its way to the disk. */
struct content {
	const char *data;
	size_t len;
	mode_t mode;                   /* of a new file */
	const struct ar_snapshot *old; /* the file it replaces, NULL for a new one */
	int old_fd;
};

/* Owner, mode and labels of the old file, or the mode of a new one, whatever umask and default ACLs
 * have made of it. */
static int dress(int fd, const struct content *content)
{
	return content->old ? ar_keep_identity(content->old_fd, fd, content->old)
			    : fchmod(fd, content->mode);
}

static int fill(int fd, const struct content *content, const char *path, struct ar_err *err)
{
	if (ar_fd_write(fd, content->data, content->len) != 0)
		return ar_host_fail(err, path, "cannot write the new content");
	if (dress(fd, content) != 0)
		return ar_host_fail(err, path,
				    content->old ? "cannot keep its owner, mode and labels"
						 : "cannot set its mode");
	if (ar_fd_sync(fd) != 0)
		return ar_host_fail(err, path, "cannot bring the new content to the disk");
	return 0;
}

/* Makes the temp file hold the new content, on disk. What it leaves when failing is the caller's to
 * remove. */
static int build(const struct ar_spot *spot, const struct content *content, struct ar_err *err)
{
	int fd = openat(spot->dir, spot->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0600);

	if (fd < 0)
		return ar_host_fail(err, spot->path, "cannot make a temp file beside it");
	if (fill(fd, content, spot->path, err) != 0) {
		ar_fd_close(&fd);
		return -1;
	}
	return close(fd) != 0 ? ar_host_fail(err, spot->path, "cannot close the new content") : 0;
}

/* --- replacing ---------------------------------------------------------------------------------
 */

static int refuse_changed(const char *path, struct ar_err *err)
{
	ar_host_refuse(err, path, "was changed by someone else in the meantime");
	return ar_err_hint(err, "look at what they did, then run again");
}

static int open_old(const struct ar_spot *spot, int *ret_fd, struct ar_err *err)
{
	int fd = openat(spot->dir, spot->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP
			       ? refuse_changed(spot->path, err)
			       : ar_host_fail(err, spot->path, "cannot read");
	*ret_fd = fd;
	return 0;
}

/* Is the file in the folder, now, the one that the snapshot saw? By identity, and by its bytes: a
 * file system may be too coarse with its times. */
static int check_unchanged(const struct ar_spot *spot, const struct ar_snapshot *old,
			   struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot now = { .path = strdup(spot->path),
						    .secret = old->secret };
	AR_FD_AUTO int fd = -1;

	if (!now.path)
		return ar_err_oom(err);
	if (open_old(spot, &fd, err) != 0 || ar_snapshot_read_fd(fd, &now, err) != 0)
		return -1;
	if (old->exists && now.dev == old->dev && now.ino == old->ino &&
	    now.mtime_ns == old->mtime_ns && now.ctime_ns == old->ctime_ns && now.len == old->len &&
	    memcmp(now.data, old->data, now.len) == 0)
		return 0;
	return refuse_changed(spot->path, err);
}

/* Up to the rename, the commit point: nobody has seen anything of the new content before it, and
 * everybody sees all of it after it. */
static int put_in_place(const struct ar_spot *spot, const struct content *content,
			struct ar_err *err)
{
	if (build(spot, content, err) != 0 || check_unchanged(spot, content->old, err) != 0)
		return -1;
	if (renameat(spot->dir, spot->temp, spot->dir, spot->name) != 0)
		return ar_host_fail(err, spot->path, "cannot put the new file in place");
	return 0;
}

int ar_file_replace(const struct ar_host *host, const struct ar_snapshot *old, const void *data,
		    size_t len, struct ar_err *err)
{
	struct content content = { .data = data, .len = len, .old = old, .old_fd = -1 };
	AR_SPOT_AUTO struct ar_spot spot = AR_SPOT_INIT;

	if (ar_spot_open(host, ar_snapshot_real_path(old), &spot, err) != 0 ||
	    ar_spot_sweep(&spot, err) != 0 || open_old(&spot, &content.old_fd, err) != 0)
		return -1;
	int result = put_in_place(&spot, &content, err);
	ar_fd_close(&content.old_fd);
	if (result != 0) {
		unlinkat(spot.dir, spot.temp, 0);
		return -1;
	}
	return ar_spot_sync(&spot, "was replaced", err);
}

/* --- creating ----------------------------------------------------------------------------------
 */

static int link_failed(const struct ar_spot *spot, struct ar_err *err)
{
	if (errno != EEXIST)
		return ar_host_fail(err, spot->path, "cannot put the new file in place");
	ar_host_refuse(err, spot->path, "is there already; it is never overwritten");
	return ar_err_hint(err, "look at it; another run may have made it just now");
}

/* Gives the nameless file its name. By descriptor where root may; /proc does it for others. */
static int link_nameless(int fd, const struct ar_spot *spot)
{
	char self[40];

	if (linkat(fd, "", spot->dir, spot->name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT && errno != EPERM)
		return -1;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, spot->dir, spot->name, AT_SYMLINK_FOLLOW);
}

/* A file that has no name before it is whole, so that a killed run leaves nothing. 1 where the file
 * system (or a missing /proc) does not allow it. */
static int create_nameless(const struct ar_spot *spot, const struct content *content,
			   struct ar_err *err)
{
	AR_FD_AUTO int fd = openat(spot->dir, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
		return 1;
	if (fd < 0)
		return ar_host_fail(err, spot->path, "cannot make it");
	if (fill(fd, content, spot->path, err) != 0)
		return -1;
	if (link_nameless(fd, spot) == 0)
		return 0;
	return errno == ENOENT ? 1 : link_failed(spot, err);
}

/* The second name is taken away again; where that fails the file has its content twice, and the
 * next run removes the dot name. */
static int create_named(const struct ar_spot *spot, const struct content *content,
			struct ar_err *err)
{
	int result = build(spot, content, err);

	if (result == 0 && linkat(spot->dir, spot->temp, spot->dir, spot->name, 0) != 0)
		result = link_failed(spot, err);
	if (unlinkat(spot->dir, spot->temp, 0) == 0 || result != 0)
		return result;
	ar_host_fail(err, spot->path, "was made, but its temp file cannot be removed");
	return ar_err_class(err, AR_RESUMABLE);
}

int ar_file_create(const struct ar_host *host, const char *path, mode_t mode, const void *data,
		   size_t len, struct ar_err *err)
{
	const struct content content = { .data = data, .len = len, .mode = mode, .old_fd = -1 };
	AR_SPOT_AUTO struct ar_spot spot = AR_SPOT_INIT;

	if (ar_spot_open(host, path, &spot, err) != 0 || ar_spot_sweep(&spot, err) != 0)
		return -1;
	int result = create_nameless(&spot, &content, err);
	if (result == 1)
		result = create_named(&spot, &content, err);
	return result != 0 ? -1 : ar_spot_sync(&spot, "was made", err);
}

/* --- removing ----------------------------------------------------------------------------------
 */

int ar_file_remove(const struct ar_host *host, const struct ar_snapshot *old, struct ar_err *err)
{
	AR_SPOT_AUTO struct ar_spot spot = AR_SPOT_INIT;

	if (ar_spot_open(host, ar_snapshot_real_path(old), &spot, err) != 0 ||
	    check_unchanged(&spot, old, err) != 0)
		return -1;
	if (unlinkat(spot.dir, spot.name, 0) != 0)
		return ar_host_fail(err, spot.path, "cannot remove");
	return ar_spot_sync(&spot, "was removed", err);
}

int ar_file_settle(const struct ar_host *host, const char *path, struct ar_err *err)
{
	AR_SPOT_AUTO struct ar_spot spot = { .path = path };

	spot.dir = ar_host_parent(host, path, &spot.name);
	if (spot.dir < 0)
		return errno == ENOENT ? 0 : ar_host_fail(err, path, "cannot open its folder");
	if (ar_spot_sweep(&spot, err) != 0)
		return -1;
	return ar_fd_sync(spot.dir) == 0
		       ? 0
		       : ar_host_fail(err, path, "cannot bring its folder to the disk");
}
