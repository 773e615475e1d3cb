/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "yaml/scalar_impl.h"
#include "yaml/tree_impl.h"

/* So many keys are compared each with each; more are sorted. */
#define FEW 8

struct key {
	struct ar__key name;
	uint32_t node;
};

static int order_keys(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int order = ar__key_order(&x->name, &y->name);

	return order ? order : (x->node > y->node) - (x->node < y->node);
}

/* The earliest key of `keys` that repeats an earlier one. */
static void find_twin(struct key *keys, size_t count, struct ar_tree *tree)
{
	qsort(keys, count, sizeof *keys, order_keys);
	for (size_t i = 1; i < count; i++) {
		if (ar__key_order(&keys[i - 1].name, &keys[i].name) != 0)
			continue;
		if (tree->twin == 0 || keys[i].node < tree->twin) {
			tree->twin = keys[i].node;
			tree->twin_first = keys[i - 1].node;
		}
	}
}

static size_t count_keys(const struct ar_tree *tree, uint32_t map)
{
	size_t count = 0;

	for (uint32_t i = tree->nodes[map].child; i; i = tree->nodes[i].next)
		count += tree->nodes[i].is_key;
	return count;
}

static size_t collect(const struct ar_tree *tree, uint32_t map, struct key *keys)
{
	size_t count = 0;

	for (uint32_t i = tree->nodes[map].child; i; i = tree->nodes[i].next)
		if (tree->nodes[i].is_key) {
			keys[count].node = i;
			ar__key_name(tree, &tree->nodes[i], &keys[count++].name);
		}
	return count;
}

static int check_map(struct ar_tree *tree, uint32_t map, struct ar_err *err)
{
	struct key few[FEW];
	size_t count = count_keys(tree, map);

	if (count <= FEW) {
		find_twin(few, collect(tree, map, few), tree);
		return 0;
	}
	AR_FREE_AUTO struct key *many = calloc(count, sizeof *many);
	if (!many)
		return ar_err_oom(err);
	find_twin(many, collect(tree, map, many), tree);
	return 0;
}

int ar__check_twins(struct ar_tree *tree, bool refuse, struct ar_err *err)
{
	for (uint32_t i = 1; i < tree->count; i++)
		if (tree->nodes[i].kind == AR_MAPPING && check_map(tree, i, err) != 0)
			return -1;
	if (!refuse || tree->twin == 0)
		return 0;
	char path[160];
	const struct ar_node *node = &tree->nodes[tree->twin];
	ar_node_path(tree, node, path, sizeof path);
	struct ar_place first = ar_text_place(&tree->text, tree->nodes[tree->twin_first].start);
	ar_node_err(err, tree, node, "the key '%s' stands twice (first in line %zu)", path,
		    first.line);
	return ar_err_hint(err,
			   "remove one: readers keep the last one, people the first one they see");
}

/* NEL, LS and PS end a line for YAML but not for editors, grep or diff: outside quotes they would
 * make the file read differently from how it looks. */
int ar__check_breaks(const struct ar_tree *tree, const struct ar__bytes *bytes, struct ar_err *err)
{
	const struct ar_text *text = &tree->text;
	uint32_t node = 1;

	for (size_t at = bytes->odd_break; at < text->len; at++) {
		uint32_t rune = 0;
		if (ar_utf8_len(text->data + at, text->len - at, &rune) < 2 ||
		    (rune != 0x85 && rune != 0x2028 && rune != 0x2029))
			continue;
		while (node < tree->count &&
		       (tree->nodes[node].child || tree->nodes[node].end <= at))
			node++;
		const struct ar_node *found = &tree->nodes[node];
		if (node < tree->count && found->value < at && at < found->end &&
		    (found->style == AR_SINGLE_QUOTED || found->style == AR_DOUBLE_QUOTED))
			continue;
		ar_err_at(err, text, at,
			  "the character U+%04X, a line break for YAML but not for people", rune);
		return ar_err_hint(err, "remove it, or write it as an escape inside double quotes");
	}
	return 0;
}

static int refuse_value(const struct ar_tree *tree, const struct ar_node *node, const char *why,
			struct ar_err *err)
{
	char path[160];

	ar_node_path(tree, node, path, sizeof path);
	ar_node_err(err, tree, node, "'%s' %s", path, why);
	return ar_err_hint(err, "put the value in quotes, or remove the tag in front of it");
}

static const char *judge_merge(const struct ar_tree *tree, const struct ar_node *value)
{
	static const char why[] = "merges something that is no mapping";

	const struct ar_node *target = ar_node_resolve(tree, value);
	if (target->kind == AR_MAPPING)
		return NULL;
	if (value->kind != AR_SEQUENCE)
		return why;
	for (const struct ar_node *item = ar_node_first(tree, value); item;
	     item = ar_node_next(tree, item))
		if (ar_node_resolve(tree, item)->kind != AR_MAPPING)
			return why;
	return NULL;
}

/* What upstream's reader cannot turn into JSON; NULL when it can. */
static const char *judge(const struct ar_tree *tree, const struct ar_node *node)
{
	if (node->is_key && ar__key_is_merge(tree, node))
		return judge_merge(tree, ar_node_next(tree, node));
	if (node->is_key)
		return ar__key_problem(tree, ar_node_resolve(tree, node));
	return node->kind == AR_SCALAR ? ar__scalar_problem(tree, node) : NULL;
}

int ar__check_values(const struct ar_tree *tree, struct ar_err *err)
{
	if (tree->json)
		return 0;
	for (uint32_t i = 1; i < tree->count; i++) {
		const char *why = judge(tree, &tree->nodes[i]);
		if (why)
			return refuse_value(tree, &tree->nodes[i], why, err);
	}
	return 0;
}
