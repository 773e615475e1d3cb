/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/compare.h"

#include <stdlib.h>
#include <string.h>

#include "yaml/scalar.h"

struct walk {
	const struct ar_tree *old, *new_;
	const struct ar_edits *edits;
	struct ar_changes *changes;
	struct ar_err *err;
};

void ar_changes_done(struct ar_changes *changes)
{
	free(changes->list);
	*changes = (struct ar_changes)AR_CHANGES_INIT;
}

static int note(struct walk *w, const struct ar_node *old, const struct ar_node *new_)
{
	struct ar_changes *changes = w->changes;

	if (changes->count == changes->cap) {
		size_t cap = changes->cap ? changes->cap * 2 : 8;
		struct ar_change *list = realloc(changes->list, cap * sizeof *list);
		if (!list)
			return ar_err_oom(w->err);
		changes->list = list;
		changes->cap = cap;
	}
	changes->list[changes->count++] = (struct ar_change){ .old = old, .new_ = new_ };
	return 0;
}

/* Wholly in inserted bytes: an item that only got a new first key is none. */
static bool is_inserted(const struct walk *w, const struct ar_node *node)
{
	size_t old, last = node->end > node->start ? node->end - 1 : node->start;

	return !ar_splice_origin(w->edits, node->start, &old) &&
	       !ar_splice_origin(w->edits, last, &old);
}

static bool is_deleted(const struct walk *w, const struct ar_node *node)
{
	for (size_t i = 0; i < w->edits->count; i++)
		if (w->edits->list[i].start <= node->start && node->start < w->edits->list[i].end &&
		    node->end <= w->edits->list[i].end)
			return true;
	return false;
}

/* Does an edit lie in the node, or replace it, or stand where an empty one is? */
static bool is_edited(const struct walk *w, const struct ar_node *node)
{
	for (size_t i = 0; i < w->edits->count; i++)
		if (w->edits->list[i].start <= node->end && node->start <= w->edits->list[i].end)
			return true;
	return false;
}

static int differs(struct walk *w, const struct ar_node *old, const struct ar_node *new_)
{
	char path[256];

	ar_node_path(old ? w->old : w->new_, old ? old : new_, path, sizeof path);
	return ar_err_set(w->err, "the edited text would change '%s' too: a bug in atrest", path);
}

static bool same_tag(const struct walk *w, const struct ar_node *old, const struct ar_node *new_)
{
	const char *a = ar_node_tag(w->old, old), *b = ar_node_tag(w->new_, new_);

	return a && b ? strcmp(a, b) == 0 : !a && !b;
}

static bool same_scalar(const struct walk *w, const struct ar_node *old, const struct ar_node *new_)
{
	size_t a_len, b_len;
	const char *a = ar_node_text(w->old, old, &a_len), *b = ar_node_text(w->new_, new_, &b_len);

	return a_len == b_len && memcmp(a, b, a_len) == 0 &&
	       ar_scalar_type(w->old, old) == ar_scalar_type(w->new_, new_);
}

/* The next entry or item: of a mapping the next key. */
static const struct ar_node *step(const struct ar_tree *tree, const struct ar_node *parent,
				  const struct ar_node *node)
{
	const struct ar_node *next = ar_node_next(tree, node);

	return next && parent->kind == AR_MAPPING ? ar_node_next(tree, next) : next;
}

static int compare(struct walk *w, const struct ar_node *old, const struct ar_node *new_);

/* An item, or a key with its value. */
static int compare_entry(struct walk *w, const struct ar_node *parent, const struct ar_node *old,
			 const struct ar_node *new_)
{
	if (compare(w, old, new_) != 0)
		return -1;
	if (parent->kind != AR_MAPPING)
		return 0;
	return compare(w, ar_node_next(w->old, old), ar_node_next(w->new_, new_));
}

static int compare_children(struct walk *w, const struct ar_node *old_parent,
			    const struct ar_node *new_parent)
{
	const struct ar_node *a = ar_node_first(w->old, old_parent),
			     *b = ar_node_first(w->new_, new_parent);

	while (a || b) {
		int result;
		if (b && is_inserted(w, b)) {
			result = note(w, NULL, b);
			b = step(w->new_, new_parent, b);
		} else if (a && is_deleted(w, a)) {
			result = note(w, a, NULL);
			a = step(w->old, old_parent, a);
		} else if (a && b) {
			result = compare_entry(w, old_parent, a, b);
			a = step(w->old, old_parent, a);
			b = step(w->new_, new_parent, b);
		} else {
			return differs(w, a, b);
		}
		if (result != 0)
			return -1;
	}
	return 0;
}

static int compare(struct walk *w, const struct ar_node *old, const struct ar_node *new_)
{
	bool same_kind = old->kind == new_->kind && same_tag(w, old, new_) &&
			 !old->anchor == !new_->anchor;

	if (same_kind && old->kind != AR_SCALAR && old->kind != AR_ALIAS)
		return compare_children(w, old, new_);
	if (same_kind && old->kind == AR_ALIAS && old->anchor == new_->anchor)
		return 0;
	if (same_kind && old->kind == AR_SCALAR && same_scalar(w, old, new_))
		return 0;
	if ((is_edited(w, old) || is_inserted(w, new_)) && !old->is_key)
		return note(w, old, new_);
	return differs(w, old, new_);
}

int ar_tree_compare(const struct ar_tree *old, const struct ar_tree *new_,
		    const struct ar_edits *edits, struct ar_changes *ret_changes,
		    struct ar_err *err)
{
	struct walk w = {
		.old = old, .new_ = new_, .edits = edits, .changes = ret_changes, .err = err
	};
	size_t old_count = ar_tree_documents(old), new_count = ar_tree_documents(new_), b = 0;

	for (size_t a = 0; a < old_count; a++, b++)
		if (b >= new_count || compare(&w, ar_tree_root(old, a), ar_tree_root(new_, b)) != 0)
			return b < new_count
				       ? -1
				       : ar_err_set(err,
						    "a document would be lost: a bug in atrest");
	for (; b < new_count; b++)
		if (!is_inserted(&w, ar_tree_root(new_, b)) ||
		    note(&w, NULL, ar_tree_root(new_, b)) != 0)
			return ar_err_set(err, "a document would appear: a bug in atrest");
	return 0;
}
