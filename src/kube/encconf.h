/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "yaml/diff.h"
#include "yaml/tree.h"

/*
 * EncryptionConfiguration: what a file means, as the API server decodes it.
 *
 * Decoding and judging are two things. Here is the first: the tree is walked by the type's schema,
 * what the API server's decoder would not take becomes a problem with its field path and place, and
 * the rest fills the typed model. Whether the model is acceptable is for diag/encheck.h to say.
 *
 * Key bytes: the text is secret. The secrets stay where the tree keeps them; they never reach
 * libcyaml, a problem's text, or an error.
 */

/* In the order in which the API server picks one where an element names several. */
enum ar_provider_kind {
	AR_KMS,
	AR_AESGCM,
	AR_AESCBC,
	AR_SECRETBOX,
	AR_IDENTITY,
	AR_PROVIDER_KINDS
};

struct ar_enc_key {
	const char *name; /* "" where there is none */
	char made[11];    /* date from our fixed comment at the key ("2026-11-24"), "" where none */
	size_t bytes;     /* decoded length, 0 where the secret is absent or no base64 */
	const struct ar_node *node;   /* its mapping (or what stands there instead) */
	const struct ar_node *secret; /* the scalar that holds it, NULL where absent */
};

struct ar_enc_keys {
	struct ar_enc_key *list;
	size_t count;
};

struct ar_enc_kms {
	const char *name, *endpoint; /* "" where absent */
	const char *api_version;     /* "v1" where absent */
	int64_t *timeout;            /* nanoseconds; NULL where absent (three seconds hold then) */
	int32_t *cachesize;          /* NULL where absent */
};

struct ar_enc_provider { /* one item of `providers`, read as upstream reads it: several may be set
			  */
	struct ar_enc_keys *aesgcm, *aescbc, *secretbox;
	struct ar_enc_kms *kms;
	bool identity;
	/* What follows from these. */
	unsigned set;               /* how many of the five */
	enum ar_provider_kind kind; /* the one that counts, AR_PROVIDER_KINDS where none is set */
	struct ar_enc_key *keys;    /* of the one that counts, NULL for identity and kms */
	size_t key_count;
	const struct ar_node *node; /* the list item */
};

struct ar_enc_entry { /* one item of `resources` */
	const char **resources;
	size_t resource_count;
	struct ar_enc_provider *providers; /* the first writes, all read */
	size_t provider_count;
	const struct ar_node *node;
	const struct ar_node **resource_nodes; /* one for each of resources */
};

struct ar_encconf {
	const char *kind, *api_version;
	struct ar_enc_entry *entries;
	size_t entry_count;
	const struct ar_tree *tree;
	const struct ar_node *root;
	const struct ar_node **names; /* of all entries in one block; see resource_nodes */
};

/* What the API server's decoder does not take. */
enum ar_enc_problem_kind {
	AR_ENC_EMPTY,     /* no bytes at all */
	AR_ENC_SYNTAX,    /* neither YAML nor JSON, as that reader has them */
	AR_ENC_HEADER,    /* kind or apiVersion */
	AR_ENC_TYPE,      /* a value of a type that the field does not take */
	AR_ENC_UNKNOWN,   /* a field that does not exist: refused from 1.31, ignored before */
	AR_ENC_DUPLICATE, /* a field that stands twice: likewise, the later one counts */
};

struct ar_enc_problem {
	enum ar_enc_problem_kind kind;
	size_t line, column; /* 0: none */
	char where[200];     /* upstream's field path, may be empty */
	char what[300];      /* in one line, without key bytes */
};

struct ar_enc_problems {
	struct ar_enc_problem *list;
	size_t count, cap;
	size_t more; /* left out beyond the limit */
};

#define AR_ENC_PROBLEMS_MAX 500
#define AR_ENC_PROBLEMS_INIT \
	{                    \
		.list = NULL \
	}
#define AR_ENC_PROBLEMS_AUTO __attribute__((cleanup(ar_enc_problems_done)))

/* Releases the list. */
void ar_enc_problems_done(struct ar_enc_problems *problems);

/*
 * Decodes `text` (text->secret must be set) as a server of Kubernetes 1.`minor` does (-1: the
 * newest); the first document only. What is wrong is appended to `problems`; fields of a wrong type
 * count as absent in the model.
 *
 * *ret_conf is NULL where nothing of the kind could be made out; *ret_tree, which owns what it
 * borrows, is NULL where the text could not be parsed. Returns -1 only when memory is out: a bad
 * file is no error here.
 */
int ar_encconf_read(const struct ar_text *text, int minor, struct ar_enc_problems *problems,
		    struct ar_tree **ret_tree, struct ar_encconf **ret_conf, struct ar_err *err);
/* Accepts NULL. */
void ar_encconf_free(struct ar_encconf *conf);
static inline void ar_encconf_free_ptr(struct ar_encconf **conf)
{
	ar_encconf_free(*conf);
}
#define AR_ENCCONF_AUTO __attribute__((cleanup(ar_encconf_free_ptr)))

/* The value of field `name` in `map` as the API server sees it (exact name, the last one wins,
 * merge keys expanded, aliases resolved), NULL where there is none. Accepts a NULL map. */
const struct ar_node *ar_encconf_field(const struct ar_tree *tree, const struct ar_node *map,
				       const char *name);

/* "aescbc" */
const char *ar_provider_name(enum ar_provider_kind kind);
/* By name; -1 when there is no such provider. */
int ar_provider_by_name(const char *name);
/* Length in bytes of a fresh key for this provider, 0 for those without local keys. */
size_t ar_provider_key_len(enum ar_provider_kind kind);

/* A new file to be written. */
enum ar_identity { AR_IDENTITY_LAST, AR_IDENTITY_FIRST, AR_IDENTITY_NONE };

struct ar_encconf_new {
	enum ar_provider_kind provider; /* aescbc, aesgcm or secretbox */
	const char *const *resources;
	size_t resource_count;
	enum ar_identity identity;
	const char *key_name;
	const char *key_base64; /* the encoded key, in guarded memory */
	const char *made;       /* date for the comment, "2026-11-24" */
};

/*
 * Appends the file's text to `out`, which must be a secret buffer. Block YAML; every scalar that a
 * user may choose is double-quoted, so that no reader can take it for a number, a boolean or null.
 * The key's age stands behind its name, on the same line, so that it moves with the key:
 *
 *         - name: "key1" # made 2026-11-24 by atrest
 *
 * No comment follows `providers:`, where kube-bench looks for the provider's name. Fails on text
 * that is not UTF-8 and on a provider without local keys.
 */
int ar_encconf_write(const struct ar_encconf_new *conf, struct ar_buf *out, struct ar_err *err);
/* Our comment behind a key's name, with the date. */
#define AR_MADE_FORM " # made %s by atrest"

/* Ranges of key material in `text`, for redaction: the value of every key named `secret` (whatever
 * else is wrong with the document), and where it cannot be parsed the whole text. Sorted; *ret_list
 * is malloc'ed. */
int ar_encconf_secrets(const struct ar_text *text, struct ar_range **ret_list, size_t *ret_count,
		       struct ar_err *err);
