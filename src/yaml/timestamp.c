/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "yaml/scalar_impl.h"

/*
 * Dates as go-yaml takes them: 2006-1-2, with a time behind `T` or `t` and a zone, or behind a
 * blank and without one. They stay strings; only a tag !!timestamp asks whether it is one.
 */

struct cursor {
	const char *at, *end;
};

static bool take_char(struct cursor *c, const char *set)
{
	if (c->at == c->end || !strchr(set, *c->at))
		return false;
	c->at++;
	return true;
}

/* Between `least` and `most` digits; -1 where there are fewer. */
static int take_number(struct cursor *c, int least, int most)
{
	int number = 0, count = 0;

	while (count < most && c->at < c->end && *c->at >= '0' && *c->at <= '9') {
		number = number * 10 + (*c->at++ - '0');
		count++;
	}
	return count < least ? -1 : number;
}

static int days_in(int month, int year)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct cursor *c)
{
	int year = take_number(c, 4, 4);
	if (year < 0 || !take_char(c, "-"))
		return false;
	int month = take_number(c, 1, 2);
	if (month < 1 || month > 12 || !take_char(c, "-"))
		return false;
	int day = take_number(c, 1, 2);
	return day >= 1 && day <= days_in(month, year);
}

static bool take_part(struct cursor *c, int most)
{
	int number = take_number(c, 1, 2);

	return number >= 0 && number <= most;
}

static bool take_time(struct cursor *c)
{
	if (!take_part(c, 23) || !take_char(c, ":") || !take_part(c, 59) || !take_char(c, ":") ||
	    !take_part(c, 59))
		return false;
	if (c->end - c->at < 2 || !strchr(".,", c->at[0]) || c->at[1] < '0' || c->at[1] > '9')
		return true;
	c->at++;
	while (c->at < c->end && *c->at >= '0' && *c->at <= '9')
		c->at++;
	return true;
}

static bool take_zone(struct cursor *c)
{
	if (take_char(c, "Z"))
		return true;
	if (!take_char(c, "+-"))
		return false;
	int hours = take_number(c, 2, 2);
	if (hours < 0 || hours > 24 || !take_char(c, ":"))
		return false;
	int minutes = take_number(c, 2, 2);
	return minutes >= 0 && minutes <= 60;
}

bool ar__is_timestamp(const char *text, size_t len)
{
	struct cursor c = { text, text + len };

	if (!take_date(&c))
		return false;
	if (c.at == c.end)
		return true;
	if (take_char(&c, "Tt"))
		return take_time(&c) && take_zone(&c) && c.at == c.end;
	return take_char(&c, " ") && take_time(&c) && c.at == c.end;
}
