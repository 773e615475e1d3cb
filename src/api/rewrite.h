/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "api/client.h"

/*
 * Rewrites objects: an empty merge patch for each, many in flight, no object in the answers (a
 * Table with includeObject=None). An API server that finds the stored value stale encrypts it anew;
 * one that does not leaves it as it is, without a write. (apiserver, storage/etcd3
 * GuaranteedUpdate.)
 *
 * What went wrong for a moment (429 with its Retry-After, 5xx, a connection that ended, no answer
 * in time) is tried again, later each time, up to AR_REWRITE_TRIES; while the server is away
 * nothing new is sent but one question at a time. What the server refuses for good (403, 409, 422,
 * an admission webhook or policy, quota) is told with its reason, and the rest goes on.
 */

#define AR_REWRITE_TRIES 8

enum ar_rewritten {
	AR_REWRITTEN_OK,      /* answered 200; resource_version is the object's now */
	AR_REWRITTEN_GONE,    /* 404: deleted meanwhile, and so done */
	AR_REWRITTEN_REFUSED, /* the server says no, and would again */
	AR_REWRITTEN_FAILED,  /* tried to the end without an answer that decides */
};

struct ar_rewrite_object {
	char path[1200]; /* as ar_served_path makes it */
	uintptr_t tag;   /* the caller's own */
};

struct ar_rewrite_result {
	uintptr_t tag;
	enum ar_rewritten end;
	bool given_up; /* FAILED: the run ended before it was tried to the end */
	int status;    /* last HTTP status, 0: none */
	unsigned tries;
	char resource_version[64]; /* of OK; "" where the answer did not tell */
	char reason[64];           /* the Status' reason of REFUSED, FAILED; "" */
	char message[400];         /* printable; for OK "" */
};

enum ar_rewrite_go {
	AR_REWRITE_GO,   /* go on */
	AR_REWRITE_HOLD, /* send nothing for now; what is in flight ends */
	AR_REWRITE_STOP, /* end: what is in flight is awaited, nothing new is sent */
};

struct ar_rewrite_ask {
	size_t in_flight; /* 1..256 */
	double rate;      /* objects per second at most; 0: as fast as it goes */
	/* The next object; false: there is none any more. */
	bool (*next)(void *user, struct ar_rewrite_object *ret);
	void (*done)(void *user, const struct ar_rewrite_result *result);
	/* Asked before sending and at least twice a second. */
	enum ar_rewrite_go (*go)(void *user);
	void *user;
};

struct ar_rewrite_sum {
	int64_t ok, gone, refused, failed;
	int64_t retries;
	bool stopped; /* by `go`, before all were done */
	bool away;    /* ended because the server stayed away (two minutes without any answer) */
};

/* Rewrites all that `next` gives, and tells of each; where it stopped or the server stayed away,
 * those that were begun and not done are told as FAILED, and `next` is not asked for the rest. A
 * 403 or 404 within a minute after the server was away is tried again like a 5xx: one that has just
 * started may not know all rights and resources yet. With -1 no more is told. -1: memory, or what
 * trying again does not mend (TLS). */
int ar_rewrite_run(struct ar_api *api, const struct ar_rewrite_ask *ask, struct ar_rewrite_sum *ret,
		   struct ar_err *err);
