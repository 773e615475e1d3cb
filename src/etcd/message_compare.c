/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "etcd/message.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* etcd's own numbers. */
enum { RESULT_GREATER = 1, RESULT_LESS = 2 };
enum { TARGET_VALUE = 3 }; /* of a Compare */

/* --- asked -------------------------------------------------------------------------------------
 */

static void put_bound(const struct ar_etcd_compare *compare, int result, const char *bound,
		      struct ar_buf *out)
{
	AR_BUF_AUTO struct ar_buf one = AR_BUF_INIT;

	ar_pb_add_int(&one, 1, (uint64_t)result);
	ar_pb_add_int(&one, 2, TARGET_VALUE);
	ar_pb_add_bytes(&one, 3, compare->key, compare->key_len);
	ar_pb_add_text(&one, 7, bound);
	ar_pb_add_bytes(&one, 64, compare->end, compare->end_len);
	ar_pb_add_message(out, 1, &one);
}

/* A RequestOp with a RangeRequest, in the branch of that number. */
static void put_op(const struct ar_buf *range, uint32_t branch, struct ar_buf *out)
{
	AR_BUF_AUTO struct ar_buf op = AR_BUF_INIT;

	ar_pb_add_message(&op, 1, range);
	ar_pb_add_message(out, branch, &op);
}

static void put_count(const struct ar_etcd_compare *compare, struct ar_buf *out)
{
	AR_BUF_AUTO struct ar_buf range = AR_BUF_INIT;

	ar__etcd_put_range(&(struct ar_etcd_range){ .key = compare->key,
						    .key_len = compare->key_len,
						    .end = compare->end,
						    .end_len = compare->end_len,
						    .count_only = true },
			   &range);
	put_op(&range, 2, out);
}

void ar__etcd_put_compare(const struct ar_etcd_compare *list, size_t count, struct ar_buf *out)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].low)
			put_bound(&list[i], RESULT_GREATER, list[i].low, out);
		if (list[i].high)
			put_bound(&list[i], RESULT_LESS, list[i].high, out);
	}
	for (size_t i = 0; i < count; i++)
		put_count(&list[i], out);
}

/* --- answered ----------------------------------------------------------------------------------
 */

/* The RangeResponse in a ResponseOp; a broken reader where it is none. */
static struct ar_pb response_of(const struct ar_pb_field *field)
{
	struct ar_pb_field range = { .wire = AR_PB_VARINT };
	const struct ar__etcd_slot slots[] = { { .number = 1, .bytes_to = &range } };

	if (!ar__etcd_read(ar_pb_in(field), slots, COUNT(slots)))
		range.wire = AR_PB_VARINT;
	return ar_pb_in(&range);
}

/* The number of keys in a range, as an answer to count_only has it. Members leave a RangeResponse's
 * own header out within a transaction, or put one without its ids into it. */
static bool read_count(const struct ar_pb_field *field, int64_t *ret)
{
	uint64_t total = 0;
	const struct ar__etcd_slot slots[] = { { .number = 4, .number_to = &total } };

	if (!ar__etcd_read(response_of(field), slots, COUNT(slots)) || total > INT64_MAX)
		return false;
	*ret = (int64_t)total;
	return true;
}

struct answers {
	struct ar_pb_field list[AR_ETCD_COMPARES];
	size_t count;
	uint64_t succeeded;
	struct ar__etcd_header header;
};

static bool read_answers(const struct ar_buf *body, size_t most, struct answers *ret)
{
	struct ar_pb_field header = { .data = NULL }, field;
	const struct ar__etcd_slot slots[] = { { .number = 1, .bytes_to = &header },
					       { .number = 2, .number_to = &ret->succeeded } };
	struct ar_pb pb = ar_pb_over(body->data, body->len);

	if (!ar__etcd_read(pb, slots, COUNT(slots)) || !ar__etcd_read_header(&header, &ret->header))
		return false;
	while (ar_pb_next(&pb, &field)) {
		if (field.number != 3)
			continue;
		if (ret->count == most)
			return false;
		ret->list[ret->count++] = field;
	}
	return true;
}

int ar__etcd_take_compare(const struct ar_buf *body, size_t count, struct ar_etcd_compared *ret,
			  struct ar__etcd_header *ret_header, struct ar_err *err)
{
	struct answers got = { .count = 0 };
	struct ar_etcd_compared result = { .holds = false };

	if (!read_answers(body, count, &got))
		return ar__etcd_not_so(err, "it is broken");
	if (got.count != (got.succeeded ? count : 0))
		return ar__etcd_not_so(err, "it has another number of parts than were asked for");
	result.holds = got.succeeded;
	result.revision = got.header.revision;
	for (size_t i = 0; got.succeeded && i < count; i++)
		if (!read_count(&got.list[i], &result.counts[i]) || result.counts[i] == 0)
			return ar__etcd_not_so(err, "a part of it is broken");
	*ret = result;
	*ret_header = got.header;
	return 0;
}
