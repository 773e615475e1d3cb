/* SPDX-License-Identifier: Apache-2.0 */
#include "etcd/message.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* etcd's own numbers. */
enum { SORT_ASCEND = 1, SORT_DESCEND = 2, SORT_BY_VALUE = 4 };

/* The least that a key-value takes in an answer: tags, a key of one byte, two revisions. */
#define LEAST_KV ((size_t)9)

int ar__etcd_not_so(struct ar_err *err, const char *what)
{
	ar_err_set(err, "etcd's answer is not believed: %s", what);
	return ar_err_hint(err, "nothing was taken from it; see whether a proxy stands between, "
				"and whether etcd's log shows corruption");
}

static bool is_plain(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (data[i] < ' ' || data[i] > '~')
			return false;
	return true;
}

void ar__etcd_show(const char *data, size_t len, char *buf, size_t size)
{
	AR_BUF_AUTO struct ar_buf text = AR_BUF_INIT;
	size_t fits = len < size ? len : size - 1;

	if (len > 0 && !is_plain(data, fits)) {
		ar_buf_add_printable(&text, data, fits);
		data = ar_buf_text(&text);
		fits = text.len < size ? text.len : size - 1;
	}
	if (fits > 0)
		memcpy(buf, data, fits);
	buf[fits] = '\0';
}

/* --- fields ------------------------------------------------------------------------------------
 */

static bool take_field(const struct ar_pb_field *field, const struct ar__etcd_slot *slot)
{
	const enum ar_pb_wire wire = slot->number_to ? AR_PB_VARINT : AR_PB_BYTES;

	if (field->wire != wire)
		return false;
	if (slot->number_to)
		*slot->number_to = field->value;
	else
		*slot->bytes_to = *field;
	return true;
}

bool ar__etcd_read(struct ar_pb pb, const struct ar__etcd_slot *slots, size_t count)
{
	struct ar_pb_field field;

	while (ar_pb_next(&pb, &field))
		for (size_t i = 0; i < count; i++)
			if (slots[i].number == field.number && !take_field(&field, &slots[i]))
				return false;
	return !pb.bad;
}

bool ar__etcd_read_header(const struct ar_pb_field *field, struct ar__etcd_header *ret)
{
	uint64_t revision = 0;
	struct ar__etcd_header header = { .cluster = 0 };
	const struct ar__etcd_slot slots[] = {
		{ .number = 1, .number_to = &header.cluster },
		{ .number = 2, .number_to = &header.member },
		{ .number = 3, .number_to = &revision },
		{ .number = 4, .number_to = &header.term },
	};

	if (!field->data || !ar__etcd_read(ar_pb_in(field), slots, COUNT(slots)) ||
	    revision > INT64_MAX || header.cluster == 0)
		return false;
	header.revision = (int64_t)revision;
	*ret = header;
	return true;
}

int ar__etcd_take_header(const struct ar_buf *body, struct ar__etcd_header *ret_header,
			 struct ar_err *err)
{
	struct ar_pb_field header = { .data = NULL };
	const struct ar__etcd_slot slots[] = { { .number = 1, .bytes_to = &header } };

	if (!ar__etcd_read(ar_pb_over(body->data, body->len), slots, COUNT(slots)) ||
	    !ar__etcd_read_header(&header, ret_header))
		return ar__etcd_not_so(err, "its header is broken or not there");
	return 0;
}

/* --- a range -----------------------------------------------------------------------------------
 */

void ar__etcd_put_range(const struct ar_etcd_range *range, struct ar_buf *out)
{
	ar_pb_add_bytes(out, 1, range->key, range->key_len);
	ar_pb_add_bytes(out, 2, range->end, range->end ? range->end_len : 0);
	ar_pb_add_int(out, 3, (uint64_t)range->limit);
	ar_pb_add_int(out, 4, (uint64_t)range->revision);
	if (range->order != AR_ETCD_BY_KEY) {
		ar_pb_add_int(out, 5,
			      range->order == AR_ETCD_LEAST_VALUE ? SORT_ASCEND : SORT_DESCEND);
		ar_pb_add_int(out, 6, SORT_BY_VALUE);
	}
	ar_pb_add_int(out, 8, range->keys_only);
	ar_pb_add_int(out, 9, range->count_only);
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	const int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static bool is_in(const struct ar_etcd_range *range, const struct ar_etcd_kv *kv)
{
	if (!range->end)
		return compare_bytes(kv->key, kv->key_len, range->key, range->key_len) == 0;
	return compare_bytes(kv->key, kv->key_len, range->key, range->key_len) >= 0 &&
	       compare_bytes(kv->key, kv->key_len, range->end, range->end_len) < 0;
}

static bool read_kv(const struct ar_pb_field *field, struct ar_etcd_kv *ret)
{
	struct ar_pb_field key = { .data = NULL }, value = { .data = NULL };
	uint64_t create = 0, mod = 0, version = 0;
	const struct ar__etcd_slot slots[] = {
		{ .number = 1, .bytes_to = &key },   { .number = 2, .number_to = &create },
		{ .number = 3, .number_to = &mod },  { .number = 4, .number_to = &version },
		{ .number = 5, .bytes_to = &value },
	};

	if (!ar__etcd_read(ar_pb_in(field), slots, COUNT(slots)) || key.len == 0)
		return false;
	if (mod == 0 || mod > INT64_MAX || create > mod || version > INT64_MAX)
		return false;
	*ret = (struct ar_etcd_kv){
		.key = (const char *)key.data,
		.key_len = key.len,
		.value = value.data ? (const char *)value.data : "",
		.value_len = value.len,
		.create_revision = (int64_t)create,
		.mod_revision = (int64_t)mod,
		.version = (int64_t)version,
	};
	return true;
}

/* What stands in an answer besides its key-values. */
struct head {
	struct ar__etcd_header header;
	uint64_t more, total;
	size_t kvs;
};

static bool read_head(const struct ar_buf *body, struct head *ret)
{
	struct ar_pb_field header = { .data = NULL }, field;
	const struct ar__etcd_slot slots[] = {
		{ .number = 1, .bytes_to = &header },
		{ .number = 3, .number_to = &ret->more },
		{ .number = 4, .number_to = &ret->total },
	};
	struct ar_pb pb = ar_pb_over(body->data, body->len);

	if (!ar__etcd_read(pb, slots, COUNT(slots)) || !ar__etcd_read_header(&header, &ret->header))
		return false;
	while (ar_pb_next(&pb, &field))
		ret->kvs += field.number == 2;
	return ret->total <= INT64_MAX;
}

/* How many came, of how many, against what was asked. NULL: it agrees. */
static const char *miscounted(const struct ar_etcd_range *range, const struct head *head)
{
	const bool more = head->more, short_of = head->kvs < head->total;

	if (range->count_only)
		return head->kvs ? "keys came where only their number was asked for" : NULL;
	if (range->limit > 0 && head->kvs > (size_t)range->limit)
		return "more keys came than were asked for";
	if (head->kvs > head->total)
		return "more keys came than it counts";
	if (more != short_of)
		return more ? "it says that there is more, but all of its keys are here"
			    : "keys are missing, and it does not say that there is more";
	return more && (head->kvs == 0 || range->limit == 0) ? "it is cut short" : NULL;
}

/* Does it stand behind the one before? By value several may be alike. */
static bool is_behind(const struct ar_etcd_range *range, const struct ar_etcd_kv *kv)
{
	const struct ar_etcd_kv *last = kv - 1;

	if (range->order == AR_ETCD_BY_KEY)
		return compare_bytes(last->key, last->key_len, kv->key, kv->key_len) < 0;
	const int order = compare_bytes(last->value, last->value_len, kv->value, kv->value_len);
	return range->order == AR_ETCD_LEAST_VALUE ? order <= 0 : order >= 0;
}

/* What is wrong with a key-value, by what was asked and the one before. NULL: nothing. */
static const char *misplaced(const struct ar_etcd_range *range, const struct ar_etcd_kv *kv,
			     size_t index, int64_t newest)
{
	if (!is_in(range, kv))
		return "a key lies outside of the range that was asked for";
	if (index > 0 && !is_behind(range, kv))
		return "its keys are not in order";
	if (kv->mod_revision > newest)
		return "a key is newer than the answer itself";
	return range->keys_only && kv->value_len ? "values came where only keys were asked for"
						 : NULL;
}

/* Fills the list, which has room, with the key-values of page->body, none newer than `newest`.
 * NULL, or what is wrong with them. */
static const char *read_kvs(const struct ar_etcd_range *range, struct ar_etcd_page *page,
			    int64_t newest)
{
	struct ar_pb pb = ar_pb_over(page->body.data, page->body.len);
	struct ar_pb_field field;
	const char *wrong = NULL;
	size_t count = 0;

	while (!wrong && ar_pb_next(&pb, &field)) {
		if (field.number != 2)
			continue;
		struct ar_etcd_kv *kv = &page->list[count];
		wrong = read_kv(&field, kv) ? misplaced(range, kv, count, newest)
					    : "a key-value is broken";
		if (range->keys_only)
			kv->value = NULL;
		count++;
	}
	page->count = wrong ? 0 : count;
	return wrong;
}

/* Room for that many key-values in the page's list, which is used again where it is large enough.
 */
static int make_room(struct ar_etcd_page *page, size_t count, struct ar_err *err)
{
	struct ar_etcd_kv *list = reallocarray(page->list, count, sizeof *list);

	if (!list)
		return ar_err_oom(err);
	page->list = list;
	return 0;
}

int ar__etcd_take_range(const struct ar_etcd_range *range, struct ar_etcd_page *page,
			struct ar__etcd_header *ret_header, struct ar_err *err)
{
	struct head head = { .kvs = 0 };

	page->count = 0;
	if (!read_head(&page->body, &head))
		return ar__etcd_not_so(err, "it is broken");
	const char *wrong = miscounted(range, &head);
	if (!wrong && head.kvs > page->body.len / LEAST_KV)
		wrong = "a key-value is broken";
	if (!wrong && range->revision > head.header.revision)
		wrong = "it is older than the revision that was asked for";
	if (wrong)
		return ar__etcd_not_so(err, wrong);
	const int64_t newest = range->revision ? range->revision : head.header.revision;
	if (head.kvs > 0 && make_room(page, head.kvs, err) != 0)
		return -1;
	if (head.kvs > 0 && (wrong = read_kvs(range, page, newest)))
		return ar__etcd_not_so(err, wrong);
	page->total = (int64_t)head.total;
	page->revision = newest;
	page->more = head.more;
	*ret_header = head.header;
	return 0;
}

/* --- compaction --------------------------------------------------------------------------------
 */

void ar__etcd_put_compaction(int64_t revision, struct ar_buf *out)
{
	ar_pb_add_int(out, 1, (uint64_t)revision);
}
