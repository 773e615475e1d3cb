/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "yaml/tree_impl.h"
#include "yaml/tree_problem.h"

/* Marks count characters. They move forward, but for a step back now and then, so a cursor is never
 * far away. */
static uint32_t byte_of(struct ar__builder *b, size_t index)
{
	const struct ar_text *text = &b->tree->text;

	if (b->bytes.ascii)
		return (uint32_t)(b->bytes.body + index < text->len ? b->bytes.body + index
								    : text->len);
	while (b->cursor_char < index && b->cursor_byte < text->len) {
		b->cursor_char++;
		do {
			b->cursor_byte++;
		} while (b->cursor_byte < text->len &&
			 ((unsigned char)text->data[b->cursor_byte] & 0xc0) == 0x80);
	}
	while (b->cursor_char > index) {
		b->cursor_char--;
		do {
			b->cursor_byte--;
		} while (((unsigned char)text->data[b->cursor_byte] & 0xc0) == 0x80);
	}
	return (uint32_t)b->cursor_byte;
}

/* Behind the properties (&anchor, !tag) at `at`: where the value itself begins. *ret_bang: the tag
 * `!`, which libyaml does not report, is among them. */
static uint32_t skip_properties(const struct ar_text *text, uint32_t at, uint32_t end,
				bool *ret_bang)
{
	size_t here = at;

	*ret_bang = false;
	while (here < end && (text->data[here] == '&' || text->data[here] == '!')) {
		size_t from = here;
		while (here < end && !strchr(" \t\r\n", text->data[here]))
			here++;
		*ret_bang = *ret_bang || (here == from + 1 && text->data[from] == '!');
		here = ar__skip_layout(text, here, end);
	}
	return (uint32_t)here;
}

static uint32_t add_tag(struct ar_tree *tree, const char *tag)
{
	uint32_t at = (uint32_t)tree->pool.len;

	ar_buf_add(&tree->pool, tag, strlen(tag) + 1);
	return at + 1;
}

/* An empty value: libyaml often puts it where the next token begins; here it stands behind the
 * colon, or behind the key where there is no colon. */
static uint32_t place_empty(const struct ar__builder *b, uint32_t at)
{
	const struct ar_text *text = &b->tree->text;
	const struct ar__frame *frame = b->depth ? &b->frames[b->depth - 1] : NULL;

	if (!frame || !frame->wants_value)
		return at;
	uint32_t key_end = b->tree->nodes[frame->last].end;
	size_t colon = ar__skip_layout(text, key_end, at);
	return colon < at && text->data[colon] == ':' ? (uint32_t)colon + 1 : key_end;
}

/* libyaml lets an unquoted value in brackets hold a question mark; the kubelet's reader takes it
 * for a key's. */
static int check_question(const struct ar_text *text, const struct ar_node *node,
			  struct ar_err *err)
{
	const char *found = memchr(text->data + node->value, '?', node->end - node->value);

	if (!found)
		return 0;
	return ar__refuse(err, text, (size_t)(found - text->data),
			  "a '?' in an unquoted value in brackets", "put the value in quotes");
}

/* libyaml knows JSON's escape \/, the kubelet's reader does not. */
static int check_escapes(const struct ar_text *text, const struct ar_node *node, struct ar_err *err)
{
	for (size_t at = node->value; at + 1 < node->end; at++) {
		if (text->data[at] != '\\')
			continue;
		if (text->data[at + 1] == '/')
			return ar__refuse(err, text, at,
					  "the escape '\\/', which YAML 1.1 does not have",
					  "write the slash without the backslash");
		at++;
	}
	return 0;
}

static int check_scalar(const struct ar__builder *b, const struct ar_node *node, bool tagged,
			struct ar_err *err)
{
	const struct ar_text *text = &b->tree->text;

	/* libyaml ends a tag at a comma, the kubelet's reader takes the comma in. */
	if (tagged && b->flow_depth > 0 && node->value == node->end && node->end < text->len &&
	    text->data[node->end] == ',')
		return ar__refuse(err, text, node->end, "a comma directly behind a tag",
				  "put a value between them");
	if (node->style == AR_PLAIN && b->flow_depth > 0)
		return check_question(text, node, err);
	if (node->style == AR_DOUBLE_QUOTED && node->pooled)
		return check_escapes(text, node, err);
	return 0;
}

/* Adds a node that may have an anchor. Returns 0 or -1. */
static int add_named(struct ar__builder *b, struct ar_node *node, const yaml_char_t *anchor,
		     struct ar_err *err)
{
	bool open = node->kind == AR_MAPPING || node->kind == AR_SEQUENCE;

	if (anchor) {
		if (ar__anchor_add(b, node, (const char *)anchor, err) != 0)
			return -1;
		node->anchor = b->tree->anchor_count;
	}
	if (open)
		return ar__build_open(b, node, err);
	return ar__build_add(b, node, err) ? 0 : -1;
}

static const uint8_t styles[] = {
	[YAML_PLAIN_SCALAR_STYLE] = AR_PLAIN,
	[YAML_SINGLE_QUOTED_SCALAR_STYLE] = AR_SINGLE_QUOTED,
	[YAML_DOUBLE_QUOTED_SCALAR_STYLE] = AR_DOUBLE_QUOTED,
	[YAML_LITERAL_SCALAR_STYLE] = AR_LITERAL,
	[YAML_FOLDED_SCALAR_STYLE] = AR_FOLDED,
};

static int on_scalar(struct ar__builder *b, const yaml_event_t *event, struct ar_err *err)
{
	const struct ar_text *text = &b->tree->text;
	const char *tag = (const char *)event->data.scalar.tag;
	bool bang;
	struct ar_node node = {
		.kind = AR_SCALAR,
		.style = styles[event->data.scalar.style],
		.start = byte_of(b, event->start_mark.index),
		.end = byte_of(b, event->end_mark.index),
	};

	if (node.start == node.end)
		node.start = node.end = place_empty(b, node.start);
	node.value = skip_properties(text, node.start, node.end, &bang);
	bool quoted = node.style == AR_SINGLE_QUOTED || node.style == AR_DOUBLE_QUOTED;
	ar__build_text(b, &node, node.value + quoted, (const char *)event->data.scalar.value,
		       event->data.scalar.length);
	if (!tag && bang)
		tag = "!";
	if (check_scalar(b, &node, tag != NULL, err) != 0)
		return -1;
	if (tag)
		node.tag = add_tag(b->tree, tag);
	return add_named(b, &node, event->data.scalar.anchor, err);
}

static int on_alias(struct ar__builder *b, const yaml_event_t *event, struct ar_err *err)
{
	struct ar_node node = {
		.kind = AR_ALIAS,
		.start = byte_of(b, event->start_mark.index),
		.end = byte_of(b, event->end_mark.index),
	};

	node.value = node.start;
	if (ar__alias_resolve(b, &node, err) != 0)
		return -1;
	return ar__build_add(b, &node, err) ? 0 : -1;
}

/* Where the value of a collection begins: its bracket, its first dash, its first key. */
static uint32_t collection_value(const struct ar__builder *b, const struct ar_node *node)
{
	const char *data = b->tree->text.data;
	uint32_t end = node->end;

	if (node->style == AR_FLOW)
		return end > node->start && strchr("[{", data[end - 1]) ? end - 1 : node->start;
	if (node->kind == AR_SEQUENCE)
		return end < b->tree->text.len && data[end] == '-' ? end : end - 1;
	return end;
}

static int on_open(struct ar__builder *b, const yaml_event_t *event, struct ar_err *err)
{
	bool map = event->type == YAML_MAPPING_START_EVENT;
	bool flow = map ? event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
			: event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
	const yaml_char_t *tag = map ? event->data.mapping_start.tag
				     : event->data.sequence_start.tag;
	struct ar_node node = {
		.kind = map ? AR_MAPPING : AR_SEQUENCE,
		.style = flow ? AR_FLOW : AR_BLOCK,
		.start = byte_of(b, event->start_mark.index),
		.end = byte_of(b, event->end_mark.index),
	};

	node.value = collection_value(b, &node);
	if (tag)
		node.tag = add_tag(b->tree, (const char *)tag);
	return add_named(b, &node,
			 map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor,
			 err);
}

static void on_close(struct ar__builder *b, const yaml_event_t *event)
{
	const struct ar_node *node = &b->tree->nodes[b->frames[b->depth - 1].node];
	bool bracket = node->style == AR_FLOW && strchr("[{", b->tree->text.data[node->value]);

	ar__build_close(b, bracket ? byte_of(b, event->end_mark.index) : 0);
}

/* Behind the end of a document: blanks, comments, and end markers without meaning. */
static size_t skip_to_content(const struct ar_text *text, size_t at)
{
	for (at = ar__skip_layout(text, at, text->len);
	     at < text->len && ar__is_marker(text, at, "...");)
		at = ar__skip_layout(text, at + 3, text->len);
	return at;
}

static int refuse_rest(const struct ar_text *text, size_t at, struct ar_err *err)
{
	if (ar__directive_check(text, at, err) != 0)
		return -1;
	if (!ar__is_marker(text, at, "---"))
		return ar__refuse(err, text, at, "text behind the end of the document",
				  "remove it");
	if (skip_to_content(text, at + 3) == text->len)
		return ar__refuse(err, text, at,
				  "a '---' with nothing behind it begins a second, empty document",
				  "remove this line");
	return ar__refuse(err, text, at,
			  "a second document begins here; the kubelet reads only the first",
			  "keep one document per file");
}

/* Decides at the end of a document whether libyaml may look further. Sets *ret_stop. */
static int on_document_end(struct ar__builder *b, const yaml_event_t *event, unsigned flags,
			   bool *ret_stop, struct ar_err *err)
{
	const struct ar_text *text = &b->tree->text;
	size_t at = skip_to_content(text, byte_of(b, event->end_mark.index));

	b->tree->more = at < text->len;
	b->first_anchor = b->tree->anchor_count;
	b->expanded = 0;
	*ret_stop = at == text->len;
	if (*ret_stop)
		return 0;
	if (flags & AR_TREE_MANY)
		return ar__directive_check(text, at, err);
	/* The API server's reader looks at the beginning of what follows, so that may break the
	 * first document too. */
	*ret_stop = (flags & AR_TREE_FIRST) &&
		    (!event->data.document_end.implicit || ar__is_marker(text, at, "---"));
	return *ret_stop ? 0 : refuse_rest(text, at, err);
}

static int on_event(struct ar__builder *b, const yaml_event_t *event, unsigned flags,
		    bool *ret_stop, struct ar_err *err)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT: return on_scalar(b, event, err);
	case YAML_ALIAS_EVENT: return on_alias(b, event, err);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT: return on_open(b, event, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: on_close(b, event); return 0;
	case YAML_DOCUMENT_END_EVENT: return on_document_end(b, event, flags, ret_stop, err);
	case YAML_STREAM_END_EVENT: *ret_stop = true; return 0;
	default: return 0;
	}
}

static int fail(struct ar__builder *b, const yaml_parser_t *parser, struct ar_err *err)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return ar_err_oom(err);
	struct ar__problem problem = {
		.theirs = parser->problem ? parser->problem : "",
		.at = byte_of(b, parser->problem_mark.index),
		.opened = byte_of(b, parser->context_mark.index),
	};
	return ar__problem_report(&b->tree->text, &problem, err);
}

static int read_events(struct ar__builder *b, yaml_parser_t *parser, unsigned flags,
		       struct ar_err *err)
{
	for (bool stop = false; !stop;) {
		yaml_event_t event;
		if (!yaml_parser_parse(parser, &event))
			return fail(b, parser, err);
		int result = on_event(b, &event, flags, &stop, err);
		yaml_event_delete(&event);
		if (result != 0)
			return -1;
	}
	return 0;
}

int ar__yaml_read(struct ar__builder *b, unsigned flags, struct ar_err *err)
{
	const struct ar_text *text = &b->tree->text;
	yaml_parser_t parser;

	if (ar__directive_check(text, b->bytes.body, err) != 0)
		return -1;
	if (!yaml_parser_initialize(&parser))
		return ar_err_oom(err);
	b->cursor_byte = b->bytes.body;
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text->data + b->bytes.body,
				     text->len - b->bytes.body);
	int result = read_events(b, &parser, flags, err);
	yaml_parser_delete(&parser);
	return result;
}
