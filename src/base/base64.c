/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <sodium.h>
#include <stdbool.h>

/* Value of a character of the standard alphabet, -1 for others. */
static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

struct reader {
	const char *text;
	size_t len, at;
};

static void skip_breaks(struct reader *r)
{
	while (r->at < r->len && (r->text[r->at] == '\n' || r->text[r->at] == '\r'))
		r->at++;
}

/* Reads up to four characters of one group; *ret_digits of them are digits, the rest padding. Go
 * wants the padding complete, and nothing but line breaks behind it. */
static bool read_group(struct reader *r, uint32_t *ret_bits, int *ret_digits)
{
	uint32_t bits = 0;
	int digits = 0;

	for (int i = 0; i < 4; i++) {
		skip_breaks(r);
		if (r->at == r->len)
			return false;
		int v = value_of(r->text[r->at]);
		bool pad = r->text[r->at] == '=' && i >= 2;
		if (!pad && (v < 0 || digits < i))
			return false;
		bits = bits << 6 | (pad ? 0 : (uint32_t)v);
		digits += !pad;
		r->at++;
	}
	*ret_bits = bits;
	*ret_digits = digits;
	return true;
}

long ar_base64_decode(const char *text, size_t len, uint8_t *out, size_t *ret_at)
{
	struct reader r = { text, len, 0 };
	bool ended = false;
	long n = 0;

	for (skip_breaks(&r); r.at < r.len; skip_breaks(&r)) {
		uint32_t bits = 0;
		int digits = 0;
		if (ended || !read_group(&r, &bits, &digits)) {
			if (ret_at)
				*ret_at = r.at;
			return -1;
		}
		for (int i = 0; i < digits - 1; i++, n++)
			if (out)
				out[n] = (uint8_t)(bits >> (16 - 8 * i));
		ended = digits < 4;
	}
	return n;
}

void ar_base64_encode(const uint8_t *data, size_t len, char *out)
{
	sodium_bin2base64(out, AR_BASE64_LEN(len) + 1, data, len, sodium_base64_VARIANT_ORIGINAL);
}
