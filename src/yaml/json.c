/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/scope.h"
#include "yaml/scalar_impl.h"

struct writer {
	const struct ar_tree *tree;
	const char *mask;
	struct ar_buf *out;
	struct ar_err *err;
};

/* An assignment to a key; in a list of them the later one wins. */
struct entry {
	struct ar__key name;
	const struct ar_node *value;
	size_t order;
};

struct entries {
	struct entry *list;
	size_t count, cap;
};

static void entries_done(struct entries *entries)
{
	free(entries->list);
}

static int write_node(const struct writer *w, const struct ar_node *node);

/* --- strings ------------------------------------------------------------------------------- */

/* The short form of an escape, 0 where there is none. */
static char short_escape(uint32_t rune)
{
	switch (rune) {
	case '"': return '"';
	case '\\': return '\\';
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	default: return 0;
	}
}

/* Go escapes what could end a script element, and the line breaks of JavaScript. */
static bool needs_escape(uint32_t rune)
{
	return rune < 0x20 || rune == '"' || rune == '\\' || rune == '<' || rune == '>' ||
	       rune == '&' || rune == 0x2028 || rune == 0x2029;
}

void ar_json_string(struct ar_buf *out, const char *text, size_t len)
{
	size_t from = 0;

	ar_buf_addc(out, '"');
	for (size_t at = 0; at < len;) {
		uint32_t rune = 0xfffd;
		size_t used = ar_utf8_len(text + at, len - at, &rune);
		size_t next = at + (used ? used : 1);
		if (used == 0 || needs_escape(rune)) {
			ar_buf_add(out, text + from, at - from);
			if (short_escape(rune))
				ar_buf_addf(out, "\\%c", short_escape(rune));
			else
				ar_buf_addf(out, "\\u%04x", (unsigned)rune);
			from = next;
		}
		at = next;
	}
	ar_buf_add(out, text + from, len - from);
	ar_buf_addc(out, '"');
}

/* --- scalars ------------------------------------------------------------------------------- */

static int write_binary(const struct writer *w, const char *text, size_t len)
{
	AR_FREE_AUTO uint8_t *bytes = malloc(len / 4 * 3 + 3);

	if (!bytes)
		return ar_err_oom(w->err);
	long count = ar_base64_decode(text, len, bytes, NULL);
	ar_json_string(w->out, (const char *)bytes, count > 0 ? (size_t)count : 0);
	return 0;
}

static int write_scalar(const struct writer *w, const struct ar_node *node)
{
	struct ar__value value = ar__scalar_value(w->tree, node);
	const char *problem = ar__scalar_problem(w->tree, node);
	char number[AR__NUMBER_TEXT];
	size_t len;
	const char *text = ar_node_text(w->tree, node, &len);

	if (problem)
		return ar_node_err(w->err, w->tree, node, "the value %s", problem);
	switch (value.worth) {
	case AR__NULL: ar_buf_adds(w->out, "null"); break;
	case AR__BOOL: ar_buf_adds(w->out, value.yes ? "true" : "false"); break;
	case AR__NUMBER:
		ar__number_write(&value.number, number);
		ar_buf_adds(w->out, number);
		break;
	case AR__BINARY: return write_binary(w, text, len);
	case AR__STRING:
	case AR__WRONG: ar_json_string(w->out, text, len); break;
	}
	return 0;
}

/* --- mappings ------------------------------------------------------------------------------ */

static int add_entry(const struct writer *w, struct entries *entries, const struct ar_node *key)
{
	const char *problem = ar__key_problem(w->tree, ar_node_resolve(w->tree, key));

	if (problem)
		return ar_node_err(w->err, w->tree, key, "the key %s", problem);
	if (entries->count == entries->cap) {
		size_t cap = entries->cap ? entries->cap * 2 : 8;
		struct entry *list = reallocarray(entries->list, cap, sizeof *list);
		if (!list)
			return ar_err_oom(w->err);
		entries->list = list;
		entries->cap = cap;
	}
	struct entry *entry = &entries->list[entries->count];
	ar__key_name(w->tree, key, &entry->name);
	entry->value = ar_node_next(w->tree, key);
	entry->order = entries->count++;
	return 0;
}

static int collect(const struct writer *w, const struct ar_node *map, struct entries *entries);

static int merge_one(const struct writer *w, const struct ar_node *value, struct entries *entries)
{
	const struct ar_node *map = ar_node_resolve(w->tree, value);

	if (map->kind != AR_MAPPING)
		return ar_node_err(w->err, w->tree, value,
				   "a merge of something that is no mapping");
	return collect(w, map, entries);
}

/* Of a list, earlier mappings win over later ones: so the last is taken first. */
static int merge_list(const struct writer *w, const struct ar_node *list, struct entries *entries)
{
	size_t count = ar_node_count(w->tree, list), at = count;
	AR_FREE_AUTO const struct ar_node **items = calloc(count + 1, sizeof *items);

	if (!items)
		return ar_err_oom(w->err);
	for (const struct ar_node *item = ar_node_first(w->tree, list); item;
	     item = ar_node_next(w->tree, item))
		items[--at] = item;
	for (size_t i = 0; i < count; i++)
		if (merge_one(w, items[i], entries) != 0)
			return -1;
	return 0;
}

/* The assignments of a mapping in the order in which go-yaml makes them: a merge key overrides what
 * stands before it. */
static int collect(const struct writer *w, const struct ar_node *map, struct entries *entries)
{
	for (const struct ar_node *key = ar_node_first(w->tree, map); key;
	     key = ar_node_next(w->tree, ar_node_next(w->tree, key))) {
		const struct ar_node *value = ar_node_next(w->tree, key);
		int result;
		if (!ar__key_is_merge(w->tree, key))
			result = add_entry(w, entries, key);
		else if (value->kind == AR_SEQUENCE)
			result = merge_list(w, value, entries);
		else
			result = merge_one(w, value, entries);
		if (result != 0)
			return -1;
	}
	return 0;
}

static int order_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = ar__key_order(&x->name, &y->name);

	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int write_entry(const struct writer *w, const struct entry *entry)
{
	const char *name = ar__key_text(&entry->name);

	ar_json_string(w->out, name, entry->name.len);
	ar_buf_addc(w->out, ':');
	if (!w->mask || !ar_text_is(name, entry->name.len, w->mask))
		return write_node(w, entry->value);
	ar_buf_adds(w->out, "\"\"");
	return 0;
}

static int write_mapping(const struct writer *w, const struct ar_node *map)
{
	__attribute__((cleanup(entries_done))) struct entries entries = { .list = NULL };
	bool first = true;

	if (collect(w, map, &entries) != 0)
		return -1;
	if (entries.count > 0)
		qsort(entries.list, entries.count, sizeof *entries.list, order_entries);
	ar_buf_addc(w->out, '{');
	for (size_t i = 0; i < entries.count; i++) {
		const struct entry *entry = &entries.list[i];
		if (i + 1 < entries.count && ar__key_order(&entry->name, &entry[1].name) == 0)
			continue;
		if (!first)
			ar_buf_addc(w->out, ',');
		first = false;
		if (write_entry(w, entry) != 0)
			return -1;
	}
	ar_buf_addc(w->out, '}');
	return 0;
}

/* --- nodes --------------------------------------------------------------------------------- */

static int write_sequence(const struct writer *w, const struct ar_node *list)
{
	const struct ar_node *first = ar_node_first(w->tree, list);

	ar_buf_addc(w->out, '[');
	for (const struct ar_node *item = first; item; item = ar_node_next(w->tree, item)) {
		if (item != first)
			ar_buf_addc(w->out, ',');
		if (write_node(w, item) != 0)
			return -1;
	}
	ar_buf_addc(w->out, ']');
	return 0;
}

/* Recursion is as deep as the tree with its aliases expanded, which the reader bounds. */
static int write_node(const struct writer *w, const struct ar_node *node)
{
	const struct ar_node *real = ar_node_resolve(w->tree, node);

	if (w->out->failed)
		return ar_buf_check(w->out, w->err);
	if (real->kind == AR_MAPPING)
		return write_mapping(w, real);
	return real->kind == AR_SEQUENCE ? write_sequence(w, real) : write_scalar(w, real);
}

int ar_json_write(const struct ar_tree *tree, const struct ar_node *node, const char *mask,
		  struct ar_buf *out, struct ar_err *err)
{
	const struct writer w = { .tree = tree, .mask = mask, .out = out, .err = err };

	if (!node)
		ar_buf_adds(out, "null");
	else if (write_node(&w, node) != 0)
		return -1;
	return ar_buf_check(out, err);
}
