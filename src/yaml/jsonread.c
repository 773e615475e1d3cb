/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "yaml/number.h"
#include "yaml/tree_impl.h"

/*
 * JSON by its own grammar, for what the kubelet takes as JSON: no comments, no trailing commas, no
 * single quotes. Iterative; nesting is bounded by the builder.
 */

struct reader {
	struct ar__builder *b;
	const struct ar_text *text;
	uint32_t at;
	struct ar_err *err;
};

static int refuse(const struct reader *r, uint32_t at, const char *message)
{
	return ar__refuse(r->err, r->text, at, message,
			  "a file that begins with '{' is read as JSON, not as YAML: no comments, "
			  "no trailing "
			  "commas, names and text in double quotes");
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->text->len && strchr(" \t\r\n", r->text->data[r->at]))
		r->at++;
}

/* The next byte, NUL at the end (a text holds none). */
static char peek(const struct reader *r)
{
	return r->at < r->text->len ? r->text->data[r->at] : '\0';
}

/* --- strings ------------------------------------------------------------------------------- */

static void add_rune(struct ar_buf *out, uint32_t rune)
{
	if (rune < 0x80) {
		ar_buf_addc(out, (char)rune);
		return;
	}
	int more = rune < 0x800 ? 1 : rune < 0x10000 ? 2 : 3;
	static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	ar_buf_addc(out, (char)(lead[more] | rune >> (6 * more)));
	while (more-- > 0)
		ar_buf_addc(out, (char)(0x80 | (rune >> (6 * more) & 0x3f)));
}

/* Four hexadecimal digits at `at`, or -1. */
static long hex4(const struct reader *r, size_t at)
{
	long value = 0;

	if (at + 4 > r->text->len)
		return -1;
	for (size_t i = 0; i < 4; i++) {
		char c = r->text->data[at + i];
		const char *digits = "0123456789abcdef0123456789ABCDEF",
			   *found = c ? strchr(digits, c) : NULL;
		if (!found)
			return -1;
		value = value * 16 + (found - digits) % 16;
	}
	return value;
}

/* An escape \uXXXX, or a pair of them, the first backslash at r->at. */
static int read_unicode(struct reader *r, struct ar_buf *out)
{
	long rune = hex4(r, r->at + 2);

	if (rune < 0)
		return refuse(r, r->at, "an escape '\\u' without four hexadecimal digits");
	if (rune >= 0xd800 && rune < 0xe000) {
		long low = rune < 0xdc00 && r->at + 8 <= r->text->len &&
					   memcmp(r->text->data + r->at + 6, "\\u", 2) == 0
				   ? hex4(r, r->at + 8)
				   : -1;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(r, r->at, "half of a surrogate pair, which is no character");
		rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
		r->at += 6;
	}
	add_rune(out, (uint32_t)rune);
	r->at += 6;
	return 0;
}

static int read_escape(struct reader *r, struct ar_buf *out)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	char c = r->at + 1 < r->text->len ? r->text->data[r->at + 1] : '\0';
	const char *found = c ? strchr(names, c) : NULL;

	if (c == 'u')
		return read_unicode(r, out);
	if (!found)
		return refuse(r, r->at, "an escape that JSON does not know");
	ar_buf_addc(out, values[found - names]);
	r->at += 2;
	return 0;
}

/* Reads up to the closing quote; what holds escapes is decoded into the pool. */
static int read_string(struct reader *r, struct ar_node *node)
{
	struct ar_buf *pool = &r->b->tree->pool;
	uint32_t from = r->at + 1, decoded = (uint32_t)pool->len;

	for (r->at++;; from = r->at) {
		while (r->at < r->text->len && !strchr("\"\\\n\r\t", r->text->data[r->at]))
			r->at++;
		if (peek(r) == '\0')
			return refuse(r, node->start, "a string whose closing quote is missing");
		if (peek(r) != '"' && peek(r) != '\\')
			return refuse(r, r->at, "a line break or tab inside a string");
		if (peek(r) == '"' && !node->pooled)
			break;
		node->pooled = true;
		ar_buf_add(pool, r->text->data + from, r->at - from);
		if (peek(r) == '"')
			break;
		if (read_escape(r, pool) != 0)
			return -1;
	}
	node->text = node->pooled ? decoded : from;
	node->text_len = node->pooled ? (uint32_t)(pool->len - decoded) : r->at - from;
	node->end = ++r->at;
	return 0;
}

static int add_string(struct reader *r)
{
	struct ar_node node = {
		.kind = AR_SCALAR, .style = AR_DOUBLE_QUOTED, .start = r->at, .value = r->at
	};

	if (read_string(r, &node) != 0)
		return -1;
	return ar__build_add(r->b, &node, r->err) ? 0 : -1;
}

/* --- values -------------------------------------------------------------------------------- */

static int add_literal(struct reader *r)
{
	struct ar_node node = {
		.kind = AR_SCALAR, .style = AR_PLAIN, .start = r->at, .value = r->at, .text = r->at
	};
	struct ar__number number;

	while (r->at < r->text->len && !strchr(" \t\r\n,:{}[]\"", r->text->data[r->at]))
		r->at++;
	node.end = r->at;
	node.text_len = node.end - node.start;
	const char *text = r->text->data + node.start;
	if (!ar_text_is(text, node.text_len, "null") && !ar_text_is(text, node.text_len, "true") &&
	    !ar_text_is(text, node.text_len, "false") &&
	    !ar__number_read_json(text, node.text_len, &number))
		return refuse(r, node.start,
			      node.text_len ? "text that is no JSON value"
					    : "no value where one is expected");
	return ar__build_add(r->b, &node, r->err) ? 0 : -1;
}

static int open_collection(struct reader *r)
{
	struct ar_node node = { .kind = peek(r) == '{' ? AR_MAPPING : AR_SEQUENCE,
				.style = AR_FLOW,
				.start = r->at,
				.value = r->at };

	r->at++;
	return ar__build_open(r->b, &node, r->err);
}

static int add_value(struct reader *r)
{
	if (peek(r) == '{' || peek(r) == '[')
		return open_collection(r);
	return peek(r) == '"' ? add_string(r) : add_literal(r);
}

/* --- the grammar between values ------------------------------------------------------------ */

static const struct ar_node *innermost(const struct reader *r)
{
	return &r->b->tree->nodes[r->b->frames[r->b->depth - 1].node];
}

static int read_key(struct reader *r)
{
	if (peek(r) != '"')
		return refuse(r, r->at, "a name in double quotes is expected here");
	if (add_string(r) != 0)
		return -1;
	skip_blanks(r);
	if (peek(r) != ':')
		return refuse(r, r->at, "a ':' is expected here");
	r->at++;
	return 0;
}

/* One member of the open collection, or its end. */
static int read_member(struct reader *r)
{
	const struct ar_node *open = innermost(r);
	bool is_map = open->kind == AR_MAPPING;
	bool empty = r->b->frames[r->b->depth - 1].last == 0;

	skip_blanks(r);
	if (peek(r) == (is_map ? '}' : ']')) {
		ar__build_close(r->b, ++r->at);
		return 0;
	}
	if (!empty && peek(r) != ',')
		return refuse(r, r->at,
			      is_map ? "a ',' or '}' is expected here"
				     : "a ',' or ']' is expected here");
	if (!empty) {
		r->at++;
		skip_blanks(r);
	}
	if (is_map && read_key(r) != 0)
		return -1;
	skip_blanks(r);
	return add_value(r);
}

int ar__json_read(struct ar__builder *b, struct ar_err *err)
{
	struct reader r = {
		.b = b, .text = &b->tree->text, .at = (uint32_t)b->bytes.body, .err = err
	};

	skip_blanks(&r);
	if (add_value(&r) != 0)
		return -1;
	while (b->depth > 0)
		if (read_member(&r) != 0)
			return -1;
	skip_blanks(&r);
	if (r.at < r.text->len)
		return refuse(&r, r.at, "text behind the end of the JSON object");
	return 0;
}
