/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "yaml/edit_impl.h"
#include "yaml/tree_impl.h"

/* What new elements of a flow collection are written with. */
struct flow {
	const struct ar_editor *editor;
	const struct ar_node *into;
	size_t index;
	const struct ar_new *what;
	struct ar__look look;
};

static void write_one(struct flow *flow, size_t i, struct ar_buf *out)
{
	const struct ar_tree *tree = flow->editor->tree;
	const struct ar_new *one = &flow->what->list[i];

	flow->look.like = NULL;
	if (flow->into->kind == AR_SEQUENCE && one->kind == AR_NEW_MAPPING)
		flow->look.like = ar__look_like(tree, flow->into, flow->index, one);
	else if (flow->into->kind == AR_MAPPING)
		flow->look.like = ar_node_first(tree, flow->into) ? flow->into : NULL;
	ar__write_element(&flow->look, one, ar__quote_of_item(tree, flow->into, flow->index), out);
}

static int add_edit(const struct flow *flow, size_t at, struct ar_buf *text, struct ar_err *err)
{
	if (ar_buf_check(text, err) != 0)
		return -1;
	return ar_edits_add(flow->editor->edits, at, at, ar_buf_text(text), text->len, err);
}

static void add_piece(struct ar_buf *out, struct ar__piece p)
{
	ar_buf_add(out, p.data, p.len);
}

/* On the line of its neighbour: `, new` behind it, or `new, ` before the first. */
static int add_inline(struct flow *flow, size_t at, bool behind, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = { .secret = flow->editor->edits->secret };
	struct ar__piece comma = ar__look_comma(flow->editor->tree, flow->into);

	for (size_t i = 0; i < flow->what->count; i++) {
		if (behind)
			add_piece(&text, comma);
		write_one(flow, i, &text);
		if (!behind)
			add_piece(&text, comma);
	}
	return add_edit(flow, at, &text, err);
}

/* On lines of their own, put in at the line start `at`; each with a comma behind, the last only if
 * `comma`. */
static int add_own_lines(struct flow *flow, size_t at, bool comma, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = { .secret = flow->editor->edits->secret };

	for (size_t i = 0; i < flow->what->count; i++) {
		add_piece(&text, flow->look.indent);
		write_one(flow, i, &text);
		if (comma || i + 1 < flow->what->count)
			ar_buf_addc(&text, ',');
		ar_buf_adds(&text, flow->look.newline);
	}
	return add_edit(flow, at, &text, err);
}

/* On lines of their own that begin with the comma, as the neighbours' do (`, b`). */
static int add_comma_lines(struct flow *flow, size_t at, size_t comma_at, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = { .secret = flow->editor->edits->secret };

	flow->look.indent = ar__line_indent(flow->editor->tree, comma_at);
	for (size_t i = 0; i < flow->what->count; i++) {
		add_piece(&text, flow->look.indent);
		ar_buf_adds(&text, ", ");
		write_one(flow, i, &text);
		ar_buf_adds(&text, flow->look.newline);
	}
	return add_edit(flow, at, &text, err);
}

/* Offset of the comma before an element, when it is the first thing on the element's line; else
 * SIZE_MAX. */
static size_t leading_comma(const struct ar_tree *tree, const struct ar__element *before,
			    const struct ar__element *element)
{
	size_t comma = before->node ? ar__comma_behind(tree, before->end) : SIZE_MAX;

	if (comma == SIZE_MAX || comma > element->start || !ar__first_on_line(tree, comma) ||
	    ar__line_start(tree, comma) != ar__line_start(tree, element->start))
		return SIZE_MAX;
	return comma;
}

/* Behind an element that ends its line, comma and comment included. */
static int add_behind_line(struct flow *flow, const struct ar__element *before, size_t comma,
			   struct ar_err *err)
{
	const struct ar_tree *tree = flow->editor->tree;
	struct ar__element next = ar__element_at(tree, flow->into, flow->index);
	size_t end = comma == SIZE_MAX ? before->end : comma;
	size_t indent_of = !ar__first_on_line(tree, before->start) && next.node ? next.start
										: before->start;

	flow->look.indent = ar__line_indent(tree, indent_of);
	if (comma == SIZE_MAX &&
	    ar_edits_add(flow->editor->edits, before->end, before->end, ",", 1, err) != 0)
		return -1;
	return add_own_lines(flow, ar_text_next_line(&tree->text, end), comma != SIZE_MAX, err);
}

static int add_behind(struct flow *flow, struct ar_err *err)
{
	const struct ar_tree *tree = flow->editor->tree;
	struct ar__element before = ar__element_at(tree, flow->into, flow->index - 1);
	struct ar__element earlier = { .node = NULL },
			   next = ar__element_at(tree, flow->into, flow->index);
	size_t comma = ar__comma_behind(tree, before.end);

	if (flow->index > 1)
		earlier = ar__element_at(tree, flow->into, flow->index - 2);
	size_t leading = next.node ? leading_comma(tree, &before, &next)
				   : leading_comma(tree, &earlier, &before);
	if (leading != SIZE_MAX && ar__last_on_line(tree, before.end))
		return add_comma_lines(flow,
				       next.node ? ar__line_start(tree, leading)
						 : ar_text_next_line(&tree->text, before.end),
				       leading, err);
	bool ends_line = ar__last_on_line(tree, comma == SIZE_MAX ? before.end : comma + 1);
	bool own = ar__first_on_line(tree, before.start) ||
		   (next.node && ar__first_on_line(tree, next.start));
	if (ends_line && own &&
	    (comma == SIZE_MAX || ar__line_start(tree, comma) == ar__line_start(tree, before.end)))
		return add_behind_line(flow, &before, comma, err);
	flow->look.indent = ar__line_indent(tree, before.start);
	return add_inline(flow, before.end, true, err);
}

static int add_first(struct flow *flow, struct ar_err *err)
{
	const struct ar_tree *tree = flow->editor->tree;
	struct ar__element first = ar__element_at(tree, flow->into, 0);

	flow->look.indent = ar__line_indent(tree, first.start);
	if (!ar__first_on_line(tree, first.start) ||
	    ar__line_start(tree, first.start) == ar__line_start(tree, flow->into->value))
		return add_inline(flow, first.start, false, err);
	return add_own_lines(flow, ar__line_start(tree, first.start), true, err);
}

/* Into `[]` or `{}`: on lines of their own where the collection around is written so. */
static int add_to_empty(struct flow *flow, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = { .secret = flow->editor->edits->secret };
	const struct ar_tree *tree = flow->editor->tree;
	const struct ar_node *parent = ar_node_parent(tree, flow->into);
	size_t inner = flow->into->value + 1, end = flow->into->end - 1;
	bool hollow = ar__skip_layout(&tree->text, inner, end) == end &&
		      !memchr(tree->text.data + inner, '#', end - inner);
	bool many = hollow && parent && ar__is_many(tree, parent);

	flow->look.many = many;
	flow->look.indent = ar__line_indent(tree, flow->into->value);
	const struct ar_new whole = { .kind = flow->what->kind,
				      .list = flow->what->list,
				      .count = flow->what->count };
	struct ar__look look = flow->look;
	look.near = parent;
	ar__write_element(&look, &whole, 0, &text);
	if (ar_buf_check(&text, err) != 0)
		return -1;
	size_t from = hollow ? inner : end;
	return ar_edits_add(flow->editor->edits, from, end, ar_buf_text(&text) + 1, text.len - 2,
			    err);
}

int ar__flow_add(const struct ar_editor *editor, const struct ar_node *into, size_t index,
		 const struct ar_new *what, struct ar_err *err)
{
	struct flow flow = {
		.editor = editor,
		.into = into,
		.index = index,
		.what = what,
		.look = { .tree = editor->tree,
			  .near = into,
			  .flow = true,
			  .many = ar__is_many(editor->tree, into),
			  .newline = ar_tree_newline(editor->tree, into->value) },
	};

	if (!ar_node_first(editor->tree, into))
		return add_to_empty(&flow, err);
	return index == 0 ? add_first(&flow, err) : add_behind(&flow, err);
}
