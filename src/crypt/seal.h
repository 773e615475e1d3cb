/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "crypt/recipient.h"

/*
 * Sealed files: bytes that only a passphrase, or a recipient's secret key, opens again.
 *
 *     atrest sealed file, version 1
 *     kind: export
 *     made: 2026-11-24T04:55:00Z
 *     key: aescbc/key1                      one line for each key inside: names, never bytes
 *     passphrase: argon2id 2 67108864 SALT WRAPPED        what opens it: one of these,
 *     recipient: atrest1… BOXED                           or several of these
 *     nonce: …
 *     payload: 1234
 *
 *     base64 of the payload, sealed
 *     end SHA256
 *
 * A fresh file key seals the payload (XChaCha20-Poly1305) with everything before it as additional
 * data, so that no line of the head can be changed. The file key is wrapped by what Argon2id makes
 * of the passphrase, or boxed to each recipient (X25519). The last line is for accidents: it tells
 * a damaged or cut file from a wrong passphrase, before anybody is asked for one.
 *
 * Who holds a public key can seal to it: that a file opens says nothing about who made it.
 *
 * Bytes to bytes: no file is read or written here. What is secret stays in guarded memory.
 */

#define AR_SEALED_VERSION 1
#define AR_SEALED_MAX     ((size_t)6 << 20) /* of a payload: sealed it can be read as one file */
#define AR_SEALED_KEYS    1000

/* What Argon2id may cost when a file says so itself: a hostile one takes no more than this. */
#define AR_SEALED_OPS_MAX 16
#define AR_SEALED_MEM_MAX ((size_t)256 << 20)

enum ar_sealed_kind { AR_SEALED_EXPORT, AR_SEALED_ARCHIVE };

/* What is to be sealed. All borrowed. */
struct ar_seal_what {
	enum ar_sealed_kind kind;
	const char *made;        /* RFC 3339 */
	const char *const *keys; /* "aescbc/key1" */
	size_t key_count;
	const struct ar_buf *payload; /* secret */
};

/* What shall open it: a passphrase, recipients, or either. */
struct ar_seal_for {
	const char *passphrase; /* NULL: none */
	size_t passphrase_len;
	const struct ar_recipient *recipients;
	size_t recipient_count;
};

/* Appends the sealed file to `out`, which need not be secret. */
int ar_seal(const struct ar_seal_what *what, const struct ar_seal_for *to, struct ar_buf *out,
	    struct ar_err *err);

/* A sealed file, read as far as it can be without opening it. */
struct ar_sealed {
	enum ar_sealed_kind kind;
	char made[32];
	char **keys; /* "aescbc/key1" */
	size_t key_count;
	bool passphrase;                 /* one opens it */
	struct ar_recipient *recipients; /* whose secret keys open it */
	size_t recipient_count;
	struct ar_sealed_inside *inside; /* for seal*.c */
};

#define AR_SEALED_INIT       \
	{                    \
		.keys = NULL \
	}
#define AR_SEALED_AUTO __attribute__((cleanup(ar_sealed_done)))
/* Releases it; it is AR_SEALED_INIT again. */
void ar_sealed_done(struct ar_sealed *sealed);

/* Reads and checks the form. Errors: no sealed file, one of a newer version, cut, damaged. `text`
 * must live as long as *ret. */
int ar_sealed_read(const struct ar_text *text, struct ar_sealed *ret, struct ar_err *err);
/* Only the head, from a file that need not be whole otherwise: kind, date, names. It borrows
 * nothing, and cannot be opened. */
int ar_sealed_peek(const struct ar_text *text, struct ar_sealed *ret, struct ar_err *err);
/* "export", "archive" */
const char *ar_sealed_kind_name(enum ar_sealed_kind kind);

/* Opens it into `ret`, a secret buffer. Errors: the passphrase does not, the key is none of
 * its recipients, what was sealed has been changed. */
int ar_unseal_passphrase(const struct ar_sealed *sealed, const char *passphrase, size_t len,
			 struct ar_buf *ret, struct ar_err *err);
int ar_unseal_keypair(const struct ar_sealed *sealed, const struct ar_keypair *pair,
		      struct ar_buf *ret, struct ar_err *err);
