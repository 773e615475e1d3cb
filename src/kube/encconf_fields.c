/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/scope.h"
#include "kube/encconf_impl.h"

/* A merge may name a mapping that merges again; nobody writes a hundred of them. */
#define MERGES_MAX 100

struct walk {
	const struct ar_tree *tree;
	ar__field_visit *visit;
	void *context;
	bool oom;
};

static bool walk_map(struct walk *w, const struct ar_node *map, int depth);

static bool is_merge(const struct ar_tree *tree, const struct ar_node *key)
{
	return !ar_tree_is_json(tree) && key->kind == AR_SCALAR && key->style == AR_PLAIN &&
	       ar_node_is(tree, key, "<<");
}

/* Of several merged mappings the first counts most: it is set last. */
static bool walk_merged_list(struct walk *w, const struct ar_node *list, int depth)
{
	size_t count = ar_node_count(w->tree, list), at = 0;
	AR_FREE_AUTO const struct ar_node **items = calloc(count ? count : 1, sizeof *items);

	if (!items) {
		w->oom = true;
		return false;
	}
	for (const struct ar_node *item = ar_node_first(w->tree, list); item;
	     item = ar_node_next(w->tree, item))
		items[at++] = ar_node_resolve(w->tree, item);
	while (at-- > 0)
		if (!walk_map(w, items[at], depth))
			return false;
	return true;
}

static bool walk_merged(struct walk *w, const struct ar_node *value, int depth)
{
	if (depth > MERGES_MAX)
		return true;
	if (value->kind == AR_SEQUENCE)
		return walk_merged_list(w, value, depth);
	return walk_map(w, value, depth);
}

static bool walk_map(struct walk *w, const struct ar_node *map, int depth)
{
	if (map->kind != AR_MAPPING)
		return true;
	for (const struct ar_node *key = ar_node_first(w->tree, map); key;) {
		const struct ar_node *value = ar_node_next(w->tree, key);
		const struct ar_node *real = ar_node_resolve(w->tree, value);

		if (is_merge(w->tree, key)
			    ? !walk_merged(w, real, depth + 1)
			    : !w->visit(w->context, ar_node_resolve(w->tree, key), real))
			return false;
		key = ar_node_next(w->tree, value);
	}
	return true;
}

bool ar__fields_visit(const struct ar_tree *tree, const struct ar_node *map, ar__field_visit *visit,
		      void *context, bool *ret_oom)
{
	struct walk w = { .tree = tree, .visit = visit, .context = context };
	bool whole = walk_map(&w, map, 0);

	*ret_oom = w.oom;
	return whole;
}

struct lookup {
	const struct ar_tree *tree;
	const char *name;
	const struct ar_node *found;
};

static bool look(void *context, const struct ar_node *key, const struct ar_node *value)
{
	struct lookup *lookup = context;

	if (key->kind == AR_SCALAR && ar_node_is(lookup->tree, key, lookup->name))
		lookup->found = value;
	return true;
}

const struct ar_node *ar_encconf_field(const struct ar_tree *tree, const struct ar_node *map,
				       const char *name)
{
	struct lookup lookup = { .tree = tree, .name = name };
	bool oom;

	if (map)
		ar__fields_visit(tree, ar_node_resolve(tree, map), look, &lookup, &oom);
	return lookup.found;
}
