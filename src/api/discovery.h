/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/client.h"
#include "kube/storage.h"

/*
 * Which resources this API server serves and stores: their names, groups, preferred versions, and
 * whether they live in namespaces. /api/v1, /apis and each group's preferred version (and older
 * ones for what the preferred one lacks). Groups that another server answers for (APIService with a
 * service behind it) are left out: nothing of them lies in this etcd.
 */

struct ar_served {
	struct ar_resource resource;
	char version[64]; /* "v1" */
	char kind[128];   /* "Secret" */
	bool namespaced;
	bool patch, list; /* its verbs */
};

struct ar_discovery {
	struct ar_served *list; /* sorted by group, then resource; no subresources */
	size_t count;
	char missing[400]; /* groups that did not answer; "" */
};

#define AR_DISCOVERY_INIT    \
	{                    \
		.list = NULL \
	}
#define AR_DISCOVERY_AUTO __attribute__((cleanup(ar_discovery_done)))
/* Releases the list. */
void ar_discovery_done(struct ar_discovery *discovery);
/* Asks for all of it. A group that does not answer is said in ret->missing. */
int ar_discovery_read(struct ar_api *api, struct ar_discovery *ret, struct ar_err *err);
/* By name and group; NULL: not served. */
const struct ar_served *ar_discovery_find(const struct ar_discovery *discovery,
					  const char *resource, const char *group);
/* "/api/v1/namespaces/NS/secrets/NAME" or "/apis/GROUP/VERSION/…", each part escaped; `namespace`
 * "" or NULL for cluster-wide ones; `name` NULL for the collection. false: does not fit. */
bool ar_served_path(const struct ar_served *served, const char *namespace, const char *name,
		    char *buf, size_t size);
