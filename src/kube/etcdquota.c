/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kube/etcdconf.h"

#define FLAG "quota-backend-bytes"

static bool read_bytes(const char *text, size_t len, int64_t *ret)
{
	bool negative = len > 0 && text[0] == '-';
	int64_t value = 0;

	if (len == (negative ? 1u : 0u))
		return false;
	for (size_t i = negative ? 1 : 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' || value > (INT64_MAX - 9) / 10)
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*ret = negative ? INT64_MAX : value;
	return true;
}

/* The part of `text` behind one or two dashes and the flag's name; NULL: it is another. */
static const char *behind_flag(const char *text, size_t len)
{
	size_t dashes = 0, name = sizeof FLAG - 1;

	while (dashes < len && dashes < 2 && text[dashes] == '-')
		dashes++;
	if (dashes == 0 || len < dashes + name || memcmp(text + dashes, FLAG, name) != 0)
		return NULL;
	return text + dashes + name;
}

/* By the last one of these arguments; `quota` where there is none. */
static int64_t quota_in(const struct ar_tree *tree, const struct ar_node *list, int64_t quota)
{
	bool next = false;

	if (!list || list->kind != AR_SEQUENCE)
		return quota;
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *real = ar_node_resolve(tree, item);
		size_t len = 0;
		const char *text = real->kind == AR_SCALAR ? ar_node_text(tree, real, &len) : "";
		const char *end = text + len, *rest = behind_flag(text, len);

		if (next)
			read_bytes(text, len, &quota);
		else if (rest && rest < end && *rest == '=')
			read_bytes(rest + 1, (size_t)(end - rest - 1), &quota);
		next = !next && rest == end;
	}
	return quota;
}

int64_t ar_etcd_quota_of(const struct ar_text *manifest)
{
	struct ar_err ignored = AR_ERR_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	int64_t quota = 0;

	if (ar_tree_parse(manifest, AR_TREE_FIRST, &tree, &ignored) != 0)
		return 0;
	const struct ar_node *spec = ar_map_get(tree, ar_tree_root(tree, 0), "spec");
	const struct ar_node *list = ar_map_get(tree, spec, "containers");
	if (!list || list->kind != AR_SEQUENCE)
		return 0;
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *container = ar_node_resolve(tree, item);
		quota = quota_in(tree, ar_map_get(tree, container, "command"), quota);
		quota = quota_in(tree, ar_map_get(tree, container, "args"), quota);
	}
	return quota;
}
