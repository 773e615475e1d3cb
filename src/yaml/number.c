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

/* --- writing ------------------------------------------------------------------------------- */

/* The shortest digits that read back as the same number, and its power of ten. */
struct shortest {
	char digits[24];
	int count, exponent;
};

/* d.ddde±x; `width`: least digits of the exponent. */
static void write_scientific(const struct shortest *s, int width, char *out, size_t size)
{
	int power = s->exponent < 0 ? -s->exponent : s->exponent;

	snprintf(out, size, "%c%s%.*se%c%0*d", s->digits[0], s->count > 1 ? "." : "", s->count - 1,
		 s->digits + 1, s->exponent < 0 ? '-' : '+', width, power);
}

/* The number rounded to `count` digits. */
static struct shortest nearest(double real, int count)
{
	struct shortest s = { .count = 0 };
	char text[40];

	snprintf(text, sizeof text, "%.*e", count - 1, real);
	const char *e = strchr(text, 'e');
	for (const char *p = text; p < e; p++)
		if (*p != '.')
			s.digits[s.count++] = *p;
	s.exponent = (int)strtol(e + 1, NULL, 10);
	return s;
}

/* One more in the last digit. */
static void bump(struct shortest *s)
{
	int at = s->count - 1;

	while (at >= 0 && s->digits[at] == '9')
		s->digits[at--] = '0';
	if (at >= 0) {
		s->digits[at]++;
		return;
	}
	s->digits[0] = '1';
	s->exponent++;
}

static bool reads_back(const struct shortest *s, double real, bool single)
{
	char text[40];

	write_scientific(s, 1, text, sizeof text);
	return (single ? (double)strtof(text, NULL) : strtod(text, NULL)) == real;
}

/* At a power of two the gap above is twice the gap below: the digits above the nearest may then
 * still be the same number when the nearest are not. */
static struct shortest shorten(double real, bool single)
{
	struct shortest s = { .count = 0 };

	for (int count = 1; count <= (single ? 9 : 17); count++) {
		s = nearest(real, count);
		if (reads_back(&s, real, single))
			break;
		bump(&s);
		if (reads_back(&s, real, single))
			break;
	}
	while (s.count > 1 && s.digits[s.count - 1] == '0')
		s.count--;
	return s;
}

static void write_plain(const struct shortest *s, char *out, size_t size)
{
	int whole = s->exponent + 1;
	static const char zeros[] = "0000000000000000000000";

	if (whole <= 0)
		snprintf(out, size, "0.%.*s%.*s", -whole, zeros, s->count, s->digits);
	else if (whole >= s->count)
		snprintf(out, size, "%.*s%.*s", s->count, s->digits, whole - s->count, zeros);
	else
		snprintf(out, size, "%.*s.%.*s", whole, s->digits, s->count - whole,
			 s->digits + whole);
}

static void write_int(const struct ar__number *number, char *out, size_t size)
{
	snprintf(out, size, "%s%llu", number->negative ? "-" : "",
		 (unsigned long long)number->size);
}

void ar__number_write(const struct ar__number *number, char ret[AR__NUMBER_TEXT])
{
	if (number->kind != AR__FLOAT) {
		write_int(number, ret, AR__NUMBER_TEXT);
		return;
	}
	double size = fabs(number->real);
	struct shortest s = shorten(size, false);
	size_t sign = (size_t)(signbit(number->real) != 0);
	ret[0] = '-';
	if (size != 0 && (size < 1e-6 || size >= 1e21))
		write_scientific(&s, 1, ret + sign, AR__NUMBER_TEXT - sign);
	else
		write_plain(&s, ret + sign, AR__NUMBER_TEXT - sign);
}

void ar__number_write_key(const struct ar__number *number, char *out, size_t size)
{
	if (number->kind != AR__FLOAT) {
		write_int(number, out, size);
		return;
	}
	float single = (float)number->real;
	if (isinf(single) || isnan(single)) {
		snprintf(out, size, "%s", isnan(single) ? ".nan" : single < 0 ? "-.inf" : ".inf");
		return;
	}
	struct shortest s = shorten((double)fabsf(single), true);
	size_t sign = (size_t)(signbit(single) != 0);
	out[0] = '-';
	if (s.exponent < -4 || s.exponent >= 6)
		write_scientific(&s, 2, out + sign, size - sign);
	else
		write_plain(&s, out + sign, size - sign);
}
