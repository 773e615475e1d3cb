/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "etcd/message.h"

/* Any bytes as an answer of etcd: the first says of which kind. What is believed lies in the range
 * that was asked for, in order, and within the answer. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_page(const struct ar_etcd_range *range, const struct ar_etcd_page *page)
{
	for (size_t i = 0; i < page->count; i++) {
		const struct ar_etcd_kv *kv = &page->list[i];
		if (kv->key < page->body.data || kv->key_len > page->body.len ||
		    memcmp(kv->key, range->key, range->key_len) != 0)
			abort();
		if (kv->value_len > 0 &&
		    kv->value + kv->value_len > page->body.data + page->body.len)
			abort();
		if (kv->mod_revision < 1 || kv->mod_revision > page->revision)
			abort();
	}
	if ((int64_t)page->count > page->total)
		abort();
}

static void as_range(const uint8_t *data, size_t size, unsigned how)
{
	const struct ar_etcd_range range = {
		.key = "/s/",
		.key_len = 3,
		.end = "/s0",
		.end_len = 3,
		.limit = how & 1 ? 3 : 0,
		.revision = how & 2 ? 5 : 0,
		.keys_only = how & 4,
		.count_only = how & 8,
	};
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar__etcd_header header;
	struct ar_err err = AR_ERR_INIT;

	ar_buf_add(&page.body, (const char *)data, size);
	if (ar__etcd_take_range(&range, &page, &header, &err) == 0)
		check_page(&range, &page);
	else if (page.count || !ar_err_is_set(&err))
		abort();
}

static void as_compare(const struct ar_buf *body, unsigned how)
{
	struct ar_etcd_compared result = { .holds = false };
	struct ar__etcd_header header;
	struct ar_err err = AR_ERR_INIT;

	if (ar__etcd_take_compare(body, how & 1 ? 1 : 2, &result, &header, &err) == 0 &&
	    result.holds && result.counts[0] <= 0)
		abort();
}

static void as_the_rest(const struct ar_buf *body)
{
	static struct ar_etcd_state state;
	struct ar_etcd_member member = { .id = 0 };
	struct ar__etcd_header header;
	struct ar_err err = AR_ERR_INIT;
	unsigned alarms;

	if (ar__etcd_take_members(body, &state, &header, &err) == 0 &&
	    (state.count == 0 || state.count > AR_ETCD_MEMBERS))
		abort();
	if (ar__etcd_take_status(body, &member, &alarms, &header, &err) == 0 &&
	    (member.db_in_use < 0 || member.db_in_use > member.db_size))
		abort();
	ar__etcd_take_alarms(body, &alarms, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;

	if (size == 0)
		return 0;
	ar_buf_add(&body, (const char *)data + 1, size - 1);
	switch (data[0] & 3) {
	case 0: as_range(data + 1, size - 1, data[0] >> 2); break;
	case 1: as_compare(&body, data[0] >> 2); break;
	default: as_the_rest(&body); break;
	}
	return 0;
}
