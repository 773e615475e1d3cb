/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

/*
 * Whom a file is sealed to: X25519 key pairs as text.
 *
 * The public half is a word that begins with "atrest1", the secret one with "ATREST-SECRET-1". Both
 * end in a checksum, so that a mistyped or shortened one is told, and never sealed to.
 */

#define AR_RECIPIENT_BYTES 32
#define AR_RECIPIENT_TEXT  66 /* "atrest1", 58 characters, NUL */
#define AR_RECIPIENTS_MAX  64

struct ar_recipient {
	uint8_t key[AR_RECIPIENT_BYTES];
};

/* The secret half, in guarded memory, and the public one that belongs to it. */
struct ar_keypair {
	struct ar_recipient public;
	uint8_t *secret; /* AR_RECIPIENT_BYTES; NULL: none */
};

/* Its text, with a NUL. */
void ar_recipient_write(const struct ar_recipient *recipient, char ret[AR_RECIPIENT_TEXT]);
/* From a file with one a line; empty lines and those that begin with '#' are passed over. *ret is
 * malloc'ed, NULL where there are none. A line that is none is an error with its place. */
int ar_recipients_read(const struct ar_text *text, struct ar_recipient **ret, size_t *ret_count,
		       struct ar_err *err);

#define AR_KEYPAIR_AUTO __attribute__((cleanup(ar_keypair_done)))
/* Wipes it; it is empty and usable again. */
void ar_keypair_done(struct ar_keypair *pair);
/* A new pair. */
int ar_keypair_make(struct ar_keypair *ret, struct ar_err *err);
/* Appends the file's text to `out` (secret): a comment with the public half and `made`, and the
 * secret. */
int ar_keypair_write(const struct ar_keypair *pair, const char *made, struct ar_buf *out,
		     struct ar_err *err);
/* From such a file. Errors name the place, and nothing of what stands there. */
int ar_keypair_read(const struct ar_text *text, struct ar_keypair *ret, struct ar_err *err);
