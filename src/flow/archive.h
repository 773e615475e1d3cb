/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/escrow.h"

/*
 * The archive: keys that have left the config. They are not deleted, since backups of etcd need
 * them. One sealed file for each retirement, /var/lib/atrest/archive/TIME-N.sealed (0600 in a
 * folder 0700), with the config as it was before they went. Their names stand in clear, so that a
 * new key never gets one that was used.
 */

#define AR_ARCHIVE_DIR "/var/lib/atrest/archive"
#define AR_ARCHIVE_END ".sealed"

struct ar_archive_new {
	const struct ar_snapshot *config; /* as it is, with the keys that go; secret */
	const char *const *retired;       /* "aescbc/key1"; of kms and plain nothing is kept */
	size_t retired_count;
	const char *why;             /* "rotated to aescbc/key2" */
	const char *cluster;         /* uid of kube-system, NULL: not known */
	int64_t first, last;         /* etcd's revisions that they wrote; 0: not known */
	const char *passphrase_from; /* --passphrase-from; NULL: recipients, else the terminal */
};

/* Puts it there, on disk, and notes its keys (flow/escrow.h); `buf` gets the file's path. Needs the
 * lock. -1: nothing was archived, so nothing may go: no recipient and no terminal (the hint says
 * what to configure; ar_sealer_can tells it beforehand), a retired key that the config has not. */
int ar_archive_add(const struct ar_session *session, const struct ar_archive_new *what, char *buf,
		   size_t size, struct ar_err *err);

/* One file of it, by its head. */
struct ar_archived {
	char path[400];
	struct ar_sealed head; /* names and date; not opened */
	char odd[200];         /* why it could not be read; "" */
};
/* All of them, the oldest first; malloc'ed. */
int ar_archive_list(const struct ar_session *session, struct ar_archived **ret, size_t *ret_count,
		    struct ar_err *err);
void ar_archive_list_free(struct ar_archived *list, size_t count);

/* Names of keys, without their providers. */
struct ar_key_names {
	char **list;
	size_t count, cap;
};
#define AR_KEY_NAMES_AUTO __attribute__((cleanup(ar_key_names_done)))
/* Releases them. */
void ar_key_names_done(struct ar_key_names *names);
/* Every name that was ever archived, exported or imported here. -1 too where a file of the archive
 * cannot be read: its names would be missing. */
int ar_archive_names(const struct ar_session *session, struct ar_key_names *ret,
		     struct ar_err *err);
