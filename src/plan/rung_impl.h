/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "plan/rung.h"

/* Inside of src/plan/rung*.c. */

enum ar__rung_kind { AR__READER, AR__PROMOTE, AR__PRUNE };

struct ar__rung_op {
	enum ar__rung_kind kind;
	const struct ar_rung_key *key;
	bool plain; /* of PRUNE */
};

/* A key in an entry: its element, and its place in it (0 for identity). */
struct ar__rung_place {
	size_t element, key;
};

/* Reads a config that is to be changed: as a server takes it, and without aliases, behind which one
 * change would be several. */
int ar__rung_read(const struct ar_text *text, struct ar_tree **ret_tree,
		  struct ar_encconf **ret_conf, struct ar_err *err);
/* Where the entry has the key; false: it has none of that name. */
bool ar__rung_find(const struct ar_enc_entry *entry, const struct ar_rung_key *key,
		   struct ar__rung_place *ret);
/* Are all keys of that provider and name in the entry the same? Where key->base64 is given: the
 * same as that. Compares what the API server decodes. */
int ar__rung_check(const struct ar_encconf *conf, const struct ar_enc_entry *entry,
		   const struct ar_rung_key *key, struct ar_err *err);
/* The bytes of a key that some entry has, in guarded memory (ar_secret_free), and when it was made;
 * *ret_base64 stays where none has it. -1: two have it with different bytes. */
int ar__rung_secret(const struct ar_encconf *conf, const struct ar_rung_key *key, char **ret_base64,
		    char ret_made[11], struct ar_err *err);
/* The new text reads and writes what it shall, and all else is as it was. */
int ar__rung_prove(const struct ar_encconf *old, const struct ar__rung_op *op,
		   const struct ar_text *text, const struct ar_edits *edits, struct ar_err *err);
/* Do two entries have the same keys with the same bytes, in whatever order? */
bool ar__rung_same_keys(const struct ar_encconf *a, const struct ar_enc_entry *x,
			const struct ar_encconf *b, const struct ar_enc_entry *y);
/* "aescbc/key1", or "identity". */
void ar__rung_word(const struct ar_rung_key *key, char *buf, size_t size);
