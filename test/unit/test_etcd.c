/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "etcd/message.h"

Suite *etcd_suite(void);

/* --- answers, written as etcd writes them ------------------------------------------------------
 */

static void add_header(struct ar_buf *out, uint64_t cluster, uint64_t revision)
{
	AR_BUF_AUTO struct ar_buf header = AR_BUF_INIT;

	ar_pb_add_int(&header, 1, cluster);
	ar_pb_add_int(&header, 2, 7);
	ar_pb_add_int(&header, 3, revision);
	ar_pb_add_int(&header, 4, 2);
	ar_pb_add_message(out, 1, &header);
}

static void add_kv(struct ar_buf *out, const char *key, const char *value, uint64_t mod)
{
	AR_BUF_AUTO struct ar_buf kv = AR_BUF_INIT;

	ar_pb_add_text(&kv, 1, key);
	ar_pb_add_int(&kv, 2, 1);
	ar_pb_add_int(&kv, 3, mod);
	ar_pb_add_int(&kv, 4, 1);
	ar_pb_add_text(&kv, 5, value);
	ar_pb_add_message(out, 2, &kv);
}

/* A page of the keys in `keys`, one letter each behind "/s/", at revision 9. */
static void make_page(struct ar_buf *out, const char *keys, uint64_t more, uint64_t total)
{
	char key[] = "/s/x";

	add_header(out, 5, 9);
	for (; *keys; keys++) {
		key[3] = *keys;
		add_kv(out, key, "value", 3);
	}
	ar_pb_add_int(out, 3, more);
	ar_pb_add_int(out, 4, total);
}

static const struct ar_etcd_range folder = {
	.key = "/s/",
	.key_len = 3,
	.end = "/s0",
	.end_len = 3,
	.limit = 3,
};

static int take(const struct ar_etcd_range *range, struct ar_etcd_page *page, struct ar_err *err)
{
	struct ar__etcd_header header;

	return ar__etcd_take_range(range, page, &header, err);
}

/* --- ranges ------------------------------------------------------------------------------------
 */

START_TEST(a_range_is_written)
{
	static const char wanted[] = "\x0a\x03/s/\x12\x03/s0\x18\x03\x20\x09\x40\x01\x48\x01";
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_etcd_range range = folder;

	range.revision = 9;
	range.keys_only = range.count_only = true;
	ar__etcd_put_range(&range, &out);
	ck_assert_uint_eq(out.len, sizeof wanted - 1);
	ck_assert_mem_eq(out.data, wanted, out.len);
}
END_TEST

START_TEST(a_page_is_read)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_err err = AR_ERR_INIT;
	struct ar__etcd_header header;

	make_page(&page.body, "abc", 1, 8);
	ck_assert_int_eq(ar__etcd_take_range(&folder, &page, &header, &err), 0);
	ck_assert_uint_eq(page.count, 3);
	ck_assert_int_eq(page.total, 8);
	ck_assert_int_eq(page.revision, 9);
	ck_assert(page.more);
	ck_assert_uint_eq(header.cluster, 5);
	ck_assert_int_eq(header.revision, 9);
	ck_assert_mem_eq(page.list[2].key, "/s/c", 4);
	ck_assert_uint_eq(page.list[2].key_len, 4);
	ck_assert_mem_eq(page.list[1].value, "value", 5);
	ck_assert_int_eq(page.list[0].mod_revision, 3);
}
END_TEST

START_TEST(a_page_is_read_into_one_of_before)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_err err = AR_ERR_INIT;

	make_page(&page.body, "abc", 1, 8);
	ck_assert_int_eq(take(&folder, &page, &err), 0);
	ar_buf_reset(&page.body);
	make_page(&page.body, "", 0, 0);
	ck_assert_int_eq(take(&folder, &page, &err), 0);
	ck_assert_uint_eq(page.count, 0);
	ck_assert(!page.more);
}
END_TEST

START_TEST(an_empty_value_is_no_missing_one)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_err err = AR_ERR_INIT;

	add_header(&page.body, 5, 9);
	add_kv(&page.body, "/s/a", "", 3);
	ar_pb_add_int(&page.body, 4, 1);
	ck_assert_int_eq(take(&folder, &page, &err), 0);
	ck_assert_ptr_nonnull(page.list[0].value);
	ck_assert_uint_eq(page.list[0].value_len, 0);
}
END_TEST

/* What contradicts itself, or what was asked for. */
static const struct {
	const char *keys;
	uint64_t more, total;
	const char *says;
} lies[] = {
	{ "abcd", 1, 8, "more keys came than were asked for" },
	{ "abc", 0, 2, "more keys came than it counts" },
	{ "abc", 0, 8, "keys are missing" },
	{ "abc", 1, 3, "all of its keys are here" },
	{ "", 1, 3, "it is cut short" },
	{ "ba", 0, 2, "not in order" },
	{ "aa", 0, 2, "not in order" },
};

START_TEST(a_page_that_cannot_be_is_refused)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_err err = AR_ERR_INIT;

	make_page(&page.body, lies[_i].keys, lies[_i].more, lies[_i].total);
	ck_assert_int_eq(take(&folder, &page, &err), -1);
	ck_assert_msg(strstr(err.msg, lies[_i].says), "%s", err.msg);
	ck_assert_uint_eq(page.count, 0);
}
END_TEST

static const struct {
	const char *key;
	uint64_t mod;
	const char *says;
} strangers[] = {
	{ "/s0", 3, "outside" },          { "/r", 3, "outside" },  { "/s", 3, "outside" },
	{ "/t/a", 3, "outside" },         { "/s/a", 10, "newer" }, { "/s/a", 0, "broken" },
	{ "/s/a", UINT64_MAX, "broken" }, { "", 3, "broken" },
};

START_TEST(a_key_that_cannot_be_is_refused)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_err err = AR_ERR_INIT;

	add_header(&page.body, 5, 9);
	add_kv(&page.body, strangers[_i].key, "planted", strangers[_i].mod);
	ar_pb_add_int(&page.body, 4, 1);
	ck_assert_int_eq(take(&folder, &page, &err), -1);
	ck_assert_msg(strstr(err.msg, strangers[_i].says), "%s", err.msg);
	ck_assert_ptr_null(strstr(err.msg, "planted"));
	ck_assert_ptr_null(strstr(err.msg, "/s/a"));
}
END_TEST

START_TEST(what_was_not_asked_for_is_refused)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_etcd_range range = folder;
	struct ar_err err = AR_ERR_INIT, again = AR_ERR_INIT, third = AR_ERR_INIT;

	make_page(&page.body, "ab", 0, 2);
	range.keys_only = true;
	ck_assert_int_eq(take(&range, &page, &err), -1);
	range.count_only = true;
	ck_assert_int_eq(take(&range, &page, &again), -1);
	range = folder;
	range.revision = 10;
	ck_assert_int_eq(take(&range, &page, &third), -1);
	ck_assert_ptr_nonnull(strstr(third.msg, "older than the revision"));
}
END_TEST

START_TEST(an_answer_without_a_cluster_is_refused)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_err err = AR_ERR_INIT, again = AR_ERR_INIT;

	ck_assert_int_eq(take(&folder, &page, &err), -1);
	add_header(&page.body, 0, 9);
	ck_assert_int_eq(take(&folder, &page, &again), -1);
}
END_TEST

START_TEST(a_pinned_page_may_be_answered_later)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_etcd_range range = folder;
	struct ar_err err = AR_ERR_INIT, again = AR_ERR_INIT;

	range.revision = 4;
	make_page(&page.body, "ab", 0, 2);
	ck_assert_int_eq(take(&range, &page, &err), 0);
	ck_assert_int_eq(page.revision, 4);
	range.revision = 2; /* the keys are of 3 */
	ck_assert_int_eq(take(&range, &page, &again), -1);
}
END_TEST

/* Cut anywhere it is refused, but for behind the header: that is how an empty range looks (frames
 * of gRPC tell the two apart). ASan watches. */
START_TEST(a_page_that_is_cut_reads_no_further)
{
	AR_BUF_AUTO struct ar_buf whole = AR_BUF_INIT;

	make_page(&whole, "abc", 1, 8);
	for (size_t len = 0; len < whole.len; len++) {
		AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
		struct ar_err err = AR_ERR_INIT;
		ar_buf_add(&page.body, whole.data, len);
		if (take(&folder, &page, &err) == 0)
			ck_assert_int_eq(page.total, 0);
		ck_assert_uint_eq(page.count, 0);
	}
}
END_TEST

START_TEST(a_range_by_value_is_written)
{
	/* key, range_end, limit, sort_order DESCEND, sort_target VALUE */
	static const char wanted[] = "\x0a\x03/s/\x12\x03/s0\x18\x04\x28\x02\x30\x04";
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_etcd_range range = folder;

	range.limit = 4;
	range.order = AR_ETCD_GREATEST_VALUE;
	ar__etcd_put_range(&range, &out);
	ck_assert_uint_eq(out.len, sizeof wanted - 1);
	ck_assert_mem_eq(out.data, wanted, out.len);
}
END_TEST

static const struct {
	enum ar_etcd_order order;
	const char *first, *second;
	int result;
} orders[] = {
	{ AR_ETCD_LEAST_VALUE, "v1", "v2", 0 },    { AR_ETCD_LEAST_VALUE, "v1", "v1", 0 },
	{ AR_ETCD_LEAST_VALUE, "v2", "v1", -1 },   { AR_ETCD_GREATEST_VALUE, "v2", "v1", 0 },
	{ AR_ETCD_GREATEST_VALUE, "v1", "v1", 0 }, { AR_ETCD_GREATEST_VALUE, "v1", "v2", -1 },
	{ AR_ETCD_GREATEST_VALUE, "v", "v1", -1 },
};

/* Keys may stand in any order then. */
START_TEST(values_stand_in_the_order_asked_for)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	struct ar_etcd_range range = folder;
	struct ar_err err = AR_ERR_INIT;

	range.limit = 2;
	range.order = orders[_i].order;
	add_header(&page.body, 5, 9);
	add_kv(&page.body, "/s/b", orders[_i].first, 3);
	add_kv(&page.body, "/s/a", orders[_i].second, 4);
	ar_pb_add_int(&page.body, 3, 1);
	ar_pb_add_int(&page.body, 4, 7);
	ck_assert_int_eq(take(&range, &page, &err), orders[_i].result);
	ck_assert_uint_eq(page.count, orders[_i].result == 0 ? 2 : 0);
}
END_TEST

START_TEST(the_end_of_a_prefix)
{
	char end[4] = "";

	ar_etcd_prefix_end("/s/", 3, end);
	ck_assert_str_eq(end, "/s0");
	ar_etcd_prefix_end("a\xfe", 2, end);
	ck_assert_mem_eq(end, "a\xff", 2);
}
END_TEST

/* --- comparisons -------------------------------------------------------------------------------
 */

static const struct ar_etcd_compare both = {
	.key = "/s/", .end = "/s0", .key_len = 3, .end_len = 3, .low = "k:", .high = "k;"
};

START_TEST(a_comparison_is_written)
{
	static const char wanted[] =
		/* compare: GREATER, VALUE, key, value, range_end (field 64) */
		"\x0a\x13\x08\x01\x10\x03\x1a\x03/s/\x3a\x02k:\x82\x04\x03/s0"
		/* compare: LESS */
		"\x0a\x13\x08\x02\x10\x03\x1a\x03/s/\x3a\x02k;\x82\x04\x03/s0"
		/* success: a range with count_only */
		"\x12\x0e\x0a\x0c\x0a\x03/s/\x12\x03/s0\x48\x01";
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ar__etcd_put_compare(&both, 1, &out);
	ck_assert_uint_eq(out.len, sizeof wanted - 1);
	ck_assert_mem_eq(out.data, wanted, out.len);
}
END_TEST

/* A part of an answer: a range's, with these keys. */
static void add_part(struct ar_buf *out, const char *key, uint64_t total)
{
	AR_BUF_AUTO struct ar_buf range = AR_BUF_INIT;
	AR_BUF_AUTO struct ar_buf part = AR_BUF_INIT;

	if (key)
		add_kv(&range, key, "", 3);
	ar_pb_add_int(&range, 4, total);
	ar_pb_add_message(&part, 1, &range);
	ar_pb_add_message(out, 3, &part);
}

START_TEST(a_comparison_that_holds)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	struct ar_etcd_compared result;
	struct ar__etcd_header header;
	struct ar_err err = AR_ERR_INIT, again = AR_ERR_INIT;

	add_header(&body, 5, 9);
	ar_pb_add_int(&body, 2, 1);
	add_part(&body, NULL, 4);
	add_part(&body, NULL, 6);
	ck_assert_int_eq(ar__etcd_take_compare(&body, 2, &result, &header, &err), 0);
	ck_assert(result.holds);
	ck_assert_int_eq(result.revision, 9);
	ck_assert_int_eq(result.counts[0], 4);
	ck_assert_int_eq(result.counts[1], 6);
	ck_assert_int_eq(ar__etcd_take_compare(&body, 1, &result, &header, &again), -1);
}
END_TEST

START_TEST(a_comparison_that_does_not_hold)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	struct ar_etcd_compared result = { .holds = true };
	struct ar__etcd_header header;
	struct ar_err err = AR_ERR_INIT, again = AR_ERR_INIT;

	add_header(&body, 5, 9);
	ck_assert_int_eq(ar__etcd_take_compare(&body, 1, &result, &header, &err), 0);
	ck_assert(!result.holds);
	add_part(&body, NULL, 4);
	ck_assert_int_eq(ar__etcd_take_compare(&body, 1, &result, &header, &again), -1);
}
END_TEST

START_TEST(it_holds_of_nothing)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	struct ar_etcd_compared result;
	struct ar__etcd_header header;
	struct ar_err err = AR_ERR_INIT;

	add_header(&body, 5, 9);
	ar_pb_add_int(&body, 2, 1);
	add_part(&body, NULL, 0);
	ck_assert_int_eq(ar__etcd_take_compare(&body, 1, &result, &header, &err), -1);
}
END_TEST

/* --- members -----------------------------------------------------------------------------------
 */

static void add_member(struct ar_buf *out, uint64_t id, const char *name, const char *url)
{
	AR_BUF_AUTO struct ar_buf member = AR_BUF_INIT;

	ar_pb_add_int(&member, 1, id);
	ar_pb_add_text(&member, 2, name);
	ar_pb_add_text(&member, 3, "https://10.0.0.1:2380");
	ar_pb_add_text(&member, 4, url);
	ar_pb_add_message(out, 2, &member);
}

static const struct {
	const char *url, *host;
	unsigned port;
} urls[] = {
	{ "https://10.0.0.1:2379", "10.0.0.1", 2379 },
	{ "https://[fd00::1]:2379", "fd00::1", 2379 },
	{ "https://etcd-1.example:12379/", "etcd-1.example", 12379 },
	{ "http://10.0.0.1:2379", "", 0 },
	{ "https://10.0.0.1", "", 0 },
	{ "https://:2379", "", 0 },
	{ "https://[]:2379", "", 0 },
	{ "https://10.0.0.1:0", "", 0 },
	{ "https://10.0.0.1:65536", "", 0 },
	{ "https://10.0.0.1:23x9", "", 0 },
	{ "https://10.0.0.1:", "", 0 },
	{ "", "", 0 },
};

START_TEST(a_member_and_its_url)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	static struct ar_etcd_state state;
	struct ar__etcd_header header;
	struct ar_err err = AR_ERR_INIT;

	add_header(&body, 5, 9);
	add_member(&body, 77, "a\x1b[1m", urls[_i].url);
	ck_assert_int_eq(ar__etcd_take_members(&body, &state, &header, &err), 0);
	ck_assert_uint_eq(state.count, 1);
	ck_assert_uint_eq(state.members[0].id, 77);
	ck_assert_str_eq(state.members[0].name, "a\\x1b[1m");
	ck_assert_str_eq(state.members[0].client.host, urls[_i].host);
	ck_assert_uint_eq(state.members[0].client.port, urls[_i].port);
}
END_TEST

START_TEST(members_that_cannot_be)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	static struct ar_etcd_state state;
	struct ar__etcd_header header;
	struct ar_err none = AR_ERR_INIT, twice = AR_ERR_INIT, many = AR_ERR_INIT;

	add_header(&body, 5, 9);
	ck_assert_int_eq(ar__etcd_take_members(&body, &state, &header, &none), -1);
	add_member(&body, 1, "a", "");
	add_member(&body, 1, "b", "");
	ck_assert_int_eq(ar__etcd_take_members(&body, &state, &header, &twice), -1);
	ar_buf_reset(&body);
	add_header(&body, 5, 9);
	for (uint64_t i = 1; i <= AR_ETCD_MEMBERS + 1; i++)
		add_member(&body, i, "a", "");
	ck_assert_int_eq(ar__etcd_take_members(&body, &state, &header, &many), -1);
}
END_TEST

START_TEST(a_status_is_read)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	struct ar_etcd_member member = { .id = 0 };
	struct ar__etcd_header header;
	struct ar_err err = AR_ERR_INIT;
	unsigned alarms = 0;

	add_header(&body, 5, 9);
	ar_pb_add_text(&body, 2, "3.6.5");
	ar_pb_add_int(&body, 3, 1000);
	ar_pb_add_int(&body, 4, 7);
	ar_pb_add_text(&body, 8, "memberID:7 alarm:NOSPACE ");
	ar_pb_add_int(&body, 9, 1200);
	ar_pb_add_int(&body, 12, (uint64_t)-1);
	ck_assert_int_eq(ar__etcd_take_status(&body, &member, &alarms, &header, &err), 0);
	ck_assert_str_eq(member.version, "3.6.5");
	ck_assert_int_eq(member.db_size, 1000);
	ck_assert_int_eq(member.db_in_use, 1000);
	ck_assert_int_eq(member.db_quota, 0); /* switched off */
	ck_assert_uint_eq(member.leader, 7);
	ck_assert_int_eq(member.revision, 9);
	ck_assert_uint_eq(alarms, 1U << AR_ETCD_ALARM_NOSPACE);
}
END_TEST

START_TEST(alarms_are_read)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	AR_BUF_AUTO struct ar_buf alarm = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT, again = AR_ERR_INIT;
	unsigned alarms = 99;

	ck_assert_int_eq(ar__etcd_take_alarms(&body, &alarms, &err), 0);
	ck_assert_uint_eq(alarms, 0);
	ar_pb_add_int(&alarm, 1, 7);
	ar_pb_add_int(&alarm, 2, AR_ETCD_ALARM_CORRUPT);
	ar_pb_add_message(&body, 2, &alarm);
	ck_assert_int_eq(ar__etcd_take_alarms(&body, &alarms, &err), 0);
	ck_assert_uint_eq(alarms, 1U << AR_ETCD_ALARM_CORRUPT);
	ar_buf_add(&body, "\x12\x7f", 2);
	ck_assert_int_eq(ar__etcd_take_alarms(&body, &alarms, &again), -1);
}
END_TEST

/* --- the suite ---------------------------------------------------------------------------------
 */

#define COUNT(list) (int)(sizeof(list) / sizeof *(list))

Suite *etcd_suite(void)
{
	Suite *suite = suite_create("etcd");
	TCase *tcase = tcase_create("messages");

	tcase_add_test(tcase, a_range_is_written);
	tcase_add_test(tcase, a_page_is_read);
	tcase_add_test(tcase, a_page_is_read_into_one_of_before);
	tcase_add_test(tcase, an_empty_value_is_no_missing_one);
	tcase_add_loop_test(tcase, a_page_that_cannot_be_is_refused, 0, COUNT(lies));
	tcase_add_loop_test(tcase, a_key_that_cannot_be_is_refused, 0, COUNT(strangers));
	tcase_add_test(tcase, what_was_not_asked_for_is_refused);
	tcase_add_test(tcase, an_answer_without_a_cluster_is_refused);
	tcase_add_test(tcase, a_pinned_page_may_be_answered_later);
	tcase_add_test(tcase, a_page_that_is_cut_reads_no_further);
	tcase_add_test(tcase, a_range_by_value_is_written);
	tcase_add_loop_test(tcase, values_stand_in_the_order_asked_for, 0, COUNT(orders));
	tcase_add_test(tcase, the_end_of_a_prefix);
	tcase_add_test(tcase, a_comparison_is_written);
	tcase_add_test(tcase, a_comparison_that_holds);
	tcase_add_test(tcase, a_comparison_that_does_not_hold);
	tcase_add_test(tcase, it_holds_of_nothing);
	tcase_add_loop_test(tcase, a_member_and_its_url, 0, COUNT(urls));
	tcase_add_test(tcase, members_that_cannot_be);
	tcase_add_test(tcase, a_status_is_read);
	tcase_add_test(tcase, alarms_are_read);
	suite_add_tcase(suite, tcase);
	return suite;
}
