/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "yaml/tree.h"

/*
 * A node as normalised JSON: what the kubelet's ToJSON makes of it (keys sorted, aliases and
 * merge keys expanded, YAML 1.1 scalars typed, Go's number and string forms). This is what the
 * typed models (libcyaml) are filled from, and what test/oracle compares with upstream.
 *
 * `mask`: the value of every mapping entry with this key is written as "" (keys of an
 * EncryptionConfiguration must not reach libcyaml's unguarded copies); NULL masks nothing.
 *
 * Fails where upstream fails (.inf and .nan, a key that is no scalar, merge of a non-mapping) and
 * when aliases expand beyond all reason; `err` has the place.
 */
int ar_json_write(const struct ar_tree *tree, const struct ar_node *node, const char *mask,
		  struct ar_buf *out, struct ar_err *err);
/* Appends `text` as a JSON string with its quotes. */
void ar_json_string(struct ar_buf *out, const char *text, size_t len);
