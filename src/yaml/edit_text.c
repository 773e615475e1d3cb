/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "yaml/edit_impl.h"
#include "yaml/tree_impl.h"

struct ar__element ar__element_of(const struct ar_tree *tree, const struct ar_node *node)
{
	const struct ar_node *parent = ar_node_parent(tree, node);
	struct ar__element element = {
		.node = node, .value = node, .start = node->start, .end = node->end
	};

	if (parent->kind == AR_SEQUENCE) {
		if (parent->style == AR_BLOCK)
			element.start = ar_item_dash(tree, node);
		return element;
	}
	size_t colon = ar_key_colon(tree, node);
	element.value = ar_node_next(tree, node);
	if (element.value->end > element.end)
		element.end = element.value->end;
	if (element.value->start == element.value->end && colon < tree->text.len &&
	    colon + 1 > element.end)
		element.end = colon + 1;
	return element;
}

struct ar__element ar__element_at(const struct ar_tree *tree, const struct ar_node *into,
				  size_t index)
{
	size_t step = into->kind == AR_MAPPING ? 2 : 1;
	const struct ar_node *node = ar_node_first(tree, into);

	for (size_t skip = index * step; skip > 0 && node; skip--)
		node = ar_node_next(tree, node);
	return node ? ar__element_of(tree, node) : (struct ar__element){ .node = NULL };
}

bool ar__ends_in_block_scalar(const struct ar_tree *tree, const struct ar_node *value)
{
	const struct ar_node *last = value;

	while ((last->kind == AR_MAPPING || last->kind == AR_SEQUENCE) && last->style == AR_BLOCK)
		last = ar_node_last(tree, last);
	return last->kind == AR_SCALAR && (last->style == AR_LITERAL || last->style == AR_FOLDED);
}

size_t ar__line_start(const struct ar_tree *tree, size_t offset)
{
	size_t start, end;

	ar_text_line(&tree->text, offset, &start, &end);
	return start == 0 && tree->bom && offset >= 3 ? 3 : start;
}

size_t ar__column(const struct ar_tree *tree, size_t offset)
{
	size_t column = 0;

	for (size_t at = ar__line_start(tree, offset); at < offset; column++) {
		size_t len = ar_utf8_len(tree->text.data + at, offset - at, NULL);
		at += len ? len : 1;
	}
	return column;
}

static size_t skip_blanks(const struct ar_tree *tree, size_t at)
{
	const struct ar_text *text = &tree->text;

	while (at < text->len && (text->data[at] == ' ' || text->data[at] == '\t'))
		at++;
	return at;
}

bool ar__first_on_line(const struct ar_tree *tree, size_t offset)
{
	return skip_blanks(tree, ar__line_start(tree, offset)) >= offset;
}

bool ar__last_on_line(const struct ar_tree *tree, size_t offset)
{
	size_t at = skip_blanks(tree, offset), len = tree->text.len;

	return at >= len || strchr("\r\n#", tree->text.data[at]) != NULL;
}

bool ar__open_end(const struct ar_tree *tree, size_t offset)
{
	return offset == tree->text.len && offset > 0 && tree->text.data[offset - 1] != '\n';
}

size_t ar__comma_behind(const struct ar_tree *tree, size_t end)
{
	size_t at = ar__skip_layout(&tree->text, end, tree->text.len);

	return at < tree->text.len && tree->text.data[at] == ',' ? at : SIZE_MAX;
}

struct ar__piece ar__line_indent(const struct ar_tree *tree, size_t offset)
{
	size_t start = ar__line_start(tree, offset);

	return (struct ar__piece){ tree->text.data + start, skip_blanks(tree, start) - start };
}
