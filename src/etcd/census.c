/* SPDX-License-Identifier: Apache-2.0 */
#include "etcd/census.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "etcd/census_impl.h"

#define FIRST_LIMIT 100 /* keys: nothing is known yet of how large their values are */
#define MOST_KEYS   5000
#define GROWTH      4                 /* of a page to the next one, at most */
#define PAGE        ((size_t)1 << 20) /* bytes that are aimed at */
#define MANY        50000             /* keys: etcd counts all of them anew for each page */
#define LARGE       (PAGE / 4)        /* bytes of a value: a page would be one or two of them */
#define PAGE_MAX    ((size_t)8 << 20) /* bytes that are taken, where it is more than one key */
#define ATTEMPTS    4

/* --- folders -----------------------------------------------------------------------------------
 */

int ar__census_folder(const struct ar_census_ask *ask, struct ar__census_folder *ret,
		      struct ar_err *err)
{
	const size_t len = strlen(ask->folder);

	if (len == 0 || (unsigned char)ask->folder[len - 1] == 0xff)
		return ar_err_set(err, "'%s' is no beginning of keys", ask->folder);
	char *end = malloc(len);
	if (!end)
		return ar_err_oom(err);
	ar_etcd_prefix_end(ask->folder, len, end);
	*ret = (struct ar__census_folder){ .key = ask->folder, .len = len, .end = end };
	return 0;
}

void ar__census_folder_done(struct ar__census_folder *folder)
{
	free(folder->end);
	folder->end = NULL;
}

/* --- groups ------------------------------------------------------------------------------------
 */

static struct ar_census_group *group_of(struct ar_census *census,
					const struct ar_census_group *wanted)
{
	const struct ar_census_group others = { .kind = AR_STORED_UNKNOWN, .name = "(others)" };

	for (size_t i = 0; i < census->group_count; i++) {
		struct ar_census_group *group = &census->groups[i];
		if (group->kind == wanted->kind && group->current == wanted->current &&
		    strcmp(group->name, wanted->name) == 0 &&
		    strcmp(group->key_id, wanted->key_id) == 0)
			return group;
	}
	if (census->group_count == AR_CENSUS_GROUPS)
		return &census->groups[AR_CENSUS_GROUPS - 1];
	struct ar_census_group *group = &census->groups[census->group_count++];
	*group = census->group_count < AR_CENSUS_GROUPS ? *wanted : others;
	return group;
}

void ar__census_add(struct ar_census *census, const struct ar_stored *stored, bool current,
		    int64_t count)
{
	struct ar_census_group wanted = { .kind = stored->kind, .current = current };

	ar__etcd_show(stored->name, stored->name_len, wanted.name, sizeof wanted.name);
	ar__etcd_show(stored->key_id, stored->key_id_len, wanted.key_id, sizeof wanted.key_id);
	group_of(census, &wanted)->count += count;
	*(current ? &census->current : &census->stale) += count;
	if (ar_stored_is_encrypted(stored->kind))
		census->encrypted += count;
	else if (ar_stored_is_plain(stored->kind))
		census->plain += count;
	else
		census->unknown += count;
}

/* --- pages -------------------------------------------------------------------------------------
 */

struct walk {
	struct ar_etcd *etcd;
	const struct ar_census_ask *ask;
	struct ar__census_folder folder;
	struct ar_buf next; /* the first key of the next page */
	struct ar_etcd_page page;
	int64_t limit, revision, seen;
	struct ar_census *census;
};

static void walk_done(struct walk *walk)
{
	ar_buf_done(&walk->next);
	ar_etcd_page_done(&walk->page);
	ar__census_folder_done(&walk->folder);
}

static void add_value(struct ar_census *census, const struct ar_etcd_kv *kv,
		      const struct ar_census_value *value)
{
	ar__census_add(census, value->stored, value->current, 1);
	census->bytes += (int64_t)kv->value_len;
	if ((int64_t)kv->value_len > census->largest)
		census->largest = (int64_t)kv->value_len;
	if (!value->current && kv->mod_revision > census->last_stale)
		census->last_stale = kv->mod_revision;
}

static int take_page(struct walk *walk, struct ar_err *err)
{
	const struct ar_census_ask *ask = walk->ask;

	for (size_t i = 0; i < walk->page.count; i++) {
		const struct ar_etcd_kv *kv = &walk->page.list[i];
		const struct ar_stored stored = ar_stored_read(kv->value, kv->value_len, ask->names,
							       ask->name_count);
		const struct ar_census_value value = {
			.kv = kv,
			.stored = &stored,
			.current = ask->writer && ar_writer_wrote(ask->writer, &stored),
		};
		add_value(walk->census, kv, &value);
		if (ask->each && ask->each(ask->user, &value, err) != 0)
			return -1;
	}
	walk->seen += (int64_t)walk->page.count;
	if (ask->progress)
		ask->progress(ask->user, walk->seen, walk->census->total);
	return 0;
}

/* An answer that is too large is asked for again, with half of the keys; a single value may be as
 * large as it is. */
static int ask_page(struct walk *walk, struct ar_err *err)
{
	struct ar_etcd_range range = {
		.key = walk->next.data,
		.key_len = walk->next.len,
		.end = walk->folder.end,
		.end_len = walk->folder.len,
		.limit = walk->limit,
		.revision = walk->revision,
		.max = PAGE_MAX,
		.secret = walk->ask->secret,
	};
	struct ar_err own = AR_ERR_INIT;

	while (ar_etcd_range(walk->etcd, &range, &walk->page, &own) != 0) {
		if (own.sys != EFBIG || range.max == 0) {
			*err = ar_err_is_set(err) ? *err : own;
			return -1;
		}
		range.max = range.limit > 1 ? PAGE_MAX : 0;
		range.limit = range.limit > 1 ? range.limit / 2 : 1;
		own = (struct ar_err)AR_ERR_INIT;
	}
	walk->limit = range.limit;
	return 0;
}

/* By the average of this page's values. */
static int64_t next_limit(const struct walk *walk)
{
	const size_t average = walk->page.body.len / walk->page.count + 1;
	const size_t page = walk->census->total > MANY || average > LARGE ? 2 * PAGE : PAGE;
	int64_t limit = (int64_t)(page / average);

	if (limit > walk->limit * GROWTH)
		limit = walk->limit * GROWTH;
	return limit < 1 ? 1 : limit > MOST_KEYS ? MOST_KEYS : limit;
}

/* The number of keys from here on is told with each page: at one revision it cannot change. */
static int check_total(struct walk *walk, struct ar_err *err)
{
	const int64_t total = walk->seen + walk->page.total;

	if (walk->seen == 0 && walk->census->revision == 0) {
		if (walk->revision == 0)
			walk->revision = walk->page.revision;
		walk->census->revision = walk->revision;
		walk->census->total = total;
	}
	return total == walk->census->total
		       ? 0
		       : ar__etcd_not_so(err, "the number of keys at one revision changed");
}

static int go_on(struct walk *walk, struct ar_err *err)
{
	const struct ar_etcd_kv *last = &walk->page.list[walk->page.count - 1];

	walk->limit = next_limit(walk);
	ar_buf_reset(&walk->next);
	ar_buf_add(&walk->next, last->key, last->key_len);
	ar_buf_addc(&walk->next, '\0');
	return ar_buf_check(&walk->next, err);
}

/* All pages, once. */
static int pass(struct walk *walk, struct ar_err *err)
{
	memset(walk->census, 0, sizeof *walk->census);
	walk->limit = FIRST_LIMIT;
	walk->revision = walk->ask->revision;
	walk->seen = 0;
	ar_buf_reset(&walk->next);
	ar_buf_add(&walk->next, walk->folder.key, walk->folder.len);
	if (ar_buf_check(&walk->next, err) != 0)
		return -1;
	do {
		if (ask_page(walk, err) != 0 || check_total(walk, err) != 0 ||
		    take_page(walk, err) != 0)
			return -1;
	} while (walk->page.more && go_on(walk, err) == 0);
	return ar_buf_check(&walk->next, err);
}

int ar_census_take(struct ar_etcd *etcd, const struct ar_census_ask *ask, struct ar_census *ret,
		   struct ar_err *err)
{
	__attribute__((cleanup(walk_done))) struct walk walk = { .etcd = etcd,
								 .ask = ask,
								 .census = ret };
	struct ar_err own = AR_ERR_INIT;
	int result = -1;
	bool found = false;

	if (ask->few && ar__census_few(etcd, ask, ret, &found, err) != 0)
		return -1;
	if (found)
		return 0;
	if (ar__census_folder(ask, &walk.folder, err) != 0)
		return -1;
	for (unsigned i = 0; i < ATTEMPTS && result != 0; i++) {
		own = (struct ar_err)AR_ERR_INIT;
		result = pass(&walk, &own);
		if (result != 0 && (own.sys != ESTALE || ask->revision != 0))
			break;
	}
	if (result == 0)
		return 0;
	if (own.sys == ESTALE)
		ar_err_hint(&own,
			    "the revision was compacted %d times while its keys were read; "
			    "try again, or give the API server a longer "
			    "--etcd-compaction-interval",
			    ATTEMPTS);
	*err = ar_err_is_set(err) ? *err : own;
	return -1;
}
