/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "yaml/edit.h"

/* Inside of yaml/edit: elements (the items of a list, the entries of a mapping), lines, and how new
 * text looks. */

struct ar__element {
	const struct ar_node *node; /* the item, or the key; NULL: none */
	const struct ar_node *value;
	size_t start, end; /* from its dash or key to the true end of its value */
};

/* The element that a node is; the element at an index. */
struct ar__element ar__element_of(const struct ar_tree *tree, const struct ar_node *node);
struct ar__element ar__element_at(const struct ar_tree *tree, const struct ar_node *into,
				  size_t index);
/* Does the value end in a block scalar? Then its end is a line start (or the end of the text). */
bool ar__ends_in_block_scalar(const struct ar_tree *tree, const struct ar_node *value);

/* --- lines ---------------------------------------------------------------------------------- */

/* First byte of the line. */
size_t ar__line_start(const struct ar_tree *tree, size_t offset);
/* Characters between the start of the line and `offset`. */
size_t ar__column(const struct ar_tree *tree, size_t offset);
/* Only blanks stand before `offset` on its line. */
bool ar__first_on_line(const struct ar_tree *tree, size_t offset);
/* Only blanks and perhaps a comment stand behind `offset` on its line. */
bool ar__last_on_line(const struct ar_tree *tree, size_t offset);
/* The end of the text, without a line break before it? */
bool ar__open_end(const struct ar_tree *tree, size_t offset);
/* From the first line of a block element to behind its last, or of a flow element that has its
 * lines for itself: with the comment lines that belong to it. These are the ones right above that
 * are not indented deeper than it (what is deeper belongs to what stands before), and in block
 * style those right below that are. */
size_t ar__lead(const struct ar_tree *tree, const struct ar__element *element);
size_t ar__tail(const struct ar_tree *tree, const struct ar__element *element, size_t end);
/* The lines of a block element, which has them for itself. */
int ar__block_lines(const struct ar_tree *tree, const struct ar__element *element, bool comments,
		    size_t *ret_start, size_t *ret_end, struct ar_err *err);
/* Offset of the comma behind a flow element that ends at `end`, SIZE_MAX where there is none. */
size_t ar__comma_behind(const struct ar_tree *tree, size_t end);

/* --- looks ---------------------------------------------------------------------------------- */

/* How one level of flow looks: the blanks within it. Borrowed pieces of the text. */
struct ar__piece {
	const char *data;
	size_t len;
};

struct ar__look {
	const struct ar_tree *tree;
	const struct ar_node *like; /* a sibling of the same kind, NULL where there is none */
	const struct ar_node
		*near; /* the collection it goes into: its keys tell how keys are quoted */
	const char *newline;
	size_t column;           /* block: where it begins (dash or key) */
	struct ar__piece indent; /* flow on many lines: the blanks before its first line */
	bool flow, many;         /* many: one element a line */
};

/* The blanks that a line begins with. */
struct ar__piece ar__line_indent(const struct ar_tree *tree, size_t offset);
/* The blanks and comma between two elements of one line, the colon with its blanks, the blanks
 * within brackets. */
struct ar__piece ar__look_comma(const struct ar_tree *tree, const struct ar_node *like);
struct ar__piece ar__look_colon(const struct ar_tree *tree, const struct ar_node *like);
struct ar__piece ar__look_padding(const struct ar_tree *tree, const struct ar_node *like);
/* What one more level of indentation adds, in flow on many lines. */
struct ar__piece ar__look_step(const struct ar_tree *tree, const struct ar_node *near);
/* Is a flow collection written one element a line? */
bool ar__is_many(const struct ar_tree *tree, const struct ar_node *node);
/* Columns: from a key to the dashes of its list; from a key to the keys below it; from a dash to
 * its item. */
size_t ar__look_dash(const struct ar_tree *tree, const struct ar_node *near);
size_t ar__look_nested(const struct ar_tree *tree, const struct ar_node *near);
size_t ar__look_gap(const struct ar_tree *tree, const struct ar_node *near);
/* 0, '\'' or '"'. */
char ar__quote_of_key(const struct ar__look *look);
char ar__quote_of_value(const struct ar__look *look, const char *key);
char ar__quote_of_item(const struct ar_tree *tree, const struct ar_node *into, size_t index);
/* The sibling in `into` that has most of the keys of `what`, the nearest to `index` of these; NULL
 * if none has any. */
const struct ar_node *ar__look_like(const struct ar_tree *tree, const struct ar_node *into,
				    size_t index, const struct ar_new *what);

/* --- writing -------------------------------------------------------------------------------- */

/* A scalar in this quote, or a stronger one where it has to be. */
void ar__write_scalar(const struct ar_tree *tree, const struct ar_new *what, char quote, bool flow,
		      struct ar_buf *out);
/* The text of one element, without its indentation, comma or final newline. `quote` is for a string
 * item. */
void ar__write_element(const struct ar__look *look, const struct ar_new *what, char quote,
		       struct ar_buf *out);

/* --- placing -------------------------------------------------------------------------------- */

/* ar_edit_add, for what is in block and in flow style. */
int ar__block_add(const struct ar_editor *editor, const struct ar_node *into, size_t index,
		  const struct ar_new *what, struct ar_err *err);
int ar__flow_add(const struct ar_editor *editor, const struct ar_node *into, size_t index,
		 const struct ar_new *what, struct ar_err *err);
/* Block lines of `what` below `key`, put behind the key's line; `hole`: what stands for the value
 * now ([] or null), taken out with the blanks before it. */
int ar__block_fill(const struct ar_editor *editor, const struct ar_node *key,
		   const struct ar_new *what, bool hole, struct ar_err *err);
