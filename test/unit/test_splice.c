/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "yaml/splice.h"
#include "yamltest.h"

Suite *splice_suite(void);

static struct ar_edits edits;
static struct ar_err err;

static void setup(void)
{
	edits = (struct ar_edits)AR_EDITS_INIT;
	err = (struct ar_err)AR_ERR_INIT;
}

static void teardown(void)
{
	ar_edits_done(&edits);
}

static int add(size_t start, size_t end, const char *text)
{
	return ar_edits_add(&edits, start, end, text, strlen(text), &err);
}

static void gives(const char *old, const char *expected)
{
	const struct ar_text text = text_of(old);
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ck_assert_int_eq(ar_splice(&text, &edits, &out, &err), 0);
	ck_assert_str_eq(ar_buf_text(&out), expected);
}

START_TEST(law_3_no_edits_give_the_same_bytes)
{
	gives("a\r\nb\xff", "a\r\nb\xff");
	gives("", "");
}
END_TEST

START_TEST(edits_are_applied_in_the_order_of_their_places)
{
	ck_assert_int_eq(add(6, 7, "X"), 0);
	ck_assert_int_eq(add(0, 1, ""), 0);
	ck_assert_int_eq(add(3, 3, "in"), 0);
	gives("0123456789", "12in345X789");
	for (size_t i = 1; i < edits.count; i++)
		ck_assert_uint_le(edits.list[i - 1].end, edits.list[i].start);
}
END_TEST

START_TEST(insertions_at_one_place_keep_their_order)
{
	ck_assert_int_eq(add(1, 1, "a"), 0);
	ck_assert_int_eq(add(1, 1, "b"), 0);
	ck_assert_int_eq(add(1, 2, "Y"), 0);
	ck_assert_int_eq(add(1, 1, "c"), 0);
	gives("xyz", "xabcYz");
}
END_TEST

START_TEST(edits_of_the_same_bytes_are_refused)
{
	ck_assert_int_eq(add(2, 5, "x"), 0);
	ck_assert_int_eq(add(4, 6, "y"), -1);
	ck_assert_int_eq(add(1, 3, "y"), -1);
	ck_assert_int_eq(add(3, 3, "y"), -1);
	ck_assert_int_eq(add(2, 5, "y"), -1);
	ck_assert_int_eq(add(4, 3, "y"), -1);
	ck_assert_uint_eq(edits.count, 1);
	ck_assert_int_eq(add(5, 5, "y"), 0);
	ck_assert_int_eq(add(2, 2, "z"), 0);
}
END_TEST

START_TEST(an_edit_behind_the_end_is_refused)
{
	const struct ar_text text = text_of("abc");
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ck_assert_int_eq(add(3, 4, "x"), 0);
	ck_assert_int_eq(ar_splice(&text, &edits, &out, &err), -1);
	ck_assert(ar_err_is_set(&err));
}
END_TEST

START_TEST(every_new_byte_is_inserted_or_an_old_one)
{
	const char *old = "0123456789";
	const struct ar_text text = text_of(old);
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	add(0, 0, "ab");
	add(3, 5, "c");
	add(7, 9, "");
	add(10, 10, "d");
	ck_assert_int_eq(ar_splice(&text, &edits, &out, &err), 0);
	ck_assert_str_eq(ar_buf_text(&out), "ab012c569d");
	for (size_t i = 0; i < out.len; i++) {
		size_t from = 0;
		bool was_there = ar_splice_origin(&edits, i, &from);
		ck_assert(was_there == !strchr("abcd", out.data[i]));
		ck_assert(!was_there || old[from] == out.data[i]);
	}
}
END_TEST

START_TEST(law_7_secret_edits_lie_in_guarded_memory)
{
	ck_assert_int_eq(ar_secret_setup(&err), 0);
	edits.secret = true;
	ck_assert_int_eq(add(0, 0, "key"), 0);
	gives("x", "keyx");
}
END_TEST

Suite *splice_suite(void)
{
	Suite *suite = suite_create("splice");
	TCase *tests = tcase_create("splice");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, law_3_no_edits_give_the_same_bytes);
	tcase_add_test(tests, edits_are_applied_in_the_order_of_their_places);
	tcase_add_test(tests, insertions_at_one_place_keep_their_order);
	tcase_add_test(tests, edits_of_the_same_bytes_are_refused);
	tcase_add_test(tests, an_edit_behind_the_end_is_refused);
	tcase_add_test(tests, every_new_byte_is_inserted_or_an_old_one);
	tcase_add_test(tests, law_7_secret_edits_lie_in_guarded_memory);
	return suite;
}
