/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/list_impl.h"

/* Shapes: apidiscovery/v2 types.go, and meta/v1's APIResource. Both say the same in other words. */

void ar__missing_add(char *list, size_t size, const char *text)
{
	const size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? "; " : "", text);
}

bool ar__is_remote(const json_t *services, const char *group, const char *version)
{
	size_t i;
	const json_t *item;

	json_array_foreach(json_object_get(services, "items"), i, item)
	{
		if (strcmp(AR_DIG_TEXT(item, "spec", "group"), group) == 0 &&
		    strcmp(AR_DIG_TEXT(item, "spec", "version"), version) == 0)
			return json_is_object(AR_DIG(item, "spec", "service"));
	}
	return false;
}

static bool has_verb(const json_t *verbs, const char *verb)
{
	size_t i;
	const json_t *entry;

	json_array_foreach(verbs, i, entry)
	{
		const char *text = json_string_value(entry);
		if (text && strcmp(text, verb) == 0)
			return true;
	}
	return false;
}

/* What is stored can be watched; what is made up when asked for (componentstatuses, reviews)
 * cannot. */
static bool is_stored(const json_t *verbs)
{
	return has_verb(verbs, "get") && has_verb(verbs, "list") && has_verb(verbs, "watch");
}

/* May it stand in a path and a key? Nothing else is taken from the server. */
static bool is_word(const char *text, size_t size)
{
	const size_t len = strlen(text);

	return len < size && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.")] == '\0';
}

static const struct ar_served *known(const struct ar_discovery *in, const char *resource,
				     const char *group)
{
	for (size_t i = in->count; i-- > 0;)
		if (strcmp(in->list[i].resource.resource, resource) == 0 &&
		    strcmp(in->list[i].resource.group, group) == 0)
			return &in->list[i];
	return NULL;
}

/* Adds one of adding's group and version. */
static int add(struct ar__adding *adding, const char *resource, const json_t *verbs,
	       const struct ar_served *more, struct ar_err *err)
{
	struct ar_discovery *to = adding->to;

	if (!is_stored(verbs) || !resource[0] ||
	    !is_word(resource, sizeof more->resource.resource) ||
	    known(to, resource, adding->group))
		return 0;
	struct ar_served *list = reallocarray(to->list, to->count + 1, sizeof *list);
	if (!list)
		return ar_err_oom(err);
	to->list = list;
	struct ar_served *one = &list[to->count++];
	*one = *more;
	one->list = true;
	one->patch = has_verb(verbs, "patch");
	snprintf(one->resource.resource, sizeof one->resource.resource, "%s", resource);
	snprintf(one->resource.group, sizeof one->resource.group, "%s", adding->group);
	snprintf(one->version, sizeof one->version, "%s", adding->version);
	return 0;
}

/* Are group and version such that they can be used, and this server's own? */
static bool is_ours(const struct ar__adding *adding)
{
	return is_word(adding->group, sizeof((struct ar_resource *)NULL)->group) &&
	       is_word(adding->version, sizeof((struct ar_served *)NULL)->version) &&
	       adding->version[0] &&
	       !ar__is_remote(adding->services, adding->group, adding->version);
}

int ar__add_resources(struct ar__adding *adding, const json_t *list, struct ar_err *err)
{
	size_t i;
	const json_t *item;

	if (!is_ours(adding))
		return 0;
	json_array_foreach(json_object_get(list, "resources"), i, item)
	{
		struct ar_served more = {
			.namespaced = json_is_true(json_object_get(item, "namespaced"))
		};
		snprintf(more.kind, sizeof more.kind, "%s", AR_DIG_TEXT(item, "kind"));
		if (add(adding, AR_DIG_TEXT(item, "name"), json_object_get(item, "verbs"), &more,
			err) != 0)
			return -1;
	}
	return 0;
}

static int add_version(struct ar__adding *adding, const json_t *version, struct ar_err *err)
{
	size_t i;
	const json_t *item;

	adding->version = AR_DIG_TEXT(version, "version");
	if (!is_ours(adding))
		return 0;
	if (strcmp(AR_DIG_TEXT(version, "freshness"), "Stale") == 0)
		ar__missing_add(adding->to->missing, sizeof adding->to->missing, adding->group);
	json_array_foreach(json_object_get(version, "resources"), i, item)
	{
		struct ar_served more = { .namespaced = strcmp(AR_DIG_TEXT(item, "scope"),
							       "Namespaced") == 0 };
		snprintf(more.kind, sizeof more.kind, "%s",
			 AR_DIG_TEXT(item, "responseKind", "kind"));
		if (add(adding, AR_DIG_TEXT(item, "resource"), json_object_get(item, "verbs"),
			&more, err) != 0)
			return -1;
	}
	return 0;
}

int ar__add_groups(struct ar__adding *adding, const json_t *list, struct ar_err *err)
{
	size_t i, j;
	const json_t *group, *version;

	json_array_foreach(json_object_get(list, "items"), i, group)
	{
		adding->group = AR_DIG_TEXT(group, "metadata", "name");
		json_array_foreach(json_object_get(group, "versions"), j, version)
		{
			if (add_version(adding, version, err) != 0)
				return -1;
		}
	}
	return 0;
}
