/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <openssl/evp.h>

#include "crypt/decrypt.h"

/* Shared by the files of src/crypt. */

#define AR__KEY_MAX 32

struct ar__key {
	enum ar_stored_kind kind; /* AR_STORED_AESCBC, AESGCM, SECRETBOX */
	char *name;
	size_t len; /* of bytes: 16, 24 or 32 */
	uint8_t bytes[AR__KEY_MAX];
};

struct ar__sealed { /* what follows the prefix, and what it is bound to */
	const uint8_t *data;
	size_t len;
	const char *bound;
	size_t bound_len;
};

struct ar__opened {
	bool opened;
	size_t len; /* of the plaintext */
};

/* Opens it with this key, by upstream's rules, into `out`, which has room for sealed->len bytes.
 * What does not open may have left its bytes there. `aes` is OpenSSL's state, anew for
 * each call. -1: no memory, or an OpenSSL without AES. */
int ar__open(EVP_CIPHER_CTX *aes, const struct ar__key *key, const struct ar__sealed *sealed,
	     uint8_t *out, struct ar__opened *ret, struct ar_err *err);

enum ar__look {
	AR__LOOK_SAME,   /* the object that is wanted */
	AR__LOOK_OTHER,  /* another one */
	AR__LOOK_NONE,   /* no object */
	AR__LOOK_UNREAD, /* an object in a form that is not read here */
};

/* What the plaintext is. -1: no memory. */
int ar__look_at(const uint8_t *data, size_t len, const struct ar_decrypt_want *want,
		enum ar__look *ret, struct ar_err *err);
