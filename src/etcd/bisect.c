/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "etcd/census_impl.h"

/*
 * A comparison that fails is answered with the key whose value breaks the bound most, in the same
 * transaction: that one is an offender for certain. It splits its range in two, and both are asked
 * again; n offenders cost 2n + 1 comparisons or less, however many keys there are. Below the
 * writer's prefix and above it are two such searches.
 */

struct span { /* keys from inclusive to exclusive */
	char *from, *to;
	size_t from_len, to_len;
};

struct search {
	struct ar_etcd *etcd;
	const struct ar_census_ask *ask;
	struct span *list;
	size_t count, cap;
	const char *low, *high; /* one of them NULL */
	char above[sizeof((struct ar_writer *)0)->prefix];
	unsigned budget;
	int64_t total; /* of the folder, as of the last time it was asked as a whole */
	struct ar_census *census;
	struct ar_etcd_page blamed;
};

static void search_done(struct search *search)
{
	for (size_t i = 0; i < search->count; i++) {
		free(search->list[i].from);
		free(search->list[i].to);
	}
	free(search->list);
	ar_etcd_page_done(&search->blamed);
}

static void span_done(struct span *span)
{
	free(span->from);
	free(span->to);
}

/* `more` NUL bytes behind it: the first key after `key`. */
static char *copy_key(const char *key, size_t len, size_t more)
{
	char *copy = calloc(1, len + more);

	if (copy)
		memcpy(copy, key, len);
	return copy;
}

static int push(struct search *search, const struct span *borrowed, size_t more, struct ar_err *err)
{
	if (search->count == search->cap) {
		const size_t cap = search->cap ? search->cap * 2 : 16;
		struct span *list = reallocarray(search->list, cap, sizeof *list);
		if (!list)
			return ar_err_oom(err);
		search->list = list;
		search->cap = cap;
	}
	__attribute__((cleanup(span_done))) struct span own = {
		.from = copy_key(borrowed->from, borrowed->from_len, more),
		.to = copy_key(borrowed->to, borrowed->to_len, 0),
		.from_len = borrowed->from_len + more,
		.to_len = borrowed->to_len,
	};
	if (!own.from || !own.to)
		return ar_err_oom(err);
	search->list[search->count] = own;
	search->list[search->count].from = AR_TAKE(own.from);
	search->list[search->count++].to = AR_TAKE(own.to);
	return 0;
}

static int found(struct search *search, const struct ar_etcd_kv *blamed, struct ar_err *err)
{
	const struct ar_stored unknown = { .kind = AR_STORED_UNKNOWN };
	struct ar_etcd_kv kv = *blamed;
	const struct ar_census_value value = { .kv = &kv, .stored = &unknown };

	kv.value = "";
	kv.value_len = 0;
	ar__census_add(search->census, &unknown, false, 1);
	if (kv.mod_revision > search->census->last_stale)
		search->census->last_stale = kv.mod_revision;
	return search->ask->each ? search->ask->each(search->ask->user, &value, err) : 0;
}

/* The offender is told, and what lies before and behind it is left to do. */
static int split(struct search *search, const struct span *span, struct ar_err *err)
{
	const struct ar_etcd_kv *kv = &search->blamed.list[0];
	AR_FREE_AUTO char *key = copy_key(kv->key, kv->key_len, 0);

	if (!key)
		return ar_err_oom(err);
	const struct span behind = { key, span->to, kv->key_len, span->to_len };
	const struct span before = { span->from, key, span->from_len, kv->key_len };
	if (found(search, kv, err) != 0 || push(search, &behind, 1, err) != 0)
		return -1;
	/* A range needs a key between its ends. */
	const bool none = before.from_len == before.to_len &&
			  memcmp(before.from, before.to, before.to_len) == 0;
	return none ? 0 : push(search, &before, 0, err);
}

/* One comparison. */
static int step(struct search *search, struct ar_err *err)
{
	__attribute__((cleanup(span_done))) struct span span = search->list[--search->count];
	const struct ar_etcd_compare compare = { .key = span.from,
						 .key_len = span.from_len,
						 .end = span.to,
						 .end_len = span.to_len,
						 .low = search->low,
						 .high = search->high };
	struct ar_etcd_compared compared;

	search->budget--;
	if (ar__etcd_blame(search->etcd, &compare, &compared, &search->blamed, err) != 0)
		return -1;
	search->census->revision = compared.revision;
	if (search->total < 0)
		search->total = compared.holds         ? compared.counts[0]
				: search->blamed.count ? search->blamed.total
						       : 0;
	return search->blamed.count ? split(search, &span, err) : 0;
}

/* All of the folder, against one bound. */
static int side(struct search *search, const struct ar__census_folder *folder, const char *low,
		const char *high, struct ar_err *err)
{
	AR_FREE_AUTO char *key = copy_key(folder->key, folder->len, 0);

	if (!key)
		return ar_err_oom(err);
	search->low = low;
	search->high = high;
	search->total = -1;
	if (push(search, &(struct span){ key, folder->end, folder->len, folder->len }, 0, err) != 0)
		return -1;
	while (search->count > 0 && search->budget > 0)
		if (step(search, err) != 0)
			return -1;
	return 0;
}

static int both_sides(struct search *search, const struct ar__census_folder *folder,
		      struct ar_err *err)
{
	const char *prefix = search->ask->writer->prefix;

	ar__census_above(prefix, search->above, sizeof search->above);
	if (side(search, folder, prefix, NULL, err) != 0)
		return -1;
	return search->count > 0 ? 0 : side(search, folder, NULL, search->above, err);
}

int ar_census_bisect(struct ar_etcd *etcd, const struct ar_census_ask *ask, unsigned budget,
		     struct ar_census *ret, bool *ret_found, struct ar_err *err)
{
	AR_CENSUS_FOLDER_AUTO struct ar__census_folder folder = AR_CENSUS_FOLDER_INIT;
	__attribute__((cleanup(search_done))) struct search search = {
		.etcd = etcd, .ask = ask, .budget = budget, .census = ret
	};
	bool may = ar__census_has_prefix(ask->writer);

	if (ar__census_folder(ask, &folder, err) != 0 ||
	    (may && ar__census_may_compare(etcd, &may, err) != 0))
		return -1;
	*ret_found = false;
	if (!may)
		return 0;
	memset(ret, 0, sizeof *ret);
	if (both_sides(&search, &folder, err) != 0)
		return -1;
	/* Keys that came and went between two comparisons may have been told, too. */
	if (search.count > 0 || search.total < ret->stale)
		return 0;
	const struct ar_stored stored = ar__census_stored(ask->writer);
	ret->total = search.total;
	ret->proved = true;
	if (search.total > ret->stale)
		ar__census_add(ret, &stored, true, search.total - ret->stale);
	*ret_found = true;
	return 0;
}
