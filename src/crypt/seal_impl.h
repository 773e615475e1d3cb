/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <sodium.h>

#include "base/digest.h"
#include "crypt/seal.h"

/* Inside of the sealed file, for seal*.c only. */

#define SEAL_FIRST "atrest sealed file, version "
#define SEAL_KDF   "argon2id"
#define SEAL_END   "end "
#define SEAL_LINE  64 /* characters of base64 in a line */

enum {
	SEAL_KEY = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	SEAL_NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	SEAL_TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	SEAL_SALT = crypto_pwhash_argon2id_SALTBYTES,
	SEAL_WRAPPED = SEAL_KEY + crypto_secretbox_MACBYTES,
	SEAL_BOXED = SEAL_KEY + crypto_box_SEALBYTES,
};

/* A key of a passphrase is used once, for one file key: its salt is fresh. So is the nonce. */
struct ar_sealed_inside {
	const char *head; /* all before the payload: authenticated with it */
	size_t head_len;
	unsigned long long ops;
	size_t mem;
	uint8_t salt[SEAL_SALT], wrapped[SEAL_WRAPPED];
	uint8_t (*boxed)[SEAL_BOXED]; /* one for each recipient */
	uint8_t nonce[SEAL_NONCE];
	uint8_t *cipher; /* the payload and its tag */
	size_t cipher_len;
};

/* How the parts that a passphrase has are derived and used: SEAL_KEY bytes at `ret`, guarded. */
int ar__seal_derive(const struct ar_sealed_inside *with, const char *passphrase, size_t len,
		    uint8_t *ret, struct ar_err *err);
