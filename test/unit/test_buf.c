/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "base/buf.h"
#include "base/secret.h"

Suite *buf_suite(void);

START_TEST(what_is_added_is_there_and_ends_in_nul)
{
	AR_BUF_AUTO struct ar_buf buf = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_str_eq(ar_buf_text(&buf), "");
	ar_buf_adds(&buf, "ab");
	ar_buf_addc(&buf, '-');
	ar_buf_addf(&buf, "%d%s", 7, "x");
	ar_buf_fill(&buf, ' ', 3);
	ar_buf_add(&buf, "a\0b", 3);
	ck_assert_uint_eq(buf.len, 11);
	ck_assert_int_eq(memcmp(buf.data, "ab-7x   a\0b", 12), 0);
	ck_assert_int_eq(ar_buf_check(&buf, &err), 0);
}
END_TEST

START_TEST(failure_is_sticky_until_reset)
{
	AR_BUF_AUTO struct ar_buf buf = { .max = 8 };
	struct ar_err err = AR_ERR_INIT;

	ar_buf_adds(&buf, "12345678");
	ck_assert_int_eq(ar_buf_check(&buf, &err), 0);
	ar_buf_addc(&buf, '9');
	ar_buf_add(&buf, "", 0);
	ck_assert_str_eq(ar_buf_text(&buf), "12345678");
	ck_assert_int_eq(ar_buf_check(&buf, &err), -1);
	ar_buf_reset(&buf);
	struct ar_err none = AR_ERR_INIT;
	ar_buf_addf(&buf, "%s", "x");
	ck_assert_int_eq(ar_buf_check(&buf, &none), 0);
	ck_assert_str_eq(ar_buf_text(&buf), "x");
}
END_TEST

START_TEST(a_secret_buffer_grows_in_guarded_memory)
{
	struct ar_err err = AR_ERR_INIT;
	AR_BUF_AUTO struct ar_buf buf = { .secret = true };

	ck_assert_int_eq(ar_secret_setup(&err), 0);
	for (int i = 0; i < 3000; i++)
		ar_buf_addc(&buf, (char)('a' + i % 26));
	ck_assert_uint_eq(buf.len, 3000);
	for (int i = 0; i < 3000; i++)
		ck_assert_int_eq(buf.data[i], 'a' + i % 26);
	ar_buf_reset(&buf);
	for (int i = 0; i < 3000; i++)
		ck_assert_int_eq(buf.data[i], 0);
	ck_assert(buf.secret);
	ar_buf_done(&buf);
	ck_assert(buf.secret);
}
END_TEST

START_TEST(law_9_echoed_input_cannot_steer_a_terminal)
{
	AR_BUF_AUTO struct ar_buf buf = AR_BUF_INIT;

	ar_buf_add_printable(&buf, "a\x1b[1mé\n\x7f\xc2\x85\xff😀", 16);
	ck_assert_str_eq(ar_buf_text(&buf), "a\\x1b[1mé\\x0a\\x7f\\xc2\\x85\\xff😀");
}
END_TEST

Suite *buf_suite(void)
{
	Suite *suite = suite_create("buf");
	TCase *tests = tcase_create("buf");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, what_is_added_is_there_and_ends_in_nul);
	tcase_add_test(tests, failure_is_sticky_until_reset);
	tcase_add_test(tests, a_secret_buffer_grows_in_guarded_memory);
	tcase_add_test(tests, law_9_echoed_input_cannot_steer_a_terminal);
	return suite;
}
