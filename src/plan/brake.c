/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/brake.h"

#define PAGE 4096
#define EXTRA                                                                              \
	200 /* key, the revision's own key, etcd's fields, a provider's prefix and padding \
	     */

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t positive(int64_t n)
{
	return n > 0 ? n : 0;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The sizes that matter. */
struct lines {
	int64_t quota, soft, hard;
	int64_t little; /* less than this is not worth a look at etcd */
};

static struct lines lines_of(int64_t quota)
{
	if (quota <= 0)
		quota = AR_BRAKE_QUOTA;
	return (struct lines){ .quota = quota,
			       .soft = quota / 5 * 4,
			       .hard = quota / 32 * 31,
			       .little = quota / 128 };
}

/* Is there enough of it to go on, or is more to come? An API server compacts what was there one
 * interval before, so room comes in two parts. */
static bool has_room(const struct ar_brake_seen *seen, const struct lines *lines)
{
	const int64_t unused = seen->db_size - seen->db_in_use;

	return seen->waited || seen->db_in_use <= seen->live + lines->quota / 64 ||
	       unused >= lines->quota / 4 || lines->soft - seen->db_size >= lines->quota / 8;
}

int64_t ar_brake_credit(const struct ar_brake_seen *seen)
{
	const struct lines lines = lines_of(seen->quota);
	const int64_t room = positive(lines.hard - seen->db_size - seen->pending);
	const int64_t unused = positive(seen->db_size - seen->db_in_use);
	const int64_t from = seen->holding ? seen->db_size : seen->went_on;
	const int64_t line = most(lines.soft, from + positive(lines.hard - from) / 4);
	const int64_t growth = positive(line - seen->db_size);
	const int64_t credit = least(growth + least(unused / 2, growth) - seen->pending, room / 2);

	/* The little that is left does not wait for minutes where there is room for it four times.
	 */
	if (seen->ahead <= room / 4)
		return most(credit, seen->ahead + 1);
	if (seen->holding && !has_room(seen, &lines))
		return 0;
	return credit >= lines.little ? credit : 0;
}

bool ar_brake_hopeless(int64_t db_size, int64_t quota)
{
	const struct lines lines = lines_of(quota);

	return (lines.hard - db_size) / 2 < lines.little;
}

/* bbolt puts at least two entries on a page and fills it to nine tenths; what does not fit makes
 * the page as many pages long as it needs. */
int64_t ar_brake_growth(int64_t bytes)
{
	const int64_t entry = bytes + EXTRA;

	if (entry < PAGE * 9 / 20)
		return entry * 10 / 9;
	return (2 * entry + PAGE - 1) / PAGE * PAGE / 2;
}
