/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/edit_impl.h"
#include "yaml/tree_impl.h"

/* --- comments that belong to an element ------------------------------------------------------- */

/* The column of the comment on the line at `start`, which has nothing else; SIZE_MAX: none. */
static size_t comment_column(const struct ar_tree *tree, size_t start)
{
	struct ar__piece indent = ar__line_indent(tree, start);
	size_t at = ar__line_start(tree, start) + indent.len;

	if (at >= tree->text.len || tree->text.data[at] != '#')
		return SIZE_MAX;
	return ar__column(tree, at);
}

size_t ar__lead(const struct ar_tree *tree, const struct ar__element *element)
{
	size_t start = ar__line_start(tree, element->start);
	size_t column = ar__column(tree, element->start);

	while (start > 0 && ar__line_start(tree, start - 1) < start) {
		size_t above = ar__line_start(tree, start - 1);
		size_t comment = comment_column(tree, above);
		if (comment == SIZE_MAX || comment > column)
			break;
		start = above;
	}
	return start;
}

size_t ar__tail(const struct ar_tree *tree, const struct ar__element *element, size_t end)
{
	size_t column = ar__column(tree, element->start);

	while (end < tree->text.len && ar__line_start(tree, end) == end) {
		size_t comment = comment_column(tree, end);
		if (comment == SIZE_MAX || comment <= column)
			break;
		end = ar_text_next_line(&tree->text, end);
	}
	return end;
}

/* --- moving ---------------------------------------------------------------------------------- */

/* The bytes from `start` to `end`, with the edits that lie within. */
static void add_part(const struct ar_tree *tree, size_t start, size_t end,
		     const struct ar_edits *inner, struct ar_buf *out)
{
	for (size_t i = 0; inner && i < inner->count; i++) {
		const struct ar_edit *edit = &inner->list[i];

		if (edit->start < start || edit->end > end)
			continue;
		ar_buf_add(out, tree->text.data + start, edit->start - start);
		ar_buf_add(out, edit->text, edit->len);
		start = edit->end;
	}
	ar_buf_add(out, tree->text.data + start, end - start);
}

/* Is the flow element, with its comma, alone on its lines? */
static bool has_own_lines(const struct ar_tree *tree, const struct ar__element *element,
			  size_t comma)
{
	if (!ar__first_on_line(tree, element->start))
		return false;
	if (comma == SIZE_MAX)
		return ar__last_on_line(tree, element->end);
	return ar__last_on_line(tree, comma + 1) &&
	       ar__line_start(tree, comma) == ar__line_start(tree, element->end);
}

struct move {
	const struct ar_tree *tree;
	const struct ar_node *list;
	struct ar__element element, first;
	const struct ar_edits *inner;
	size_t at;     /* where it goes */
	bool comments; /* those above it go along */
};

static int block_text(struct move *move, struct ar_buf *out, struct ar_err *err)
{
	const struct ar_tree *tree = move->tree;
	size_t start, end;

	if (ar__block_lines(tree, &move->element, true, &start, &end, err) != 0)
		return -1;
	add_part(tree, start, end, move->inner, out);
	if (out->len > 0 && out->data[out->len - 1] != '\n')
		ar_buf_adds(out, ar_tree_newline(tree, start));
	move->at = ar__lead(tree, &move->first);
	move->comments = true;
	return 0;
}

/* The element in its lines, or on the line of the first one. */
static void flow_text(struct move *move, struct ar_buf *out)
{
	const struct ar_tree *tree = move->tree;
	const struct ar__element *element = &move->element, *first = &move->first;
	size_t comma = ar__comma_behind(tree, element->end);
	size_t rest = comma == SIZE_MAX ? element->end : comma + 1;
	size_t next = ar_text_next_line(&tree->text, rest);
	bool own = has_own_lines(tree, element, comma);
	bool whole = own && ar__first_on_line(tree, first->start) &&
		     ar__line_start(tree, first->start) != ar__line_start(tree, move->list->value);
	struct ar__piece between = ar__look_comma(tree, move->list);

	add_part(tree, whole ? ar__lead(tree, element) : element->start, element->end, move->inner,
		 out);
	move->at = whole ? ar__lead(tree, first) : first->start;
	move->comments = whole;
	if (own) {
		/* Its comment ends the line, so that the first one has to begin another. */
		ar_buf_addc(out, ',');
		ar_buf_add(out, tree->text.data + rest, next - rest);
		ar_buf_fill(out, ' ', whole ? 0 : ar__column(tree, first->start));
	} else {
		ar_buf_add(out, between.data, between.len);
	}
}

int ar_edit_first(const struct ar_editor *editor, const struct ar_node *item,
		  const struct ar_edits *inner, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = { .secret = editor->edits->secret };
	const struct ar_tree *tree = editor->tree;
	const struct ar_node *list = ar_node_parent(tree, item);
	struct move move = { .tree = tree,
			     .list = list,
			     .element = ar__element_of(tree, item),
			     .first = ar__element_at(tree, list, 0),
			     .inner = inner };

	if (move.first.node == item)
		return 0;
	if (list->style == AR_FLOW)
		flow_text(&move, &text);
	else if (block_text(&move, &text, err) != 0)
		return -1;
	const struct ar_editor mover = { tree, editor->edits, move.comments };
	if (ar_buf_check(&text, err) != 0 ||
	    ar_edits_add(mover.edits, move.at, move.at, ar_buf_text(&text), text.len, err) != 0)
		return -1;
	return ar_edit_remove(&mover, &item, 1, err);
}
