/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* No double needs more digits to be read right; what follows them can only break a tie. */
#define DIGITS 800

/* --- integers ------------------------------------------------------------------------------ */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int digit_of(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* Digits of one base to the end of the text; underscores do not count. */
static bool read_digits(const char *text, size_t len, unsigned base, uint64_t *ret)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '_')
			continue;
		unsigned digit = (unsigned)digit_of(text[i]);
		if (digit >= base || __builtin_mul_overflow(sum, base, &sum) ||
		    __builtin_add_overflow(sum, digit, &sum))
			return false;
	}
	*ret = sum;
	return true;
}

static void skip_underscores(const char **text, size_t *len)
{
	while (*len > 0 && **text == '_')
		(*text)++, (*len)--;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static void advance(const char **text, size_t *len)
{
	(*text)++, (*len)--;
	skip_underscores(text, len);
}

/* The base that the text's prefix names, which is skipped. A prefix needs a digit behind it. */
static unsigned take_base(const char **text, size_t *len)
{
	const char *at = *text;
	size_t left = *len;

	if (*at != '0')
		return 10;
	advance(&at, &left);
	if (left >= 2) {
		char letter = lower(*at);
		unsigned base = letter == 'b' ? 2 : letter == 'o' ? 8 : letter == 'x' ? 16 : 0;
		const char *behind = at;
		size_t more = left;
		advance(&behind, &more);
		if (base && more > 0) {
			*text = behind;
			*len = more;
			return base;
		}
	}
	*text = at;
	*len = left;
	return 8;
}

static bool take_sign(const char **text, size_t *len, bool *ret_negative)
{
	bool sign = *len > 0 && (**text == '+' || **text == '-');

	*ret_negative = sign && **text == '-';
	if (sign)
		advance(text, len);
	return sign;
}

/* An integer with its sign; `signed_` says that it bore one, which keeps it within int64. */
static bool fit(uint64_t size, bool negative, bool signed_, struct ar__number *ret)
{
	uint64_t most = (uint64_t)INT64_MAX + negative;

	if (size > most && signed_)
		return false;
	*ret = (struct ar__number){
		.kind = size > most ? AR__UINT : AR__INT,
		.negative = negative && size > 0,
		.size = size,
	};
	return true;
}

static bool read_int(const char *text, size_t len, struct ar__number *ret)
{
	bool negative;
	uint64_t size;

	skip_underscores(&text, &len);
	bool signed_ = take_sign(&text, &len, &negative);
	if (len == 0)
		return false;
	unsigned base = take_base(&text, &len);
	return read_digits(text, len, base, &size) && fit(size, negative, signed_, ret);
}

/* go-yaml's own reading of binary numbers lets a sign stand behind the prefix. */
static bool read_odd_binary(const char *text, size_t len, struct ar__number *ret)
{
	bool negative;
	uint64_t size;

	skip_underscores(&text, &len);
	if (len == 0 || *text != '0')
		return false;
	advance(&text, &len);
	if (len == 0 || *text != 'b')
		return false;
	advance(&text, &len);
	return take_sign(&text, &len, &negative) && len > 0 && read_digits(text, len, 2, &size) &&
	       fit(size, negative, true, ret);
}

/* --- floats -------------------------------------------------------------------------------- */

/* A decimal number on its way to strtod: the digits that matter and the power of ten of the first.
 */
struct decimal {
	char digits[DIGITS + 2];
	size_t count;
	long point; /* digits before the point */
	bool negative;
	bool any; /* a digit was seen, zeros included */
};

static void push_digit(struct decimal *d, char c, bool behind_point)
{
	d->any = true;
	if (d->count == 0 && c == '0') {
		d->point -= behind_point;
		return;
	}
	if (d->count < DIGITS)
		d->digits[d->count++] = c;
	else if (c != '0')
		d->digits[DIGITS] = '1';
	d->point += !behind_point;
}

static bool take_exponent(const char *text, size_t len, struct decimal *d)
{
	bool negative;
	long exponent = 0;

	skip_underscores(&text, &len);
	take_sign(&text, &len, &negative);
	if (len == 0)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '_')
			continue;
		if (!is_digit(text[i]))
			return false;
		if (exponent < 100000000)
			exponent = exponent * 10 + (text[i] - '0');
	}
	d->point += negative ? -exponent : exponent;
	return true;
}

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? with underscores anywhere. */
static bool read_decimal(const char *text, size_t len, struct decimal *d)
{
	bool point = false;
	size_t i = 0;

	skip_underscores(&text, &len);
	take_sign(&text, &len, &d->negative);
	for (; i < len; i++) {
		if (text[i] == '.' && !point)
			point = true;
		else if (is_digit(text[i]))
			push_digit(d, text[i], point);
		else if (text[i] != '_')
			break;
	}
	if (!d->any)
		return false;
	if (i == len)
		return true;
	return lower(text[i]) == 'e' && take_exponent(text + i + 1, len - i - 1, d);
}

static bool read_float(const char *text, size_t len, struct ar__number *ret)
{
	struct decimal d = { .count = 0 };
	char written[DIGITS + 32];

	if (!read_decimal(text, len, &d))
		return false;
	size_t count = d.count + (d.digits[DIGITS] != '\0');
	snprintf(written, sizeof written, "%s0.%.*se%ld", d.negative ? "-" : "", (int)count,
		 count ? d.digits : "0", d.point);
	double real = strtod(written, NULL);
	if (isinf(real))
		return false;
	*ret = (struct ar__number){ .kind = AR__FLOAT, .negative = d.negative, .real = real };
	return true;
}

/* Go's rule for literals: an underscore stands between two digits. */
static bool underscores_fit(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '_' &&
		    (i == 0 || i + 1 == len || !is_digit(text[i - 1]) || !is_digit(text[i + 1])))
			return false;
	return true;
}

bool ar__number_read(const char *text, size_t len, struct ar__number *ret)
{
	if (len == 0 || !strchr("+-.0123456789", text[0]))
		return false;
	if (text[0] == '.')
		return underscores_fit(text, len) && read_float(text, len, ret);
	return read_int(text, len, ret) || read_float(text, len, ret) ||
	       read_odd_binary(text, len, ret);
}

/* --- JSON's grammar ------------------------------------------------------------------------ */

static size_t skip_digits(const char *text, size_t len, size_t at)
{
	while (at < len && is_digit(text[at]))
		at++;
	return at;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?; *ret_int: without fraction and exponent. */
static bool is_json_number(const char *text, size_t len, bool *ret_int)
{
	size_t at = len > 0 && text[0] == '-', from = at;

	at = skip_digits(text, len, at);
	if (at == from || (text[from] == '0' && at > from + 1))
		return false;
	*ret_int = at == len;
	if (at < len && text[at] == '.') {
		from = at + 1;
		at = skip_digits(text, len, from);
		if (at == from)
			return false;
	}
	if (at < len && lower(text[at]) == 'e') {
		from = at + 1 + (at + 1 < len && (text[at + 1] == '+' || text[at + 1] == '-'));
		at = skip_digits(text, len, from);
		if (at == from)
			return false;
	}
	return at == len;
}

bool ar__number_read_json(const char *text, size_t len, struct ar__number *ret)
{
	bool is_int;

	if (!is_json_number(text, len, &is_int))
		return false;
	if (is_int && read_int(text, len, ret) && ret->kind == AR__INT)
		return true;
	return read_float(text, len, ret);
}
