/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <limits.h>
#include <sys/types.h>

#include "host/file.h"

/*
 * Inside of host only: descriptors, what to say when a call failed, and the folder in which a file
 * is put in place.
 */

#define AR_FD_AUTO __attribute__((cleanup(ar_fd_close)))
/* Closes what is open and keeps errno: for folders and what was only read. A written file is closed
 * by hand, its result checked. */
void ar_fd_close(int *fd);
/* fsync, EINTR retried; 0, or -1 with errno. */
int ar_fd_sync(int fd);
/* Writes everything; 0, or -1 with errno. */
int ar_fd_write(int fd, const char *data, size_t len);

/* A fact about `path` that is no failed call. Always -1. */
int ar_host_refuse(struct ar_err *err, const char *path, const char *what);
/* The call just made on `path` failed: what it was for, and the remedy that errno suggests.
 * Always -1. */
int ar_host_fail(struct ar_err *err, const char *path, const char *what);

/* A file's name in its open folder, and the dot name under which new content is built there. */
struct ar_spot {
	const char *path; /* for messages; borrowed, as is name */
	const char *name;
	int dir;
	char temp[NAME_MAX + 1];
};
#define AR_SPOT_INIT      \
	{                 \
		.dir = -1 \
	}
#define AR_SPOT_AUTO __attribute__((cleanup(ar_spot_done)))
/* Opens the folder of `path` and thinks of a temp name. */
int ar_spot_open(const struct ar_host *host, const char *path, struct ar_spot *ret,
		 struct ar_err *err);
void ar_spot_done(struct ar_spot *spot);
/* Removes the temp files of ours that killed runs left in the folder. */
int ar_spot_sweep(const struct ar_spot *spot, struct ar_err *err);
/* Brings the folder to the disk after the commit point; failing is class AR_LOOK. `done` says what
 * has happened: "replaced". */
int ar_spot_sync(const struct ar_spot *spot, const char *done, struct ar_err *err);

/* Reads the open regular file into `snapshot`, whose path and secret are set: identity, bytes. */
int ar_snapshot_read_fd(int fd, struct ar_snapshot *snapshot, struct ar_err *err);

/* Where the bytes really lie: behind the symlink that was followed, else the path. */
const char *ar_snapshot_real_path(const struct ar_snapshot *snapshot);

/* Gives the file `to` the owner, extended attributes (SELinux label, ACL) and mode of `from`, of
 * which `old` was read. 0, or -1 with errno. */
int ar_keep_identity(int from, int to, const struct ar_snapshot *old);
