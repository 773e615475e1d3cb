/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "yaml/tree_impl.h"

/* What the kubelet and the API server take for JSON: the first byte that is not blank is a brace.
 */
static bool looks_like_json(const struct ar_text *text, size_t body)
{
	while (body < text->len && strchr(" \t\r\n", text->data[body]))
		body++;
	return body < text->len && text->data[body] == '{';
}

static struct ar_tree *make(const struct ar_text *text)
{
	struct ar_tree *tree = calloc(1, sizeof *tree);

	if (!tree)
		return NULL;
	tree->text = *text;
	if (text->len == 0)
		tree->text.data = "";
	tree->pool.secret = text->secret;
	tree->cap = 64;
	tree->nodes = calloc(tree->cap, sizeof *tree->nodes);
	tree->count = 1; /* node 0 is none */
	if (!tree->nodes)
		ar_tree_free(AR_TAKE(tree));
	return tree;
}

static int read_yaml(struct ar__builder *b, unsigned flags, struct ar_err *err)
{
	if (ar__yaml_read(b, flags, err) != 0)
		return -1;
	return ar__check_breaks(b->tree, &b->bytes, err);
}

static int read_tree(struct ar_tree *tree, unsigned flags, struct ar_err *err)
{
	struct ar__builder b = { .tree = tree };

	if (ar__bytes_check(&tree->text, &b.bytes, err) != 0)
		return -1;
	tree->bom = b.bytes.body > 0;
	tree->json = looks_like_json(&tree->text, b.bytes.body);
	if ((tree->json ? ar__json_read(&b, err) : read_yaml(&b, flags, err)) != 0)
		return -1;
	if (ar_buf_check(&tree->pool, err) != 0)
		return -1;
	if (ar__check_twins(tree, !(flags & AR_TREE_FIRST), err) != 0)
		return -1;
	return ar__check_values(tree, err);
}

int ar_tree_parse(const struct ar_text *text, unsigned flags, struct ar_tree **ret_tree,
		  struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = make(text);

	if (!tree)
		return ar_err_oom(err);
	if (read_tree(tree, flags, err) != 0)
		return -1;
	*ret_tree = AR_TAKE(tree);
	return 0;
}

void ar_tree_free(struct ar_tree *tree)
{
	if (!tree)
		return;
	free(tree->nodes);
	free(tree->roots);
	free(tree->anchors);
	ar_buf_done(&tree->pool);
	free(tree);
}

const struct ar_text *ar_tree_text(const struct ar_tree *tree)
{
	return &tree->text;
}

bool ar_tree_is_json(const struct ar_tree *tree)
{
	return tree->json;
}

bool ar_tree_has_bom(const struct ar_tree *tree)
{
	return tree->bom;
}

size_t ar_tree_documents(const struct ar_tree *tree)
{
	return tree->documents;
}

bool ar_tree_has_more(const struct ar_tree *tree)
{
	return tree->more;
}

const struct ar_node *ar_tree_root(const struct ar_tree *tree, size_t index)
{
	return index < tree->documents ? ar__node(tree, tree->roots[index]) : NULL;
}

const struct ar_node *ar_tree_duplicate(const struct ar_tree *tree,
					const struct ar_node **ret_first)
{
	*ret_first = ar__node(tree, tree->twin_first);
	return ar__node(tree, tree->twin);
}

/* The break that ends the line which begins or lies at `offset`; NULL where that line has none. */
static const char *break_of_line(const struct ar_text *text, size_t offset)
{
	size_t start, end;

	ar_text_line(text, offset, &start, &end);
	if (end == text->len)
		return NULL;
	return text->data[end] == '\r' ? "\r\n" : "\n";
}

const char *ar_tree_newline(const struct ar_tree *tree, size_t offset)
{
	const struct ar_text *text = &tree->text;
	const char *found = NULL;
	size_t start, end;

	ar_text_line(text, offset, &start, &end);
	if (start > 0)
		found = start > 1 && text->data[start - 2] == '\r' ? "\r\n" : "\n";
	if (!found || end == text->len)
		found = break_of_line(text, 0);
	return found ? found : "\n";
}
