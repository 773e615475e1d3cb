/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "yaml/tree.h"

/*
 * Inside of src/yaml: what a tree is made of, and how its two readers (libyaml's events, JSON)
 * build it. Node 0 stands for "none", so links need no other mark.
 */

#define AR__MAX_BYTES      ((size_t)10 << 20) /* what the kubelet reads of a file */
#define AR__MAX_NODES      4000000u           /* a legal file of that size has 2.5 million */
#define AR__MAX_ANCHORS    1000u              /* few enough to be searched one by one */
#define AR__MAX_EXPANSION  10000u             /* nodes that aliases stand for, all together */
#define AR__MAX_BLOCK      100u
#define AR__MAX_FLOW       32u
#define AR__MAX_JSON_DEPTH 100u

struct ar__anchor {
	uint32_t node;
	uint32_t name, name_len; /* in the text */
	uint32_t weight;         /* nodes that an alias to it stands for, saturated */
	bool open; /* its node is still being read: an alias now would be inside itself */
	bool aliased;
};

struct ar_tree {
	struct ar_text text;
	struct ar_node *nodes;
	uint32_t count, cap;
	uint32_t *roots;
	size_t documents, roots_cap;
	struct ar__anchor *anchors;
	uint32_t anchor_count, anchor_cap;
	struct ar_buf pool; /* decoded values and tags; guarded if the text is secret */
	bool json, bom, more;
	uint32_t twin, twin_first; /* the first key that stands twice, and its earlier self */
};

/* What the bytes alone tell. */
struct ar__bytes {
	size_t body;      /* behind the BOM */
	bool ascii;       /* one byte is one character */
	size_t odd_break; /* first NEL, LS or PS; text->len if none */
};

struct ar__frame {
	uint32_t node, last;
	uint32_t weight;
	bool wants_value;
};

struct ar__builder {
	struct ar_tree *tree;
	struct ar__bytes bytes;
	struct ar__frame frames[AR__MAX_BLOCK + AR__MAX_FLOW + 1];
	uint32_t depth, flow_depth;
	uint32_t first_anchor; /* of this document */
	uint32_t expanded;     /* nodes that its aliases stand for, so far */
	size_t cursor_char, cursor_byte;
};

/* Refuses bytes that no reader should see: size, encoding, controls, lone CR. */
int ar__bytes_check(const struct ar_text *text, struct ar__bytes *ret, struct ar_err *err);
/* A directive where a document may begin, at or behind `from`: refused before libyaml sees it. */
int ar__directive_check(const struct ar_text *text, size_t from, struct ar_err *err);

/* The readers. */
int ar__yaml_read(struct ar__builder *b, unsigned flags, struct ar_err *err);
int ar__json_read(struct ar__builder *b, struct ar_err *err);

/* Adds a node to the open collection (or as a root). Returns its index, 0 on error. */
uint32_t ar__build_add(struct ar__builder *b, const struct ar_node *node, struct ar_err *err);
/* The same for a collection, which is open from then on. */
int ar__build_open(struct ar__builder *b, const struct ar_node *node, struct ar_err *err);
/* Closes the innermost collection at `end`; at its last child's end where `end` is 0. */
void ar__build_close(struct ar__builder *b, uint32_t end);
/* Places the decoded value of a scalar: in the source where it stands there as it is from byte
 * `source` on, else in the pool. */
void ar__build_text(struct ar__builder *b, struct ar_node *node, uint32_t source, const char *value,
		    size_t len);
/* Names the node that is about to be added. 0 or -1. */
int ar__anchor_add(struct ar__builder *b, const struct ar_node *node, const char *name,
		   struct ar_err *err);
/* Resolves an alias node: sets its anchor, counts what it stands for. */
int ar__alias_resolve(struct ar__builder *b, struct ar_node *alias, struct ar_err *err);

/* Whole-tree checks after reading. */
int ar__check_twins(struct ar_tree *tree, bool refuse, struct ar_err *err);
int ar__check_breaks(const struct ar_tree *tree, const struct ar__bytes *bytes, struct ar_err *err);
int ar__check_values(const struct ar_tree *tree, struct ar_err *err);

/* Refuses at `offset`, unless the line there (or above) is an unrendered template: then says so.
 * Always -1. */
int ar__refuse(struct ar_err *err, const struct ar_text *text, size_t offset, const char *message,
	       const char *hint);

/* First byte at or behind `at` that is neither blank, line break nor comment; at most `limit`. */
size_t ar__skip_layout(const struct ar_text *text, size_t at, size_t limit);
/* Does a line with only the marker `---` or `...` (or one with content behind) begin at `at`? */
bool ar__is_marker(const struct ar_text *text, size_t at, const char *marker);

static inline uint32_t ar__index(const struct ar_tree *tree, const struct ar_node *node)
{
	return (uint32_t)(node - tree->nodes);
}

static inline const struct ar_node *ar__node(const struct ar_tree *tree, uint32_t index)
{
	return index ? tree->nodes + index : NULL;
}
