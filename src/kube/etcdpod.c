/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/etcdpod.h"

#include <string.h>

struct search {
	const struct ar_tree *tree;
	const char *flag;
	void (*each)(void *user, const char *value, size_t len);
	void *user;
};

/* The part of `text` behind one or two dashes and the flag's name; NULL: it is another. */
static const char *behind_flag(const char *flag, const char *text, size_t len)
{
	const size_t name = strlen(flag);
	size_t dashes = 0;

	while (dashes < len && dashes < 2 && text[dashes] == '-')
		dashes++;
	if (dashes == 0 || len < dashes + name || memcmp(text + dashes, flag, name) != 0)
		return NULL;
	return text + dashes + name;
}

static void search_list(const struct search *search, const struct ar_node *list)
{
	bool next = false;

	if (!list || list->kind != AR_SEQUENCE)
		return;
	for (const struct ar_node *item = ar_node_first(search->tree, list); item;
	     item = ar_node_next(search->tree, item)) {
		const struct ar_node *real = ar_node_resolve(search->tree, item);
		size_t len = 0;
		const char *text = real->kind == AR_SCALAR ? ar_node_text(search->tree, real, &len)
							   : "";
		const char *end = text + len, *rest = behind_flag(search->flag, text, len);

		if (next)
			search->each(search->user, text, len);
		else if (rest && rest < end && *rest == '=')
			search->each(search->user, rest + 1, (size_t)(end - rest - 1));
		next = !next && rest == end;
	}
}

void ar__etcd_settings(const struct ar_text *manifest, const char *flag,
		       void (*each)(void *user, const char *value, size_t len), void *user)
{
	struct ar_err ignored = AR_ERR_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;

	if (ar_tree_parse(manifest, AR_TREE_FIRST, &tree, &ignored) != 0)
		return;
	const struct search search = { tree, flag, each, user };
	const struct ar_node *spec = ar_map_get(tree, ar_tree_root(tree, 0), "spec");
	const struct ar_node *list = ar_map_get(tree, spec, "containers");
	if (!list || list->kind != AR_SEQUENCE)
		return;
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *container = ar_node_resolve(tree, item);
		search_list(&search, ar_map_get(tree, container, "command"));
		search_list(&search, ar_map_get(tree, container, "args"));
	}
}
