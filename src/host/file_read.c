/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/secret.h"
#include "host/impl.h"

#define LINKS_MAX 40 /* as many as the kernel follows */

void ar_snapshot_done(struct ar_snapshot *snapshot)
{
	if (snapshot->secret)
		ar_secret_free(snapshot->data);
	else
		free(snapshot->data);
	free(snapshot->path);
	free(snapshot->target);
	*snapshot = (struct ar_snapshot){ .path = NULL };
}

struct ar_text ar_snapshot_text(const struct ar_snapshot *snapshot)
{
	return (struct ar_text){ .name = snapshot->path,
				 .data = snapshot->data,
				 .len = snapshot->len,
				 .secret = snapshot->secret };
}

/* --- what cannot be read, and why --------------------------------------------------------------
 */

static int refuse_type(const char *path, mode_t mode, struct ar_err *err)
{
	static const struct {
		mode_t type;
		const char *what;
		const char *hint;
	} others[] = {
		{ S_IFDIR, "is a folder; expected a regular file", "name the file in it" },
		{ S_IFIFO, "is a FIFO; expected a regular file",
		  "name a regular file, or use '-' for standard input" },
		{ S_IFSOCK, "is a socket; expected a regular file", "name a regular file" },
		{ S_IFCHR, "is a device; expected a regular file",
		  "name a regular file, or use '-' for standard input" },
		{ S_IFBLK, "is a device; expected a regular file", "name a regular file" },
	};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if ((mode & S_IFMT) != others[i].type)
			continue;
		ar_host_refuse(err, path, others[i].what);
		return ar_err_hint(err, "%s", others[i].hint);
	}
	return ar_host_refuse(err, path, "is of an unknown kind; expected a regular file");
}

static int refuse_link(const struct ar_host *host, const char *path, struct ar_err *err)
{
	AR_FD_AUTO int fd = ar_host_openat(host, path, O_PATH, 0);

	if (fd < 0 && errno != ENOENT)
		return ar_host_fail(err, path, "is a symlink that cannot be followed");
	if (fd < 0) {
		ar_host_refuse(err, path, "is a symlink that leads to no file");
		return ar_err_hint(err, "remove the symlink, or make what it points at");
	}
	ar_host_refuse(err, path, "is a symlink; expected a regular file");
	return ar_err_hint(err, "name the file that it points at, or say --follow");
}

static int refuse_missing(const struct ar_host *host, const char *path, struct ar_err *err)
{
	const char *name;
	AR_FD_AUTO int parent = ar_host_parent(host, path, &name);

	if (parent >= 0)
		ar_host_refuse(err, path, "there is no such file");
	else
		ar_host_refuse(err, path, "there is no such file, and no folder for it");
	return ar_err_hint(err, "check the path, and that this is the machine that you mean");
}

static int refuse_changed(const char *path, struct ar_err *err)
{
	ar_host_refuse(err, path, "was changed while it was read");
	return ar_err_hint(err, "somebody is writing it: run again when they are done");
}

/* --- bytes and identity ------------------------------------------------------------------------
 */

static int64_t in_ns(struct timespec time)
{
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void identify(struct ar_snapshot *snapshot, const struct stat *st)
{
	snapshot->exists = true;
	snapshot->dev = st->st_dev;
	snapshot->ino = st->st_ino;
	snapshot->mode = st->st_mode;
	snapshot->uid = st->st_uid;
	snapshot->gid = st->st_gid;
	snapshot->mtime_ns = in_ns(st->st_mtim);
	snapshot->ctime_ns = in_ns(st->st_ctim);
}

/* Reads until the end or until `size` bytes; the number of them, -1 with errno. */
static ssize_t read_up_to(int fd, char *data, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, data + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : (ssize_t)len;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* Room for one byte more than there should be: it shows a file that grows, and then holds the NUL.
 */
static int read_bytes(int fd, struct ar_snapshot *snapshot, size_t size, struct ar_err *err)
{
	snapshot->data = snapshot->secret ? ar_secret_alloc(size + 1) : malloc(size + 1);
	if (!snapshot->data)
		return ar_err_oom(err);
	ssize_t n = read_up_to(fd, snapshot->data, size + 1);
	if (n < 0)
		return ar_host_fail(err, snapshot->path, "cannot read");
	if ((size_t)n != size)
		return refuse_changed(snapshot->path, err);
	snapshot->data[size] = '\0';
	snapshot->len = size;
	ar_sha256_hex(snapshot->data, size, snapshot->sha256);
	return 0;
}

static int refuse_large(const char *path, struct ar_err *err)
{
	ar_host_refuse(err, path, "is larger than 10 MB");
	return ar_err_hint(err, "the kubelet reads no larger file: check what it is");
}

int ar_snapshot_read_fd(int fd, struct ar_snapshot *snapshot, struct ar_err *err)
{
	struct stat before, after;

	if (fstat(fd, &before) != 0)
		return ar_host_fail(err, snapshot->path, "cannot look at");
	if (!S_ISREG(before.st_mode))
		return refuse_type(snapshot->path, before.st_mode, err);
	if ((size_t)before.st_size > AR_FILE_MAX)
		return refuse_large(snapshot->path, err);
	if (read_bytes(fd, snapshot, (size_t)before.st_size, err) != 0)
		return -1;
	if (fstat(fd, &after) != 0)
		return ar_host_fail(err, snapshot->path, "cannot look at");
	if (before.st_size != after.st_size || in_ns(before.st_mtim) != in_ns(after.st_mtim) ||
	    in_ns(before.st_ctim) != in_ns(after.st_ctim))
		return refuse_changed(snapshot->path, err);
	identify(snapshot, &after);
	return 0;
}

/* --- the way to a file -------------------------------------------------------------------------
 */

/* Goes one symlink on from `path`: 1, or 0 when it is none, or -1 with errno. */
static int go_on(const struct ar_host *host, char path[PATH_MAX])
{
	char target[PATH_MAX];
	const char *name;
	AR_FD_AUTO int dir = ar_host_parent(host, path, &name);
	ssize_t len = dir < 0 ? -1 : readlinkat(dir, name, target, sizeof target);
	size_t at = (size_t)(name - path);

	if (len < 0)
		return dir >= 0 && errno == EINVAL ? 0 : -1;
	if (target[0] == '/')
		at = 0;
	if (at + (size_t)len >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(path + at, target, (size_t)len);
	path[at + (size_t)len] = '\0';
	return 1;
}

/* Where a symlink ends, as a path inside the root: the file there is replaced in its own folder,
 * the symlink stays. Only the last component is looked at; the kernel resolves the folders. */
static int resolve(const struct ar_host *host, struct ar_snapshot *snapshot, struct ar_err *err)
{
	char path[PATH_MAX];
	int more = 1;

	if (!host->follow)
		return refuse_link(host, snapshot->path, err);
	if (strlen(snapshot->path) >= sizeof path)
		return ar_host_refuse(err, snapshot->path, "is too long a path");
	memcpy(path, snapshot->path, strlen(snapshot->path) + 1);
	for (int i = 0; more > 0 && i < LINKS_MAX; i++)
		more = go_on(host, path);
	if (more != 0)
		return refuse_link(host, snapshot->path, err);
	snapshot->is_link = true;
	snapshot->target = strdup(path);
	return snapshot->target ? 0 : ar_err_oom(err);
}

const char *ar_snapshot_real_path(const struct ar_snapshot *snapshot)
{
	return snapshot->target ? snapshot->target : snapshot->path;
}

/* Looks without opening: opening a device may do something, a FIFO may wait, a socket cannot be. */
static int look_at(const struct ar_host *host, const char *path, struct stat *ret)
{
	AR_FD_AUTO int fd = ar_host_openat(host, path, O_PATH | O_NOFOLLOW, 0);

	return fd < 0 ? -1 : fstat(fd, ret);
}

static int read_regular(const struct ar_host *host, struct ar_snapshot *snapshot,
			const struct stat *seen, struct ar_err *err)
{
	if (!S_ISREG(seen->st_mode))
		return refuse_type(snapshot->path, seen->st_mode, err);
	AR_FD_AUTO int fd = ar_host_openat(host, ar_snapshot_real_path(snapshot),
					   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0 && (errno == ENOENT || errno == ELOOP))
		return refuse_changed(snapshot->path, err);
	if (fd < 0)
		return ar_host_fail(err, snapshot->path, "cannot read");
	if (ar_snapshot_read_fd(fd, snapshot, err) != 0)
		return -1;
	if (snapshot->dev != seen->st_dev || snapshot->ino != seen->st_ino)
		return refuse_changed(snapshot->path, err);
	return 0;
}

static int read_path(const struct ar_host *host, unsigned flags, struct ar_snapshot *snapshot,
		     struct ar_err *err)
{
	struct stat st;

	if (look_at(host, snapshot->path, &st) != 0) {
		if (errno != ENOENT)
			return ar_host_fail(err, snapshot->path, "cannot read");
		return flags & AR_READ_MAY_LACK ? 0 : refuse_missing(host, snapshot->path, err);
	}
	if (S_ISLNK(st.st_mode)) {
		if (resolve(host, snapshot, err) != 0)
			return -1;
		if (look_at(host, snapshot->target, &st) != 0)
			return errno == ENOENT ? refuse_link(host, snapshot->path, err)
					       : ar_host_fail(err, snapshot->path, "cannot read");
	}
	return read_regular(host, snapshot, &st, err);
}

int ar_file_read(const struct ar_host *host, const char *path, unsigned flags,
		 struct ar_snapshot *ret, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot snapshot = { .path = strdup(path),
							 .secret = flags & AR_READ_SECRET };

	if (!snapshot.path)
		return ar_err_oom(err);
	if (read_path(host, flags, &snapshot, err) != 0)
		return -1;
	*ret = snapshot;
	snapshot = (struct ar_snapshot){ .path = NULL };
	return 0;
}

/* --- standard input ----------------------------------------------------------------------------
 */

static int read_stream(int fd, struct ar_buf *out, struct ar_err *err)
{
	enum { BLOCK = 64 << 10 };
	ssize_t n;

	do {
		size_t len = out->len;
		ar_buf_fill(out, '\0', BLOCK); /* read in place: no second copy to wipe */
		if (ar_buf_check(out, err) != 0)
			return -1;
		n = read_up_to(fd, out->data + len, BLOCK);
		out->len = len + (n > 0 ? (size_t)n : 0);
		out->data[out->len] = '\0';
	} while (n == BLOCK && out->len <= AR_FILE_MAX);
	return n < 0 ? ar_host_fail(err, "<stdin>", "cannot read") : 0;
}

int ar_file_read_stdin(unsigned flags, struct ar_snapshot *ret, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf bytes = { .secret = flags & AR_READ_SECRET };

	if (read_stream(STDIN_FILENO, &bytes, err) != 0)
		return -1;
	if (bytes.len > AR_FILE_MAX)
		return refuse_large("<stdin>", err);
	struct ar_snapshot snapshot = {
		.path = strdup("<stdin>"), .exists = true, .len = bytes.len, .secret = bytes.secret
	};
	if (!snapshot.path)
		return ar_err_oom(err);
	snapshot.data = AR_TAKE(bytes.data);
	ar_sha256_hex(snapshot.data, snapshot.len, snapshot.sha256);
	*ret = snapshot;
	return 0;
}
