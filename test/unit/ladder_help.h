/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <check.h>

#include "plan/ladder.h"

/* What nodes may see, for the tests of the ladder. */

/* Keys: plain text, an old one, a new one, one of which nobody knows. */
enum { P = 1, O = 2, N = 4, X = 8 };

static const struct ar_ladder_goal to_new = {
	.writer = 2, .keep = P, .persist = true, .rewrite = true
};
static const struct ar_ladder_goal to_plain = { .writer = 0, .persist = true, .rewrite = true };

static inline struct ar_rung rung(unsigned writer, ar_keyset reads)
{
	return (struct ar_rung){ .writer = writer, .reads = reads };
}

/* All servers run with the same file, and all is known. */
static inline struct ar_ladder_seen world(size_t count, unsigned writer, ar_keyset reads)
{
	struct ar_ladder_seen seen = { .file = true,
				       .flag = true,
				       .disk = rung(writer, reads),
				       .config = rung(writer, reads),
				       .current = true,
				       .count = count,
				       .all_told = true,
				       .keys_here = reads | N,
				       .counted = true,
				       .live = (ar_keyset)1 << writer,
				       .past_known = true,
				       .past = (ar_keyset)1 << writer,
				       .persisted = true,
				       .escrowed = true };

	for (size_t i = 0; i < count; i++)
		seen.servers[i] = (struct ar_ladder_server){ .known = true,
							     .loaded = rung(writer, reads),
							     .told = true,
							     .disk = rung(writer, reads) };
	return seen;
}

static inline void set_server(struct ar_ladder_seen *seen, size_t i, unsigned writer,
			      ar_keyset reads)
{
	seen->servers[i].loaded = seen->servers[i].disk = rung(writer, reads);
}

static inline void set_file(struct ar_ladder_seen *seen, unsigned writer, ar_keyset reads)
{
	seen->config = seen->disk = rung(writer, reads);
	seen->current = false;
}

/* Nobody has a file yet. */
static inline struct ar_ladder_seen bare(size_t count)
{
	struct ar_ladder_seen seen = world(count, 0, P);

	seen.file = seen.flag = seen.persisted = false;
	seen.config = rung(0, 0);
	return seen;
}

static inline struct ar_ladder_step next(const struct ar_ladder_seen *seen)
{
	return ar_ladder_next(seen, &to_new);
}

#define expect(step, wanted)                                                   \
	ck_assert_msg((step).kind == (wanted), "%s (reason %d) instead of %s", \
		      ar_ladder_word((step).kind), (int)(step).reason, ar_ladder_word(wanted))
#define expect_refusal(step, why, rung_)                        \
	do {                                                    \
		expect(step, AR_LADDER_REFUSE);                 \
		ck_assert_int_eq((step).reason, (why));         \
		ck_assert_int_eq((int)(step).at, (int)(rung_)); \
	} while (0)
#define expect_file(step, writer_, reads_)                      \
	do {                                                    \
		ck_assert_uint_eq((step).file.writer, writer_); \
		ck_assert_uint_eq((step).file.reads, reads_);   \
	} while (0)
