/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/entries.h"
#include "kube/stored.h"
#include "plan/ladder.h"

/*
 * An EncryptionConfiguration reduced to what the ladder asks of it: which key writes a resource,
 * and which keys read it; each a number. Pure.
 *
 * Upstream's rules behind it (apiserver's storage/value/transformer.go, since 1.17): the first key
 * of the first element writes. All elements are tried in their order, and one that fails does not
 * end the search: so every key of every element reads, also that of a second element of one
 * provider kind, and those behind `identity`. Compared with upstream on all configs of up to three
 * keys: test/oracle.
 */

/* Keys by number: 0 is plain text, and always there; the others in the order in which they were
 * heard of. Names only, never bytes. */
struct ar_key_table {
	struct ar_key_row {
		enum ar_stored_kind form; /* of 0: AR_STORED_PROTOBUF */
		char name[256];           /* "" of plain text */
	} list[AR_LADDER_KEYS];
	size_t count;
};

#define AR_KEY_TABLE_INIT                                              \
	{                                                              \
		.list = { { .form = AR_STORED_PROTOBUF } }, .count = 1 \
	}

/* The number of a provider's key, a new one where it has none yet (a kms name is one of kms v2; for
 * identity it is 0, whatever the name). -1: the table is full, or no name that a key can have. */
int ar_key_number(struct ar_key_table *table, enum ar_provider_kind provider, const char *name,
		  unsigned *ret, struct ar_err *err);
/* The same of a stored value: 0 for plain and empty ones. What no config can read (damaged, of a
 * provider that is not known) has a number of its own, which no rung reads. */
int ar_key_of_stored(struct ar_key_table *table, const struct ar_stored *stored, unsigned *ret,
		     struct ar_err *err);
/* "aescbc/key1", "kms:v1/name", "plain", "unknown provider", "unknown"; into buf, shortened. */
void ar_key_word(const struct ar_key_table *table, unsigned number, char *buf, size_t size);

/* One entry, as it stands. -1: it has no writer, or there are more keys than
 * AR_LADDER_KEYS. */
int ar_reduce(const struct ar_enc_entry *entry, struct ar_key_table *table, struct ar_rung *ret,
	      struct ar_err *err);
/* All entries that hold for the resource (kube/entries.h): the first one writes, all read. None, or
 * a NULL conf: AR_RUNG_PLAIN. */
int ar_reduce_resource(const struct ar_encconf *conf, const struct ar_resource *resource,
		       struct ar_key_table *table, struct ar_rung *ret, struct ar_err *err);
