/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "yaml/number.h"

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
