/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/stale.h"

#include <stdlib.h>
#include <string.h>

void ar_stale_done(struct ar_stale *stale)
{
	ar_buf_done(&stale->names);
	free(stale->list);
	*stale = (struct ar_stale)AR_STALE_INIT;
}

const char *ar_stale_name(const struct ar_stale *stale, size_t index)
{
	return stale->names.data + stale->list[index].at;
}

/* As etcd sorts them: by bytes. */
static int compare(const struct ar_stale *stale, size_t index, size_t item, const char *name,
		   size_t len)
{
	const struct ar_stale_entry *entry = &stale->list[index];

	if (entry->item != item)
		return entry->item < item ? -1 : 1;
	const char *mine = ar_stale_name(stale, index);
	const size_t my_len = strlen(mine);
	const int order = memcmp(mine, name, my_len < len ? my_len : len);
	return order != 0 ? order : my_len < len ? -1 : my_len > len;
}

static void drop_item(struct ar_stale *stale, size_t item)
{
	while (stale->count > 0 && stale->list[stale->count - 1].item == item) {
		const struct ar_stale_entry *last = &stale->list[--stale->count];
		stale->growth -= last->growth;
		stale->names.len = last->at;
	}
}

static int make_room(struct ar_stale *stale, struct ar_err *err)
{
	const size_t cap = stale->cap ? stale->cap * 2 : 256;

	if (stale->count < stale->cap)
		return 0;
	struct ar_stale_entry *list = realloc(stale->list, cap * sizeof *list);
	if (!list) {
		ar_err_oom(err);
		return -1;
	}
	stale->list = list;
	stale->cap = cap;
	return 0;
}

int ar_stale_add(struct ar_stale *stale, const struct ar_stale_entry *entry, const char *name,
		 size_t len, struct ar_err *err)
{
	if (stale->count > 0 && stale->list[stale->count - 1].item == entry->item &&
	    compare(stale, stale->count - 1, entry->item, name, len) >= 0)
		drop_item(stale, entry->item);
	if (make_room(stale, err) != 0)
		return -1;
	struct ar_stale_entry *added = &stale->list[stale->count];
	*added = *entry;
	added->at = (uint32_t)stale->names.len;
	ar_buf_add(&stale->names, name, len);
	ar_buf_addc(&stale->names, '\0');
	if (ar_buf_check(&stale->names, err) != 0)
		return -1;
	stale->count++;
	stale->growth += added->growth;
	return 0;
}

bool ar_stale_has(const struct ar_stale *stale, size_t item, const char *name, size_t len)
{
	size_t low = 0, high = stale->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = compare(stale, middle, item, name, len);
		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static int take(struct ar_stale *into, const struct ar_stale *from, size_t index,
		struct ar_err *err)
{
	const char *name = ar_stale_name(from, index);

	return ar_stale_add(into, &from->list[index], name, strlen(name), err);
}

static size_t skip(const struct ar_stale *list, size_t at, enum ar_stale_state state)
{
	while (at < list->count && list->list[at].state != state)
		at++;
	return at;
}

int ar_stale_merge(struct ar_stale *stale, const struct ar_stale *more, enum ar_stale_state state,
		   struct ar_err *err)
{
	AR_STALE_AUTO struct ar_stale both = AR_STALE_INIT;
	size_t a = 0, b = skip(more, 0, state);

	while (a < stale->count || b < more->count) {
		const char *name = b < more->count ? ar_stale_name(more, b) : "";
		const int order = b >= more->count    ? -1
				  : a >= stale->count ? 1
						      : compare(stale, a, more->list[b].item, name,
								strlen(name));
		if ((order <= 0 ? take(&both, stale, a, err) : take(&both, more, b, err)) != 0)
			return -1;
		a += order <= 0;
		b = order >= 0 ? skip(more, b + 1, state) : b;
	}
	ar_stale_done(stale);
	*stale = both;
	both = (struct ar_stale)AR_STALE_INIT;
	return 0;
}
