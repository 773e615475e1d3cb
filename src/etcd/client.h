/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "kube/etcdconf.h"
#include "net/grpc.h"

/*
 * etcd by gRPC, the calls that are needed, versions 3.4 to 3.7. Reads are linearizable, and go to
 * the first member that answers; what is asked of a certain member says so.
 *
 * No answer is believed before it was checked: cluster id and revision against those of earlier
 * answers (another cluster, or a revision that went back, is an error), keys against the range that
 * was asked for and their order, `more` and `count` against what came.
 */

struct ar_etcd;

struct ar_etcd_base { /* copied by ar_etcd_open */
	const struct ar_etcd_server *servers;
	size_t server_count;
	struct ar_bytes ca, cert, key;   /* PEM */
	const char *ca_from, *cert_from; /* files, for messages */
};

/* Makes a client; nothing is sent yet. */
int ar_etcd_open(const struct ar_etcd_base *base, struct ar_etcd **ret, struct ar_err *err);
/* Accepts NULL. */
void ar_etcd_close(struct ar_etcd *etcd);
static inline void ar_etcd_close_ptr(struct ar_etcd **etcd)
{
	ar_etcd_close(*etcd);
}
#define AR_ETCD_AUTO __attribute__((cleanup(ar_etcd_close_ptr)))

/* Errors of all calls: err->sys is EAGAIN where the cluster could not answer now (no leader, busy,
 * all members away: worth trying again), ESTALE where the revision was compacted (start over),
 * EACCES where etcd's own RBAC or TLS says no, ENOSPC for its quota, EFBIG where an answer is
 * larger than it may be. */

/* In which order keys are given; a limit takes the first ones of it. By value etcd loads all of the
 * range to sort it. */
enum ar_etcd_order { AR_ETCD_BY_KEY, AR_ETCD_LEAST_VALUE, AR_ETCD_GREATEST_VALUE };

/* Keys from `key` (inclusive) to `end` (exclusive). */
struct ar_etcd_range {
	const char *key;
	size_t key_len;
	const char *end; /* NULL: the one key */
	size_t end_len;
	int64_t limit;            /* 0: all */
	int64_t revision;         /* 0: the newest */
	size_t max;               /* of the answer, bytes; 0: 64 MiB. Larger: err->sys is EFBIG */
	enum ar_etcd_order order; /* by value: not with keys_only */
	bool keys_only, count_only, secret;
};

struct ar_etcd_kv { /* borrowed from the page */
	const char *key;
	size_t key_len;
	const char *value; /* NULL with keys_only */
	size_t value_len;
	int64_t create_revision, mod_revision, version;
};

struct ar_etcd_page {
	struct ar_buf body;
	struct ar_etcd_kv *list;
	size_t count;     /* in this page */
	int64_t total;    /* in the whole range */
	int64_t revision; /* at which it was answered */
	bool more;
};

#define AR_ETCD_PAGE_INIT             \
	{                             \
		.body = {             \
			.data = NULL, \
		},                    \
	}
#define AR_ETCD_PAGE_AUTO __attribute__((cleanup(ar_etcd_page_done)))
/* Releases it; wiped where it is secret. */
void ar_etcd_page_done(struct ar_etcd_page *page);

/* One page. `ret` begins as AR_ETCD_PAGE_INIT or as a page of before, whose memory is used again.
 */
int ar_etcd_range(struct ar_etcd *etcd, const struct ar_etcd_range *range, struct ar_etcd_page *ret,
		  struct ar_err *err);
/* The end of the range of all keys that begin with `prefix` (no byte of it may be 0xff at its end):
 * the prefix with its last byte one more, into buf (as long as prefix). */
void ar_etcd_prefix_end(const char *prefix, size_t len, char *buf);

/* Does every value of every range lie between its bounds (low exclusive, high exclusive; NULL: no
 * bound)? etcd compares them itself, in one transaction at one revision: no value leaves it. At
 * most AR_ETCD_COMPARES ranges. An empty range makes a comparison false. */
#define AR_ETCD_COMPARES 64
struct ar_etcd_compare {
	const char *key, *end; /* the range */
	size_t key_len, end_len;
	const char *low, *high; /* values; NUL-terminated */
};
struct ar_etcd_compared {
	bool holds;
	int64_t revision;
	int64_t counts[AR_ETCD_COMPARES]; /* keys of each range, where it holds */
};
int ar_etcd_compare(struct ar_etcd *etcd, const struct ar_etcd_compare *list, size_t count,
		    struct ar_etcd_compared *ret, struct ar_err *err);

struct ar_etcd_member {
	uint64_t id;
	char name[128];
	struct ar_etcd_server client; /* its first client URL; host "" where it has none (yet) */
	bool learner;
	/* Of its own Status; `answered` false: `why` says why not. */
	bool answered;
	char why[300];
	char version[32];           /* "3.6.5" */
	int64_t db_size, db_in_use; /* bytes of its file; of them in use */
	int64_t db_quota;           /* 3.6 and newer; 0: not told */
	uint64_t leader, raft_term, raft_applied;
	int64_t revision;
};

enum ar_etcd_alarm_kind { AR_ETCD_ALARM_NOSPACE = 1, AR_ETCD_ALARM_CORRUPT = 2 };
#define AR_ETCD_MEMBERS 16
struct ar_etcd_state {
	uint64_t cluster;
	struct ar_etcd_member members[AR_ETCD_MEMBERS];
	size_t count;
	bool members_told; /* by the cluster; false: only the servers that were given */
	unsigned alarms;   /* bits 1 << enum ar_etcd_alarm_kind */
	bool alarms_told;
	char why[300]; /* why something of it was not told; "" */
};
/* Members, the Status of each, and alarms. What RBAC forbids or a member that is down is left out
 * and said; only when no member answers at all is it an error. */
int ar_etcd_look(struct ar_etcd *etcd, struct ar_etcd_state *ret, struct ar_err *err);
/* The members alone, as the cluster tells them. */
int ar_etcd_who(struct ar_etcd *etcd, struct ar_etcd_state *ret, struct ar_err *err);

/* Is everything before `revision` compacted away? Asks for a revision just before it. */
int ar_etcd_is_compacted(struct ar_etcd *etcd, int64_t revision, bool *ret, struct ar_err *err);
/* The oldest revision that can still be read; `newest` is one that can. */
int ar_etcd_oldest(struct ar_etcd *etcd, int64_t newest, int64_t *ret, struct ar_err *err);
/* Compacts at `revision`. One that is compacted already is no error. */
int ar_etcd_compact(struct ar_etcd *etcd, int64_t revision, struct ar_err *err);
