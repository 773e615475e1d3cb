/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "diag/encheck_impl.h"
#include "diag/nameset.h"
#include "kube/govalues.h"
#include "kube/resources.h"

/* --- overlap and duplicates inside one entry --- */

struct named {
	struct ar_group_resource name;
	size_t index;
};

static int compare_part(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int by_group(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int order = compare_part(x->name.group, x->name.group_len, y->name.group,
				 y->name.group_len);

	if (order == 0)
		order = compare_part(x->name.resource, x->name.resource_len, y->name.resource,
				     y->name.resource_len);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* The item that repeats an earlier one, the first of them; `count` where none does. Sorted. */
static size_t find_duplicate(const struct named *list, size_t count)
{
	size_t found = count;

	for (size_t i = 1; i < count; i++)
		if (ar_group_resource_same(list[i - 1].name, list[i].name) && list[i].index < found)
			found = list[i].index;
	return found;
}

static bool same_group(struct ar_group_resource a, struct ar_group_resource b)
{
	return a.group_len == b.group_len && memcmp(a.group, b.group, a.group_len) == 0;
}

/* The wildcard that covers another item, the first of them. Upstream compares all pairs; sorted by
 * group, each has its neighbours to be compared with (a repeated wildcard covers its twin). */
static size_t find_overlap(const struct named *list, size_t count)
{
	size_t found = count;

	for (size_t i = 0; i < count && count > 1; i++) {
		bool near = (i > 0 && same_group(list[i - 1].name, list[i].name)) ||
			    (i + 1 < count && same_group(list[i].name, list[i + 1].name));
		if (ar_group_resource_any(list[i].name) &&
		    (near || ar_group_resource_any_group(list[i].name)) && list[i].index < found)
			found = list[i].index;
	}
	return found;
}

static void check_overlap(struct ar__check *c, const struct ar_enc_entry *entry, const char *where)
{
	size_t count = entry->resource_count;
	AR_FREE_AUTO struct named *list = calloc(count ? count : 1, sizeof *list);
	char shown[AR__SHOWN];

	if (!list) {
		c->oom = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		list[i] = (struct named){ ar_group_resource_split(entry->resources[i]), i };
	qsort(list, count, sizeof *list, by_group);
	size_t twice = find_duplicate(list, count), over = find_overlap(list, count);
	if (twice < count)
		ar__check_add(c, "resource-duplicate", entry->resource_nodes[twice], where,
			      "resource %s stands twice in this entry",
			      ar__shown(shown, entry->resources[twice]));
	if (over < count)
		ar__check_add(c, "resource-overlap", entry->resource_nodes[over], where,
			      "wildcard %s covers other names of this entry",
			      ar__shown(shown, entry->resources[over]));
}

/* --- rules for one name, the first that hits --- */

static bool has_capital(const char *name)
{
	return ar_go_has_capital(name, strlen(name));
}

static bool is_bare_star(const char *name)
{
	return strcmp(name, "*") == 0;
}

static bool has_no_api(const char *name)
{
	return strcmp(name, "apiserveripinfo") == 0 || strcmp(name, "serviceipallocations") == 0 ||
	       strcmp(name, "servicenodeportallocations") == 0;
}

static bool is_events_group(const char *name)
{
	return strcmp(ar_group_resource_split(name).group, "events.k8s.io") == 0;
}

static bool is_extensions(const char *name)
{
	return strcmp(ar_group_resource_split(name).group, "extensions") == 0;
}

static bool crosses_groups(const char *name)
{
	struct ar_group_resource split = ar_group_resource_split(name);

	return ar_group_resource_any_group(split) && !ar_group_resource_any(split);
}

static const struct {
	bool (*hits)(const char *name);
	const char *what;
} rules[] = {
	{ has_capital, "has capital letters; expected lower case" },
	{ is_bare_star,
	  "is no wildcard; expected '*.' for the core group or '*.*' for everything" },
	{ has_no_api, "has no REST API and cannot be encrypted" },
	{ is_events_group, "is stored in the core group; expected 'events'" },
	{ is_extensions, "is in a group that was removed" },
	{ crosses_groups, "would be one resource in every group, which does not exist" },
};

/* The rule that a name breaks, or none. */
static const char *broken_rule(const char *name)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i].hits(name))
			return rules[i].what;
	return NULL;
}

/* --- masking by a wildcard of an earlier entry --- */

/* Groups of the wildcards so far, each with the number of its entry. */
static void check_masked(struct ar__check *c, struct ar__nameset *wild, size_t i, size_t j)
{
	const struct ar_enc_entry *entry = &c->conf->entries[i];
	struct ar_group_resource split = ar_group_resource_split(entry->resources[j]);
	char where[AR__PATH], shown[AR__SHOWN];
	size_t by = i;
	bool masked = ar__nameset_find(wild, split.group, split.group_len, &by) && by < i;

	if (!masked)
		masked = ar__nameset_find(wild, "*", 1, &by) && by < i;
	ar__path(where, "resources[%zu].resources[%zu]", i, j);
	if (masked)
		ar__check_add(c, "resource-masked", entry->resource_nodes[j], where,
			      "resource %s is masked by a wildcard of resources[%zu]",
			      ar__shown(shown, entry->resources[j]), by);
	size_t earlier;
	if (ar_group_resource_any(split) &&
	    !ar__nameset_find(wild, split.group, split.group_len, &earlier))
		ar__nameset_put(wild, split.group, split.group_len, i);
	c->oom = c->oom || wild->oom;
}

static void check_entry(struct ar__check *c, struct ar__nameset *wild, size_t i)
{
	const struct ar_enc_entry *entry = &c->conf->entries[i];
	char where[AR__PATH], item[AR__PATH], shown[AR__SHOWN];

	ar__path(where, "resources[%zu].resources", i);
	if (entry->resource_count == 0)
		ar__check_add(c, "resources-none", ar__field_or(c, entry->node, "resources"), where,
			      "no resource is named; expected at least one");
	/* before 1.27 a name was a name */
	if (!ar__check_since(c, 27))
		return;
	if (!ar__check_is_torn(c, where))
		check_overlap(c, entry, where);
	for (size_t j = 0; j < entry->resource_count && !c->oom; j++) {
		const char *broken = broken_rule(entry->resources[j]);
		ar__path(item, "%s[%zu]", where, j);
		if (broken)
			ar__check_add(c, "resource-name", entry->resource_nodes[j], item,
				      "resource %s %s", ar__shown(shown, entry->resources[j]),
				      broken);
		else
			check_masked(c, wild, i, j);
	}
}

void ar__check_names(struct ar__check *c)
{
	AR__NAMESET_AUTO struct ar__nameset wild = { .slots = NULL };

	for (size_t i = 0; i < c->conf->entry_count && !c->oom; i++)
		check_entry(c, &wild, i);
}
