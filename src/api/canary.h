/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/client.h"

/*
 * A canary: a Secret of ours, made, read back from etcd and removed, to show that this server can
 * write and read what it encrypts. Its value is random and means nothing.
 *
 * It lives in kube-system under a name of its own, labelled app.kubernetes.io/managed-by=atrest and
 * app.kubernetes.io/instance=<digest of the host's name>: by these, leftovers of runs that were
 * killed on this host are found and removed, and never the canary that another node is writing
 * right now. The caller holds the host's lock.
 */

enum ar_canary_result {
	AR_CANARY_OK,     /* made, read back the same, removed */
	AR_CANARY_DENIED, /* the cluster does not let us make one: says nothing about encryption */
	AR_CANARY_FAILED, /* made or tried, and it went wrong: `text` says what */
};

struct ar_canary {
	enum ar_canary_result result;
	char name[48];      /* kube-system/atrest-canary-0123456789abcdef */
	unsigned leftovers; /* of earlier runs, removed now */
	bool left_behind;   /* it is still there: the next run removes it */
	char text[480];     /* why not AR_CANARY_OK, or what else is to be said; may be "" */
};

/* Where canaries live, and how their names begin. */
#define AR_CANARY_NAMESPACE "kube-system"
#define AR_CANARY_PREFIX    "atrest-canary-"

/* Runs one. `host` is this machine's host name. What goes wrong with the canary is a result;
 * errors are only what keeps it from being tried (memory). */
int ar_canary_run(struct ar_api *api, const char *host, struct ar_canary *ret, struct ar_err *err);
