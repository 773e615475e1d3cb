/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/entries.h"

#include <string.h>

#include "kube/resources.h"

static bool names(const struct ar_enc_entry *entry, struct ar_group_resource name)
{
	for (size_t i = 0; i < entry->resource_count; i++)
		if (ar_group_resource_same(ar_group_resource_split(entry->resources[i]), name))
			return true;
	return false;
}

static const struct ar_enc_entry *first_with(const struct ar_encconf *conf,
					     struct ar_group_resource name)
{
	for (size_t i = 0; i < conf->entry_count; i++)
		if (names(&conf->entries[i], name))
			return &conf->entries[i];
	return NULL;
}

static const struct ar_enc_entry *look_up(const struct ar_encconf *conf,
					  const struct ar_resource *resource,
					  struct ar_group_resource *ret_name)
{
	size_t group = strlen(resource->group);
	const struct ar_group_resource order[] = {
		{ resource->resource, resource->group, strlen(resource->resource), group },
		{ "*", resource->group, 1, group },
		{ "*", "*", 1, 1 },
	};

	for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
		const struct ar_enc_entry *entry = first_with(conf, order[i]);
		*ret_name = order[i];
		if (entry)
			return entry;
	}
	return NULL;
}

bool ar_entry_holds(const struct ar_encconf *conf, const struct ar_enc_entry *entry,
		    const struct ar_resource *resource)
{
	struct ar_group_resource name;

	return look_up(conf, resource, &name) && names(entry, name);
}

const struct ar_enc_entry *ar_entry_of(const struct ar_encconf *conf,
				       const struct ar_resource *resource)
{
	struct ar_group_resource name;

	return look_up(conf, resource, &name);
}
