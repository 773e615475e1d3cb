/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/scope.h"
#include "base/secret.h"
#include "host/file.h"

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
	return (struct ar_text){ .name = snapshot->path, .data = snapshot->data, .len = snapshot->len,
				 .secret = snapshot->secret };
}

/* What a path is that is no regular file, and what to do about it. */
static const struct {
	mode_t type;
	const char *what;
	const char *hint;
} others[] = {
	{ S_IFDIR, "is a folder", "name the file in it" },
	{ S_IFIFO, "is a FIFO", "name a regular file, or use '-' for standard input" },
	{ S_IFSOCK, "is a socket", "name a regular file" },
	{ S_IFCHR, "is a device", "name a regular file, or use '-' for standard input" },
	{ S_IFBLK, "is a device", "name a regular file" },
	{ S_IFLNK, "is a symlink", "name the file that it points at, or say --follow" },
};

static int refuse_type(const char *path, mode_t mode, struct ar_err *err)
{
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if ((mode & S_IFMT) != others[i].type)
			continue;
		ar_err_set(err, "'%s' %s; expected a regular file", path, others[i].what);
		return ar_err_hint(err, "%s", others[i].hint);
	}
	return ar_err_set(err, "'%s' is no regular file", path);
}

static int refuse_open(const char *path, struct ar_err *err)
{
	int sys = errno;

	if (sys == ELOOP)
		return refuse_type(path, S_IFLNK, err);
	if (sys == ENXIO)
		return refuse_type(path, S_IFSOCK, err);
	ar_err_sys(err, path, "cannot read");
	if (sys == EACCES || sys == EPERM)
		return ar_err_hint(err, "run as root");
	if (sys == ENOENT)
		return ar_err_hint(err, "check the path; a symlink may point at nothing");
	return -1;
}

static void identify(struct ar_snapshot *snapshot, const struct stat *st)
{
	snapshot->exists = true;
	snapshot->dev = st->st_dev;
	snapshot->ino = st->st_ino;
	snapshot->mode = st->st_mode;
	snapshot->uid = st->st_uid;
	snapshot->gid = st->st_gid;
	snapshot->mtime_ns = (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
	snapshot->ctime_ns = (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

/* Reads to the end; `size` is only where to begin with the memory. */
static int read_all(int fd, const char *path, struct ar_buf *out, struct ar_err *err)
{
	char *block = out->secret ? ar_secret_alloc(65536) : malloc(65536);
	ssize_t n = block ? 1 : -1;

	if (!block)
		return ar_err_oom(err);
	while (n > 0 && out->len <= AR_FILE_MAX && !out->failed) {
		do
			n = read(fd, block, 65536);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			ar_err_sys(err, path, "cannot read");
		else
			ar_buf_add(out, block, (size_t)n);
	}
	if (out->secret)
		ar_secret_free(block);
	else
		free(block);
	return n < 0 ? -1 : ar_buf_check(out, err);
}

/* Hands the bytes over to the snapshot. */
static int fill(int fd, struct ar_snapshot *snapshot, size_t expected, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf bytes = { .secret = snapshot->secret };

	ar_buf_fill(&bytes, '\0', expected < AR_FILE_MAX ? expected : AR_FILE_MAX);
	ar_buf_reset(&bytes);
	ar_buf_add(&bytes, "", 0);
	if (read_all(fd, snapshot->path, &bytes, err) != 0)
		return -1;
	if (bytes.len > AR_FILE_MAX) {
		ar_err_set(err, "'%s' is larger than 10 MB", snapshot->path);
		return ar_err_hint(err, "the kubelet reads no larger file");
	}
	snapshot->data = AR_TAKE(bytes.data);
	snapshot->len = bytes.len;
	ar_sha256_hex(snapshot->data, snapshot->len, snapshot->sha256);
	return 0;
}

static int read_open(int fd, struct ar_snapshot *snapshot, struct ar_err *err)
{
	struct stat before, after;

	if (fstat(fd, &before) != 0)
		return ar_err_sys(err, snapshot->path, "cannot look at");
	if (!S_ISREG(before.st_mode))
		return refuse_type(snapshot->path, before.st_mode, err);
	if (fill(fd, snapshot, (size_t)before.st_size, err) != 0)
		return -1;
	if (fstat(fd, &after) != 0)
		return ar_err_sys(err, snapshot->path, "cannot look at");
	identify(snapshot, &after);
	if (before.st_size == after.st_size && (size_t)after.st_size == snapshot->len &&
	    before.st_mtim.tv_sec == after.st_mtim.tv_sec && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec)
		return 0;
	ar_err_set(err, "'%s' was changed while it was read", snapshot->path);
	return ar_err_hint(err, "run again");
}

/* Where a followed symlink ends, as a path: the file there is replaced in its own folder, not the link. */
static int resolve(const struct ar_host *host, int fd, struct ar_snapshot *snapshot, struct ar_err *err)
{
	char link[64], target[PATH_MAX], root[PATH_MAX];
	ssize_t n, r = 0;

	if (!host->follow)
		return 0;
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, target, sizeof target - 1);
	if (host->root) {
		snprintf(link, sizeof link, "/proc/self/fd/%d", host->root_fd);
		r = readlink(link, root, sizeof root - 1);
	}
	if (n < 0 || r < 0)
		return ar_err_sys(err, snapshot->path, "cannot tell where the symlink ends");
	target[n] = '\0';
	root[r] = '\0';
	size_t skip = host->root && strncmp(target, root, (size_t)r) == 0 && r > 1 ? (size_t)r : 0;
	snapshot->target = strdup(target + skip);
	snapshot->is_link = true;
	return snapshot->target ? 0 : ar_err_oom(err);
}

static int open_for_reading(const struct ar_host *host, const char *path, unsigned flags, int *ret_fd,
			    struct ar_err *err)
{
	int fd;

	do
		fd = ar_host_openat(host, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	while (fd < 0 && errno == EINTR);
	*ret_fd = fd;
	if (fd >= 0)
		return 0;
	return errno == ENOENT && (flags & AR_READ_MAY_LACK) ? 0 : refuse_open(path, err);
}

int ar_file_read(const struct ar_host *host, const char *path, unsigned flags, struct ar_snapshot *ret,
		 struct ar_err *err)
{
	struct ar_snapshot snapshot = { .path = strdup(path), .secret = flags & AR_READ_SECRET };
	int fd = -1, result;

	if (!snapshot.path)
		return ar_err_oom(err);
	result = open_for_reading(host, path, flags, &fd, err);
	if (result == 0 && fd >= 0)
		result = read_open(fd, &snapshot, err) != 0 ? -1 : resolve(host, fd, &snapshot, err);
	if (fd >= 0)
		close(fd);
	if (result != 0) {
		ar_snapshot_done(&snapshot);
		return -1;
	}
	*ret = snapshot;
	return 0;
}

int ar_file_read_stdin(struct ar_snapshot *ret, struct ar_err *err)
{
	struct ar_snapshot snapshot = { .path = strdup("<stdin>"), .exists = true };

	if (!snapshot.path)
		return ar_err_oom(err);
	if (fill(STDIN_FILENO, &snapshot, 0, err) != 0) {
		ar_snapshot_done(&snapshot);
		return -1;
	}
	*ret = snapshot;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ar_entry *)a)->name, ((const struct ar_entry *)b)->name);
}

static int add_entry(DIR *dir, const char *name, struct ar_entry **list, size_t *count, struct ar_err *err)
{
	struct stat st = { 0 };
	struct ar_entry *grown = realloc(*list, (*count + 1) * sizeof *grown);

	if (!grown)
		return ar_err_oom(err);
	*list = grown;
	if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : ar_err_sys(err, name, "cannot look at");
	grown[*count] = (struct ar_entry){ .name = strdup(name), .mode = st.st_mode };
	if (!grown[*count].name)
		return ar_err_oom(err);
	(*count)++;
	return 0;
}

static int list_open(DIR *dir, const char *path, struct ar_entry **list, size_t *count, struct ar_err *err)
{
	const struct dirent *entry;

	errno = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.' && add_entry(dir, entry->d_name, list, count, err) != 0)
			return -1;
		errno = 0;
	}
	return errno != 0 ? ar_err_sys(err, path, "cannot list") : 0;
}

int ar_folder_list(const struct ar_host *host, const char *path, struct ar_entry **ret, size_t *ret_count,
		   struct ar_err *err)
{
	struct ar_host through = *host;
	struct ar_entry *list = NULL;
	size_t count = 0;

	*ret = NULL;
	*ret_count = 0;
	through.follow = true;
	int fd = ar_host_openat(&through, path, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return errno == ENOENT ? 0 : ar_err_sys(err, path, "cannot list");
	DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return ar_err_sys(err, path, "cannot list");
	}
	int result = list_open(dir, path, &list, &count, err);
	closedir(dir);
	if (result != 0) {
		ar_entries_free(list, count);
		return -1;
	}
	if (count > 0)
		qsort(list, count, sizeof *list, by_name);
	*ret = list;
	*ret_count = count;
	return 0;
}

void ar_entries_free(struct ar_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(entries[i].name);
	free(entries);
}

static bool folder_stat(const struct ar_host *host, const char *path, struct stat *ret)
{
	struct ar_host through = *host;

	through.follow = true;
	int fd = ar_host_openat(&through, path, O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		return false;
	bool ok = fstat(fd, ret) == 0;
	close(fd);
	return ok;
}

bool ar_folder_same(const struct ar_host *host, const char *a, const char *b)
{
	struct stat x, y;

	return folder_stat(host, a, &x) && folder_stat(host, b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
