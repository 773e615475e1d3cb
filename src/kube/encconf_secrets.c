/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kube/encconf_impl.h"

/*
 * What a diff must not show. The rule is "every value of a field named secret"; but files are made
 * by hand, so whatever stands in a list of keys and is no name is hidden too, and so is any long
 * run of base64 elsewhere: a key behind a misspelt field, in a comment, or in a document that
 * nobody reads.
 */

struct ranges {
	struct ar_range *list;
	size_t count, cap;
	bool oom;
};

static void hide(struct ranges *r, size_t start, size_t end)
{
	if (r->count == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 16;
		struct ar_range *list = realloc(r->list, cap * sizeof *list);
		if (!list) {
			r->oom = true;
			return;
		}
		r->list = list;
		r->cap = cap;
	}
	if (end > start)
		r->list[r->count++] = (struct ar_range){ start, end };
}

static bool key_is(const struct ar_tree *tree, const struct ar_node *key, const char *word)
{
	size_t len;
	const char *text = ar_node_text(tree, ar_node_resolve(tree, key), &len);

	return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

static void hide_node(struct ranges *r, const struct ar_tree *tree, const struct ar_node *node)
{
	const struct ar_node *real = ar_node_resolve(tree, node);

	hide(r, real->start, real->end);
}

/* `in_keys`: some mapping above is an item of a list called keys. Depth is what the tree allows. */
static void walk(struct ranges *r, const struct ar_tree *tree, const struct ar_node *node,
		 bool in_keys)
{
	const struct ar_node *child = ar_node_first(tree, node);

	if (node->kind == AR_SEQUENCE)
		for (; child; child = ar_node_next(tree, child))
			walk(r, tree, child, in_keys);
	if (node->kind != AR_MAPPING)
		return;
	while (child && !r->oom) {
		const struct ar_node *value = ar_node_next(tree, child);
		if (key_is(tree, child, "secret") || (in_keys && !key_is(tree, child, "name")))
			hide_node(r, tree, value);
		else
			walk(r, tree, value, in_keys || key_is(tree, child, "keys"));
		child = ar_node_next(tree, value);
	}
}

static bool in_base64(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("+/=-_", c));
}

/* Twenty-two characters are the shortest key; words of that length are told by what only base64
 * mixes. */
static bool is_run_of_key(const char *text, size_t len)
{
	bool upper = false, digit = false;

	if (len < 22)
		return false;
	for (size_t i = 0; i < len; i++) {
		upper = upper || (text[i] >= 'A' && text[i] <= 'Z');
		digit = digit || (text[i] >= '0' && text[i] <= '9') || strchr("+=", text[i]);
	}
	return len >= 40 || (upper && digit) || text[len - 1] == '=';
}

static void hide_runs(struct ranges *r, const struct ar_text *text)
{
	for (size_t i = 0; i < text->len && !r->oom;) {
		size_t start = i;
		while (i < text->len && in_base64(text->data[i]))
			i++;
		if (is_run_of_key(text->data + start, i - start))
			hide(r, start, i);
		i += i == start;
	}
}

static int by_start(const void *a, const void *b)
{
	const struct ar_range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Sorted, and without overlap. */
static void merge(struct ranges *r)
{
	size_t kept = 0;

	if (r->count == 0)
		return;
	qsort(r->list, r->count, sizeof *r->list, by_start);
	for (size_t i = 1; i < r->count; i++) {
		if (r->list[i].start > r->list[kept].end)
			r->list[++kept] = r->list[i];
		else if (r->list[i].end > r->list[kept].end)
			r->list[kept].end = r->list[i].end;
	}
	r->count = kept + 1;
}

static int find(const struct ar_text *text, struct ranges *r, struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	struct ar_err why = AR_ERR_INIT;

	if (ar_tree_parse(text, AR_TREE_FIRST, &tree, &why) != 0) {
		if (why.sys == ENOMEM)
			return ar_err_oom(err);
		hide(r, 0, text->len);
		return 0;
	}
	const struct ar_node *root = ar_tree_root(tree, 0);
	if (root)
		walk(r, tree, root, false);
	if (ar_tree_has_more(tree))
		hide(r, root ? root->end : 0, text->len);
	hide_runs(r, text);
	return 0;
}

int ar_encconf_secrets(const struct ar_text *text, struct ar_range **ret_list, size_t *ret_count,
		       struct ar_err *err)
{
	struct ranges r = { .list = NULL };

	if (find(text, &r, err) != 0 || r.oom) {
		free(r.list);
		return ar_err_oom(err);
	}
	merge(&r);
	*ret_list = r.list;
	*ret_count = r.count;
	return 0;
}
