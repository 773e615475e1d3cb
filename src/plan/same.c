/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/same.h"

#include <string.h>

#include "yaml/json.h"

#define BUG "a bug in atrest"

int ar__same_node(const struct ar__twins *twins, const struct ar_node *a, const struct ar_node *b,
		  struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf x = { .secret = ar_tree_text(twins->old)->secret };
	AR_BUF_AUTO struct ar_buf y = { .secret = x.secret };
	char path[128];

	if (ar_json_write(twins->old, a, NULL, &x, err) != 0 ||
	    ar_json_write(twins->now, b, NULL, &y, err) != 0 || ar_buf_check(&x, err) != 0 ||
	    ar_buf_check(&y, err) != 0)
		return -1;
	if (x.len == y.len && memcmp(ar_buf_text(&x), ar_buf_text(&y), x.len) == 0)
		return 0;
	ar_node_path(twins->now, b, path, sizeof path);
	return ar_err_set(err, "the plan would change '%s': " BUG, path);
}

static bool is_apart(const struct ar_tree *tree, const struct ar_node *key,
		     const char *const *apart)
{
	for (size_t i = 0; apart[i]; i++)
		if (ar_node_is(tree, key, apart[i]))
			return true;
	return false;
}

static const struct ar_node *next_key(const struct ar_tree *tree, const struct ar_node *key)
{
	return ar_node_next(tree, ar_node_next(tree, key));
}

/* The key of `map` (in tree `other`) with the same text. */
static const struct ar_node *twin_of(const struct ar_tree *tree, const struct ar_node *key,
				     const struct ar_tree *other, const struct ar_node *map)
{
	size_t len, twin_len;
	const char *text = ar_node_text(tree, ar_node_resolve(tree, key), &len);

	for (const struct ar_node *node = ar_node_first(other, map); node;
	     node = next_key(other, node)) {
		const char *twin = ar_node_text(other, ar_node_resolve(other, node), &twin_len);
		if (twin_len == len && memcmp(twin, text, len) == 0)
			return node;
	}
	return NULL;
}

int ar__same_maps(const struct ar__twins *twins, const struct ar_node *a, const struct ar_node *b,
		  const char *const *apart, struct ar_err *err)
{
	const struct ar_tree *old = twins->old, *now = twins->now;

	for (const struct ar_node *key = ar_node_first(old, a); key; key = next_key(old, key)) {
		if (is_apart(old, key, apart))
			continue;
		const struct ar_node *twin = twin_of(old, key, now, b);
		if (!twin)
			return ar_err_set(err, "the plan would lose a key: " BUG);
		if (ar__same_node(twins, ar_node_next(old, key), ar_node_next(now, twin), err) != 0)
			return -1;
	}
	for (const struct ar_node *key = ar_node_first(now, b); key; key = next_key(now, key))
		if (!is_apart(now, key, apart) && !twin_of(now, key, old, a))
			return ar_err_set(err, "the plan would add a key: " BUG);
	return 0;
}
