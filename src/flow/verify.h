/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "crypt/decrypt.h"
#include "flow/leftover.h"
#include "flow/scan.h"

/*
 * Proves what is stored: every value of every resource that the config is about, told by what it is
 * encrypted with. etcd's own comparison first; where that does not hold, or more is asked for, the
 * values' beginnings are read. Nothing of a value is kept.
 */

enum ar_verdict {
	AR_VERDICT_ALL,     /* every value is its writer's */
	AR_VERDICT_NOT_ALL, /* some are not, or do not open as they should */
	AR_VERDICT_UNSEEN,  /* not all of it could be seen */
};

/* An object that is not as it should be. */
struct ar_offender {
	char *object;     /* "default/a", printable; owned */
	const char *what; /* "plain (protobuf)", "aescbc:v1", or what its decryption told */
};

struct ar_verify_item {
	const struct ar_scope_item *scope;
	struct ar_census census;
	char unseen[400];              /* why it could not be counted; "" */
	struct ar_offender *offenders; /* the first ones, see offenders_max */
	size_t offender_count;
	int64_t offenders_more; /* those that are not in the list */
	int64_t checked;        /* values that were decrypted, or should have been */
	int64_t results[AR_DECRYPTED_UNKNOWN + 1];
};

struct ar_verify {
	struct ar_verify_item *items; /* one for each of the scope's */
	size_t count;
	enum ar_verdict verdict;
	bool plain; /* of a resource identity is the writer: its values are in plain text, as wanted
		     */
	int64_t first, last; /* revisions at which it is true */
	struct ar_leftover leftover;
};

#define AR_VERIFY_INIT        \
	{                     \
		.items = NULL \
	}
#define AR_VERIFY_AUTO __attribute__((cleanup(ar_verify_done)))
/* Releases it. */
void ar_verify_done(struct ar_verify *verify);

#define AR_DECRYPT_NONE (-1)
#define AR_DECRYPT_ALL  0

struct ar_verify_ask {
	bool full;            /* read values also where the comparison holds */
	int64_t decrypt;      /* AR_DECRYPT_NONE, AR_DECRYPT_ALL, or so many of each resource */
	size_t offenders_max; /* of each resource; SIZE_MAX: all */
	/* As of a census, for all of them; NULL: nobody wants to know. */
	void (*progress)(void *user, int64_t seen, int64_t total);
	void *user;
};

/* Does it. What cannot be seen is a verdict, not an error. */
int ar_verify_run(struct ar_scan *scan, const struct ar_verify_ask *ask, struct ar_verify *ret,
		  struct ar_err *err);

/* One object: what its value is encrypted with now. */
struct ar_verify_one {
	bool exists;
	const struct ar_scope_item *scope;
	enum ar_stored_kind kind;
	char name[256]; /* of the key, printable; "" */
	bool current;
	bool decrypted; /* it was tried, with this result */
	enum ar_decrypted result;
	int64_t bytes, mod_revision, revision;
};

/* Looks at `object` ("NAMESPACE/NAME", or "NAME") of the scope's item, which must be one alone;
 * with `decrypts` also into it, with the config's keys. -1: etcd could not be asked. */
int ar_verify_object(struct ar_scan *scan, const char *object, bool decrypts,
		     struct ar_verify_one *ret, struct ar_err *err);
/* Is it what it should be, as far as it was looked at? */
bool ar_verify_one_is_good(const struct ar_verify_one *one);
