/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/number.h"
#include "yaml/scalar.h"

/* Inside of src/yaml: what a scalar or a key is worth. */

enum ar__worth {
	AR__NULL,
	AR__BOOL,
	AR__NUMBER,
	AR__STRING,
	AR__BINARY, /* base64 of the string it is worth */
	AR__WRONG,  /* not what its tag says */
};

struct ar__value {
	enum ar__worth worth;
	bool yes;
	struct ar__number number;
};

/* What a scalar is worth, by its tag, style and text. */
struct ar__value ar__scalar_value(const struct ar_tree *tree, const struct ar_node *scalar);

/* A key as the name it has in JSON: `1.0`, `1` and `"1"` are one name. */
struct ar__key {
	const char *text; /* NULL: in `made` */
	size_t len;
	char made[32];
};

/* `key`: a scalar, or an alias to one. */
void ar__key_name(const struct ar_tree *tree, const struct ar_node *key, struct ar__key *ret);
const char *ar__key_text(const struct ar__key *key);
int ar__key_order(const struct ar__key *a, const struct ar__key *b);
/* A merge key `<<`: what stands there is merged into the mapping. */
bool ar__key_is_merge(const struct ar_tree *tree, const struct ar_node *key);

/* Why upstream's reader cannot make JSON of it, in words that follow the name of the node; NULL
 * when it can. */
const char *ar__scalar_problem(const struct ar_tree *tree, const struct ar_node *scalar);
const char *ar__key_problem(const struct ar_tree *tree, const struct ar_node *key);

/* Is it a date, or a date and time, as go-yaml takes them? */
bool ar__is_timestamp(const char *text, size_t len);
