/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "host/file.h"

/*
 * Records: a copy of each file before it was changed, with what was done, when, by whom and how far it came. A record is
 * written and on disk before the step it announces, under /var/lib/atrest/records/<id>/ (0700, files 0600), never in the manifests
 * folder. It is what `undo` reads, and what a run after a crash finds.
 *
 * record.json has a version; jansson reads it. Several parts belong to one operation (later: a file, a manifest, a ConfigMap).
 */

#define AR_RECORD_VERSION 1
#define AR_RECORD_PARTS 8

enum ar_action { AR_REPLACED, AR_CREATED, AR_REMOVED };
enum ar_progress { AR_STARTED, AR_FINISHED, AR_UNDONE };

struct ar_record_part {
	char path[256];
	enum ar_action action;
	bool secret;                      /* key-bearing: only the newest predecessor of this path is kept */
	char sha_before[AR_SHA256_HEX];   /* "" when there was no file */
	char sha_after[AR_SHA256_HEX];    /* "" when there is none afterwards */
	size_t size_before, size_after;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

struct ar_record {
	char id[40];                      /* 20261124-045500-1: sorts by time */
	char command[64];                 /* "patch", "config new", "undo" */
	char who[64];                     /* the sudo user, else the user */
	char what[256];                   /* in words, no key bytes */
	char when[32];                    /* RFC 3339, UTC */
	char undoes[40];                  /* id of the record that this one takes back, "" else */
	enum ar_progress progress;
	struct ar_record_part parts[AR_RECORD_PARTS];
	size_t part_count;
};

/* Fills id, when, who and makes the record durable as AR_STARTED: record.json, and per part the old bytes (`old[i]`, which may not
 * exist). Nothing of a half-written record is ever listed. */
int ar_record_begin(const struct ar_host *host, struct ar_record *record, const struct ar_snapshot *const *old,
		    struct ar_err *err);
/* Rewrites record.json with the progress (and the parts' sha_after). */
int ar_record_update(const struct ar_host *host, const struct ar_record *record, struct ar_err *err);
/* Removes a record that announced a step which then did not happen. */
int ar_record_drop(const struct ar_host *host, const struct ar_record *record, struct ar_err *err);
/* All records, newest first; malloc'ed. What cannot be read is left out and counted. */
int ar_record_list(const struct ar_host *host, struct ar_record **ret, size_t *ret_count, size_t *ret_unreadable,
		   struct ar_err *err);
/* The old bytes of a part. */
int ar_record_old(const struct ar_host *host, const struct ar_record *record, size_t part, struct ar_snapshot *ret,
		  struct ar_err *err);
/* Keeps the newest `keep` records per path, and of key-bearing parts only the newest predecessor; never removes one that is
 * AR_STARTED. */
int ar_record_prune(const struct ar_host *host, size_t keep, struct ar_err *err);
/* "patch" record's folder as shown to people: /var/lib/atrest/records/ID. */
void ar_record_path(const struct ar_record *record, char *buf, size_t size);
