/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "etcd/client.h"
#include "kube/stored.h"

/*
 * A census: what every value under a folder of etcd is encrypted with.
 *
 * Two ways. ar_census_prove asks etcd itself to compare: no value leaves it, and the answer is yes,
 * with a count, or no. ar_census_take reads all values, in pages at one pinned revision, and counts
 * them by their first bytes; nothing of a value is kept. Pages are bounded in bytes, not in keys.
 * Where values are large it asks etcd to sort them first: a few offenders stand at the ends, and
 * only these are read.
 */

struct ar_census_group { /* values of one kind and name */
	enum ar_stored_kind kind;
	char name[256];   /* printable; "" for plain ones */
	char key_id[128]; /* kms v2, printable, cut; "" */
	bool current;     /* the writer's */
	int64_t count;
};

#define AR_CENSUS_GROUPS 64 /* beyond: counted into the last one, named "(others)" */

struct ar_census {
	int64_t total, current, stale; /* current + stale == total */
	int64_t plain, encrypted, unknown;
	int64_t revision;       /* at which all of it is true */
	int64_t last_stale;     /* newest mod_revision of a stale value, 0: none */
	int64_t bytes, largest; /* of values; 0 where proved without reading them */
	bool proved;            /* by etcd's own comparison */
	struct ar_census_group groups[AR_CENSUS_GROUPS];
	size_t group_count;
};

struct ar_census_value { /* one value, borrowed until the callback returns */
	const struct ar_etcd_kv *kv;
	const struct ar_stored *stored;
	bool current;
};

struct ar_census_ask {
	const char *folder; /* "/registry/secrets/", ends with a slash; or with a longer beginning
			     * of keys: "/registry/secrets/default/" */
	const struct ar_writer *writer; /* NULL: none is current, all is counted as stale */
	const struct ar_stored_name *names;
	size_t name_count;
	int64_t revision; /* of ar_census_take: an older one to look at; 0: the newest. Where it is
			   * compacted meanwhile err->sys is ESTALE */
	bool secret;      /* values may be plain: pages in guarded memory */
	bool few; /* only stale ones are of interest: where they are few, and values large, `each`
		   * is called for these alone, and sizes stay 0 */
	/* Called for every value, or NULL. -1 with err set ends the census. */
	int (*each)(void *user, const struct ar_census_value *value, struct ar_err *err);
	/* Called with 0, 0 when it begins, also anew, and after each page: keys seen, of all. NULL:
	 * nobody wants to know. */
	void (*progress)(void *user, int64_t seen, int64_t total);
	void *user;
};

/* Counts all of it. Where the revision is compacted meanwhile it begins anew, three times at most
 * (`each` sees keys again then). */
int ar_census_take(struct ar_etcd *etcd, const struct ar_census_ask *ask, struct ar_census *ret,
		   struct ar_err *err);

/* A comparison makes etcd load the range, once for each of its two bounds, and its memory grows by
 * some two times the bytes of the values (measured with 3.6: by 740 MiB for 400 of 1 MB, by 57 MiB
 * for 20,000 of 2 KB), which Go gives back only later; pages of the same cost it next to nothing.
 * So a member that has more than this in use (dbSizeInUse of its Status: everything, old revisions
 * too) is not asked to: at the worst it grows by 1 GiB, less than it has itself with so much data.
 */
#define AR_CENSUS_COMPARE_MAX ((int64_t)512 << 20)

/* Is every value under these folders its writer's? One transaction for up to AR_ETCD_COMPARES of
 * them, several beyond; at what revisions, from first to last, is in the results. *ret_holds false:
 * not so, or not to be told this way (a writer whose name is ambiguous, a folder that became
 * empty): take it. Where it holds each `ret[i]` is filled, with proved set. */
int ar_census_prove(struct ar_etcd *etcd, const struct ar_census_ask *asks, size_t count,
		    struct ar_census *ret, bool *ret_holds, struct ar_err *err);
