/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "yaml/scalar_impl.h"
#include "yaml/tree_impl.h"

const struct ar_node *ar_node_first(const struct ar_tree *tree, const struct ar_node *node)
{
	return ar__node(tree, node->child);
}

const struct ar_node *ar_node_next(const struct ar_tree *tree, const struct ar_node *node)
{
	return ar__node(tree, node->next);
}

const struct ar_node *ar_node_last(const struct ar_tree *tree, const struct ar_node *node)
{
	uint32_t last = node->child;

	while (last && tree->nodes[last].next)
		last = tree->nodes[last].next;
	return ar__node(tree, last);
}

const struct ar_node *ar_node_parent(const struct ar_tree *tree, const struct ar_node *node)
{
	return ar__node(tree, node->parent);
}

size_t ar_node_count(const struct ar_tree *tree, const struct ar_node *node)
{
	size_t count = 0;

	for (uint32_t i = node->child; i; i = tree->nodes[i].next)
		count++;
	return node->kind == AR_MAPPING ? count / 2 : count;
}

const struct ar_node *ar_node_resolve(const struct ar_tree *tree, const struct ar_node *node)
{
	return node->kind == AR_ALIAS ? &tree->nodes[tree->anchors[node->anchor - 1].node] : node;
}

const char *ar_node_text(const struct ar_tree *tree, const struct ar_node *node, size_t *ret_len)
{
	*ret_len = node->text_len;
	if (node->text_len == 0)
		return "";
	return (node->pooled ? tree->pool.data : tree->text.data) + node->text;
}

bool ar_node_is(const struct ar_tree *tree, const struct ar_node *node, const char *word)
{
	size_t len;
	const char *text = ar_node_text(tree, node, &len);

	return node->kind == AR_SCALAR && ar_text_is(text, len, word);
}

const char *ar_node_tag(const struct ar_tree *tree, const struct ar_node *node)
{
	return node->tag ? tree->pool.data + node->tag - 1 : NULL;
}

bool ar_node_is_aliased(const struct ar_tree *tree, const struct ar_node *node)
{
	return node->kind != AR_ALIAS && node->anchor && tree->anchors[node->anchor - 1].aliased;
}

const struct ar_node *ar_map_key(const struct ar_tree *tree, const struct ar_node *map,
				 const char *key)
{
	const struct ar_node *found = NULL;

	if (!map || map->kind != AR_MAPPING)
		return NULL;
	for (const struct ar_node *node = ar_node_first(tree, map); node;
	     node = ar_node_next(tree, node))
		if (node->is_key && ar_node_is(tree, ar_node_resolve(tree, node), key))
			found = node;
	return found;
}

const struct ar_node *ar_map_get(const struct ar_tree *tree, const struct ar_node *map,
				 const char *key)
{
	const struct ar_node *found = ar_map_key(tree, map, key);
	const struct ar_node *value = found ? ar_node_next(tree, found) : NULL;

	return value ? ar_node_resolve(tree, value) : NULL;
}

static const struct ar_node *previous(const struct ar_tree *tree, const struct ar_node *node)
{
	uint32_t wanted = ar__index(tree, node), i = tree->nodes[node->parent].child;

	if (i == wanted)
		return NULL;
	while (tree->nodes[i].next != wanted)
		i = tree->nodes[i].next;
	return &tree->nodes[i];
}

size_t ar_item_dash(const struct ar_tree *tree, const struct ar_node *item)
{
	const struct ar_node *before = previous(tree, item);

	if (!before)
		return tree->nodes[item->parent].value;
	return ar__skip_layout(&tree->text, before->end, item->start);
}

size_t ar_key_colon(const struct ar_tree *tree, const struct ar_node *key)
{
	const struct ar_text *text = &tree->text;
	size_t at = ar__skip_layout(text, key->end, text->len);

	return at < text->len && text->data[at] == ':' ? at : text->len;
}

/* --- paths --------------------------------------------------------------------------------- */

static bool is_simple(const char *text, size_t len, bool letters_only)
{
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && (letters_only || !strchr("0123456789_-", c)))
			return false;
	}
	return len > 0;
}

/* A key-bearing document may hold a key's bytes where a name should stand: only what looks like a
 * field is shown. */
static void add_key(const struct ar_tree *tree, const struct ar_node *key, struct ar_buf *out)
{
	size_t len;

	if (!key)
		return;
	const char *text = ar_node_text(tree, ar_node_resolve(tree, key), &len);
	if (tree->text.secret && (len > 16 || !is_simple(text, len, true))) {
		ar_buf_adds(out, "[…]");
	} else if (is_simple(text, len, false)) {
		if (out->len > 0)
			ar_buf_addc(out, '.');
		ar_buf_add(out, text, len);
	} else {
		ar_buf_addc(out, '[');
		ar_buf_add_printable(out, text, len);
		ar_buf_addc(out, ']');
	}
}

static void add_step(const struct ar_tree *tree, const struct ar_node *node, struct ar_buf *out)
{
	const struct ar_node *parent = ar_node_parent(tree, node);
	uint32_t own = ar__index(tree, node);
	size_t index = 0;

	if (node->is_key) {
		add_key(tree, node, out);
	} else if (parent && parent->kind == AR_MAPPING) {
		add_key(tree, previous(tree, node), out);
	} else if (parent) {
		for (uint32_t i = parent->child; i && i != own; i = tree->nodes[i].next)
			index++;
		ar_buf_addf(out, "[%zu]", index);
	}
}

void ar_node_path(const struct ar_tree *tree, const struct ar_node *node, char *buf, size_t size)
{
	static const char more[] = "…";
	const struct ar_node *chain[AR__MAX_BLOCK + AR__MAX_FLOW + 2];
	size_t depth = 0;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	for (; node; node = ar_node_parent(tree, node))
		chain[depth++] = node;
	while (depth > 0)
		add_step(tree, chain[--depth], &out);
	if (out.len == 0)
		ar_buf_adds(&out, "document");
	snprintf(buf, size, "%s", ar_buf_text(&out));
	if (out.len < size || size < sizeof more)
		return;
	size_t at = size - sizeof more;
	while (at > 0 && ((unsigned char)buf[at] & 0xc0) == 0x80)
		at--;
	memcpy(buf + at, more, sizeof more);
}

int ar_node_err(struct ar_err *err, const struct ar_tree *tree, const struct ar_node *node,
		const char *fmt, ...)
{
	char message[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, sizeof message, fmt, args);
	va_end(args);
	return ar_err_at(err, &tree->text, node->start, "%s", message);
}
