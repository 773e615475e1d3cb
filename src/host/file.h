/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "base/text.h"
#include "host/root.h"

/*
 * Files, read as snapshots and replaced as wholes.
 *
 * The kubelet reads every file in its manifests folder whose name does not begin with a dot, at any
 * moment. So the new content is built under a dot name in the same folder and renamed over the old
 * one: a reader sees the old bytes or the new ones, never a part, and never a second manifest. A
 * new file appears by O_TMPFILE and linkat, whole or not at all.
 *
 * Whoever changes a file holds the lock (host/lock.h): temp files of ours found in the folder are
 * then left-overs of a killed run, and are removed.
 */

struct ar_snapshot {
	char *path; /* as given */
	bool exists;
	bool is_link; /* reached through a symlink (--follow): `target` is replaced */
	char *target; /* the path behind the symlink, inside the root, where is_link */
	dev_t dev;
	ino_t ino;
	mode_t mode; /* type and permission bits */
	uid_t uid;
	gid_t gid;
	int64_t mtime_ns, ctime_ns;
	char *data; /* guarded memory when secret, else the heap; NUL behind len */
	size_t len;
	bool secret;
	char sha256[AR_SHA256_HEX];
};

enum {
	AR_READ_SECRET = 1,   /* key-bearing: into guarded memory */
	AR_READ_MAY_LACK = 2, /* a missing file is a snapshot with exists == false, no error */
};

#define AR_FILE_MAX ((size_t)10 << 20) /* what the kubelet reads at most */

/* Reads a regular file of at most AR_FILE_MAX bytes. Anything else (folder, FIFO, device, symlink
 * that leads nowhere or is not to be followed, too large, changed while it was read) is an error
 * that names it and the remedy. Opens nothing but regular files, never waits. The snapshot is
 * released by ar_snapshot_done. */
int ar_file_read(const struct ar_host *host, const char *path, unsigned flags,
		 struct ar_snapshot *ret, struct ar_err *err);
/* Standard input to its end, as a snapshot without identity. flags: AR_READ_SECRET. */
int ar_file_read_stdin(unsigned flags, struct ar_snapshot *ret, struct ar_err *err);
/* Releases what it holds, wiped where secret, and empties it. */
void ar_snapshot_done(struct ar_snapshot *snapshot);
#define AR_SNAPSHOT_AUTO __attribute__((cleanup(ar_snapshot_done)))
/* The bytes for the pure modules; borrowed from the snapshot. */
struct ar_text ar_snapshot_text(const struct ar_snapshot *snapshot);

/* Replaces the file by `data`, keeping owner, mode, ACL, SELinux label and other extended
 * attributes, if it is still what the snapshot saw: bytes and identity are compared again directly
 * before the rename. Order: temp file, write all, owner, attributes, mode, fsync, close, compare,
 * renameat, fsync of the folder. A symlink that came to stand there meanwhile is not followed, but
 * refused. Other hard links of the old file keep the old bytes.
 *
 * Returns 0 or -1. On -1 the old file is untouched (class AR_FAILED), unless only the folder's
 * fsync failed: then the new bytes are in place but may not survive a power cut (class AR_LOOK),
 * and the hint says so. */
int ar_file_replace(const struct ar_host *host, const struct ar_snapshot *old, const void *data,
		    size_t len, struct ar_err *err);

/* Creates a file that must not exist, whole or not at all, with exactly `mode`, owned by who runs
 * this, on disk. Where the file system has no O_TMPFILE it is built under a dot name and linked.
 * That the name is taken (by a symlink, too) is an error of its own; class AR_LOOK as above. */
int ar_file_create(const struct ar_host *host, const char *path, mode_t mode, const void *data,
		   size_t len, struct ar_err *err);

/* Removes the file if it is still what the snapshot saw, and syncs the folder (AR_LOOK as above).
 */
int ar_file_remove(const struct ar_host *host, const struct ar_snapshot *old, struct ar_err *err);

/* After an interrupted run: removes its temp files from the folder of `path` and brings the folder,
 * and so a rename that was not synced, to the disk. A missing folder is fine. */
int ar_file_settle(const struct ar_host *host, const char *path, struct ar_err *err);

/* One entry of a folder listing. */
struct ar_entry {
	char name[256]; /* as long as Linux lets it be */
	mode_t mode;    /* of the entry itself: a symlink is a symlink */
	int64_t mtime_ns;
};
/* The entries whose names do not begin with a dot (what the kubelet looks at), sorted by name;
 * malloc'ed, NULL when there are none. A missing folder gives none. */
int ar_folder_list(const struct ar_host *host, const char *path, struct ar_entry **ret,
		   size_t *ret_count, struct ar_err *err);
/* Same folder, by device and inode? false when either is missing. */
bool ar_folder_same(const struct ar_host *host, const char *a, const char *b);
