/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "yaml/tree_impl.h"

/* Makes room for one more; what there is lies in `*list`. */
static bool grow(void **list, size_t *cap, size_t count, size_t size)
{
	if (count < *cap)
		return true;
	size_t wanted = *cap ? *cap + *cap / 2 : 64;
	void *grown = reallocarray(*list, wanted, size);
	if (!grown)
		return false;
	*list = grown;
	*cap = wanted;
	return true;
}

static bool room_for_node(struct ar_tree *tree)
{
	void *list = tree->nodes;
	size_t cap = tree->cap;
	bool ok = grow(&list, &cap, tree->count, sizeof *tree->nodes);

	tree->nodes = list;
	tree->cap = (uint32_t)cap;
	return ok;
}

static int add_root(struct ar_tree *tree, uint32_t index, struct ar_err *err)
{
	void *list = tree->roots;

	if (!grow(&list, &tree->roots_cap, tree->documents, sizeof *tree->roots))
		return ar_err_oom(err);
	tree->roots = list;
	tree->roots[tree->documents++] = index;
	return 0;
}

/* Is the next node a key? */
static bool at_key(const struct ar__builder *b)
{
	if (b->depth == 0)
		return false;
	const struct ar__frame *frame = &b->frames[b->depth - 1];
	return b->tree->nodes[frame->node].kind == AR_MAPPING && !frame->wants_value;
}

/* Saturates: only whether it is beyond the limit matters. */
static uint32_t add_weight(uint32_t a, uint32_t b)
{
	uint64_t sum = (uint64_t)a + b;
	return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

static void link_child(struct ar__builder *b, uint32_t index)
{
	struct ar__frame *frame = &b->frames[b->depth - 1];
	struct ar_tree *tree = b->tree;
	struct ar_node *node = &tree->nodes[index];

	node->is_key = at_key(b);
	node->parent = frame->node;
	if (frame->last)
		tree->nodes[frame->last].next = index;
	else
		tree->nodes[frame->node].child = index;
	frame->last = index;
	frame->weight = add_weight(frame->weight, 1);
	if (tree->nodes[frame->node].kind == AR_MAPPING)
		frame->wants_value = !frame->wants_value;
}

uint32_t ar__build_add(struct ar__builder *b, const struct ar_node *node, struct ar_err *err)
{
	struct ar_tree *tree = b->tree;
	uint32_t index = tree->count;

	if (index >= AR__MAX_NODES) {
		ar_err_at(err, &tree->text, node->start, "more than %u values in one file",
			  AR__MAX_NODES);
		return 0;
	}
	if (!room_for_node(tree)) {
		ar_err_oom(err);
		return 0;
	}
	tree->nodes[index] = *node;
	tree->count++;
	if (b->depth > 0)
		link_child(b, index);
	else if (add_root(tree, index, err) != 0)
		return 0;
	return index;
}

static int check_open(const struct ar__builder *b, const struct ar_node *node, struct ar_err *err)
{
	const struct ar_text *text = &b->tree->text;
	bool flow = node->style == AR_FLOW && !b->tree->json;
	uint32_t most = b->tree->json ? AR__MAX_JSON_DEPTH : flow ? AR__MAX_FLOW : AR__MAX_BLOCK;

	if (at_key(b))
		return ar__refuse(err, text, node->start,
				  "a list or mapping as a key; expected a plain name",
				  "Kubernetes' fields have names; put text that begins with { or [ "
				  "in quotes");
	if ((flow ? b->flow_depth : b->depth) < most)
		return 0;
	ar_err_at(err, text, node->start, "nested more than %u levels deep", most);
	return ar_err_hint(err, "is this the right file? No Kubernetes object is nested so deeply");
}

int ar__build_open(struct ar__builder *b, const struct ar_node *node, struct ar_err *err)
{
	if (check_open(b, node, err) != 0)
		return -1;
	uint32_t index = ar__build_add(b, node, err);
	if (index == 0)
		return -1;
	b->frames[b->depth++] = (struct ar__frame){ .node = index };
	b->flow_depth += node->style == AR_FLOW;
	return 0;
}

void ar__build_close(struct ar__builder *b, uint32_t end)
{
	struct ar__frame frame = b->frames[--b->depth];
	struct ar_tree *tree = b->tree;
	struct ar_node *node = &tree->nodes[frame.node];

	b->flow_depth -= node->style == AR_FLOW;
	node->end = end ? end : frame.last ? tree->nodes[frame.last].end : node->value;
	if (b->depth > 0)
		b->frames[b->depth - 1].weight = add_weight(b->frames[b->depth - 1].weight,
							    frame.weight);
	if (node->anchor) {
		tree->anchors[node->anchor - 1].weight = add_weight(frame.weight, 1);
		tree->anchors[node->anchor - 1].open = false;
	}
}

void ar__build_text(struct ar__builder *b, struct ar_node *node, uint32_t source, const char *value,
		    size_t len)
{
	const struct ar_text *text = &b->tree->text;

	node->text_len = (uint32_t)len;
	node->pooled = source + len > node->end ||
		       (len > 0 && memcmp(text->data + source, value, len) != 0);
	node->text = node->pooled ? (uint32_t)b->tree->pool.len : source;
	if (node->pooled)
		ar_buf_add(&b->tree->pool, value, len);
}

/* Where the name stands in the properties; a tag may hold an ampersand too. */
static uint32_t find_name(const struct ar_text *text, uint32_t at, const char *name, size_t len)
{
	while (at + len < text->len &&
	       (text->data[at] != '&' || memcmp(text->data + at + 1, name, len) != 0))
		at++;
	return at + 1;
}

int ar__anchor_add(struct ar__builder *b, const struct ar_node *node, const char *name,
		   struct ar_err *err)
{
	struct ar_tree *tree = b->tree;
	size_t cap = tree->anchor_cap;
	void *list = tree->anchors;

	if (tree->anchor_count - b->first_anchor >= AR__MAX_ANCHORS)
		return ar_err_at(err, &tree->text, node->start, "more than %u anchors",
				 AR__MAX_ANCHORS);
	if (!grow(&list, &cap, tree->anchor_count, sizeof *tree->anchors))
		return ar_err_oom(err);
	tree->anchors = list;
	tree->anchor_cap = (uint32_t)cap;
	tree->anchors[tree->anchor_count++] = (struct ar__anchor){
		.node = tree->count,
		.name = find_name(&tree->text, node->start, name, strlen(name)),
		.name_len = (uint32_t)strlen(name),
		.weight = 1,
		.open = node->kind != AR_SCALAR,
	};
	return 0;
}

static struct ar__anchor *find_anchor(const struct ar__builder *b, const struct ar_node *alias,
				      uint32_t *ret_number)
{
	const struct ar_tree *tree = b->tree;
	const char *data = tree->text.data, *name = data + alias->start + 1;
	uint32_t len = alias->end - alias->start - 1;

	for (uint32_t i = tree->anchor_count; i > b->first_anchor; i--) {
		struct ar__anchor *anchor = &tree->anchors[i - 1];
		if (anchor->name_len == len && memcmp(data + anchor->name, name, len) == 0) {
			*ret_number = i;
			return anchor;
		}
	}
	return NULL;
}

/* What the alias stands for now counts in the collection that holds it, and in the whole. */
static int count_expansion(struct ar__builder *b, const struct ar_node *alias, uint32_t weight,
			   struct ar_err *err)
{
	b->expanded = add_weight(b->expanded, weight);
	if (b->depth > 0)
		b->frames[b->depth - 1].weight = add_weight(b->frames[b->depth - 1].weight, weight);
	if (b->expanded <= AR__MAX_EXPANSION)
		return 0;
	ar_err_at(err, &b->tree->text, alias->start, "aliases that stand for more than %u values",
		  AR__MAX_EXPANSION);
	return ar_err_hint(err, "write the values out: readers refuse or choke on such a file");
}

int ar__alias_resolve(struct ar__builder *b, struct ar_node *alias, struct ar_err *err)
{
	const struct ar_text *text = &b->tree->text;
	struct ar__anchor *anchor = find_anchor(b, alias, &alias->anchor);

	if (!anchor)
		return ar__refuse(err, text, alias->start,
				  "an alias to an anchor that is not defined above",
				  "put the text in quotes if the '*' is part of it");
	if (anchor->open)
		return ar__refuse(err, text, alias->start,
				  "an alias inside the very value that it stands for",
				  "write the value out instead");
	if (at_key(b) && b->tree->nodes[anchor->node].kind != AR_SCALAR)
		return ar__refuse(err, text, alias->start, "an alias to a list or mapping as a key",
				  "write a plain name as the key");
	anchor->aliased = true;
	return count_expansion(b, alias, anchor->weight, err);
}
