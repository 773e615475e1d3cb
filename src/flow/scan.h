/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/discovery.h"
#include "etcd/census.h"
#include "flow/local.h"
#include "flow/store.h"
#include "plan/plane.h"
#include "plan/scope.h"

/*
 * What the config of this node is about, ready to be counted: the config's writers, the resources
 * it names or its wildcards mean, and the etcd where they lie. `verify`, `reencrypt`, `enable` and
 * the guards all count through this.
 */

struct ar_scan_ask {
	const char *only;      /* --resource; NULL: all that the config encrypts */
	const char *namespace; /* --namespace; NULL: all */
	bool served;           /* the API's own paths are needed: ask for its discovery anyway */
	const struct ar_text *config; /* a text that will lie there; NULL: the config as it lies */
};

struct ar_scan {
	const struct ar_session *session;
	struct ar_store store; /* store.etcd NULL: nothing can be counted, store.why says why */
	struct ar_tree *tree;  /* of the config */
	struct ar_encconf *conf;
	struct ar_stored_name *names;
	size_t name_count;
	struct ar_discovery discovery; /* empty while the API could not be asked */
	char undiscovered[400];        /* why not; "" */
	struct ar_scope scope;
	const char *namespace;
};

#define AR_SCAN_INIT                                                                           \
	{                                                                                      \
		.store = AR_STORE_INIT, .discovery = AR_DISCOVERY_INIT, .scope = AR_SCOPE_INIT \
	}
#define AR_SCAN_AUTO __attribute__((cleanup(ar_scan_done)))
/* Releases it. */
void ar_scan_done(struct ar_scan *scan);

/* Composes it. `local` has the manifest's pod and the config's file; `creds` may be closed: then
 * wildcards are resolved from etcd. -1: there is no config, or one that the API server would
 * refuse, or `only` is not encrypted by it, or no memory. */
int ar_scan_open(const struct ar_session *session, const struct ar_local *local,
		 struct ar_creds *creds, const struct ar_scan_ask *ask, struct ar_scan *ret,
		 struct ar_err *err);

/* Counts one item of the scope by reading its values' beginnings; as ar_census_take(). Only the
 * callbacks, `user`, `few` and the revision of `ask` are used. */
int ar_scan_take(struct ar_scan *scan, size_t item, const struct ar_census_ask *ask,
		 struct ar_census *ret, struct ar_err *err);
/* How many keys an item has now. */
int ar_scan_total(struct ar_scan *scan, size_t item, int64_t *ret, struct ar_err *err);
/* Does etcd say that all values of all items are their writers'? Then `ret` has one census for each
 * item. As ar_census_prove(). */
int ar_scan_prove(struct ar_scan *scan, struct ar_census *ret, bool *ret_holds, struct ar_err *err);
/* The sum over all items that a request can rewrite, as the planner sees it. etcd's own comparison
 * first; where that does not hold values are looked at, or, with `quick`, nothing more is known
 * than that some are stale: known false, stale -1. */
int ar_scan_sum(struct ar_scan *scan, bool quick, struct ar_stored_seen *ret, struct ar_err *err);
/* The object that a key names, "default/a" or "name"; into buf, printable. */
void ar_scan_object(const struct ar_scan *scan, size_t item, const struct ar_etcd_kv *kv, char *buf,
		    size_t size);
