/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "plan/lines.h"

Suite *lines_suite(void);

static struct ar_text text_of(const char *s)
{
	return (struct ar_text){ .name = "t", .data = s, .len = strlen(s) };
}

static size_t edits_between(const char *old, const char *new_)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;
	struct ar_text a = text_of(old), b = text_of(new_);

	ck_assert_int_eq(ar_lines_edits(&a, &b, &edits, &err), 0);
	ck_assert_int_eq(ar_splice(&a, &edits, &out, &err), 0);
	ck_assert_uint_eq(out.len, b.len);
	ck_assert_int_eq(memcmp(ar_buf_text(&out), new_, b.len), 0);
	return edits.count;
}

START_TEST(equal_texts_have_no_edits)
{
	ck_assert_uint_eq(edits_between("", ""), 0);
	ck_assert_uint_eq(edits_between("a\nb\n", "a\nb\n"), 0);
}
END_TEST

START_TEST(each_changed_place_is_an_edit_of_its_own)
{
	ck_assert_uint_eq(edits_between("a\nb\nc\nd\ne\n", "a\nB\nc\nd\nE\n"), 2);
	ck_assert_uint_eq(edits_between("a\nb\nc\n", "a\nx\nb\nc\ny\n"), 2);
	ck_assert_uint_eq(edits_between("a\nb\nc\n", "c\n"), 1);
}
END_TEST

START_TEST(final_newline_and_crlf_are_bytes_like_others)
{
	ck_assert_uint_eq(edits_between("a\nb", "a\nb\n"), 1);
	ck_assert_uint_eq(edits_between("a\r\nb\r\n", "a\nb\n"), 1);
	ck_assert_uint_eq(edits_between("", "new\n"), 1);
	ck_assert_uint_eq(edits_between("old\n", ""), 1);
}
END_TEST

START_TEST(random_texts_reach_each_other)
{
	char a[64], b[64];

	srand(1);
	for (int round = 0; round < 3000; round++) {
		int n = rand() % 20, m = rand() % 20, at = 0;
		for (int i = 0; i < n; i++, at += 2)
			memcpy(a + at, &"a\nb\nc\n"[2 * (rand() % 3)], 2);
		a[at] = '\0';
		at = 0;
		for (int i = 0; i < m; i++, at += 2)
			memcpy(b + at, &"a\nb\nc\n"[2 * (rand() % 3)], 2);
		b[at] = '\0';
		edits_between(a, b);
	}
}
END_TEST

Suite *lines_suite(void)
{
	Suite *s = suite_create("lines");
	TCase *t = tcase_create("shortest edits of lines");

	tcase_add_test(t, equal_texts_have_no_edits);
	tcase_add_test(t, each_changed_place_is_an_edit_of_its_own);
	tcase_add_test(t, final_newline_and_crlf_are_bytes_like_others);
	tcase_add_test(t, random_texts_reach_each_other);
	suite_add_tcase(s, t);
	return s;
}
