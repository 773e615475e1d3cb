/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/seal.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/scope.h"
#include "base/secret.h"
#include "crypt/seal_impl.h"

static const char *const kinds[] = {
	[AR_SEALED_EXPORT] = "export",
	[AR_SEALED_ARCHIVE] = "archive",
};

const char *ar_sealed_kind_name(enum ar_sealed_kind kind)
{
	return kinds[kind];
}

int ar__seal_derive(const struct ar_sealed_inside *with, const char *passphrase, size_t len,
		    uint8_t *ret, struct ar_err *err)
{
	int made = crypto_pwhash(ret, SEAL_KEY, passphrase, len, with->salt, with->ops, with->mem,
				 crypto_pwhash_ALG_ARGON2ID13);

	ar_secret_forget();
	if (made == 0)
		return 0;
	ar_err_set(err, "no memory to derive a key from the passphrase: it takes %zu MiB",
		   with->mem >> 20);
	return -1;
}

/* --- lines ------------------------------------------------------------------------------------ */

static void add_hex(struct ar_buf *out, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ar_buf_addf(out, "%02x", data[i]);
}

/* At most a wrapped or boxed key. */
static void add_base64(struct ar_buf *out, const uint8_t *data, size_t len)
{
	char text[AR_BASE64_LEN(SEAL_BOXED) + 1];

	ar_base64_encode(data, len, text);
	ar_buf_adds(out, text);
}

/* A name goes into one line, whatever is in it: what is not plainly visible is escaped. */
static void add_name(struct ar_buf *out, const char *name)
{
	for (; *name; name++) {
		const unsigned char c = (unsigned char)*name;
		if (c > ' ' && c < 0x7f && c != '%')
			ar_buf_addc(out, *name);
		else
			ar_buf_addf(out, "%%%02x", c);
	}
}

static int add_wrapped(const struct ar_seal_for *to, const uint8_t *file_key, struct ar_buf *out,
		       struct ar_err *err)
{
	static const uint8_t once[crypto_secretbox_NONCEBYTES]; /* each key is used once */
	struct ar_sealed_inside with = { .ops = crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
					 .mem = crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE };
	uint8_t *key = ar_secret_alloc(SEAL_KEY);

	if (!key)
		return ar_err_oom(err);
	randombytes_buf(with.salt, sizeof with.salt);
	int made = ar__seal_derive(&with, to->passphrase, to->passphrase_len, key, err);
	if (made == 0)
		crypto_secretbox_easy(with.wrapped, file_key, SEAL_KEY, once, key);
	ar_secret_free(key);
	if (made != 0)
		return -1;
	ar_buf_addf(out, "passphrase: " SEAL_KDF " %llu %zu ", with.ops, with.mem);
	add_hex(out, with.salt, sizeof with.salt);
	ar_buf_addc(out, ' ');
	add_base64(out, with.wrapped, sizeof with.wrapped);
	ar_buf_addc(out, '\n');
	return 0;
}

static int add_boxed(const struct ar_recipient *recipient, const uint8_t *file_key,
		     struct ar_buf *out, struct ar_err *err)
{
	char text[AR_RECIPIENT_TEXT];
	uint8_t boxed[SEAL_BOXED];

	ar_recipient_write(recipient, text);
	if (crypto_box_seal(boxed, file_key, SEAL_KEY, recipient->key) != 0)
		return ar_err_set(err, "nothing can be sealed to the recipient '%s'", text);
	ar_buf_addf(out, "recipient: %s ", text);
	add_base64(out, boxed, sizeof boxed);
	ar_buf_addc(out, '\n');
	return 0;
}

/* Up to and with the empty line. `nonce` is told to who seals the payload. */
static int add_head(const struct ar_seal_what *what, const struct ar_seal_for *to,
		    const uint8_t *file_key, uint8_t nonce[SEAL_NONCE], struct ar_buf *out,
		    struct ar_err *err)
{
	ar_buf_addf(out, SEAL_FIRST "%d\nkind: %s\nmade: %s\n", AR_SEALED_VERSION,
		    kinds[what->kind], what->made);
	for (size_t i = 0; i < what->key_count; i++) {
		ar_buf_adds(out, "key: ");
		add_name(out, what->keys[i]);
		ar_buf_addc(out, '\n');
	}
	if (to->passphrase && add_wrapped(to, file_key, out, err) != 0)
		return -1;
	for (size_t i = 0; i < to->recipient_count; i++)
		if (add_boxed(&to->recipients[i], file_key, out, err) != 0)
			return -1;
	randombytes_buf(nonce, SEAL_NONCE);
	ar_buf_adds(out, "nonce: ");
	add_hex(out, nonce, SEAL_NONCE);
	ar_buf_addf(out, "\npayload: %zu\n\n", what->payload->len);
	return ar_buf_check(out, err);
}

static void add_lines(struct ar_buf *out, const char *text)
{
	for (size_t len = strlen(text); len > 0;) {
		const size_t part = len < SEAL_LINE ? len : SEAL_LINE;
		ar_buf_add(out, text, part);
		ar_buf_addc(out, '\n');
		text += part;
		len -= part;
	}
}

static int add_payload(const struct ar_buf *payload, const uint8_t *file_key,
		       const uint8_t nonce[SEAL_NONCE], struct ar_buf *out, struct ar_err *err)
{
	const size_t len = payload->len + SEAL_TAG;
	AR_FREE_AUTO uint8_t *cipher = malloc(len);
	AR_FREE_AUTO char *text = malloc(AR_BASE64_LEN(len) + 1);
	const char *plain = ar_buf_text(payload);

	if (!cipher || !text)
		return ar_err_oom(err);
	crypto_aead_xchacha20poly1305_ietf_encrypt(cipher, NULL, (const uint8_t *)plain,
						   payload->len, (const uint8_t *)out->data,
						   out->len, NULL, nonce, file_key);
	ar_base64_encode(cipher, len, text);
	add_lines(out, text);
	return ar_buf_check(out, err);
}

static void add_end(struct ar_buf *out)
{
	char sum[AR_SHA256_HEX];

	ar_sha256_hex(ar_buf_text(out), out->len, sum);
	ar_buf_addf(out, SEAL_END "%s\n", sum);
}

static int check_what(const struct ar_seal_what *what, const struct ar_seal_for *to,
		      struct ar_err *err)
{
	if (!to->passphrase && to->recipient_count == 0)
		return ar_err_set(err, "there is neither a passphrase nor a recipient to seal to");
	if (what->payload->len > AR_SEALED_MAX || what->key_count > AR_SEALED_KEYS)
		return ar_err_set(err, "it is too large to be sealed: %zu bytes, %zu keys",
				  what->payload->len, what->key_count);
	return 0;
}

int ar_seal(const struct ar_seal_what *what, const struct ar_seal_for *to, struct ar_buf *out,
	    struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf file = AR_BUF_INIT;
	uint8_t nonce[SEAL_NONCE];

	if (check_what(what, to, err) != 0)
		return -1;
	uint8_t *file_key = ar_secret_alloc(SEAL_KEY);
	if (!file_key)
		return ar_err_oom(err);
	ar_secret_random(file_key, SEAL_KEY);
	int made = add_head(what, to, file_key, nonce, &file, err) == 0
			   ? add_payload(what->payload, file_key, nonce, &file, err)
			   : -1;
	ar_secret_free(file_key);
	if (made != 0)
		return -1;
	add_end(&file);
	if (ar_buf_check(&file, err) != 0)
		return -1;
	ar_buf_add(out, file.data, file.len);
	return ar_buf_check(out, err);
}
