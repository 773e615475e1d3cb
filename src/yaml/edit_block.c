/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "yaml/edit_impl.h"
#include "yaml/tree_impl.h"

/* Where whole lines can be put in. */
struct place {
	size_t at;
	bool open; /* behind a last line without a line break: the new lines bring one in front, and
		      none at the end */
};

/* Behind the line on which something ends at `end`. What else stands there may only be a comment.
 */
static int place_behind_line(const struct ar_tree *tree, size_t end, struct place *ret,
			     struct ar_err *err)
{
	if (!ar__last_on_line(tree, end)) {
		ar_err_at(err, &tree->text, end,
			  "something else stands on this line, where new lines have to be put in "
			  "behind");
		return ar_err_hint(err, "put it on a line of its own, then run again");
	}
	ret->at = ar_text_next_line(&tree->text, end);
	ret->open = ar__open_end(tree, ret->at);
	return 0;
}

/* A block scalar reaches to the next line with text. At the end of a file without a final newline,
 * a newline behind it would become part of its value, unless it is stripped (|-, >-). */
static int place_behind_scalar(const struct ar_tree *tree, const struct ar_node *value, size_t end,
			       struct place *ret, struct ar_err *err)
{
	const struct ar_node *last = value;

	while (last->kind != AR_SCALAR)
		last = ar_node_last(tree, last);
	size_t header = strcspn(tree->text.data + last->value, "\r\n ");
	*ret = (struct place){ .at = end, .open = ar__open_end(tree, end) };
	if (!ret->open || memchr(tree->text.data + last->value, '-', header))
		return 0;
	ar_node_err(err, tree, last,
		    "a block scalar ends the file without a newline; new lines behind it would "
		    "change its value");
	return ar_err_hint(err, "end the file in a newline, then run again");
}

static int place_behind(const struct ar_tree *tree, const struct ar__element *element,
			struct place *ret, struct ar_err *err)
{
	if (ar__ends_in_block_scalar(tree, element->value))
		return place_behind_scalar(tree, element->value, element->end, ret, err);
	return place_behind_line(tree, element->end, ret, err);
}

/* Behind the anchor and tag that stand between a key and its list. */
static size_t behind_properties(const struct ar_tree *tree, const struct ar_node *node)
{
	size_t at = node->start, end = node->start;

	while (at < node->value && strchr("&!", tree->text.data[at])) {
		end = at + strcspn(tree->text.data + at, " \t\r\n");
		at = ar__skip_layout(&tree->text, end, node->value);
	}
	return end;
}

/* Before the first item of a list: right behind its key's line, so that comments above the first
 * item stay with it. */
static bool place_behind_key(const struct ar_tree *tree, const struct ar_node *list,
			     struct place *ret)
{
	const struct ar_node *parent = ar_node_parent(tree, list);

	if (list->kind != AR_SEQUENCE || !parent || parent->kind != AR_MAPPING ||
	    !ar__first_on_line(tree, list->value))
		return false;
	size_t end = list->start < list->value ? behind_properties(tree, list)
					       : ar_key_colon(tree, list - 1) + 1;
	if (end > list->value || !ar__last_on_line(tree, end))
		return false;
	*ret = (struct place){ .at = ar_text_next_line(&tree->text, end) };
	return ret->at <= list->value;
}

static struct ar__look block_look(const struct ar_tree *tree, const struct ar_node *into, size_t at,
				  size_t column)
{
	return (struct ar__look){
		.tree = tree, .near = into, .column = column, .newline = ar_tree_newline(tree, at)
	};
}

/* The lines of all elements of `what`. */
static void write_lines(struct ar__look *look, const struct ar_node *into, size_t index,
			const struct ar_new *what, struct ar_buf *out)
{
	for (size_t i = 0; i < what->count; i++) {
		const struct ar_new *one = &what->list[i];

		look->like = NULL;
		if (into->kind == AR_SEQUENCE && one->kind == AR_NEW_MAPPING)
			look->like = ar__look_like(look->tree, into, index, one);
		else if (into->kind == AR_MAPPING && ar_node_first(look->tree, into))
			look->like = into;
		ar_buf_fill(out, ' ', look->column);
		ar__write_element(look, one, ar__quote_of_item(look->tree, into, index), out);
		ar_buf_adds(out, look->newline);
	}
}

/* Adds whole lines as an edit. */
static int add_lines(const struct ar_editor *editor, const struct place *place, const char *newline,
		     struct ar_buf *lines, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = { .secret = editor->edits->secret };

	if (ar_buf_check(lines, err) != 0)
		return -1;
	if (place->open)
		ar_buf_adds(&text, newline);
	ar_buf_add(&text, ar_buf_text(lines), lines->len - (place->open ? strlen(newline) : 0));
	if (ar_buf_check(&text, err) != 0)
		return -1;
	return ar_edits_add(editor->edits, place->at, place->at, ar_buf_text(&text), text.len, err);
}

/* Before an element that shares its line with what holds it (`- - a`, or `- name: a`): in its
 * place, and it moves down. */
static int add_before_inline(const struct ar_editor *editor, const struct ar_node *into,
			     const struct ar__element *first, const struct ar_new *what,
			     struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf lines = { .secret = editor->edits->secret };
	struct ar__look look = block_look(editor->tree, into, first->start,
					  ar__column(editor->tree, first->start));

	write_lines(&look, into, 0, what, &lines);
	ar_buf_fill(&lines, ' ', look.column);
	if (ar_buf_check(&lines, err) != 0)
		return -1;
	return ar_edits_add(editor->edits, first->start, first->start,
			    ar_buf_text(&lines) + look.column, lines.len - look.column, err);
}

int ar__block_add(const struct ar_editor *editor, const struct ar_node *into, size_t index,
		  const struct ar_new *what, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf lines = { .secret = editor->edits->secret };
	const struct ar_tree *tree = editor->tree;
	struct ar__element first = ar__element_at(tree, into, 0);
	struct place place = { .at = ar__line_start(tree, first.start) };

	if (index > 0) {
		struct ar__element before = ar__element_at(tree, into, index - 1);
		if (place_behind(tree, &before, &place, err) != 0)
			return -1;
	} else if (!place_behind_key(tree, into, &place) && !ar__first_on_line(tree, first.start)) {
		return add_before_inline(editor, into, &first, what, err);
	}
	struct ar__look look = block_look(tree, into, place.at, ar__column(tree, first.start));
	write_lines(&look, into, index, what, &lines);
	return add_lines(editor, &place, look.newline, &lines, err);
}

/* Takes out what stands for a value, and the blanks before it. */
static int remove_hole(const struct ar_editor *editor, const struct ar_node *key,
		       const struct ar_node *value, struct ar_err *err)
{
	size_t colon = ar_key_colon(editor->tree, key);

	if (value->start == value->end)
		return 0;
	return ar_edits_add(editor->edits, colon + 1, value->end, "", 0, err);
}

int ar__block_fill(const struct ar_editor *editor, const struct ar_node *key,
		   const struct ar_new *what, bool hole, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf lines = { .secret = editor->edits->secret };
	const struct ar_tree *tree = editor->tree;
	const struct ar_node *map = ar_node_parent(tree, key);
	struct ar__element element = ar__element_of(tree, key);
	struct ar__look look = block_look(tree, map, element.end, ar__column(tree, element.start));
	struct place place = { .at = 0 };

	if (place_behind_line(tree, element.end, &place, err) != 0 ||
	    (hole && remove_hole(editor, key, element.value, err) != 0))
		return -1;
	look.column += what->kind == AR_NEW_LIST ? ar__look_dash(tree, map)
						 : ar__look_nested(tree, map);
	write_lines(&look, element.value, 0, what, &lines);
	return add_lines(editor, &place, look.newline, &lines, err);
}
