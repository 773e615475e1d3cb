/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/client.h"

/*
 * The API servers of this cluster, from every place where one leaves a trace, merged.
 *
 * - identity Leases in kube-system (label apiserver.kubernetes.io/identity=kube-apiserver, 1.26 and
 *   newer) name the host; they are removed an hour after their server stopped. A server that
 * restarts may leave an older one behind: one host counts once.
 * - EndpointSlice default/kubernetes (Endpoints before 1.21) has the addresses of the servers that
 *   run right now.
 * - Nodes labelled node-role.kubernetes.io/control-plane stay when their machine is off for a week.
 *
 * Nobody says which address belongs to which Lease but a Node that has both; an address that no
 * Node has is taken to be that of a server whose address is not known yet, before it is taken for
 * one more server.
 */

enum {
	AR_MEMBER_LEASE = 1,
	AR_MEMBER_ENDPOINT = 2,
	AR_MEMBER_NODE = 4,
	AR_MEMBER_ALL = 7,
};

struct ar_member {
	char host[256];     /* host or node name, "" where only an address is known */
	char address[64];   /* where it listens, or the node's own; "" where only a name is known */
	char known_as[512]; /* every name and address of it, blank-separated */
	unsigned sources;   /* AR_MEMBER_*: who says so */
};

struct ar_members {
	struct ar_member *list; /* sorted by host, then address */
	size_t count;           /* distinct servers */
	unsigned asked;         /* AR_MEMBER_*: sources that answered */
	char missing[400];      /* why the others did not; "" */
};

#define AR_MEMBERS_INIT       \
	{                     \
		.list = NULL, \
	}
#define AR_MEMBERS_AUTO __attribute__((cleanup(ar_members_done)))

/* Asks all three. A source that does not answer (forbidden) is said in ret->missing; none at all is
 * an error. `ret` is released by ar_members_done. */
int ar_members_read(struct ar_api *api, struct ar_members *ret, struct ar_err *err);
/* Releases the list. */
void ar_members_done(struct ar_members *members);

/* Adds what one source's list (LeaseList, EndpointSliceList or Endpoints, NodeList) tells; `source`
 * is one of AR_MEMBER_*. Pure; call it for Nodes first, then Leases, then endpoints. */
int ar_members_add(struct ar_members *members, unsigned source, const json_t *list,
		   struct ar_err *err);
/* Is `word` one of these blank-separated names and addresses? A host's name also is its longer self
 * with a domain. */
bool ar_member_knows(const char *known_as, const char *word);
