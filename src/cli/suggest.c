/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/suggest.h"

#include <stdbool.h>
#include <string.h>

#define LONGEST 32 /* longer words are not compared: none of ours is */

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Edit distance with swaps of neighbours, over three rows of the matrix. */
static size_t slips_between(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][LONGEST + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *now = rows[i % 3];
		const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			now[j] = least(last[j] + 1, now[j - 1] + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				       a[i - 2] == b[j - 1];
			if (swapped && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return rows[a_len % 3][b_len];
}

struct ar_suggest ar_suggest_for(const char *given, size_t len)
{
	/* A third of the word may be wrong; more, and the guess would only confuse. */
	return (struct ar_suggest){ .given = given,
				    .len = len,
				    .slips = (len < 3 ? 1 : len / 3) + 1 };
}

void ar_suggest_offer(struct ar_suggest *suggest, const char *candidate)
{
	size_t len = strlen(candidate), slips;

	if (suggest->len == 0 || suggest->len > LONGEST || len > LONGEST)
		return;
	if (len > suggest->len && memcmp(candidate, suggest->given, suggest->len) == 0)
		slips = 1;
	else
		slips = slips_between(suggest->given, suggest->len, candidate, len);
	if (slips >= suggest->slips || slips >= len)
		return;
	suggest->best = candidate;
	suggest->slips = slips;
}
