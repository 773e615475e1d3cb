/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/client.h"
#include "api/configmap.h"

/*
 * The Lease kube-system/atrest: one node at a time changes its server, and each tells the others
 * what only it can see, in annotations (flow/told.h says which).
 *
 * It is an aid, and no authority: it can be lost or edited at any time, and what is done then is
 * still safe, since the servers themselves are asked. So nothing here believes more of it than who
 * holds it.
 *
 * Clocks differ. A holder is believed for as long as its renewal changes; one that stays the same
 * for the whole duration, by our own clock that only goes forward, is over (as client-go has it).
 * Only a renewal that is older than AR_LEASE_STALE_S by the clock on the wall is over at once: so
 * wrong is no clock of a control plane that works.
 */

#define AR_LEASE_PATH    "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/atrest"
#define AR_LEASE_SECONDS 60
#define AR_LEASE_STALE_S 900

struct ar_lease {
	bool exists;
	char holder[256];               /* "": nobody */
	char acquired[40], renewed[40]; /* RFC 3339, as the holder wrote them; "" */
	int64_t renewed_s;              /* seconds since 1970; 0: never, or no time */
	unsigned duration_s;
	int64_t transitions;
	json_t *annotations; /* an object; NULL: none. Owned */
	char resource_version[64], uid[64];
	int64_t since_ms; /* when this renewal was seen first, by the clock that only goes forward
			   */
};

#define AR_LEASE_INIT                \
	{                            \
		.annotations = NULL, \
	}
#define AR_LEASE_AUTO __attribute__((cleanup(ar_lease_done)))
/* Releases it; it is AR_LEASE_INIT again. */
void ar_lease_done(struct ar_lease *lease);

/* Reads it into what an earlier look left (or AR_LEASE_INIT): so a renewal that does not change is
 * noticed. A missing one is no error. */
int ar_lease_read(struct ar_api *api, struct ar_lease *lease, struct ar_err *err);

enum ar_lease_whose {
	AR_LEASE_FREE, /* nobody's, or over */
	AR_LEASE_OURS,
	AR_LEASE_THEIRS, /* lease->holder, renewed at lease->renewed */
};
/* Whose is it now? Pure: both clocks are given. */
enum ar_lease_whose ar_lease_whose(const struct ar_lease *lease, const char *us, int64_t forward_ms,
				   int64_t wall_s);

/* Takes it where it is free, ours already, or not there at all; `us` is this node's name. OURS or
 * THEIRS. Whoever waits calls it again, a few seconds later, with the same `lease`. A renewal of
 * ours is part of it. */
int ar_lease_take(struct ar_api *api, const char *us, struct ar_lease *lease,
		  enum ar_lease_whose *ret, struct ar_err *err);
/* Renews it: every AR_LEASE_SECONDS / 4, say. OURS, or THEIRS or FREE where it was lost (another
 * took it, somebody deleted it): then the work that it covers ends at the next safe place. */
int ar_lease_renew(struct ar_api *api, const char *us, struct ar_lease *lease,
		   enum ar_lease_whose *ret, struct ar_err *err);
/* Gives it back; what is not ours stays as it is. */
int ar_lease_release(struct ar_api *api, const char *us, struct ar_lease *lease,
		     struct ar_err *err);

/* Writes annotations: `changes` has texts, and null for what is to go. By whoever, holder or not;
 * makes the Lease where there is none. On CONFLICT or GONE nothing was written: read again. On DONE
 * `lease` is as it is now. */
int ar_lease_annotate(struct ar_api *api, struct ar_lease *lease, const json_t *changes,
		      enum ar_put *ret, struct ar_err *err);
