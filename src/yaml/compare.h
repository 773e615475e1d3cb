/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/splice.h"
#include "yaml/tree.h"

/*
 * Law 4: re-parsed, the new document differs from the old one in exactly the planned nodes.
 *
 * Walks two trees side by side (kind, resolved type, decoded value, key order, anchors, tags), all
 * documents. What only the new tree has must lie in bytes that `edits` inserted; what only the old
 * one has, in bytes that they deleted; everything else must be equal. A value that an edit replaces
 * by another (null by a list, a flag's value) is reported as a change of that node.
 */

struct ar_change {
	const struct ar_node *old;  /* NULL: added */
	const struct ar_node *new_; /* NULL: removed */
};

struct ar_changes {
	struct ar_change *list; /* in document order; a mapping entry is named by its key node */
	size_t count, cap;
};

#define AR_CHANGES_INIT      \
	{                    \
		.list = NULL \
	}
#define AR_CHANGES_AUTO __attribute__((cleanup(ar_changes_done)))

/* Releases the list. */
void ar_changes_done(struct ar_changes *changes);
/* -1: the trees differ outside the edits (our own bug: nothing may be written), or no memory. */
int ar_tree_compare(const struct ar_tree *old, const struct ar_tree *new_,
		    const struct ar_edits *edits, struct ar_changes *ret_changes,
		    struct ar_err *err);
