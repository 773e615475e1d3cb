/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "yaml/tree.h"

/*
 * How the typed models of this folder are filled: the tree judges (what is there, of which type, at
 * which place), this writes the fields that were asked for as JSON, and libcyaml fills the
 * structs from that. libcyaml alone would stop at the first error with a wrong line, and
 * would take `name: 1` for a string.
 *
 * Internal to src/kube.
 */

enum ar_field_type { AR_FIELD_STRING, AR_FIELD_BOOL };

struct ar_field {
	const char *key; /* in the document */
	const char *as;  /* in the model */
	enum ar_field_type type;
	bool required;
};

/* The value of `key` as it stands (an alias stays one), NULL when there is none. */
const struct ar_node *ar__value(const struct ar_tree *tree, const struct ar_node *map,
				const char *key);
/* `value` is a mapping (of the kind `what` says), has no merge keys, and is no alias. Says what is
 * there instead. */
int ar__is_mapping(const struct ar_tree *tree, const struct ar_node *value, struct ar_err *err);
/* `value` is a list, and is no alias. */
int ar__is_list(const struct ar_tree *tree, const struct ar_node *value, struct ar_err *err);
/* `value` is a string without NUL, not null. Aliases are followed. */
int ar__is_string(const struct ar_tree *tree, const struct ar_node *value, struct ar_err *err);
/* Nothing may be edited below `node`: it is an alias, or its anchor is used elsewhere (an edit
 * would show there too). */
int ar__not_shared(const struct ar_tree *tree, const struct ar_node *node, struct ar_err *err);
/* A marker of a template ("{{", "{%", "<%") in a string, NULL where there is none. */
const char *ar__template(const char *text);
/* "a mapping", "a list", "null", "a boolean", "a number", "a string" */
const char *ar__kind_name(const struct ar_tree *tree, const struct ar_node *node);

/* Appends `"as":value` for every field that `map` has (null counts as absent). */
int ar__typed_fields(const struct ar_tree *tree, const struct ar_node *map,
		     const struct ar_field *fields, size_t count, struct ar_buf *json,
		     struct ar_err *err);
/* Appends a comma where one is due, then `"as":` and, for the second, the string. */
void ar__typed_key(struct ar_buf *json, const char *as);
void ar__typed_string(struct ar_buf *json, const char *as, const char *text, size_t len);
/* Appends a comma where one is due, then the string: an item of a list. */
void ar__typed_item(struct ar_buf *json, const char *text, size_t len);
/* Appends a comma where one is due, then the opening bracket. */
void ar__typed_open(struct ar_buf *json, char bracket);
