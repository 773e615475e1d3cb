/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "kube/pod.h"
#include "kube/pod_site.h"

#define WORD "kube-apiserver"

/* The text of a scalar below `map`, `missing` where there is none. */
static bool text_is(const struct ar_tree *tree, const struct ar_node *map, const char *key,
		    const char *expected, const char *missing)
{
	const struct ar_node *node = ar_map_get(tree, map, key);

	if (!node || node->kind != AR_SCALAR || ar_node_is_null(tree, node))
		return missing && strcmp(expected, missing) == 0;
	return ar_node_is(tree, node, expected);
}

static bool runs_apiserver(const struct ar_tree *tree, const struct ar_node *spec)
{
	const struct ar_node *list = ar_map_get(tree, spec, "containers");

	if (!list || list->kind != AR_SEQUENCE)
		return false;
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *container = ar_node_resolve(tree, item);
		struct ar_program program = ar__program_find(tree, container);

		if (text_is(tree, container, "name", WORD, NULL) || program.found)
			return true;
	}
	return false;
}

static bool mentions(const struct ar_text *text, char *why, size_t size)
{
	if (text->len == 0 || !memmem(text->data, text->len, WORD, sizeof WORD - 1))
		return false;
	snprintf(why, size, "cannot be parsed, and mentions " WORD);
	return true;
}

bool ar_pod_rivals(const struct ar_text *text, const char *namespace, const char *name, char *why,
		   size_t size)
{
	struct ar_err ignored = AR_ERR_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	const char *space = namespace ? namespace : "default";

	if (size)
		why[0] = '\0';
	if (ar_tree_parse(text, AR_TREE_FIRST, &tree, &ignored) != 0)
		return mentions(text, why, size);
	const struct ar_node *root = ar_tree_root(tree, 0);
	if (!root || !text_is(tree, root, "kind", "Pod", NULL))
		return false;
	const struct ar_node *metadata = ar_map_get(tree, root, "metadata");
	if (name && text_is(tree, metadata, "name", name, NULL) &&
	    text_is(tree, metadata, "namespace", space, "default")) {
		snprintf(why, size, "defines the pod %s/%s", space, name);
		return true;
	}
	if (!runs_apiserver(tree, ar_map_get(tree, root, "spec")))
		return false;
	snprintf(why, size, "runs " WORD " too");
	return true;
}
