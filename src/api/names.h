/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/discovery.h"

/*
 * Names of all objects of a resource, without the objects: lists as Tables with
 * includeObject=None, page by page, for where etcd cannot be asked. A Table has no column for the
 * namespace, so each namespace is listed by itself. An answer of another form is dropped unread.
 */

struct ar_names_ask {
	const struct ar_served *served;
	const char *namespace; /* only this one; NULL: all */
	/* Called for each object; -1 with err set ends it. */
	int (*each)(void *user, const char *namespace, const char *name, struct ar_err *err);
	void *user;
};

struct ar_names {
	int64_t count;
	char resource_version[64]; /* of the first list: what is older was there before it */
};

/* Lists them. -1: refused, no answer, or what `each` said. */
int ar_names_read(struct ar_api *api, const struct ar_names_ask *ask, struct ar_names *ret,
		  struct ar_err *err);
