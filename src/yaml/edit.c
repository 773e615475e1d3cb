/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/edit.h"

#include <string.h>

#include "yaml/edit_impl.h"
#include "yaml/tree_impl.h"

static int compare_key(const struct ar_tree *tree, const struct ar_node *node, const char *key,
		       size_t key_len)
{
	size_t len;
	const char *text = ar_node_text(tree, ar_node_resolve(tree, node), &len);
	int order = memcmp(text, key, len < key_len ? len : key_len);

	return order != 0 ? order : len < key_len ? -1 : len > key_len;
}

size_t ar_edit_key_index(const struct ar_tree *tree, const struct ar_node *map, const char *key)
{
	const struct ar_node *before = NULL;
	size_t index = 0, place = SIZE_MAX, len;

	for (const struct ar_node *node = ar_node_first(tree, map); node; index++) {
		if (before) {
			const char *text = ar_node_text(tree, ar_node_resolve(tree, before), &len);
			if (compare_key(tree, node, text, len) < 0)
				return ar_node_count(tree, map);
		}
		if (place == SIZE_MAX && compare_key(tree, node, key, strlen(key)) > 0)
			place = index;
		before = node;
		node = ar_node_next(tree, ar_node_next(tree, node));
	}
	return place == SIZE_MAX ? index : place;
}

/* `key: []` in block context, with nothing inside the brackets and no anchor or tag: block lines
 * can take its place. */
static bool is_bare_hole(const struct ar_tree *tree, const struct ar_node *into)
{
	const struct ar_node *parent = ar_node_parent(tree, into);
	const char *inner = tree->text.data + into->value + 1;
	size_t len = into->end - into->value - 2;

	if (!parent || parent->kind != AR_MAPPING || parent->style != AR_BLOCK ||
	    into->start != into->value)
		return false;
	/* libyaml takes the rest of `[]#` for a comment, but would not what is left of it. */
	if (into->end < tree->text.len && tree->text.data[into->end] == '#')
		return false;
	return !memchr(inner, '\n', len) && !memchr(inner, '#', len) &&
	       ar__last_on_line(tree, into->end) &&
	       ar__line_start(tree, into->value) == ar__line_start(tree, (into - 1)->start);
}

int ar_edit_add(const struct ar_editor *editor, const struct ar_node *into, size_t index,
		const struct ar_new *what, struct ar_err *err)
{
	if (into->style == AR_BLOCK)
		return ar__block_add(editor, into, index, what, err);
	if (!ar_node_first(editor->tree, into) && is_bare_hole(editor->tree, into))
		return ar__block_fill(editor, into - 1, what, true, err);
	return ar__flow_add(editor, into, index, what, err);
}

/* In flow context: the value in one piece, where null stands or nothing. */
static int fill_flow(const struct ar_editor *editor, const struct ar_node *key,
		     const struct ar_node *value, const struct ar_new *what, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = { .secret = editor->edits->secret };
	const struct ar_node *map = ar_node_parent(editor->tree, key);
	struct ar__look look = { .tree = editor->tree,
				 .near = map,
				 .flow = true,
				 .many = ar__is_many(editor->tree, map),
				 .newline = ar_tree_newline(editor->tree, key->start),
				 .indent = ar__line_indent(editor->tree, key->start) };
	struct ar_new bare = *what;
	struct ar__element element = ar__element_of(editor->tree, key);
	size_t start = value->start == value->end ? element.end : value->start;

	bare.key = NULL;
	if (value->start == value->end)
		ar_buf_adds(&text, ar_key_colon(editor->tree, key) < element.end ? " " : ": ");
	ar__write_element(&look, &bare, 0, &text);
	if (ar_buf_check(&text, err) != 0)
		return -1;
	return ar_edits_add(editor->edits, start, element.end, ar_buf_text(&text), text.len, err);
}

int ar_edit_fill(const struct ar_editor *editor, const struct ar_node *key,
		 const struct ar_new *what, struct ar_err *err)
{
	const struct ar_tree *tree = editor->tree;
	const struct ar_node *value = ar_node_next(tree, key);
	char path[128];

	if (value->anchor || value->tag || value->kind == AR_ALIAS) {
		ar_node_path(tree, value, path, sizeof path);
		ar_node_err(err, tree, value,
			    "'%s' is null with an anchor, an alias or a tag; it cannot be given a "
			    "value",
			    path);
		return ar_err_hint(err, "write %s: [] there, then run again",
				   what->key ? what->key : "the key");
	}
	if (ar_node_parent(tree, key)->style == AR_FLOW)
		return fill_flow(editor, key, value, what, err);
	return ar__block_fill(editor, key, what, true, err);
}

/* Where in the source the decoded text's `keep`-th byte stands, SIZE_MAX where source and text
 * differ before. */
static size_t source_of(const struct ar_node *scalar, size_t keep)
{
	size_t quote = scalar->style == AR_SINGLE_QUOTED || scalar->style == AR_DOUBLE_QUOTED;

	return scalar->pooled ? SIZE_MAX : scalar->value + quote + keep;
}

/* The scalar as a whole, in its quotes. */
static int set_whole(const struct ar_editor *editor, const struct ar_node *scalar, const char *text,
		     struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf out = { .secret = editor->edits->secret };
	const struct ar_node *parent = ar_node_parent(editor->tree, scalar);
	const struct ar_new what = { .kind = AR_NEW_STRING, .text = text };
	char quote = scalar->style == AR_SINGLE_QUOTED   ? '\''
		     : scalar->style == AR_DOUBLE_QUOTED ? '"'
							 : 0;

	ar__write_scalar(editor->tree, &what, quote, parent && parent->style == AR_FLOW, &out);
	if (ar_buf_check(&out, err) != 0)
		return -1;
	return ar_edits_add(editor->edits, scalar->value, scalar->end, ar_buf_text(&out), out.len,
			    err);
}

int ar_edit_set(const struct ar_editor *editor, const struct ar_node *scalar, size_t keep,
		const char *text, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf whole = { .secret = editor->edits->secret };
	size_t len;
	const char *old = ar_node_text(editor->tree, scalar, &len);
	size_t source = source_of(scalar, keep);
	bool harmless =
		text[strspn(
			text,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")] ==
		'\0';

	if (scalar->kind != AR_SCALAR || scalar->style == AR_LITERAL ||
	    scalar->style == AR_FOLDED) {
		ar_node_err(err, editor->tree, scalar,
			    "this value is %s; it cannot be changed in place",
			    scalar->kind == AR_ALIAS ? "an alias" : "a block scalar");
		return ar_err_hint(err, "write it on one line, then run again");
	}
	if (source != SIZE_MAX && harmless && keep > 0)
		return ar_edits_add(editor->edits, source, source + (len - keep), text,
				    strlen(text), err);
	ar_buf_add(&whole, old, keep);
	ar_buf_adds(&whole, text);
	if (ar_buf_check(&whole, err) != 0)
		return -1;
	return set_whole(editor, scalar, ar_buf_text(&whole), err);
}

void ar_edit_write(const struct ar_tree *tree, const struct ar_new *what, const char *newline,
		   struct ar_buf *out)
{
	const struct ar__look look = { .tree = tree, .newline = newline };

	ar__write_element(&look, what, 0, out);
}
