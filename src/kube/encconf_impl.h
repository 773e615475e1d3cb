/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "kube/encconf.h"

/* Internal to src/kube/encconf_*.c. */

/* Called for every field of a mapping in the order in which the API server's reader sets them,
 * merge keys expanded; `key` and `value` with aliases resolved. Returning false ends the walk. */
typedef bool ar__field_visit(void *context, const struct ar_node *key, const struct ar_node *value);

/* False when the walk was ended, or memory was out (*ret_oom). */
bool ar__fields_visit(const struct ar_tree *tree, const struct ar_node *map, ar__field_visit *visit,
		      void *context, bool *ret_oom);

/* Notes a problem at a node (NULL: at no place) under a field path. Returns -1 when memory is out.
 */
int ar__problem_add(struct ar_enc_problems *problems, enum ar_enc_problem_kind kind,
		    const struct ar_tree *tree, const struct ar_node *node, const char *where,
		    const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* The same at a place that an error names. */
int ar__problem_from(struct ar_enc_problems *problems, enum ar_enc_problem_kind kind,
		     const struct ar_err *what, struct ar_err *err);

/* Walks the document below `root` by the type's schema: problems are noted, the rest is appended to
 * `json` for libcyaml. */
int ar__encconf_decode(const struct ar_tree *tree, const struct ar_node *root, int minor,
		       struct ar_enc_problems *problems, struct ar_buf *json, struct ar_err *err);

/* The model from that JSON, with its nodes. */
int ar__encconf_load(const struct ar_tree *tree, const struct ar_node *root,
		     const struct ar_buf *json, struct ar_encconf **ret_conf, struct ar_err *err);

/* The date of our comment (AR_MADE_FORM) behind a key's name, "" where there is none. */
void ar__encconf_made(const struct ar_tree *tree, const struct ar_node *key, char ret_date[11]);
