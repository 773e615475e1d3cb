/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "etcd/client.h"
#include "flow/session.h"
#include "kube/storage.h"

/*
 * etcd as this node's API server reaches it: addresses, certificates and prefix by its manifest's
 * own flags, the files read from this host. Where the API server keeps a resource in another etcd
 * (--etcd-servers-overrides), that one is asked for it.
 */

struct ar_store {
	struct ar_etcdconf conf;
	struct ar_etcd *etcd;    /* NULL: it cannot be asked, `why` says why */
	struct ar_etcd **others; /* one for each override, NULL while nobody asked for it */
	struct ar_bytes pem[3];  /* CA, certificate, key: owned, the key guarded */
	char why[400];
	int64_t quota; /* --quota-backend-bytes of the etcd that this node runs; 0: not known */
};

#define AR_STORE_INIT                    \
	{                                \
		.conf = AR_ETCDCONF_INIT \
	}
#define AR_STORE_AUTO __attribute__((cleanup(ar_store_done)))
/* Closes and wipes; it is AR_STORE_INIT again. */
void ar_store_done(struct ar_store *store);

/* Opens it; nothing is sent yet. That it cannot be (files that are not here, flags that are not
 * understood, --root) is no error: store->why says so. -1: no memory. */
int ar_store_open(const struct ar_session *session, const struct ar_pod *pod, struct ar_store *ret,
		  struct ar_err *err);

/* The etcd that keeps this resource; store->etcd is not NULL. */
int ar_store_of(struct ar_store *store, const struct ar_resource *resource, struct ar_etcd **ret,
		struct ar_err *err);

/* Resources that lie in the (main) etcd, told from its keys alone: for wildcards while the API is
 * down, and for what no config names. Adds `folders` of what is no resource, too ("ranges"), with
 * an empty resource name. malloc'ed. */
struct ar_kept {
	struct ar_resource resource; /* resource.resource "" where it is none */
	char folder[AR_STORAGE_MAX]; /* "/registry/secrets/" */
};
int ar_store_list(struct ar_store *store, struct ar_kept **ret, size_t *ret_count,
		  struct ar_err *err);
