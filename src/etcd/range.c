/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "etcd/client_impl.h"

/* A comparison loads its ranges: with many or large values etcd takes its time. */
#define COMPARE_MS 120000

void ar_etcd_page_done(struct ar_etcd_page *page)
{
	ar_buf_done(&page->body);
	free(page->list);
	*page = (struct ar_etcd_page)AR_ETCD_PAGE_INIT;
}

void ar_etcd_prefix_end(const char *prefix, size_t len, char *buf)
{
	memcpy(buf, prefix, len);
	if (len > 0)
		buf[len - 1] = (char)(unsigned char)((unsigned char)prefix[len - 1] + 1);
}

/* Of a page of before only the list stays: two bodies at once would be twice the memory. */
static void empty_page(struct ar_etcd_page *page)
{
	ar_buf_done(&page->body);
	page->count = 0;
	page->total = page->revision = 0;
	page->more = false;
}

int ar_etcd_range(struct ar_etcd *etcd, const struct ar_etcd_range *range, struct ar_etcd_page *ret,
		  struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf message = AR_BUF_INIT;
	AR_GRPC_REPLY_AUTO struct ar_grpc_reply reply = AR_GRPC_REPLY_INIT;
	struct ar__etcd_header header;

	ar__etcd_put_range(range, &message);
	empty_page(ret);
	const struct ar__etcd_call call = { .method = "KV/Range",
					    .message = &message,
					    .max = range->max,
					    .secret = range->secret };
	if (ar_buf_check(&message, err) != 0 || ar__etcd_call(etcd, &call, &reply, err) != 0)
		return -1;
	ret->body = reply.body;
	reply.body = (struct ar_buf)AR_BUF_INIT;
	if (ar__etcd_take_range(range, ret, &header, err) != 0 ||
	    ar__etcd_believe(etcd, &header, true, err) != 0) {
		empty_page(ret);
		return -1;
	}
	ar_buf_reset(&etcd->readable);
	ar_buf_add(&etcd->readable, range->key, range->key_len);
	return 0;
}

/* --- comparisons -------------------------------------------------------------------------------
 */

int ar_etcd_compare(struct ar_etcd *etcd, const struct ar_etcd_compare *list, size_t count,
		    struct ar_etcd_compared *ret, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf message = AR_BUF_INIT;
	AR_GRPC_REPLY_AUTO struct ar_grpc_reply reply = AR_GRPC_REPLY_INIT;
	struct ar__etcd_header header;
	struct ar_etcd_compared result;
	const struct ar__etcd_call call = { .method = "KV/Txn",
					    .message = &message,
					    .timeout_ms = COMPARE_MS };

	if (count == 0 || count > AR_ETCD_COMPARES)
		return ar_err_set(err, "%zu ranges cannot be compared at once", count);
	ar__etcd_put_compare(list, count, &message);
	if (ar_buf_check(&message, err) != 0 || ar__etcd_call(etcd, &call, &reply, err) != 0 ||
	    ar__etcd_take_compare(&reply.body, count, &result, &header, err) != 0 ||
	    ar__etcd_believe(etcd, &header, true, err) != 0)
		return -1;
	*ret = result;
	return 0;
}

/* --- compaction --------------------------------------------------------------------------------
 */

int ar_etcd_is_compacted(struct ar_etcd *etcd, int64_t revision, bool *ret, struct ar_err *err)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	AR_BUF_AUTO struct ar_buf key = AR_BUF_INIT;
	struct ar_err own = AR_ERR_INIT;

	if (revision <= 1) {
		*ret = true; /* there is nothing before it */
		return 0;
	}
	/* Any key will do, but RBAC is asked about it first. */
	ar_buf_adds(&key, etcd->readable.len ? "" : "/registry/");
	ar_buf_add(&key, ar_buf_text(&etcd->readable), etcd->readable.len);
	const struct ar_etcd_range range = { .key = ar_buf_text(&key),
					     .key_len = key.len,
					     .revision = revision - 1,
					     .count_only = true };
	if (ar_buf_check(&key, err) != 0)
		return -1;
	if (ar_etcd_range(etcd, &range, &page, &own) == 0) {
		*ret = false;
		return 0;
	}
	if (own.sys != ESTALE) {
		*err = ar_err_is_set(err) ? *err : own;
		return -1;
	}
	*ret = true;
	return 0;
}

int ar_etcd_oldest(struct ar_etcd *etcd, int64_t newest, int64_t *ret, struct ar_err *err)
{
	int64_t low = 1, high = newest;

	while (low < high) {
		const int64_t middle = low + (high - low) / 2;
		bool compacted;

		/* Of what is before the one behind it: of itself. */
		if (ar_etcd_is_compacted(etcd, middle + 1, &compacted, err) != 0)
			return -1;
		if (compacted)
			low = middle + 1;
		else
			high = middle;
	}
	*ret = low;
	return 0;
}

int ar_etcd_compact(struct ar_etcd *etcd, int64_t revision, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf message = AR_BUF_INIT;
	AR_GRPC_REPLY_AUTO struct ar_grpc_reply reply = AR_GRPC_REPLY_INIT;
	struct ar_err own = AR_ERR_INIT;
	struct ar__etcd_header header;
	const struct ar__etcd_call call = { .method = "KV/Compact", .message = &message };

	ar__etcd_put_compaction(revision, &message);
	if (ar_buf_check(&message, err) != 0)
		return -1;
	if (ar__etcd_call(etcd, &call, &reply, &own) != 0) {
		if (own.sys == ESTALE)
			return 0; /* somebody else did it, or an earlier attempt */
		*err = ar_err_is_set(err) ? *err : own;
		return -1;
	}
	if (ar__etcd_take_header(&reply.body, &header, err) != 0)
		return -1;
	return ar__etcd_believe(etcd, &header, true, err);
}
