/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/govalues.h"

#include "base/text.h"

#define LIMIT ((uint64_t)1 << 63)

struct cursor {
	const char *at, *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits before the point. False on overflow. */
static bool whole_part(struct cursor *c, uint64_t *ret)
{
	uint64_t value = 0;

	for (; c->at < c->end && is_digit(*c->at); c->at++) {
		if (value > LIMIT / 10)
			return false;
		value = value * 10 + (uint64_t)(*c->at - '0');
		if (value > LIMIT)
			return false;
	}
	*ret = value;
	return true;
}

/* Digits behind the point: value / scale. Those beyond 63 bits are dropped, as Go drops them. */
static uint64_t fraction(struct cursor *c, double *ret_scale)
{
	uint64_t value = 0;
	double scale = 1;
	bool full = false;

	for (; c->at < c->end && is_digit(*c->at); c->at++) {
		uint64_t next = value * 10 + (uint64_t)(*c->at - '0');
		full = full || value > (LIMIT - 1) / 10 || next > LIMIT;
		if (full)
			continue;
		value = next;
		scale *= 10;
	}
	*ret_scale = scale;
	return value;
}

/* Nanoseconds of the unit that stands here, 0 where it is none. */
static uint64_t unit(struct cursor *c)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "ns", 1 },           { "us", 1000 },         { "\xc2\xb5s", 1000 },
		{ "\xce\xbcs", 1000 }, { "ms", 1000000 },      { "s", 1000000000 },
		{ "m", 60000000000 },  { "h", 3600000000000 },
	};
	const char *start = c->at;

	while (c->at < c->end && *c->at != '.' && !is_digit(*c->at))
		c->at++;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (ar_text_is(start, (size_t)(c->at - start), units[i].name))
			return units[i].ns;
	return 0;
}

/* One "1.5h" of the whole. */
static bool component(struct cursor *c, uint64_t *ret)
{
	const char *start = c->at;
	uint64_t value, part = 0;
	double scale = 1;

	if (!whole_part(c, &value))
		return false;
	size_t digits = (size_t)(c->at - start);
	if (c->at < c->end && *c->at == '.') {
		const char *point = c->at++;
		part = fraction(c, &scale);
		digits += (size_t)(c->at - point) - 1;
	}
	uint64_t ns = digits ? unit(c) : 0;
	if (ns == 0 || value > LIMIT / ns)
		return false;
	*ret = value * ns + (uint64_t)((double)part * ((double)ns / scale));
	return *ret <= LIMIT;
}

bool ar_go_duration(const char *text, size_t len, int64_t *ret_ns)
{
	struct cursor c = { .at = text, .end = text + len };
	bool negative = len && *text == '-';
	uint64_t total = 0, more;

	if (len && (*text == '-' || *text == '+'))
		c.at++;
	if (c.at == c.end)
		return false;
	if (c.end - c.at == 1 && *c.at == '0') {
		*ret_ns = 0;
		return true;
	}
	while (c.at < c.end) {
		if (!component(&c, &more))
			return false;
		total += more;
		if (total > LIMIT)
			return false;
	}
	if (!negative && total == LIMIT)
		return false;
	*ret_ns = negative ? (int64_t)(0 - total) : (int64_t)total;
	return true;
}
