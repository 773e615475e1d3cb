/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt/recipient.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"

#define PUBLIC_WORD "atrest1"
#define SECRET_WORD "ATREST-SECRET-1"
#define SUM_BYTES   4
#define FULL_BYTES  (AR_RECIPIENT_BYTES + SUM_BYTES)
#define FULL_TEXT   58 /* base32 of these, no padding */

_Static_assert(AR_RECIPIENT_BYTES == crypto_box_PUBLICKEYBYTES, "public half");
_Static_assert(AR_RECIPIENT_BYTES == crypto_box_SECRETKEYBYTES, "secret half");
_Static_assert(AR_RECIPIENT_TEXT == sizeof PUBLIC_WORD + FULL_TEXT, "word, base32, NUL");
_Static_assert(FULL_TEXT == (FULL_BYTES * 8 + 4) / 5, "five bits a character");

/* --- base32 with a checksum -------------------------------------------------------------------
 *
 * No tables: a secret half goes through here, and a look-up's address would depend on it. */

/* The word stands under the sum, so that one half is never taken for the other. */
static void add_sum(const char *word, uint8_t full[FULL_BYTES])
{
	crypto_generichash_state state;
	uint8_t sum[crypto_generichash_BYTES];

	crypto_generichash_init(&state, NULL, 0, sizeof sum);
	crypto_generichash_update(&state, (const uint8_t *)word, strlen(word));
	crypto_generichash_update(&state, full, AR_RECIPIENT_BYTES);
	crypto_generichash_final(&state, sum, sizeof sum);
	memcpy(full + AR_RECIPIENT_BYTES, sum, SUM_BYTES);
	sodium_memzero(&state, sizeof state);
	sodium_memzero(sum, sizeof sum);
}

static char letter(int value, char first)
{
	return (char)(value + first - (((25 - value) >> 8) & (first + 26 - '2')));
}

static void encode(const uint8_t full[FULL_BYTES], char first, char out[FULL_TEXT])
{
	unsigned held = 0, bits = 0;
	size_t at = 0;

	for (size_t i = 0; i < FULL_BYTES; i++) {
		held = (held << 8 | full[i]) & 0xfff;
		for (bits += 8; bits >= 5; bits -= 5)
			out[at++] = letter((int)(held >> (bits - 5) & 31), first);
	}
	if (bits > 0)
		out[at] = letter((int)(held << (5 - bits) & 31), first);
}

static int value_of(char c, char first)
{
	if (c >= first && c < first + 26)
		return c - first;
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/* false: not base32 of so many bytes. */
static bool decode(const char *text, char first, uint8_t full[FULL_BYTES])
{
	unsigned held = 0, bits = 0;
	size_t at = 0;

	for (size_t i = 0; i < FULL_TEXT; i++) {
		int value = value_of(text[i], first);
		if (value < 0)
			return false;
		held = (held << 5 | (unsigned)value) & 0xfff;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			full[at++] = (uint8_t)(held >> bits);
		}
	}
	return (held & ((1U << bits) - 1)) == 0;
}

/* `key` is only filled where the sum agrees. */
static bool read_half(const char *text, const char *word, char first,
		      uint8_t key[AR_RECIPIENT_BYTES])
{
	uint8_t full[FULL_BYTES], again[FULL_BYTES];
	bool good = decode(text, first, full);

	if (good) {
		memcpy(again, full, sizeof again);
		add_sum(word, again);
		good = sodium_memcmp(full, again, sizeof full) == 0;
	}
	if (good && key)
		memcpy(key, full, AR_RECIPIENT_BYTES);
	sodium_memzero(full, sizeof full);
	sodium_memzero(again, sizeof again);
	return good;
}

void ar_recipient_write(const struct ar_recipient *recipient, char ret[AR_RECIPIENT_TEXT])
{
	uint8_t full[FULL_BYTES];

	memcpy(full, recipient->key, sizeof recipient->key);
	add_sum(PUBLIC_WORD, full);
	memcpy(ret, PUBLIC_WORD, sizeof PUBLIC_WORD - 1);
	encode(full, 'a', ret + sizeof PUBLIC_WORD - 1);
	ret[AR_RECIPIENT_TEXT - 1] = '\0';
}

/* --- files of them ---------------------------------------------------------------------------- */

/* The next line that says something, without blanks around it; false behind the last. */
static bool next_line(const struct ar_text *text, size_t *at, size_t *ret_start, size_t *ret_len)
{
	while (*at < text->len) {
		size_t start = 0, end = 0;

		ar_text_line(text, *at, &start, &end);
		*at = ar_text_next_line(text, *at);
		while (start < end && strchr(" \t", text->data[start]))
			start++;
		while (end > start && strchr(" \t\r", text->data[end - 1]))
			end--;
		if (start == end || text->data[start] == '#')
			continue;
		*ret_start = start;
		*ret_len = end - start;
		return true;
	}
	return false;
}

static bool begins(const char *data, size_t len, const char *word)
{
	return len >= strlen(word) && memcmp(data, word, strlen(word)) == 0;
}

static int read_recipient(const struct ar_text *text, size_t start, size_t len,
			  struct ar_recipient *ret, struct ar_err *err)
{
	const char *line = text->data + start;
	struct ar_text hidden = *text;

	hidden.secret = true; /* it may be the secret half that was put here */
	if (begins(line, len, SECRET_WORD)) {
		ar_err_at(err, &hidden, start, "a secret key stands where a public one belongs");
		return ar_err_hint(err, "the public one begins with '" PUBLIC_WORD "'; take the "
					"secret one out of this file, and make a new pair");
	}
	if (begins(line, len, PUBLIC_WORD) && len == AR_RECIPIENT_TEXT - 1 &&
	    read_half(line + sizeof PUBLIC_WORD - 1, PUBLIC_WORD, 'a', ret->key))
		return 0;
	ar_err_at(err, &hidden, start, "this is no recipient's public key, or it is mistyped");
	return ar_err_hint(err,
			   "expected '" PUBLIC_WORD "' and %d characters, one key a line: "
			   "'atrest keygen --recipient' prints it",
			   FULL_TEXT);
}

static size_t count_lines(const struct ar_text *text)
{
	size_t at = 0, start, len, count = 0;

	while (next_line(text, &at, &start, &len))
		count++;
	return count;
}

int ar_recipients_read(const struct ar_text *text, struct ar_recipient **ret, size_t *ret_count,
		       struct ar_err *err)
{
	size_t at = 0, start, len, count = 0, most = count_lines(text);

	if (most > AR_RECIPIENTS_MAX)
		return ar_err_set(err, "'%s' has %zu recipients; at most %d are sealed to",
				  text->name, most, AR_RECIPIENTS_MAX);
	AR_FREE_AUTO struct ar_recipient *list = most > 0 ? calloc(most, sizeof *list) : NULL;
	if (most > 0 && !list)
		return ar_err_oom(err);
	while (next_line(text, &at, &start, &len))
		if (read_recipient(text, start, len, &list[count++], err) != 0)
			return -1;
	*ret = AR_TAKE(list);
	*ret_count = count;
	return 0;
}

/* --- the secret half -------------------------------------------------------------------------- */

void ar_keypair_done(struct ar_keypair *pair)
{
	ar_secret_free(pair->secret);
	*pair = (struct ar_keypair){ .secret = NULL };
}

int ar_keypair_make(struct ar_keypair *ret, struct ar_err *err)
{
	ret->secret = ar_secret_alloc(AR_RECIPIENT_BYTES);
	if (!ret->secret)
		return ar_err_oom(err);
	return crypto_box_keypair(ret->public.key, ret->secret) == 0
		       ? 0
		       : ar_err_set(err, "libsodium cannot make a key pair");
}

int ar_keypair_write(const struct ar_keypair *pair, const char *made, struct ar_buf *out,
		     struct ar_err *err)
{
	char public[AR_RECIPIENT_TEXT];
	uint8_t full[FULL_BYTES];

	ar_recipient_write(&pair->public, public);
	ar_buf_addf(out,
		    "# secret key for sealed files, made %s by atrest: who has it can open what "
		    "is sealed to\n# %s\n" SECRET_WORD,
		    made, public);
	memcpy(full, pair->secret, AR_RECIPIENT_BYTES);
	add_sum(SECRET_WORD, full);
	const size_t at = out->len;
	ar_buf_fill(out, 'A', FULL_TEXT);
	if (!out->failed)
		encode(full, 'A', out->data + at);
	sodium_memzero(full, sizeof full);
	ar_buf_addc(out, '\n');
	return ar_buf_check(out, err);
}

int ar_keypair_read(const struct ar_text *text, struct ar_keypair *ret, struct ar_err *err)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = { .secret = ar_secret_alloc(AR_RECIPIENT_BYTES) };
	const size_t word = sizeof SECRET_WORD - 1;
	size_t at = 0, start = 0, len = 0;

	if (!pair.secret)
		return ar_err_oom(err);
	bool found = next_line(text, &at, &start, &len);
	if (!found || len != word + FULL_TEXT || !begins(text->data + start, len, SECRET_WORD) ||
	    !read_half(text->data + start + word, SECRET_WORD, 'A', pair.secret)) {
		ar_err_set(err, "'%s' holds no secret key for sealed files, or a damaged one",
			   text->name);
		return ar_err_hint(err, "'atrest keygen --recipient' makes one");
	}
	crypto_scalarmult_base(pair.public.key, pair.secret);
	*ret = pair;
	pair.secret = NULL;
	return 0;
}
