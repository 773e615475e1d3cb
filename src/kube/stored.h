/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/encconf.h"

/*
 * A value as it lies in etcd: by whom it is encrypted, told from its first bytes. Pure; no byte of
 * a value is kept.
 *
 * Forms: k8s.io/apiserver's storage/value/encrypt (local providers), encrypt/envelope (kms),
 * apimachinery's protobuf serializer (the magic "k8s\0").
 */

enum ar_stored_kind {
	AR_STORED_AESCBC,
	AR_STORED_AESGCM,
	AR_STORED_SECRETBOX,
	AR_STORED_KMS1,
	AR_STORED_KMS2,
	AR_STORED_PROTOBUF, /* plain */
	AR_STORED_JSON,     /* plain */
	AR_STORED_CBOR,     /* plain */
	AR_STORED_FOREIGN,  /* k8s:enc: and a provider or version that is not known here */
	AR_STORED_UNKNOWN,  /* none of these: damaged, or not from an API server */
	AR_STORED_EMPTY,
	AR_STORED_KINDS
};

#define AR_STORED_HEAD ((size_t)1024) /* bytes of a value that tell all but a kms v2 key id */

struct ar_stored {
	enum ar_stored_kind kind;
	const char *name; /* key or kms provider, borrowed from the value; NULL for plain ones, and
			   * for foreign ones: what stands there may be anything */
	size_t name_len;
	size_t prefix_len;  /* bytes up to the ':' behind the name, that one too; 0 without name */
	const char *key_id; /* kms v2: keyID of the EncryptedObject, borrowed; NULL: not readable */
	size_t key_id_len;
};

/* Names that the config has, so that one with a ':' in it is told from a shorter one (local names
 * and kms v1 may have any character). Borrowed. */
struct ar_stored_name {
	enum ar_stored_kind kind;
	const char *name;
};

/* Every key name and kms name of the config, for ar_stored_read; malloc'ed, borrows from conf. */
int ar_stored_names(const struct ar_encconf *conf, struct ar_stored_name **ret, size_t *ret_count,
		    struct ar_err *err);
/* Reads the beginning of a value. The longest of `names` that fits is its name, else what stands
 * before the next ':' (255 bytes at most: what is longer, or empty, makes it foreign). Where `len`
 * is the whole value a kms v2 key id is read, too. */
struct ar_stored ar_stored_read(const void *value, size_t len, const struct ar_stored_name *names,
				size_t name_count);
/* "aescbc:v1", "kms:v2", "plain (protobuf)", "unknown provider", "unknown", "empty" */
const char *ar_stored_word(enum ar_stored_kind kind);
bool ar_stored_is_encrypted(enum ar_stored_kind kind); /* begins with k8s:enc: */
bool ar_stored_is_plain(enum ar_stored_kind kind);

/* Who writes a resource: the first key of its first provider. */
struct ar_writer {
	enum ar_provider_kind provider;
	char name[256];   /* key or kms name; "" for identity */
	char prefix[320]; /* "k8s:enc:aescbc:v1:key1:"; "" for identity */
	bool ambiguous;   /* it and another name of the config begin alike, up to a ':' in the
			   * longer one: what one wrote may look like what the other did */
};

/* The writer of an entry. -1: it has none (no provider, no key), or a name too long. */
int ar_writer_of(const struct ar_encconf *conf, const struct ar_enc_entry *entry,
		 struct ar_writer *ret, struct ar_err *err);
/* Is a value current under this writer, by upstream's own definition of stale (its
 * storage/value/transformer.go): the writer's kind and name; for identity not encrypted. A kms v2
 * value of another key id is stale for the server, too, but only its plugin knows that. */
bool ar_writer_wrote(const struct ar_writer *writer, const struct ar_stored *stored);
