/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "plan/inject_impl.h"

void ar_inject_done(struct ar_inject *inject)
{
	ar_edits_done(&inject->edits);
	*inject = (struct ar_inject)AR_INJECT_INIT;
}

int ar__work_take(struct ar__work *work, enum ar_part part, const struct ar_edits *edits,
		  struct ar_err *err)
{
	for (size_t i = 0; i < edits->count; i++) {
		const struct ar_edit *edit = &edits->list[i];

		if (ar_edits_add(&work->inject->edits, edit->start, edit->end,
				 edit->text ? edit->text : "", edit->len, err) != 0)
			return -1;
		if (edit->len > work->len[part]) {
			work->start[part] = edit->start;
			work->len[part] = edit->len;
		}
	}
	return 0;
}

int ar__work_add(struct ar__work *work, enum ar_part part, const struct ar_node *into, size_t index,
		 const struct ar_new *what, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	const struct ar_editor editor = { .tree = work->tree, .edits = &edits };

	return ar_edit_add(&editor, into, index, what, err) != 0
		       ? -1
		       : ar__work_take(work, part, &edits, err);
}

/* Where a new key goes. In front of all others of a document it would stand before apiVersion, and
 * in an item of a list before what the dash is on: people write these first for a reason. */
static size_t key_place(const struct ar_tree *tree, const struct ar_node *map, const char *key)
{
	const struct ar_node *parent = ar_node_parent(tree, map);
	size_t index = ar_edit_key_index(tree, map, key);

	return index == 0 && (!parent || parent->kind == AR_SEQUENCE) ? ar_node_count(tree, map)
								      : index;
}

int ar__work_add_key(struct ar__work *work, enum ar_part part, const struct ar_node *map,
		     const struct ar_node *key, const struct ar_new *what, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	const struct ar_editor editor = { .tree = work->tree, .edits = &edits };

	if (!key) {
		const struct ar_new entry = { .kind = AR_NEW_MAPPING, .list = what, .count = 1 };

		return ar__work_add(work, part, map, key_place(work->tree, map, what->key), &entry,
				    err);
	}
	if (ar_node_next(work->tree, key)->kind != AR_SCALAR)
		return ar__work_add(work, part, ar_node_next(work->tree, key), 0, what, err);
	return ar_edit_fill(&editor, key, what, err) != 0 ? -1
							  : ar__work_take(work, part, &edits, err);
}

static size_t find_added(const struct ar_edits *edits, size_t start, size_t len)
{
	for (size_t i = 0; i < edits->count; i++)
		if (edits->list[i].start == start && edits->list[i].len == len)
			return i;
	return 0;
}

static size_t find_over(const struct ar_edits *edits, const struct ar_node *node)
{
	for (size_t i = 0; node && i < edits->count; i++)
		if (edits->list[i].end > node->start &&
		    edits->list[i].start < (node->end > node->start ? node->end : node->start + 1))
			return i;
	return 0;
}

void ar__work_finish(struct ar__work *work, const struct ar_node *const nodes[AR_PARTS])
{
	for (size_t i = 0; i < AR_PARTS; i++) {
		struct ar_part_plan *part = &work->inject->parts[i];

		if (part->state == AR_ADD)
			part->edit = find_added(&work->inject->edits, work->start[i], work->len[i]);
		else if (part->state == AR_CHANGE || part->state == AR_REMOVE)
			part->edit = find_over(&work->inject->edits, nodes[i]);
	}
}

void ar__part_set(struct ar_inject *inject, enum ar_part part, enum ar_state state, size_t line)
{
	inject->parts[part].state = state;
	inject->parts[part].line = line;
}

size_t ar__line_of(const struct ar_tree *tree, const struct ar_node *node)
{
	return node ? ar_text_place(ar_tree_text(tree), node->start).line : 0;
}
