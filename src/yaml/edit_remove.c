/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "yaml/edit_impl.h"
#include "yaml/tree_impl.h"

struct span {
	size_t start, end;
};

struct removal {
	const struct ar_tree *tree;
	bool comments;                /* those above go, too */
	const struct ar_node **nodes; /* marked, in document order */
	size_t count;
	struct span *spans;
	size_t span_count;
};

static bool is_marked(const struct removal *removal, const struct ar_node *node)
{
	for (size_t i = 0; i < removal->count; i++)
		if (removal->nodes[i] == node)
			return true;
	return false;
}

static const struct ar_node *next_element(const struct ar_tree *tree, const struct ar_node *node)
{
	return ar_node_next(tree, node->is_key ? ar_node_next(tree, node) : node);
}

static bool all_marked(const struct removal *removal, const struct ar_node *into)
{
	for (const struct ar_node *node = ar_node_first(removal->tree, into); node;
	     node = next_element(removal->tree, node))
		if (!is_marked(removal, node))
			return false;
	return true;
}

/* Puts the key of a collection in place of all its elements, which are marked. */
static void mark_key(struct removal *removal, const struct ar_node *into)
{
	size_t kept = 0;

	for (size_t i = 0; i < removal->count; i++)
		if (ar_node_parent(removal->tree, removal->nodes[i]) != into)
			removal->nodes[kept++] = removal->nodes[i];
	removal->count = kept;
	for (size_t i = kept; i > 0 && removal->nodes[i - 1] > into; i--) {
		removal->nodes[i] = removal->nodes[i - 1];
		kept = i - 1;
	}
	removal->nodes[kept] = into - 1;
	removal->count++;
}

/* A collection that loses all it has goes with its key; so upwards. */
static void mark_emptied(struct removal *removal)
{
	for (size_t i = 0; i < removal->count;) {
		const struct ar_node *into = ar_node_parent(removal->tree, removal->nodes[i]);
		const struct ar_node *outer = into ? ar_node_parent(removal->tree, into) : NULL;

		if (outer && outer->kind == AR_MAPPING && all_marked(removal, into)) {
			mark_key(removal, into);
			i = 0;
		} else {
			i++;
		}
	}
}

static int check_anchors(const struct ar_tree *tree, const struct ar_node *node, size_t end,
			 struct ar_err *err)
{
	for (; node < tree->nodes + tree->count && node->start < end; node++)
		if (ar_node_is_aliased(tree, node)) {
			ar_node_err(err, tree, node,
				    "this bears an anchor that is used elsewhere; it cannot be "
				    "taken out");
			return ar_err_hint(
				err, "write the value out where the alias stands, then run again");
		}
	return 0;
}

static void add_span(struct removal *removal, size_t start, size_t end)
{
	removal->spans[removal->span_count++] = (struct span){ start, end };
}

/* --- block ---------------------------------------------------------------------------------- */

int ar__block_lines(const struct ar_tree *tree, const struct ar__element *element, bool comments,
		    size_t *ret_start, size_t *ret_end, struct ar_err *err)
{
	size_t end = element->end;

	if (!ar__first_on_line(tree, element->start))
		return ar_err_at(err, &tree->text, element->start,
				 "what is to be taken out shares its line with something else");
	if (!ar__ends_in_block_scalar(tree, element->value)) {
		if (!ar__last_on_line(tree, end))
			return ar_err_at(
				err, &tree->text, end,
				"something else stands on this line, which is to be taken out");
		end = ar_text_next_line(&tree->text, end);
	}
	*ret_start = comments ? ar__lead(tree, element) : ar__line_start(tree, element->start);
	*ret_end = comments ? ar__tail(tree, element, end) : end;
	return 0;
}

static int remove_block(struct removal *removal, const struct ar__element *element,
			struct ar_err *err)
{
	const struct ar_tree *tree = removal->tree;
	size_t start = 0, end = 0;
	const struct ar_node *next = next_element(tree, element->node);

	if (!ar__first_on_line(tree, element->start) && next) {
		add_span(removal, element->start, ar__element_of(tree, next).start);
		return 0;
	}
	if (ar__block_lines(tree, element, removal->comments, &start, &end, err) != 0)
		return -1;
	add_span(removal, start, end);
	return 0;
}

/* --- flow ----------------------------------------------------------------------------------- */

/* A run of elements that go together, and its neighbours that stay. */
struct run {
	struct ar__element before, first, last, behind;
	size_t comma_before, comma_behind; /* SIZE_MAX: none */
};

static bool on_own_lines(const struct ar_tree *tree, const struct run *run)
{
	size_t end = run->comma_behind == SIZE_MAX ? run->last.end : run->comma_behind + 1;

	return ar__first_on_line(tree, run->first.start) && ar__last_on_line(tree, end) &&
	       (run->comma_behind == SIZE_MAX ||
		ar__line_start(tree, run->comma_behind) == ar__line_start(tree, run->last.end)) &&
	       ar_text_next_line(&tree->text, end) < tree->text.len;
}

static void remove_own_lines(struct removal *removal, const struct run *run)
{
	const struct ar_tree *tree = removal->tree;
	size_t end = run->comma_behind == SIZE_MAX ? run->last.end : run->comma_behind;

	if (run->comma_behind == SIZE_MAX && run->before.node)
		add_span(removal, run->comma_before, run->comma_before + 1);
	add_span(removal,
		 removal->comments ? ar__lead(tree, &run->first)
				   : ar__line_start(tree, run->first.start),
		 ar_text_next_line(&tree->text, end));
}

/* Lines that begin with the comma (`, b`). */
static bool on_comma_lines(const struct ar_tree *tree, const struct run *run)
{
	return run->before.node && ar__first_on_line(tree, run->comma_before) &&
	       ar__line_start(tree, run->comma_before) == ar__line_start(tree, run->first.start) &&
	       ar__last_on_line(tree, run->last.end);
}

static bool has_comment(const struct ar_tree *tree, size_t start, size_t end)
{
	return end > start && memchr(tree->text.data + start, '#', end - start) != NULL;
}

static void remove_inline(struct removal *removal, const struct run *run)
{
	const struct ar_tree *tree = removal->tree;

	if (run->before.node && !has_comment(tree, run->before.end, run->first.start)) {
		add_span(removal, run->before.end, run->last.end);
	} else if (run->behind.node && !has_comment(tree, run->last.end, run->behind.start)) {
		add_span(removal, run->first.start, run->behind.start);
	} else {
		if (run->before.node && !run->behind.node && run->comma_behind == SIZE_MAX)
			add_span(removal, run->comma_before, run->comma_before + 1);
		add_span(removal, run->first.start,
			 run->comma_behind == SIZE_MAX ? run->last.end : run->comma_behind + 1);
	}
}

static void remove_run(struct removal *removal, struct run *run)
{
	const struct ar_tree *tree = removal->tree;

	run->comma_before = run->before.node ? ar__comma_behind(tree, run->before.end) : SIZE_MAX;
	run->comma_behind = ar__comma_behind(tree, run->last.end);
	if (on_own_lines(tree, run))
		remove_own_lines(removal, run);
	else if (on_comma_lines(tree, run))
		add_span(removal, ar__line_start(tree, run->comma_before),
			 ar_text_next_line(&tree->text, run->last.end));
	else
		remove_inline(removal, run);
}

/* All marked elements of a flow collection, run by run. */
static void remove_flow(struct removal *removal, const struct ar_node *into)
{
	const struct ar_tree *tree = removal->tree;
	struct run run = { .before = { .node = NULL } };
	bool open = false;

	for (const struct ar_node *node = ar_node_first(tree, into); node;
	     node = next_element(tree, node)) {
		struct ar__element element = ar__element_of(tree, node);

		if (is_marked(removal, node)) {
			run.first = open ? run.first : element;
			run.last = element;
			open = true;
			continue;
		}
		run.behind = element;
		if (open)
			remove_run(removal, &run);
		open = false;
		run = (struct run){ .before = element };
	}
	if (open)
		remove_run(removal, &run);
}

/* --- all ------------------------------------------------------------------------------------ */

static int collect_spans(struct removal *removal, struct ar_err *err)
{
	const struct ar_node *flow = NULL;

	for (size_t i = 0; i < removal->count; i++) {
		const struct ar_node *node = removal->nodes[i],
				     *into = ar_node_parent(removal->tree, node);
		struct ar__element element = ar__element_of(removal->tree, node);

		if (check_anchors(removal->tree, node, element.end, err) != 0)
			return -1;
		if (into->style == AR_BLOCK && remove_block(removal, &element, err) != 0)
			return -1;
		if (into->style == AR_FLOW && into != flow)
			remove_flow(removal, into);
		flow = into;
	}
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Would a line break behind this scalar belong to its value? Not where it is stripped (|-, >-). */
static bool keeps_breaks(const struct ar_tree *tree, const struct ar_node *scalar)
{
	const char *header = tree->text.data + scalar->value;

	if (scalar->kind != AR_SCALAR ||
	    (scalar->style != AR_LITERAL && scalar->style != AR_FOLDED))
		return false;
	return !memchr(header, '-', strcspn(header, "\r\n "));
}

/* Lines at the end of a file without a final newline take the line break before them along, unless
 * it belongs to the value of a block scalar. */
static void trim_end(const struct removal *removal, struct span *last)
{
	const struct ar_text *text = &removal->tree->text;
	const struct ar_node *tail = &removal->tree->nodes[removal->tree->count - 1];

	if (!ar__open_end(removal->tree, last->end) || last->start == 0 ||
	    text->data[last->start - 1] != '\n')
		return;
	while (tail > removal->tree->nodes &&
	       (tail->start >= last->start || tail->kind != AR_SCALAR))
		tail--;
	if (keeps_breaks(removal->tree, tail))
		return;
	last->start -= last->start >= 2 && text->data[last->start - 2] == '\r' ? 2 : 1;
}

static int add_edits(const struct ar_editor *editor, struct removal *removal, struct ar_err *err)
{
	size_t kept = 0;

	qsort(removal->spans, removal->span_count, sizeof *removal->spans, by_start);
	for (size_t i = 0; i < removal->span_count; i++) {
		if (kept && removal->spans[kept - 1].end >= removal->spans[i].start) {
			if (removal->spans[i].end > removal->spans[kept - 1].end)
				removal->spans[kept - 1].end = removal->spans[i].end;
		} else {
			removal->spans[kept++] = removal->spans[i];
		}
	}
	if (kept)
		trim_end(removal, &removal->spans[kept - 1]);
	for (size_t i = 0; i < kept; i++)
		if (ar_edits_add(editor->edits, removal->spans[i].start, removal->spans[i].end, "",
				 0, err) != 0)
			return -1;
	return 0;
}

int ar_edit_remove(const struct ar_editor *editor, const struct ar_node *const *nodes, size_t count,
		   struct ar_err *err)
{
	AR_FREE_AUTO const struct ar_node **marked = calloc(count + 1, sizeof *marked);
	AR_FREE_AUTO struct span *spans = calloc(count + 1, 2 * sizeof *spans);
	struct removal removal = { .tree = editor->tree,
				   .comments = editor->comments,
				   .nodes = marked,
				   .count = count,
				   .spans = spans };

	if (!marked || !spans)
		return ar_err_oom(err);
	if (count)
		memcpy(marked, nodes, count * sizeof *marked);
	mark_emptied(&removal);
	if (collect_spans(&removal, err) != 0)
		return -1;
	return add_edits(editor, &removal, err);
}
