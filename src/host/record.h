/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "host/file.h"
#include "host/lock.h"

/*
 * Records: a copy of each file before it was changed, with what was done, when, by whom and how far
 * it came. A record is written and on disk before the step it announces, under
 * /var/lib/atrest/records/ID/ (0700, files 0600), never in the manifests folder. It is what `undo`
 * reads, and what a run after a crash finds.
 *
 * A folder holds record.json and, for part N that was there before, old-N. It is built under a dot
 * name and renamed, and renamed to one before it is removed: what is listed is whole. record.json
 * has a version. Several parts belong to one operation (later: a file, a manifest, a ConfigMap).
 *
 * All but reading needs the lock (host/lock.h).
 */

#define AR_RECORDS_DIR    AR_STATE_DIR "/records"
#define AR_RECORD_VERSION 1
#define AR_RECORD_PARTS   8

enum ar_action { AR_REPLACED, AR_CREATED, AR_REMOVED };
enum ar_progress { AR_STARTED, AR_FINISHED, AR_UNDONE };
/* How far a live change came behind its file: what a run after an interruption has to know. */
enum ar_stage {
	AR_STAGE_NONE,      /* no live change, or its file is not in place yet */
	AR_STAGE_WRITTEN,   /* the file is in place; no server was seen to take it */
	AR_STAGE_LISTENING, /* a server with it has listened: something may be encrypted */
	AR_STAGE_PROVED,    /* it runs, as wanted */
	AR_STAGE_KEPT,      /* and kubeadm-config has the change too */
	AR_STAGE_RETURNED,  /* it failed, and was put back or made safe */
};

struct ar_record_part {
	char path[256];
	enum ar_action action;
	bool secret;                    /* key-bearing: only the newest predecessor is kept */
	char sha_before[AR_SHA256_HEX]; /* "" when there was no file */
	char sha_after[AR_SHA256_HEX];  /* "" when there is none afterwards */
	size_t size_before, size_after;
	mode_t mode; /* permission bits, owner and group before */
	uid_t uid;
	gid_t gid;
};

struct ar_record {
	char id[40];      /* 20261124-045500-0001: sorts by time */
	char command[64]; /* "patch", "config new", "undo" */
	char who[64];     /* the sudo user, else the user */
	char what[256];   /* in words, no key bytes */
	char when[32];    /* RFC 3339, UTC */
	char undoes[40];  /* id of the record that this one takes back, "" else */
	enum ar_progress progress;
	enum ar_stage stage;
	struct ar_record_part parts[AR_RECORD_PARTS];
	size_t part_count;
};

/* Fills id, when and progress, and makes the record durable as AR_STARTED: record.json, and per
 * part the old bytes (`old[i]`, which may not exist). The id is later than every other one, even
 * when the clock went back. Nothing of a half-written record is ever listed. -1: no record, nothing
 * else changed (class AR_FAILED). */
int ar_record_begin(const struct ar_host *host, struct ar_record *record,
		    const struct ar_snapshot *const *old, struct ar_err *err);
/* Rewrites record.json, whole or not at all: the progress, the stage, the parts' sha_after. */
int ar_record_update(const struct ar_host *host, const struct ar_record *record,
		     struct ar_err *err);
/* Removes a record, such as one that announced a step which then did not happen. */
int ar_record_drop(const struct ar_host *host, const struct ar_record *record, struct ar_err *err);
/* Removes what interrupted runs left half-built or half-removed among the records. */
int ar_record_sweep(const struct ar_host *host, struct ar_err *err);

/* All records, newest first; malloc'ed. What cannot be read is left out and counted:
 * ar_record_read says why. */
int ar_record_list(const struct ar_host *host, struct ar_record **ret, size_t *ret_count,
		   size_t *ret_unreadable, struct ar_err *err);
/* One record. Refuses what is damaged, and what a newer atrest has written. */
int ar_record_read(const struct ar_host *host, const char *id, struct ar_record *ret,
		   struct ar_err *err);
/* The old bytes of a part, checked against their sha256 (a snapshot that does not exist when there
 * was no file; its path is the copy's). Refuses those of a key-bearing part that are no longer
 * kept. */
int ar_record_old(const struct ar_host *host, const struct ar_record *record, size_t part,
		  struct ar_snapshot *ret, struct ar_err *err);

/* Removes each record whose parts all have `keep` newer records of the same path, and the old bytes
 * of key-bearing parts that have a newer predecessor. Never touches one that is AR_STARTED. */
int ar_record_prune(const struct ar_host *host, size_t keep, struct ar_err *err);
/* A record's folder as shown to people: /var/lib/atrest/records/ID. */
void ar_record_path(const struct ar_record *record, char *buf, size_t size);
