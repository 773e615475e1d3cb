/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "yaml/edit_impl.h"
#include "yaml/scalar.h"
#include "yaml/tree_impl.h"

static struct ar__piece piece(const char *text)
{
	return (struct ar__piece){ text, strlen(text) };
}

static struct ar__piece between(const struct ar_tree *tree, size_t start, size_t end)
{
	return (struct ar__piece){ tree->text.data + start, end - start };
}

/* Made of blanks and this character only? ('\0': blanks only) */
static bool is_made_of(struct ar__piece p, char c)
{
	for (size_t i = 0; i < p.len; i++)
		if (p.data[i] != ' ' && p.data[i] != '\t' && (c == '\0' || p.data[i] != c))
			return false;
	return c == '\0' || memchr(p.data, c, p.len) != NULL;
}

/* A look that a single node shows: 0 and *ret set, or -1. */
typedef int look_fn(const struct ar_tree *tree, const struct ar_node *node, struct ar__piece *ret);

/* The look as `like` shows it, or what is around it; else as the first node of the document does
 * that shows it. */
static struct ar__piece look(const struct ar_tree *tree, const struct ar_node *like, look_fn *fn,
			     const char *otherwise)
{
	struct ar__piece found;

	for (const struct ar_node *node = like; node; node = ar_node_parent(tree, node))
		if (node->kind == like->kind && fn(tree, node, &found) == 0)
			return found;
	for (uint32_t i = 1; i < tree->count; i++)
		if (tree->nodes[i].style == AR_FLOW &&
		    (!like || tree->nodes[i].kind == like->kind) &&
		    fn(tree, &tree->nodes[i], &found) == 0)
			return found;
	return piece(otherwise);
}

static bool is_flow(const struct ar_node *node)
{
	return node->style == AR_FLOW && (node->kind == AR_MAPPING || node->kind == AR_SEQUENCE);
}

static int comma_of(const struct ar_tree *tree, const struct ar_node *node, struct ar__piece *ret)
{
	if (!is_flow(node))
		return -1;
	struct ar__element first = ar__element_at(tree, node, 0),
			   second = ar__element_at(tree, node, 1);
	if (!second.node)
		return -1;
	*ret = between(tree, first.end, second.start);
	return is_made_of(*ret, ',') ? 0 : -1;
}

struct ar__piece ar__look_comma(const struct ar_tree *tree, const struct ar_node *like)
{
	return look(tree, like, comma_of, ", ");
}

static int colon_of(const struct ar_tree *tree, const struct ar_node *node, struct ar__piece *ret)
{
	const struct ar_node *key = node->kind == AR_MAPPING && is_flow(node)
					    ? ar_node_first(tree, node)
					    : NULL;

	if (!key)
		return -1;
	const struct ar_node *value = ar_node_next(tree, key);
	if (value->start == value->end)
		return -1;
	*ret = between(tree, key->end, value->start);
	return is_made_of(*ret, ':') ? 0 : -1;
}

struct ar__piece ar__look_colon(const struct ar_tree *tree, const struct ar_node *like)
{
	return look(tree, like, colon_of, ": ");
}

static int padding_of(const struct ar_tree *tree, const struct ar_node *node, struct ar__piece *ret)
{
	const struct ar_node *first = is_flow(node) ? ar_node_first(tree, node) : NULL;

	if (!first)
		return -1;
	*ret = between(tree, node->value + 1, first->start);
	return is_made_of(*ret, '\0') ? 0 : -1;
}

struct ar__piece ar__look_padding(const struct ar_tree *tree, const struct ar_node *like)
{
	return look(tree, like, padding_of, "");
}

bool ar__is_many(const struct ar_tree *tree, const struct ar_node *node)
{
	const struct ar_node *first = is_flow(node) ? ar_node_first(tree, node) : NULL;

	return first && ar__first_on_line(tree, first->start) &&
	       ar__line_start(tree, first->start) != ar__line_start(tree, node->value);
}

static int step_of(const struct ar_tree *tree, const struct ar_node *node, struct ar__piece *ret)
{
	if (!ar__is_many(tree, node))
		return -1;
	struct ar__piece outer = ar__line_indent(tree, node->value);
	struct ar__piece inner = ar__line_indent(tree, ar_node_first(tree, node)->start);
	if (inner.len <= outer.len || memcmp(inner.data, outer.data, outer.len) != 0)
		return -1;
	*ret = (struct ar__piece){ inner.data + outer.len, inner.len - outer.len };
	return 0;
}

struct ar__piece ar__look_step(const struct ar_tree *tree, const struct ar_node *near)
{
	struct ar__piece found;

	for (; near; near = ar_node_parent(tree, near))
		if (step_of(tree, near, &found) == 0)
			return found;
	return look(tree, NULL, step_of, "  ");
}

/* --- columns -------------------------------------------------------------------------------- */

/* A distance that node `index` shows, 0 where it shows none. */
typedef size_t distance_fn(const struct ar_tree *tree, uint32_t index);

/* The distance as the first node within `near` shows it, else as the first of the document does. */
static size_t distance(const struct ar_tree *tree, const struct ar_node *near, distance_fn *fn,
		       size_t otherwise)
{
	uint32_t first = near ? ar__index(tree, near) : 1;

	for (uint32_t i = first; i < tree->count && (!near || tree->nodes[i].start < near->end);
	     i++)
		if (fn(tree, i) != SIZE_MAX)
			return fn(tree, i);
	for (uint32_t i = 1; i < tree->count; i++)
		if (fn(tree, i) != SIZE_MAX)
			return fn(tree, i);
	return otherwise;
}

/* From the key of a block collection to its first dash or key. The key is the node before its
 * value. */
static size_t from_key(const struct ar_tree *tree, uint32_t index, enum ar_kind kind)
{
	const struct ar_node *node = &tree->nodes[index];

	if (node->kind != kind || node->style != AR_BLOCK || !node->parent ||
	    tree->nodes[node->parent].kind != AR_MAPPING || node->is_key)
		return SIZE_MAX;
	size_t outer = ar__column(tree, tree->nodes[index - 1].start),
	       inner = ar__column(tree, node->value);
	return inner >= outer ? inner - outer : SIZE_MAX;
}

static size_t dash_of(const struct ar_tree *tree, uint32_t index)
{
	return from_key(tree, index, AR_SEQUENCE);
}

size_t ar__look_dash(const struct ar_tree *tree, const struct ar_node *near)
{
	return distance(tree, near, dash_of, 0);
}

static size_t nested_of(const struct ar_tree *tree, uint32_t index)
{
	return from_key(tree, index, AR_MAPPING);
}

size_t ar__look_nested(const struct ar_tree *tree, const struct ar_node *near)
{
	return distance(tree, near, nested_of, 2);
}

/* From a dash to the item behind it, where both stand on one line. */
static size_t gap_behind(const struct ar_tree *tree, const struct ar_node *item, size_t dash)
{
	bool shown = item->start != item->end && item->start == item->value &&
		     ar__line_start(tree, dash) == ar__line_start(tree, item->start);

	return shown ? item->start - dash : SIZE_MAX;
}

static size_t gap_of(const struct ar_tree *tree, uint32_t index)
{
	const struct ar_node *node = &tree->nodes[index];
	const struct ar_node *list = node->parent ? &tree->nodes[node->parent] : NULL;

	if (!list || list->kind != AR_SEQUENCE || list->style != AR_BLOCK || list->child != index)
		return SIZE_MAX;
	return gap_behind(tree, node, list->value);
}

size_t ar__look_gap(const struct ar_tree *tree, const struct ar_node *near)
{
	const struct ar_node *list = near ? ar_node_parent(tree, near) : NULL;

	if (list && list->kind == AR_SEQUENCE && list->style == AR_BLOCK) {
		size_t gap = gap_behind(tree, near, ar_item_dash(tree, near));
		if (gap != SIZE_MAX)
			return gap;
	}
	return distance(tree, near, gap_of, 2);
}

/* --- quotes and siblings -------------------------------------------------------------------- */

static char quote_of(const struct ar_node *scalar)
{
	if (scalar->kind != AR_SCALAR)
		return 0;
	return scalar->style == AR_DOUBLE_QUOTED   ? '"'
	       : scalar->style == AR_SINGLE_QUOTED ? '\''
						   : 0;
}

/* Is the quote of this scalar a habit, and not a need? Then *ret is it. */
static bool shows_quote(const struct ar_tree *tree, const struct ar_node *scalar, char *ret)
{
	size_t len;

	if (scalar->kind != AR_SCALAR || scalar->style == AR_LITERAL || scalar->style == AR_FOLDED)
		return false;
	const char *text = ar_node_text(tree, scalar, &len);
	if (!ar_scalar_plain_is_safe(text, len, false))
		return false;
	*ret = quote_of(scalar);
	return true;
}

char ar__quote_of_key(const struct ar__look *look)
{
	const struct ar_node *map = look->like && look->like->kind == AR_MAPPING ? look->like
										 : look->near;

	if (ar_tree_is_json(look->tree))
		return '"';
	while (map && (map->kind != AR_MAPPING || !ar_node_first(look->tree, map)))
		map = ar_node_parent(look->tree, map);
	return map ? quote_of(ar_node_first(look->tree, map)) : 0;
}

char ar__quote_of_value(const struct ar__look *look, const char *key)
{
	const struct ar_node *map = look->like && look->like->kind == AR_MAPPING ? look->like
										 : NULL;
	char quote = 0;

	if (ar_tree_is_json(look->tree))
		return '"';
	if (!map)
		return ar__quote_of_key(look);
	const struct ar_node *same = ar_map_key(look->tree, map, key);
	if (same && shows_quote(look->tree, ar_node_next(look->tree, same), &quote))
		return quote;
	for (const struct ar_node *node = ar_node_first(look->tree, map); node;
	     node = ar_node_next(look->tree, node))
		if (!node->is_key && ar_scalar_type(look->tree, node) == AR_T_STRING &&
		    shows_quote(look->tree, node, &quote))
			return quote;
	return 0;
}

char ar__quote_of_item(const struct ar_tree *tree, const struct ar_node *into, size_t index)
{
	char before = 0, behind = 0;
	bool any_before = false, any_behind = false;
	size_t i = 0;

	if (ar_tree_is_json(tree))
		return '"';
	for (const struct ar_node *node = ar_node_first(tree, into); node && !any_behind;
	     node = ar_node_next(tree, node), i++) {
		if (i < index)
			any_before = shows_quote(tree, node, &before) || any_before;
		else
			any_behind = shows_quote(tree, node, &behind);
	}
	return any_before ? before : behind;
}

static size_t keys_in_common(const struct ar_tree *tree, const struct ar_node *map,
			     const struct ar_new *what)
{
	size_t count = 0;

	for (size_t i = 0; i < what->count; i++)
		count += what->list[i].key && ar_map_key(tree, map, what->list[i].key) != NULL;
	return count;
}

const struct ar_node *ar__look_like(const struct ar_tree *tree, const struct ar_node *into,
				    size_t index, const struct ar_new *what)
{
	const struct ar_node *best = NULL;
	size_t best_keys = 0, i = 0;

	for (const struct ar_node *node = ar_node_first(tree, into); node;
	     node = ar_node_next(tree, node), i++) {
		size_t keys = node->kind == AR_MAPPING ? keys_in_common(tree, node, what) : 0;
		bool nearer = i < index; /* each further one before the place is nearer, each behind
					    it is not */

		if (keys > best_keys || (keys == best_keys && keys && nearer)) {
			best = node;
			best_keys = keys;
		}
	}
	return best;
}
