/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/secret.h"
#include "crypt/seal_impl.h"

static int open_payload(const struct ar_sealed_inside *inside, const uint8_t *file_key,
			struct ar_buf *ret, struct ar_err *err)
{
	const size_t len = inside->cipher_len - SEAL_TAG, before = ret->len;

	ar_buf_fill(ret, '\0', len);
	if (ar_buf_check(ret, err) != 0)
		return -1;
	if (crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)ret->data + before, NULL, NULL,
						       inside->cipher, inside->cipher_len,
						       (const uint8_t *)inside->head,
						       inside->head_len, inside->nonce,
						       file_key) == 0)
		return 0;
	ar_buf_reset(ret);
	ar_err_set(err, "it is not what was sealed: somebody has changed the file since");
	return ar_err_hint(err, "do not use it; take it again from where it was made");
}

int ar_unseal_passphrase(const struct ar_sealed *sealed, const char *passphrase, size_t len,
			 struct ar_buf *ret, struct ar_err *err)
{
	static const uint8_t once[crypto_secretbox_NONCEBYTES];
	const struct ar_sealed_inside *inside = sealed->inside;
	uint8_t *key = ar_secret_alloc(SEAL_KEY), *file_key = ar_secret_alloc(SEAL_KEY);
	int result = -1;

	if (!key || !file_key)
		ar_err_oom(err);
	else if (!sealed->passphrase)
		ar_err_set(err, "it was sealed to recipients: no passphrase opens it");
	else if (ar__seal_derive(inside, passphrase, len, key, err) == 0) {
		if (crypto_secretbox_open_easy(file_key, inside->wrapped, SEAL_WRAPPED, once,
					       key) == 0)
			result = open_payload(inside, file_key, ret, err);
		else
			ar_err_set(err, "the passphrase does not open it");
	}
	ar_secret_free(key);
	ar_secret_free(file_key);
	return result;
}

static int refuse_other(const struct ar_sealed *sealed, const struct ar_keypair *pair,
			struct ar_err *err)
{
	char first[AR_RECIPIENT_TEXT], own[AR_RECIPIENT_TEXT];

	ar_recipient_write(&pair->public, own);
	if (sealed->recipient_count == 0)
		return ar_err_set(err, "it was sealed with a passphrase: no secret key opens it");
	ar_recipient_write(&sealed->recipients[0], first);
	ar_err_set(err, "it was not sealed to %s, whose secret key is here, but to %s%s", own,
		   first, sealed->recipient_count > 1 ? " and others" : "");
	return ar_err_hint(err,
			   "put %s into /etc/atrest/recipients where the file is made, then "
			   "'atrest export' again",
			   own);
}

int ar_unseal_keypair(const struct ar_sealed *sealed, const struct ar_keypair *pair,
		      struct ar_buf *ret, struct ar_err *err)
{
	const struct ar_sealed_inside *inside = sealed->inside;
	size_t own = 0;

	while (own < sealed->recipient_count &&
	       memcmp(&sealed->recipients[own], &pair->public, sizeof pair->public) != 0)
		own++;
	if (own == sealed->recipient_count)
		return refuse_other(sealed, pair, err);
	uint8_t *file_key = ar_secret_alloc(SEAL_KEY);
	if (!file_key)
		return ar_err_oom(err);
	int result = -1;
	if (crypto_box_seal_open(file_key, inside->boxed[own], SEAL_BOXED, pair->public.key,
				 pair->secret) == 0)
		result = open_payload(inside, file_key, ret, err);
	else
		ar_err_set(err, "it is not what was sealed: the part for this recipient was "
				"changed since");
	ar_secret_free(file_key);
	return result;
}
