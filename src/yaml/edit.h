/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/splice.h"
#include "yaml/tree.h"

/*
 * New values put into a document, and values taken out of it, as byte edits that touch nothing
 * else.
 *
 * What is new is described by what it says (struct ar_new); how it looks is copied from its
 * siblings: indentation, dash and quote style, block or flow, key order, newline; where there
 * are none, from the document. In a JSON text it is strict JSON.
 *
 * The edits are proved afterwards by whoever planned them (yaml/compare.h): this module may refuse
 * what it cannot do safely, with the place, but need not be trusted.
 */

enum ar_new_kind { AR_NEW_STRING, AR_NEW_BOOL, AR_NEW_MAPPING, AR_NEW_LIST };

struct ar_new {
	enum ar_new_kind kind;
	const char *key;     /* its key, as an entry of a mapping; NULL as an item of a list */
	const char *text;    /* of a string or boolean, NUL-terminated UTF-8 */
	const char *comment; /* NULL, or what stands behind an entry's string in block style (" #
			      * made today"); in flow style and JSON there is no place for it */
	const struct ar_new *list; /* entries or items */
	size_t count;
};

struct ar_editor {
	const struct ar_tree *tree;
	struct ar_edits *edits; /* filled; what is planned first stands first where two meet */
	bool comments;          /* of ar_edit_remove: the comment lines that belong to what is taken
				 * out go along (see ar_edit_first) */
};

/* The place of a new entry `key` by the order of keys: before the first larger one where the keys
 * are sorted, else behind the last. */
size_t ar_edit_key_index(const struct ar_tree *tree, const struct ar_node *map, const char *key);

/* Adds the items (or entries) of `what` to the list (or mapping) `into`, before the element
 * `index`; `index` == number of elements: behind the last. `into` may be empty (`[]`, `{}`). */
int ar_edit_add(const struct ar_editor *editor, const struct ar_node *into, size_t index,
		const struct ar_new *what, struct ar_err *err);
/* Gives `key`, whose value is null, the value `what` (its own key is not used). */
int ar_edit_fill(const struct ar_editor *editor, const struct ar_node *key,
		 const struct ar_new *what, struct ar_err *err);
/* Replaces the decoded text of a string from its `keep`-th byte on, keeping its quotes. */
int ar_edit_set(const struct ar_editor *editor, const struct ar_node *scalar, size_t keep,
		const char *text, struct ar_err *err);
/* Takes out these nodes (items of lists, or keys with their values; in document order), with their
 * lines and the comments on them. A list or mapping that becomes empty goes with its key. */
int ar_edit_remove(const struct ar_editor *editor, const struct ar_node *const *nodes, size_t count,
		   struct ar_err *err);
/* Moves an item to the head of its list, as its bytes are, with the comments on its lines, right
 * above it, and below it where these are indented deeper than it. `inner` (or NULL) are edits
 * within the item that are made on its way. No edit where it is the first. */
int ar_edit_first(const struct ar_editor *editor, const struct ar_node *item,
		  const struct ar_edits *inner, struct ar_err *err);
/* Appends `what` (an entry, with its key) as block lines from column 0 on, without the last
 * newline: for a document that is new as a whole. Looks like the blocks of `tree`. */
void ar_edit_write(const struct ar_tree *tree, const struct ar_new *what, const char *newline,
		   struct ar_buf *out);
