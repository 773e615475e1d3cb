/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "crypt/seal.h"
#include "flow/session.h"
#include "host/file.h"
#include "kube/encconf.h"

/*
 * What lies in a sealed file: an EncryptionConfiguration, byte for byte, and what has to be known
 * of it to use it elsewhere or years later. One line of JSON without a key in it, then the bytes of
 * the file: so key bytes never pass through a JSON library.
 */

#define AR_PARCEL_KEY 320 /* "aescbc/key1" */

struct ar_parcel_key {
	char name[AR_PARCEL_KEY]; /* "PROVIDER/NAME" */
	char made[11];            /* "2026-11-24", "" where it is not known */
	bool retired;             /* of an archive: it has left the config */
};

struct ar_parcel {
	enum ar_sealed_kind kind;
	char atrest[32];          /* the version that made it */
	char when[32];            /* RFC 3339 */
	char host[256];           /* "" where it is not known, as are these: */
	char cluster[80];         /* uid of the namespace kube-system */
	char goal[AR_PARCEL_KEY]; /* of a change of keys that was under way */
	char why[200];            /* of an archive: why its keys were retired */
	int64_t first, last; /* of an archive: etcd's revisions that they wrote; 0: not known */
	char path[512];      /* the config's */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	char sha256[AR_SHA256_HEX];
	struct ar_parcel_key *keys;
	size_t key_count;
	struct ar_buf config; /* secret */
};

#define AR_PARCEL_INIT                      \
	{                                   \
		.config = {.secret = true } \
	}
#define AR_PARCEL_AUTO __attribute__((cleanup(ar_parcel_done)))
/* Wipes it; it is AR_PARCEL_INIT again. */
void ar_parcel_done(struct ar_parcel *parcel);

/* From a config that was read (secret): its bytes, its keys, and this host. Cluster, goal, why and
 * revisions stay empty. -1: it is no EncryptionConfiguration that can be understood, or too large.
 */
int ar_parcel_make(const struct ar_session *session, const struct ar_snapshot *config,
		   struct ar_parcel *ret, struct ar_err *err);
/* Appends the payload to `out` (secret). */
int ar_parcel_write(const struct ar_parcel *parcel, struct ar_buf *out, struct ar_err *err);
/* From a payload. Checks it against its own sha256 and size. */
int ar_parcel_read(const struct ar_buf *payload, struct ar_parcel *ret, struct ar_err *err);

struct ar_sealer;
/* The parcel sealed: appended to `out`. The names that stand in clear are its keys', of an archive
 * the retired ones'. */
int ar_parcel_seal(const struct ar_parcel *parcel, const struct ar_sealer *sealer,
		   struct ar_buf *out, struct ar_err *err);

/* All local keys of a config, each name once; malloc'ed. */
int ar_parcel_keys(const struct ar_encconf *conf, struct ar_parcel_key **ret, size_t *ret_count,
		   struct ar_err *err);

struct ar_api;
/* Asks the API server which cluster this is, and which change of keys is under way. What it does
 * not say stays empty: an export must not need it. -1: no memory. */
int ar_parcel_ask(struct ar_api *api, struct ar_parcel *parcel, struct ar_err *err);
/* Which cluster this is: the uid of its namespace kube-system; "" where that fails. */
int ar_parcel_cluster(struct ar_api *api, char *buf, size_t size, struct ar_err *err);
