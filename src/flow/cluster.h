/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/members.h"
#include "etcd/client.h"
#include "flow/local.h"
#include "flow/store.h"
#include "flow/told.h"

/*
 * All API servers of the control plane, seen from this node, each asked directly at its own address
 * with the same credentials and full verification.
 *
 * They are counted from every place where one leaves a trace: identity Leases, EndpointSlice,
 * control-plane Nodes (api/members.h), and, where etcd is stacked, its members: a node that is
 * joining has its etcd member first. Members of an external etcd are no servers. A server that
 * nobody knows of would be left behind by a change of keys, so every trace counts.
 */

#define AR_CLUSTER_SERVERS 16

enum { /* sources beside AR_MEMBER_* */
       AR_MEMBER_ETCD = 8,
       AR_MEMBER_HERE = 16, /* this node has its manifest */
};

enum ar_cluster_load {
	AR_CLUSTER_UNKNOWN, /* it does not answer, or does not say what it has; `why` says why */
	AR_CLUSTER_PLAIN,   /* it runs without the flag */
	AR_CLUSTER_FILE,    /* it has the file with sha256 `hash` */
};

struct ar_cluster_server {
	char host[256];     /* "" where only an address is known */
	char address[64];   /* "" where only a name is */
	char known_as[512]; /* every name and address of it, blank-separated */
	unsigned sources;
	bool self; /* this node's own */
	bool gone; /* somebody accepted that it will never come back */

	bool answered; /* it says who it is and what it has */
	char why[400]; /* why not, or why its load is unknown; "" */
	enum ar_ready_state ready;
	struct ar_api_version version; /* git "" and minor -1: not known */
	struct ar_loaded metrics;      /* all unset where it did not answer */

	enum ar_cluster_load load;
	char hash[AR_SHA256_HEX]; /* of AR_CLUSTER_FILE */
	bool by_node;  /* known by what that node's own run told, not by the server itself */
	bool current;  /* it is the file that lies here */
	int64_t start; /* of its process, seconds since 1970; 0: not known */
	int64_t lag_s; /* seconds since the file here was written, where it has another; -1 else */
};

struct ar_cluster {
	struct ar_cluster_server list[AR_CLUSTER_SERVERS]; /* by host, then address */
	size_t count, self;                                /* list[self] is this node's, always */
	bool stacked;  /* etcd's members are control-plane nodes */
	bool all_told; /* every source answered; else `missing` says which did not */
	char missing[600];
	bool lease_seen; /* the Lease was read, or is not there */
	struct ar_lease lease;
	struct ar_told told; /* of the Lease; with the meaning of the file here */
};

#define AR_CLUSTER_INIT                                      \
	{                                                    \
		.lease = AR_LEASE_INIT, .told = AR_TOLD_INIT \
	}
#define AR_CLUSTER_AUTO __attribute__((cleanup(ar_cluster_done)))
/* Releases it; it is AR_CLUSTER_INIT again. */
void ar_cluster_done(struct ar_cluster *cluster);

struct ar_cluster_ask {
	struct ar_creds *creds;           /* open: for this node's server */
	const struct ar_api_where *where; /* of this node's server: its address and port */
	const struct ar_local
		*local;         /* looked at just before: this node's server is not asked again */
	struct ar_store *store; /* NULL, or not open: etcd's members are not seen */
	const struct ar_encconf *conf; /* the config here, NULL: none that is valid */
	const char *const *gone;       /* --accept server-gone=NAME */
	size_t gone_count;
};

/* Looks at all of them, all at once; a server that does not answer costs 5 s. `ret` may have been
 * looked at before: its Lease is read on (a renewal that does not change is noticed). What does not
 * answer is said in `ret`. Where this node's own server is away, the kubeconfig's endpoint is asked
 * who there is. -1: nobody can be asked that, more than 16 servers, one in `gone` that answers or
 * is this node's, no memory. */
int ar_cluster_look(const struct ar_session *session, const struct ar_cluster_ask *ask,
		    struct ar_cluster *ret, struct ar_err *err);

/* What this server does with a resource: the names of the keys that it reads, the first writes, as
 * ar_told_reads has it. 0: not known (it does not answer, or nobody told what its file means). */
size_t ar_cluster_reads(const struct ar_cluster *cluster, size_t server,
			const struct ar_resource *resource, const char **ret, size_t max);
/* The meaning of the file that it has loaded; NULL: plain, or not known. */
const struct ar_told_file *ar_cluster_meaning(const struct ar_cluster *cluster, size_t server);
/* What this node has to tell the others of itself, all but the rung: `ret` for ar_told_put_node. */
void ar_cluster_own(const struct ar_cluster *cluster, const struct ar_local *local,
		    struct ar_told_node *ret);
/* How to call it: its host, else its address. */
const char *ar_cluster_name(const struct ar_cluster_server *server);

/* --- the pure part --- */

struct ar_cluster_facts { /* beside what the servers answered */
	const struct ar_members *members;
	const struct ar_etcd_state *etcd; /* NULL: not asked, or external */
	const char *host, *address;       /* this node's; either may be NULL */
};
/* Who there is, merged: fills list, count and self. -1: more than AR_CLUSTER_SERVERS. */
int ar_cluster_merge(const struct ar_cluster_facts *facts, struct ar_cluster *ret,
		     struct ar_err *err);
/* What one that answered (version, metrics) has loaded, with what its node told (NULL: nothing). */
void ar_cluster_judge(struct ar_cluster_server *server, const struct ar_told_node *told);
