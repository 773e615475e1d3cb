/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/scope.h"

/* Beyond so many differing lines a shortest script is no longer worth its memory (it grows with the
 * square). */
#define MAX_DISTANCE 1000

struct lines {
	const struct ar_text *text;
	size_t *start; /* count + 1 offsets: line i is [start[i], start[i + 1]) */
	size_t count;
};

/* One run of the search: furthest[k] is the furthest line of `a` reached on diagonal k; `trail`
 * keeps a copy per distance, so that the way back can be read. */
struct search {
	struct lines a, b;
	long *furthest;
	long *trail;
	long width; /* diagonals kept: 2 * limit + 1 */
	long limit;
};

static int split(const struct ar_text *text, size_t from, size_t to, struct lines *ret)
{
	size_t count = 0;

	for (size_t at = from; at < to; at = ar_text_next_line(text, at))
		count++;
	ret->start = malloc((count + 1) * sizeof *ret->start);
	if (!ret->start)
		return -1;
	ret->text = text;
	ret->count = 0;
	for (size_t at = from; at < to; at = ar_text_next_line(text, at))
		ret->start[ret->count++] = at;
	ret->start[count] = to;
	return 0;
}

static bool same_line(const struct search *s, long i, long j)
{
	size_t a = s->a.start[i], an = s->a.start[i + 1] - a;
	size_t b = s->b.start[j], bn = s->b.start[j + 1] - b;

	return an == bn && memcmp(s->a.text->data + a, s->b.text->data + b, an) == 0;
}

/* Where diagonal k is left at distance d: from the diagonal above (a line of `b` inserted) or below
 * (one of `a` removed), whichever came further. */
static long entry(const struct search *s, const long *furthest, long d, long k)
{
	long mid = s->limit;

	if (k == -d || (k != d && furthest[mid + k - 1] < furthest[mid + k + 1]))
		return furthest[mid + k + 1];
	return furthest[mid + k - 1] + 1;
}

static bool step_distance(struct search *s, long d)
{
	long na = (long)s->a.count, nb = (long)s->b.count;

	for (long k = -d; k <= d; k += 2) {
		long i = entry(s, s->furthest, d, k);
		while (i < na && i - k < nb && i >= 0 && i - k >= 0 && same_line(s, i, i - k))
			i++;
		s->furthest[s->limit + k] = i;
		if (i >= na && i - k >= nb)
			return true;
	}
	return false;
}

/* Marks on the way back which lines of `a` go and which of `b` come. */
static void walk_back(const struct search *s, long d, bool *gone, bool *come)
{
	long i = (long)s->a.count, j = (long)s->b.count;

	for (; d > 0; d--) {
		const long *before = s->trail + (d - 1) * s->width;
		long k = i - j;
		bool inserted = k == -d ||
				(k != d && before[s->limit + k - 1] < before[s->limit + k + 1]);
		long from_k = inserted ? k + 1 : k - 1;

		i = before[s->limit + from_k];
		j = i - from_k;
		if (inserted)
			come[j] = true;
		else
			gone[i] = true;
	}
}

static int add_edits(const struct search *s, const bool *gone, const bool *come,
		     struct ar_edits *ret, struct ar_err *err)
{
	size_t i = 0, j = 0;

	while (i < s->a.count || j < s->b.count) {
		size_t i0 = i, j0 = j;
		while (i < s->a.count && gone[i])
			i++;
		while (j < s->b.count && come[j])
			j++;
		if (i == i0 && j == j0) {
			i++, j++;
			continue;
		}
		size_t from = s->b.start[j0];
		if (ar_edits_add(ret, s->a.start[i0], s->a.start[i], s->b.text->data + from,
				 s->b.start[j] - from, err) != 0)
			return -1;
	}
	return 0;
}

/* Distance of the two, or -1 when it is beyond the limit. */
static long find_distance(struct search *s)
{
	for (long d = 0; d <= s->limit - 1; d++) {
		if (step_distance(s, d))
			return d;
		memcpy(s->trail + d * s->width, s->furthest, (size_t)s->width * sizeof *s->trail);
	}
	return -1;
}

static int whole_middle(const struct search *s, struct ar_edits *ret, struct ar_err *err)
{
	size_t from = s->b.start[0];

	return ar_edits_add(ret, s->a.start[0], s->a.start[s->a.count], s->b.text->data + from,
			    s->b.start[s->b.count] - from, err);
}

static int run(struct search *s, struct ar_edits *ret, struct ar_err *err)
{
	long distance = find_distance(s);

	if (distance < 0)
		return whole_middle(s, ret, err);
	AR_FREE_AUTO bool *gone = calloc(s->a.count + 1, sizeof *gone);
	AR_FREE_AUTO bool *come = calloc(s->b.count + 1, sizeof *come);
	if (!gone || !come)
		return ar_err_oom(err);
	walk_back(s, distance, gone, come);
	return add_edits(s, gone, come, ret, err);
}

static size_t common_head(const struct ar_text *a, const struct ar_text *b)
{
	size_t at = 0;

	while (at < a->len && at < b->len) {
		size_t end = ar_text_next_line(a, at);
		if (end != ar_text_next_line(b, at) || end > b->len ||
		    memcmp(a->data + at, b->data + at, end - at) != 0)
			break;
		at = end;
	}
	return at;
}

int ar_lines_edits(const struct ar_text *old, const struct ar_text *new_, struct ar_edits *ret,
		   struct ar_err *err)
{
	size_t head = common_head(old, new_);
	struct search s = { .limit = MAX_DISTANCE };
	AR_FREE_AUTO size_t *a = NULL;
	AR_FREE_AUTO size_t *b = NULL;

	if (split(old, head, old->len, &s.a) != 0)
		return ar_err_oom(err);
	a = s.a.start;
	if (split(new_, head, new_->len, &s.b) != 0)
		return ar_err_oom(err);
	b = s.b.start;
	if (s.a.count + s.b.count == 0)
		return 0;
	if ((long)(s.a.count + s.b.count) < s.limit)
		s.limit = (long)(s.a.count + s.b.count) + 1;
	s.width = 2 * s.limit + 1;
	AR_FREE_AUTO long *furthest = calloc((size_t)s.width, sizeof *furthest);
	AR_FREE_AUTO long *trail = calloc((size_t)s.width * (size_t)s.limit, sizeof *trail);
	if (!furthest || !trail)
		return ar_err_oom(err);
	s.furthest = furthest;
	s.trail = trail;
	return run(&s, ret, err);
}
