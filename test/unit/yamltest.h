/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "yaml/json.h"
#include "yaml/tree.h"

/* What the tests of src/yaml share. */

static inline struct ar_text text_of(const char *s)
{
	return (struct ar_text){ .name = "t.yaml", .data = s, .len = strlen(s) };
}

/* The tree of a text that has to be accepted. */
static inline struct ar_tree *tree_of(const struct ar_text *text, unsigned flags)
{
	struct ar_err err = AR_ERR_INIT;
	struct ar_tree *tree = NULL;

	ck_assert_msg(ar_tree_parse(text, flags, &tree, &err) == 0, "refused: %s\n%s", err.msg,
		      text->data);
	return tree;
}

/* Refused at this place, in words that hold `message`. */
static inline void refused_bytes(const char *data, size_t len, unsigned flags, const char *place,
				 const char *message)
{
	const struct ar_text text = { .name = "t.yaml", .data = data, .len = len };
	struct ar_err err = AR_ERR_INIT;
	struct ar_tree *tree = NULL;
	char found[64];

	int result = ar_tree_parse(&text, flags, &tree, &err);
	ar_tree_free(tree);
	ck_assert_msg(result == -1, "accepted: %.80s", data);
	snprintf(found, sizeof found, "%zu:%zu", err.line, err.column);
	ck_assert_msg(strstr(err.msg, message) != NULL, "'%s' is not in: %s", message, err.msg);
	ck_assert_msg(strcmp(found, place) == 0, "at %s, not at %s: %s", found, place, err.msg);
	ck_assert_msg(err.hint[0] != '\0', "no remedy: %s", err.msg);
	ck_assert_str_eq(err.path, "t.yaml");
}

static inline void refused(const char *s, const char *place, const char *message)
{
	refused_bytes(s, strlen(s), 0, place, message);
}

/* The node at a path like `spec.containers.0.name`, aliases not resolved. */
static inline const struct ar_node *at(const struct ar_tree *tree, const char *path)
{
	const struct ar_node *node = ar_tree_root(tree, 0);
	char copy[128], *rest = copy, *word;

	snprintf(copy, sizeof copy, "%s", path);
	while (node && *path && (word = strsep(&rest, "."))) {
		if (node->kind == AR_MAPPING) {
			node = ar_map_key(tree, node, word);
			node = node ? ar_node_next(tree, node) : NULL;
			continue;
		}
		long index = strtol(word, NULL, 10);
		for (node = ar_node_first(tree, node); node && index > 0; index--)
			node = ar_node_next(tree, node);
	}
	ck_assert_msg(node != NULL, "nothing at %s", path);
	return node;
}

/* A node's bytes are exactly these. */
static inline void spans(const struct ar_tree *tree, const struct ar_node *node, const char *bytes)
{
	const struct ar_text *text = ar_tree_text(tree);

	ck_assert_msg(node->end - node->start == strlen(bytes) &&
			      memcmp(text->data + node->start, bytes, strlen(bytes)) == 0,
		      "it spans '%.*s', not '%s'", (int)(node->end - node->start),
		      text->data + node->start, bytes);
}

static inline void json_is(const char *yaml, const char *json)
{
	const struct ar_text text = text_of(yaml);
	struct ar_err err = AR_ERR_INIT;
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, AR_TREE_FIRST);
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ck_assert_int_eq(ar_json_write(tree, ar_tree_root(tree, 0), NULL, &out, &err), 0);
	ck_assert_str_eq(ar_buf_text(&out), json);
}
