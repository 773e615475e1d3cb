/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "yaml/edit_impl.h"
#include "yaml/scalar.h"

#define MAX_ENTRIES 8

static void add_piece(struct ar_buf *out, struct ar__piece p)
{
	ar_buf_add(out, p.data, p.len);
}

/* --- scalars -------------------------------------------------------------------------------- */

static void write_double(const char *text, size_t len, struct ar_buf *out)
{
	ar_buf_addc(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			ar_buf_addf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			ar_buf_addf(out, "\\u%04x", (unsigned)c);
		else
			ar_buf_addc(out, (char)c);
	}
	ar_buf_addc(out, '"');
}

static void write_single(const char *text, size_t len, struct ar_buf *out)
{
	ar_buf_addc(out, '\'');
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'')
			ar_buf_addc(out, '\'');
		ar_buf_addc(out, text[i]);
	}
	ar_buf_addc(out, '\'');
}

static bool all_printable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	return true;
}

/* Would it be read as another type, though its characters are harmless? kubeadm's writer puts these
 * in double quotes, and the ones with awkward characters in single ones. */
static bool is_misread_word(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("._+-~:", text[i]))
			return false;
	return true;
}

void ar__write_scalar(const struct ar_tree *tree, const struct ar_new *what, char quote, bool flow,
		      struct ar_buf *out)
{
	size_t len = strlen(what->text);

	if (what->kind == AR_NEW_BOOL) {
		ar_buf_adds(out, what->text);
		return;
	}
	if (!quote && !ar_scalar_plain_is_safe(what->text, len, flow))
		quote = is_misread_word(what->text, len) ? '"' : '\'';
	if (ar_tree_is_json(tree) || (quote && !all_printable(what->text, len)))
		quote = '"';
	if (quote == '"')
		write_double(what->text, len, out);
	else if (quote)
		write_single(what->text, len, out);
	else
		ar_buf_add(out, what->text, len);
}

static void write_key(const struct ar__look *look, const char *key, struct ar_buf *out)
{
	const struct ar_new word = { .kind = AR_NEW_STRING, .text = key };

	ar__write_scalar(look->tree, &word, ar__quote_of_key(look), look->flow, out);
}

/* --- the order of keys ---------------------------------------------------------------------- */

/* Which entry comes behind `last` (NULL: first) among those that the sibling has, in its order. */
static size_t order_by_sibling(const struct ar__look *look, const struct ar_new *what,
			       size_t *ret_order)
{
	size_t count = 0;

	if (!look->like || look->like->kind != AR_MAPPING)
		return 0;
	const struct ar_node *key = ar_node_first(look->tree, look->like);
	for (; key; key = ar_node_next(look->tree, ar_node_next(look->tree, key)))
		for (size_t i = 0; i < what->count; i++)
			if (what->list[i].key && ar_node_is(look->tree, key, what->list[i].key))
				ret_order[count++] = i;
	return count;
}

static size_t find(const size_t *order, size_t count, size_t wanted)
{
	size_t at = 0;

	while (at < count && order[at] != wanted)
		at++;
	return at;
}

static bool is_rising(const size_t *order, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (order[i - 1] > order[i])
			return false;
	return true;
}

/* Does the sibling begin with a key that the new one has too? Then that is the habit, and nothing
 * goes before it. */
static bool begins_with_ours(const struct ar__look *look, const struct ar_new *what)
{
	const struct ar_node *first = look->like && look->like->kind == AR_MAPPING
					      ? ar_node_first(look->tree, look->like)
					      : NULL;

	for (size_t i = 0; first && i < what->count; i++)
		if (what->list[i].key && ar_node_is(look->tree, first, what->list[i].key))
			return true;
	return false;
}

/* The entries in the order of the sibling's. One that it lacks stands behind the one it follows by
 * default where the sibling keeps the default order, else last. */
static void order_entries(const struct ar__look *look, const struct ar_new *what, size_t *ret_order)
{
	assert(what->count <= MAX_ENTRIES);
	size_t count = order_by_sibling(look, what, ret_order);
	bool rising = is_rising(ret_order, count);

	for (size_t i = 0; i < what->count; i++) {
		if (find(ret_order, count, i) < count)
			continue;
		size_t at = !rising  ? count
			    : i == 0 ? begins_with_ours(look, what)
				     : find(ret_order, count, i - 1) + 1;
		memmove(ret_order + at + 1, ret_order + at, (count - at) * sizeof *ret_order);
		ret_order[at] = i;
		count++;
	}
}

/* The look of what stands below `key`. */
static struct ar__look below(const struct ar__look *look, const char *key)
{
	struct ar__look inner = *look;
	const struct ar_node *same = look->like && look->like->kind == AR_MAPPING
					     ? ar_map_key(look->tree, look->like, key)
					     : NULL;

	inner.like = same ? ar_node_next(look->tree, same) : NULL;
	if (inner.like && inner.like->kind == AR_ALIAS)
		inner.like = NULL;
	return inner;
}

/* --- flow ----------------------------------------------------------------------------------- */

static void write_flow(const struct ar__look *look, const struct ar_new *what, size_t levels,
		       char quote, struct ar_buf *out);

/* A new line within a flow collection: as deep as the same line of the sibling (at `like_at`), else
 * by levels. */
static void flow_line(const struct ar__look *look, size_t like_at, size_t levels,
		      struct ar_buf *out)
{
	ar_buf_adds(out, look->newline);
	if (like_at) {
		add_piece(out, ar__line_indent(look->tree, like_at));
		return;
	}
	add_piece(out, look->indent);
	for (size_t i = 0; i < levels; i++)
		add_piece(out, ar__look_step(look->tree, look->near));
}

static void write_flow_entry(const struct ar__look *look, const struct ar_new *entry, size_t levels,
			     struct ar_buf *out)
{
	struct ar__piece colon = ar__look_colon(look->tree, look->like);
	struct ar__look inner = below(look, entry->key);

	write_key(look, entry->key, out);
	add_piece(out, colon);
	if (!ar_tree_is_json(look->tree) && colon.data[colon.len - 1] == ':')
		ar_buf_addc(out, ' ');
	write_flow(&inner, entry, levels, ar__quote_of_value(look, entry->key), out);
}

static void write_flow_part(const struct ar__look *look, const struct ar_new *what, size_t index,
			    size_t levels, struct ar_buf *out)
{
	if (what->kind == AR_NEW_MAPPING)
		write_flow_entry(look, &what->list[index], levels, out);
	else
		write_flow(look, &what->list[index], levels, 0, out);
}

static bool like_fits(const struct ar__look *look, const struct ar_new *what)
{
	enum ar_kind kind = what->kind == AR_NEW_MAPPING ? AR_MAPPING : AR_SEQUENCE;

	return look->like && look->like->kind == kind && look->like->style == AR_FLOW &&
	       ar_node_first(look->tree, look->like);
}

static void write_flow_many(const struct ar__look *look, const struct ar_new *what, size_t levels,
			    struct ar_buf *out)
{
	size_t order[MAX_ENTRIES];
	const struct ar_node *like = like_fits(look, what) ? look->like : NULL;

	order_entries(look, what, order);
	for (size_t i = 0; i < what->count; i++) {
		ar_buf_adds(out, i ? "," : "");
		flow_line(look, like ? ar_node_first(look->tree, like)->start : 0, levels + 1, out);
		write_flow_part(look, what, order[i], levels + 1, out);
	}
	if (!like || ar__first_on_line(look->tree, like->end - 1))
		flow_line(look, like ? like->end - 1 : 0, levels, out);
}

static void write_flow_one(const struct ar__look *look, const struct ar_new *what, size_t levels,
			   struct ar_buf *out)
{
	size_t order[MAX_ENTRIES];
	struct ar__piece padding = ar__look_padding(look->tree, look->like);

	order_entries(look, what, order);
	add_piece(out, padding);
	for (size_t i = 0; i < what->count; i++) {
		if (i)
			add_piece(out, ar__look_comma(look->tree, look->like));
		write_flow_part(look, what, order[i], levels, out);
	}
	add_piece(out, padding);
}

static void write_flow(const struct ar__look *look, const struct ar_new *what, size_t levels,
		       char quote, struct ar_buf *out)
{
	bool mapping = what->kind == AR_NEW_MAPPING;

	if (!mapping && what->kind != AR_NEW_LIST) {
		ar__write_scalar(look->tree, what, quote, true, out);
		return;
	}
	bool many = like_fits(look, what) ? ar__is_many(look->tree, look->like) : look->many;
	ar_buf_addc(out, mapping ? '{' : '[');
	if (what->count > 0)
		(many ? write_flow_many : write_flow_one)(look, what, levels, out);
	ar_buf_addc(out, mapping ? '}' : ']');
}

/* --- block ---------------------------------------------------------------------------------- */

static void write_block_value(const struct ar__look *look, const struct ar_new *what, char quote,
			      struct ar_buf *out);

static void block_line(const struct ar__look *look, struct ar_buf *out)
{
	ar_buf_adds(out, look->newline);
	ar_buf_fill(out, ' ', look->column);
}

static void write_block_entry(const struct ar__look *look, const struct ar_new *entry,
			      struct ar_buf *out)
{
	struct ar__look inner = below(look, entry->key);

	write_key(look, entry->key, out);
	ar_buf_addc(out, ':');
	if (inner.like && inner.like->style != AR_FLOW && inner.like->style != AR_BLOCK)
		inner.like = NULL;
	if (entry->kind == AR_NEW_MAPPING)
		inner.column += ar__look_nested(look->tree, look->like ? look->like : look->near);
	else if (entry->kind == AR_NEW_LIST)
		inner.column += ar__look_dash(look->tree, look->near);
	write_block_value(&inner, entry, ar__quote_of_value(look, entry->key), out);
	if (entry->comment && entry->kind == AR_NEW_STRING)
		ar_buf_adds(out, entry->comment);
}

static void write_block_mapping(const struct ar__look *look, const struct ar_new *what,
				struct ar_buf *out)
{
	size_t order[MAX_ENTRIES];

	order_entries(look, what, order);
	for (size_t i = 0; i < what->count; i++) {
		if (i)
			block_line(look, out);
		write_block_entry(look, &what->list[order[i]], out);
	}
}

static void write_block_item(const struct ar__look *look, const struct ar_new *what, char quote,
			     struct ar_buf *out)
{
	size_t gap = ar__look_gap(look->tree, look->like ? look->like : look->near);
	struct ar__look inner = *look;

	inner.column += gap;
	ar_buf_addc(out, '-');
	ar_buf_fill(out, ' ', gap - 1);
	if (look->like && look->like->style == AR_FLOW)
		write_flow(&inner, what, 0, quote, out);
	else if (what->kind == AR_NEW_MAPPING)
		write_block_mapping(&inner, what, out);
	else
		ar__write_scalar(look->tree, what, quote, false, out);
}

/* Behind the colon of its key; look->column is already that of its first line. */
static void write_block_value(const struct ar__look *look, const struct ar_new *what, char quote,
			      struct ar_buf *out)
{
	bool deep = what->kind == AR_NEW_MAPPING || what->kind == AR_NEW_LIST;

	/* What is empty has no lines of its own. */
	if (!deep || what->count == 0 ||
	    (look->like && look->like->style == AR_FLOW && ar_node_first(look->tree, look->like))) {
		ar_buf_addc(out, ' ');
		if (deep)
			write_flow(look, what, 0, quote, out);
		else
			ar__write_scalar(look->tree, what, quote, false, out);
		return;
	}
	for (size_t i = 0; what->kind == AR_NEW_LIST && i < what->count; i++) {
		block_line(look, out);
		write_block_item(look, &what->list[i], quote, out);
	}
	if (what->kind == AR_NEW_MAPPING) {
		block_line(look, out);
		write_block_mapping(look, what, out);
	}
}

void ar__write_element(const struct ar__look *look, const struct ar_new *what, char quote,
		       struct ar_buf *out)
{
	if (look->flow && what->key)
		write_flow_entry(look, what, 0, out);
	else if (look->flow)
		write_flow(look, what, 0, quote, out);
	else if (what->key)
		write_block_entry(look, what, out);
	else
		write_block_item(look, what, quote, out);
}
