/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kubeletconf.h"

#include <stdio.h>
#include <string.h>

#include "yaml/scalar.h"

const char *ar_kubeletconf_static_pod_path(const struct ar_tree *tree, char *buf, size_t size)
{
	const struct ar_node *path = ar_map_get(tree, ar_tree_root(tree, 0), "staticPodPath");
	size_t len;

	if (!path || path->kind != AR_SCALAR || ar_scalar_type(tree, path) != AR_T_STRING)
		return NULL;
	const char *text = ar_node_text(tree, path, &len);
	if (len == 0 || len >= size || memchr(text, '\0', len))
		return NULL;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return buf;
}

static size_t members_in(const char *list, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		if (list[i] == '=')
			count++;
	return count;
}

/* The members that this list of arguments names: --initial-cluster=a=https://…,b=https://…, or the
 * flag and its value in two items. */
static size_t members_of(const struct ar_tree *tree, const struct ar_node *list)
{
	static const char flag[] = "--initial-cluster";
	bool next_is_value = false;

	if (!list || list->kind != AR_SEQUENCE)
		return 0;
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *real = ar_node_resolve(tree, item);
		size_t len = 0;
		const char *text = real->kind == AR_SCALAR ? ar_node_text(tree, real, &len) : "";

		if (next_is_value)
			return members_in(text, len);
		if (len > sizeof flag - 1 && memcmp(text, flag, sizeof flag - 1) == 0 &&
		    text[sizeof flag - 1] == '=')
			return members_in(text + sizeof flag, len - sizeof flag);
		next_is_value = ar_text_is(text, len, flag);
	}
	return 0;
}

size_t ar_etcd_members(const struct ar_text *manifest)
{
	struct ar_err ignored = AR_ERR_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	size_t most = 0;

	if (ar_tree_parse(manifest, AR_TREE_FIRST, &tree, &ignored) != 0)
		return 0;
	const struct ar_node *spec = ar_map_get(tree, ar_tree_root(tree, 0), "spec");
	const struct ar_node *list = ar_map_get(tree, spec, "containers");
	if (!list || list->kind != AR_SEQUENCE)
		return 0;
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *container = ar_node_resolve(tree, item);
		size_t command = members_of(tree, ar_map_get(tree, container, "command"));
		size_t args = members_of(tree, ar_map_get(tree, container, "args"));

		most = command > most ? command : most;
		most = args > most ? args : most;
	}
	return most;
}
