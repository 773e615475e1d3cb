/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

/*
 * A YAML or JSON document as a tree of nodes with byte ranges.
 *
 * It exists because the manifest is edited by splicing bytes: whoever edits must know where
 * each value begins and truly ends, in bytes. libyaml's marks count characters, and put the
 * end of a block collection behind the comments and blank lines that follow it; here a
 * range is bytes, and a collection ends where its last descendant ends.
 *
 * What is accepted is what the kubelet would read, less what this project refuses:
 * guards on bytes come before libyaml sees anything (10 MB, UTF-8, no NUL, CR-only breaks,
 * NEL/LS/PS outside quoted scalars, no % directives, depth 32 in flow and 100 in block), then
 * exactly one document, no duplicate keys, no complex keys, no undefined or self-containing
 * alias, bounded alias expansion. A text whose first non-blank byte (after a BOM) is `{` is
 * JSON, by JSON's grammar alone, as the kubelet and the API server take it.
 *
 * Nodes are owned by the tree; the tree borrows the text, which must outlive it. A tree of a
 * secret text keeps decoded values in guarded memory.
 */

enum ar_kind { AR_SCALAR, AR_MAPPING, AR_SEQUENCE, AR_ALIAS };

enum ar_style {
	AR_PLAIN, /* scalars */
	AR_SINGLE_QUOTED,
	AR_DOUBLE_QUOTED,
	AR_LITERAL,
	AR_FOLDED,
	AR_BLOCK, /* collections */
	AR_FLOW,
};

struct ar_tree;

struct ar_node {
	uint32_t start; /* first byte: of the properties (&anchor, !tag) if any, else of the value;
			 * of a block sequence its first dash, of a block mapping its first key */
	uint32_t value; /* first byte of the value itself, behind the properties */
	uint32_t end;   /* behind the last byte; start == end: an empty (null) scalar. For a
			 * block scalar this is libyaml's end mark: trailing blank lines included */
	uint32_t text;  /* where the decoded value is; use ar_node_text() */
	uint32_t text_len;
	uint32_t parent, child, next; /* use the walkers below; 0 is none */
	uint8_t kind;                 /* enum ar_kind */
	uint8_t style;                /* enum ar_style */
	bool is_key;                  /* key of a mapping entry */
	bool pooled;                  /* decoded value differs from the source bytes */
	uint32_t anchor; /* 1-based index among the document's anchors, 0 none; on an alias: the
			  * anchor meant */
	uint32_t tag;    /* use ar_node_tag() */
};

enum {
	AR_TREE_MANY = 1,  /* several documents are normal here (kubeadm configs): take them all */
	AR_TREE_FIRST = 2, /* read as the API server reads its config: first document only, what
			    * follows a `---` or `...` is not looked at; duplicate keys are left to
			    * the caller (ar_tree_duplicate) */
};

/* Parses `text`. Returns 0 and the tree, or -1 with the place, the reason and the remedy. An
 * empty or comment-only text gives a tree with no documents. */
int ar_tree_parse(const struct ar_text *text, unsigned flags, struct ar_tree **ret_tree,
		  struct ar_err *err);
/* Accepts NULL. */
void ar_tree_free(struct ar_tree *tree);
static inline void ar_tree_free_ptr(struct ar_tree **tree)
{
	ar_tree_free(*tree);
}
#define AR_TREE_AUTO __attribute__((cleanup(ar_tree_free_ptr)))

const struct ar_text *ar_tree_text(const struct ar_tree *tree);
bool ar_tree_is_json(const struct ar_tree *tree);
bool ar_tree_has_bom(const struct ar_tree *tree);
size_t ar_tree_documents(const struct ar_tree *tree);
/* The text behind the first document holds more than blanks and comments (AR_TREE_FIRST). */
bool ar_tree_has_more(const struct ar_tree *tree);
/* Root node of document `index`, or NULL. */
const struct ar_node *ar_tree_root(const struct ar_tree *tree, size_t index);
/* The newline in use: "\n" or "\r\n" (that of the line before `offset`; at the file's first
 * line, or on a last line without one, the first of the file; "\n" where there is none). */
const char *ar_tree_newline(const struct ar_tree *tree, size_t offset);

/* Walking. A mapping's children are key, value, key, value, …; NULL at the end. */
const struct ar_node *ar_node_first(const struct ar_tree *tree, const struct ar_node *node);
const struct ar_node *ar_node_next(const struct ar_tree *tree, const struct ar_node *node);
const struct ar_node *ar_node_last(const struct ar_tree *tree, const struct ar_node *node);
const struct ar_node *ar_node_parent(const struct ar_tree *tree, const struct ar_node *node);
size_t ar_node_count(const struct ar_tree *tree, const struct ar_node *node); /* entries or items */
/* The node that an alias stands for; any other node itself. */
const struct ar_node *ar_node_resolve(const struct ar_tree *tree, const struct ar_node *node);

/* Decoded text of a scalar (quotes, escapes, folding undone), not NUL-terminated. */
const char *ar_node_text(const struct ar_tree *tree, const struct ar_node *node, size_t *ret_len);
bool ar_node_is(const struct ar_tree *tree, const struct ar_node *node, const char *word);
/* Full tag as given ("tag:yaml.org,2002:str", "!x"), NULL when there is none. */
const char *ar_node_tag(const struct ar_tree *tree, const struct ar_node *node);
/* Does an alias in the document refer to this node's anchor? */
bool ar_node_is_aliased(const struct ar_tree *tree, const struct ar_node *node);
/* Null as YAML 1.1 and JSON have it: empty, ~, null, Null, NULL (plain, or tagged !!null). */
bool ar_node_is_null(const struct ar_tree *tree, const struct ar_node *node);

/* The value of `key` in a mapping (last one wins, as in the kubelet), aliases resolved; NULL when
 * `map` is NULL, not a mapping, or has no such key. */
const struct ar_node *ar_map_get(const struct ar_tree *tree, const struct ar_node *map,
				 const char *key);
/* The same, giving the key node (its value is the next node). */
const struct ar_node *ar_map_key(const struct ar_tree *tree, const struct ar_node *map,
				 const char *key);

/* Offset of the dash of `item`, which is an item of a block sequence. */
size_t ar_item_dash(const struct ar_tree *tree, const struct ar_node *item);
/* Offset of the colon behind `key`, or the text's length where there is none (flow `{a}`, a lone `?
 * a`). */
size_t ar_key_colon(const struct ar_tree *tree, const struct ar_node *key);

/* The first mapping key that stands twice (later one), and its earlier twin; NULL if none. */
const struct ar_node *ar_tree_duplicate(const struct ar_tree *tree,
					const struct ar_node **ret_first);

/* `node` as people name it: spec.containers[0].command[3], into buf (never fails, shortened). */
void ar_node_path(const struct ar_tree *tree, const struct ar_node *node, char *buf, size_t size);

/* States a fact at the node's place: ar_err_at() with the node's start. Always -1. */
int ar_node_err(struct ar_err *err, const struct ar_tree *tree, const struct ar_node *node,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));
