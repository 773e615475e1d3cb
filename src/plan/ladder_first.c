/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/ladder.h"

static bool is_earlier(const struct ar_ladder_step *a, const struct ar_ladder_step *b)
{
	return a->at != b->at ? a->at < b->at : a->kind < b->kind;
}

/* A writer changes in all entries of a file or in none. */
static void agree_on_writer(const struct ar_ladder_step *steps, size_t count,
			    struct ar_ladder_step *first)
{
	bool same = true;

	for (size_t i = 0; i < count; i++)
		same = same && steps[i].file.writer == first->file.writer;
	if (same)
		return;
	first->turns = false;
	if (first->keys == 0)
		*first = (struct ar_ladder_step){ .kind = AR_LADDER_REFUSE,
						  .reason = AR_LADDER_FILE_WRITES,
						  .at = AR_LADDER_READER };
}

struct ar_ladder_step ar_ladder_first(const struct ar_ladder_step *steps, size_t count)
{
	struct ar_ladder_step first = { .kind = AR_LADDER_DONE, .at = AR_LADDER_DONE };

	for (size_t i = 0; i < count; i++)
		if (i == 0 || is_earlier(&steps[i], &first))
			first = steps[i];
	for (size_t i = 0; i < count; i++) {
		if (steps[i].kind != first.kind || steps[i].reason != first.reason)
			continue;
		first.servers |= steps[i].servers;
		first.keys |= steps[i].keys;
	}
	if (first.kind == AR_LADDER_READER)
		agree_on_writer(steps, count, &first);
	return first;
}

const char *ar_ladder_word(enum ar_ladder_kind kind)
{
	static const char *const words[] = {
		[AR_LADDER_REFUSE] = "refuse",
		[AR_LADDER_READER] = "reader",
		[AR_LADDER_WAIT_LOAD] = "wait-load",
		[AR_LADDER_LOAD] = "load",
		[AR_LADDER_WAIT_READERS] = "wait-readers",
		[AR_LADDER_PROMOTE] = "promote",
		[AR_LADDER_WAIT_WRITERS] = "wait-writers",
		[AR_LADDER_PERSIST] = "persist",
		[AR_LADDER_REWRITE] = "rewrite",
		[AR_LADDER_COMPACT] = "compact",
		[AR_LADDER_UNPERSIST] = "unpersist",
		[AR_LADDER_PRUNE] = "prune",
		[AR_LADDER_WAIT_PRUNED] = "wait-pruned",
		[AR_LADDER_DONE] = "done",
	};

	return words[kind];
}
