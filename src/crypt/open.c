/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <openssl/err.h>
#include <sodium.h>
#include <string.h>

#include "crypt/crypt_impl.h"

#define BLOCK     ((size_t)16)
#define GCM_NONCE ((size_t)12)
#define GCM_TAG   ((size_t)16)

/* --- AES ------------------------------------------------------------------------------------- */

static const EVP_CIPHER *cipher_of(const struct ar__key *key)
{
	bool gcm = key->kind == AR_STORED_AESGCM;

	switch (key->len) {
	case 16: return gcm ? EVP_aes_128_gcm() : EVP_aes_128_cbc();
	case 24: return gcm ? EVP_aes_192_gcm() : EVP_aes_192_cbc();
	default: return gcm ? EVP_aes_256_gcm() : EVP_aes_256_cbc();
	}
}

static int start(EVP_CIPHER_CTX *aes, const struct ar__key *key, const uint8_t *iv,
		 struct ar_err *err)
{
	if (EVP_DecryptInit_ex(aes, cipher_of(key), NULL, key->bytes, iv) == 1)
		return 0;
	ERR_clear_error();
	return ar_err_set(err, "OpenSSL cannot decrypt with AES");
}

/* All of `len` bytes, at most INT_MAX. */
static bool update(EVP_CIPHER_CTX *aes, uint8_t *out, const void *data, size_t len)
{
	int done = 0;

	return len == 0 ||
	       (EVP_DecryptUpdate(aes, out, &done, data, (int)len) == 1 && (size_t)done == len);
}

/* The padding's length, 0 where there is none: as upstream looks at it, which takes more than one
 * block of it, too. */
static size_t padding_of(const uint8_t *data, size_t len)
{
	size_t padding = data[len - 1];

	if (padding > len)
		return 0;
	for (size_t i = 1; i <= padding; i++)
		if (data[len - i] != padding)
			return 0;
	return padding;
}

static int open_cbc(EVP_CIPHER_CTX *aes, const struct ar__key *key, const struct ar__sealed *sealed,
		    uint8_t *out, struct ar__opened *ret, struct ar_err *err)
{
	/* Of the IV alone the API server makes a panic; it reads it no more than we do. */
	if (sealed->len < 2 * BLOCK || sealed->len % BLOCK != 0)
		return 0;
	size_t len = sealed->len - BLOCK;
	if (start(aes, key, sealed->data, err) != 0)
		return -1;
	EVP_CIPHER_CTX_set_padding(aes, 0);
	size_t padding = update(aes, out, sealed->data + BLOCK, len) ? padding_of(out, len) : 0;
	*ret = (struct ar__opened){ .opened = padding > 0, .len = len - padding };
	return 0;
}

static bool tag_fits(EVP_CIPHER_CTX *aes, const uint8_t *tag, uint8_t *end)
{
	uint8_t copy[GCM_TAG];
	int done = 0;

	memcpy(copy, tag, sizeof copy);
	return EVP_CIPHER_CTX_ctrl(aes, EVP_CTRL_AEAD_SET_TAG, sizeof copy, copy) == 1 &&
	       EVP_DecryptFinal_ex(aes, end, &done) == 1;
}

static int open_gcm(EVP_CIPHER_CTX *aes, const struct ar__key *key, const struct ar__sealed *sealed,
		    uint8_t *out, struct ar__opened *ret, struct ar_err *err)
{
	const uint8_t *data = sealed->data + GCM_NONCE;
	int done = 0;

	if (sealed->len < GCM_NONCE + GCM_TAG)
		return 0;
	size_t len = sealed->len - GCM_NONCE - GCM_TAG;
	/* Twelve bytes are OpenSSL's own default for the nonce. */
	if (start(aes, key, sealed->data, err) != 0)
		return -1;
	bool opened = (sealed->bound_len == 0 ||
		       EVP_DecryptUpdate(aes, NULL, &done, (const uint8_t *)sealed->bound,
					 (int)sealed->bound_len) == 1) &&
		      update(aes, out, data, len) && tag_fits(aes, data + len, out + len);
	*ret = (struct ar__opened){ .opened = opened, .len = len };
	return 0;
}

static int open_aes(EVP_CIPHER_CTX *aes, const struct ar__key *key, const struct ar__sealed *sealed,
		    uint8_t *out, struct ar__opened *ret, struct ar_err *err)
{
	if (sealed->len > INT_MAX || sealed->bound_len > INT_MAX)
		return 0;
	int result = key->kind == AR_STORED_AESGCM ? open_gcm(aes, key, sealed, out, ret, err)
						   : open_cbc(aes, key, sealed, out, ret, err);
	/* Wipes what it made of the key. */
	EVP_CIPHER_CTX_reset(aes);
	if (!ret->opened)
		ERR_clear_error();
	return result;
}

/* --- secretbox ------------------------------------------------------------------------------- */

static void open_box(const struct ar__key *key, const struct ar__sealed *sealed, uint8_t *out,
		     struct ar__opened *ret)
{
	const size_t nonce = crypto_secretbox_NONCEBYTES, tag = crypto_secretbox_MACBYTES;

	if (sealed->len < nonce + tag)
		return;
	ret->opened = crypto_secretbox_open_easy(out, sealed->data + nonce, sealed->len - nonce,
						 sealed->data, key->bytes) == 0;
	ret->len = sealed->len - nonce - tag;
}

int ar__open(EVP_CIPHER_CTX *aes, const struct ar__key *key, const struct ar__sealed *sealed,
	     uint8_t *out, struct ar__opened *ret, struct ar_err *err)
{
	*ret = (struct ar__opened){ .opened = false };
	if (key->kind != AR_STORED_SECRETBOX)
		return open_aes(aes, key, sealed, out, ret, err);
	open_box(key, sealed, out, ret);
	return 0;
}
