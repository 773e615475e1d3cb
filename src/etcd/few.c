/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "etcd/census_impl.h"

/*
 * All values of the writer begin with its prefix, so they stand side by side when values are in
 * order, and the others lie before and behind them. etcd sorts by value itself: asked for the least
 * ones and for the greatest ones, at one revision, it gives all offenders where they are few, and
 * the rest of the values stay in it.
 *
 * To sort, etcd loads the folder twice, once for each side, as a comparison does. That pays where
 * values are large, for then pages of all of them are many bytes: with 400 MB (3.6, on one machine)
 * it takes 0.6 s, and pages take 2. With values of 2 KB it saves nothing, and where there are many
 * offenders it was for nothing: a sixth more time, for the one side that was asked. So it is only
 * tried with large values. In memory it costs etcd what a comparison does (AR_CENSUS_COMPARE_MAX).
 */
#define WORTH    ((int64_t)16 << 10) /* bytes of a value, by the average */
#define MOST     16                  /* values that are asked for, of each side */
#define LEAST    4                   /* where the average is said too large, they fit as well */
#define SIDE_MAX ((int64_t)4 << 20)  /* bytes of them */

struct few {
	struct ar_etcd *etcd;
	const struct ar_census_ask *ask;
	struct ar__census_folder folder;
	int64_t limit;
	struct ar_etcd_page pages[2];                /* the least, the greatest */
	const struct ar_etcd_kv *list[2 * MOST + 2]; /* offenders in them */
	size_t count;
};

static void few_done(struct few *few)
{
	ar__census_folder_done(&few->folder);
	ar_etcd_page_done(&few->pages[0]);
	ar_etcd_page_done(&few->pages[1]);
}

/* --- asking ------------------------------------------------------------------------------------
 */

static struct ar_etcd_range range_of(const struct few *few)
{
	return (struct ar_etcd_range){ .key = few->folder.key,
				       .key_len = few->folder.len,
				       .end = few->folder.end,
				       .end_len = few->folder.len,
				       .revision = few->ask->revision,
				       .secret = few->ask->secret };
}

/* Is it worth it, and of how many values? What a value has on the average is not more than what the
 * member has in use, by the keys of the folder. */
static int choose_limit(struct few *few, int64_t in_use, bool *ret_worth, struct ar_err *err)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_etcd_range range = range_of(few);

	range.count_only = true;
	if (ar_etcd_range(few->etcd, &range, &page, err) != 0)
		return -1;
	const int64_t average = page.total > 0 ? in_use / page.total : 0;
	*ret_worth = average >= WORTH;
	if (!*ret_worth)
		return 0;
	few->limit = SIDE_MAX / average < MOST ? SIDE_MAX / average : MOST;
	few->limit = few->limit < LEAST ? LEAST : few->limit;
	return 0;
}

static int ask_side(struct few *few, enum ar_etcd_order order, struct ar_etcd_page *ret,
		    struct ar_err *err)
{
	struct ar_etcd_range range = range_of(few);

	range.order = order;
	range.limit = few->limit;
	range.max = (size_t)SIDE_MAX;
	if (few->pages[0].revision)
		range.revision = few->pages[0].revision;
	return ar_etcd_range(few->etcd, &range, ret, err);
}

static struct ar_stored read_stored(const struct few *few, const struct ar_etcd_kv *kv)
{
	return ar_stored_read(kv->value, kv->value_len, few->ask->names, few->ask->name_count);
}

/* The offenders of a page. false: there may be more of them behind it. */
static bool gather(struct few *few, const struct ar_etcd_page *page)
{
	bool ends = !page->more;

	for (size_t i = 0; i < page->count; i++) {
		const struct ar_stored stored = read_stored(few, &page->list[i]);
		if (!ar_writer_wrote(few->ask->writer, &stored))
			few->list[few->count++] = &page->list[i];
		else if (page->more)
			return true;
	}
	return ends;
}

/* Both sides; the second is the first where all keys are in it. */
static int ask_both(struct few *few, bool *ret_all, struct ar_err *err)
{
	*ret_all = false;
	if (ask_side(few, AR_ETCD_LEAST_VALUE, &few->pages[0], err) != 0)
		return -1;
	if (!gather(few, &few->pages[0]) || !few->pages[0].more) {
		*ret_all = !few->pages[0].more;
		return 0;
	}
	if (ask_side(few, AR_ETCD_GREATEST_VALUE, &few->pages[1], err) != 0)
		return -1;
	if (few->pages[1].total != few->pages[0].total)
		return ar__etcd_not_so(err, "the number of keys at one revision changed");
	*ret_all = gather(few, &few->pages[1]);
	return 0;
}

/* --- telling -----------------------------------------------------------------------------------
 */

static int by_key(const void *a, const void *b)
{
	const struct ar_etcd_kv *x = *(const struct ar_etcd_kv *const *)a;
	const struct ar_etcd_kv *y = *(const struct ar_etcd_kv *const *)b;
	const int order = memcmp(x->key, y->key, x->key_len < y->key_len ? x->key_len : y->key_len);

	return order ? order : (x->key_len > y->key_len) - (x->key_len < y->key_len);
}

static int tell_one(const struct few *few, const struct ar_etcd_kv *kv, struct ar_census *census,
		    struct ar_err *err)
{
	const struct ar_stored stored = read_stored(few, kv);
	const struct ar_census_value value = { .kv = kv, .stored = &stored };

	ar__census_add(census, &stored, false, 1);
	if (kv->mod_revision > census->last_stale)
		census->last_stale = kv->mod_revision;
	return few->ask->each ? few->ask->each(few->ask->user, &value, err) : 0;
}

static int tell(struct few *few, struct ar_census *ret, struct ar_err *err)
{
	const struct ar_census_ask *ask = few->ask;
	const struct ar_stored stored = ar__census_stored(ask->writer);
	const int64_t total = few->pages[0].total;

	memset(ret, 0, sizeof *ret);
	ret->total = total;
	ret->revision = few->pages[0].revision;
	ret->proved = true;
	qsort(few->list, few->count, sizeof(void *), by_key);
	if (ask->progress)
		ask->progress(ask->user, 0, 0);
	for (size_t i = 0; i < few->count; i++)
		if (tell_one(few, few->list[i], ret, err) != 0)
			return -1;
	if (total > ret->stale)
		ar__census_add(ret, &stored, true, total - ret->stale);
	if (ask->progress)
		ask->progress(ask->user, total, total);
	return 0;
}

int ar__census_few(struct ar_etcd *etcd, const struct ar_census_ask *ask, struct ar_census *ret,
		   bool *ret_found, struct ar_err *err)
{
	__attribute__((cleanup(few_done))) struct few few = { .etcd = etcd, .ask = ask };
	bool may = ar__census_has_prefix(ask->writer);
	struct ar_err own = AR_ERR_INIT;
	int64_t in_use = 0;

	*ret_found = false;
	if (!may)
		return 0;
	if (ar__census_folder(ask, &few.folder, err) != 0)
		return -1;
	/* What goes wrong here pages will meet, too, or get through. */
	if (ar__census_may_compare(etcd, &in_use, &may, &own) != 0 ||
	    (may && choose_limit(&few, in_use, &may, &own) != 0) ||
	    (may && ask_both(&few, &may, &own) != 0))
		return own.sys == ENOMEM ? ar_err_oom(err) : 0;
	if (!may)
		return 0;
	*ret_found = true;
	return tell(&few, ret, err);
}
