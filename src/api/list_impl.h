/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/discovery.h"

/* What the modules that ask for collections share. */

#define AR__TABLE "application/json;as=Table;g=meta.k8s.io;v=v1"

/* Appends a part of a path or a query's value, escaped. */
void ar__path_add(struct ar_buf *out, const char *part);

/* Appends `text` to a list that a person reads, after a "; "; what does not fit is cut. */
void ar__missing_add(char *list, size_t size, const char *text);

/* Does another server answer for GROUP/VERSION? `services` is an APIServiceList, or NULL. */
bool ar__is_remote(const json_t *services, const char *group, const char *version);

/* What is being put together. */
struct ar__adding {
	struct ar_discovery *to;
	const json_t *services; /* APIServiceList, NULL: not known */
	const char *group, *version;
};

/* Adds what an APIGroupDiscoveryList has (apidiscovery.k8s.io/v2), and what an APIResourceList has
 * of adding's group and version, unless it is there already in a version that comes before. */
int ar__add_groups(struct ar__adding *adding, const json_t *list, struct ar_err *err);
int ar__add_resources(struct ar__adding *adding, const json_t *list, struct ar_err *err);
