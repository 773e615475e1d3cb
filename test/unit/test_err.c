/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

Suite *err_suite(void);

static struct ar_text text_of(const char *s)
{
	return (struct ar_text){ .name = "m.yaml", .data = s, .len = strlen(s) };
}

START_TEST(the_first_error_wins)
{
	struct ar_err err = AR_ERR_INIT;
	const struct ar_text text = text_of("a: 1\n");

	ck_assert(!ar_err_is_set(&err));
	ck_assert_int_eq(ar_err_set(&err, "cause %d", 1), -1);
	ck_assert_int_eq(ar_err_set(&err, "later"), -1);
	ck_assert_int_eq(ar_err_at(&err, &text, 3, "later"), -1);
	ck_assert_int_eq(ar_err_oom(&err), -1);
	ck_assert_str_eq(err.msg, "cause 1");
	ck_assert_uint_eq(err.line, 0);
	ck_assert_int_eq(err.class, AR_FAILED);
	ck_assert(ar_err_is_set(&err));
}
END_TEST

START_TEST(the_first_hint_stays_and_context_goes_before)
{
	struct ar_err err = AR_ERR_INIT;

	ar_err_set(&err, "it is wrong");
	ar_err_hint(&err, "do %s", "this");
	ar_err_hint(&err, "do that");
	ar_err_wrap(&err, "reading '%s'", "x");
	ar_err_class(&err, AR_LOOK);
	ck_assert_str_eq(err.hint, "do this");
	ck_assert_str_eq(err.msg, "reading 'x': it is wrong");
	ck_assert_int_eq(err.class, AR_LOOK);
}
END_TEST

START_TEST(law_9_a_place_has_file_line_column_source_and_caret)
{
	struct ar_err err = AR_ERR_INIT;
	const struct ar_text text = text_of("a: 1\r\nkéy:\tx\r\nb: 2\n");

	ar_err_at(&err, &text, 12, "wrong");
	ck_assert_str_eq(err.path, "m.yaml");
	ck_assert_uint_eq(err.line, 2);
	ck_assert_uint_eq(err.column, 6);
	ck_assert_str_eq(err.source, "kéy: x");
	ck_assert_uint_eq(err.caret, 5);
}
END_TEST

START_TEST(law_9_no_source_line_can_steer_a_terminal)
{
	struct ar_err err = AR_ERR_INIT;
	const struct ar_text text = text_of("a: \x1b[31m\x07 \xff \xc2\x9b x");

	ar_err_at(&err, &text, 3, "wrong");
	for (const char *p = err.source; *p; p++)
		ck_assert_int_ne(*p, 0x1b);
	ck_assert_ptr_null(strchr(err.source, 7));
	ck_assert_ptr_null(strchr(err.source, (char)0xff));
	ck_assert_ptr_null(strstr(err.source, "\xc2\x9b"));
}
END_TEST

START_TEST(law_7_a_secret_text_shows_no_source_line)
{
	struct ar_err err = AR_ERR_INIT;
	struct ar_text text = text_of("secret: abc\n");

	text.secret = true;
	ar_err_at(&err, &text, 8, "wrong");
	ck_assert_str_eq(err.source, "");
	ck_assert_uint_eq(err.column, 9);
}
END_TEST

START_TEST(a_long_line_is_shown_around_the_place)
{
	struct ar_err err = AR_ERR_INIT;
	char line[1000];

	memset(line, 'x', sizeof line);
	line[700] = '!';
	const struct ar_text text = { .name = "m", .data = line, .len = sizeof line };
	ar_err_at(&err, &text, 700, "wrong");
	ck_assert_uint_eq(err.column, 701);
	ck_assert_uint_lt(strlen(err.source), sizeof err.source);
	ck_assert_int_eq(err.source[err.caret], '!');
}
END_TEST

START_TEST(a_message_that_is_too_long_ends_in_an_ellipsis)
{
	struct ar_err err = AR_ERR_INIT;
	char huge[2000];

	memset(huge, 'x', sizeof huge - 1);
	huge[sizeof huge - 1] = '\0';
	ar_err_set(&err, "%s", huge);
	ck_assert_uint_eq(strlen(err.msg), sizeof err.msg - 1);
	ck_assert_str_eq(err.msg + strlen(err.msg) - 3, "…");
	ar_err_hint(&err, "éééé%s", huge);
	ck_assert_str_eq(err.hint + strlen(err.hint) - 3, "…");
}
END_TEST

START_TEST(a_failed_call_keeps_its_errno)
{
	struct ar_err err = AR_ERR_INIT;

	errno = ENOSPC;
	ck_assert_int_eq(ar_err_sys(&err, "/x", "cannot write '%s'", "y"), -1);
	errno = 0;
	ck_assert_int_eq(err.sys, ENOSPC);
	ck_assert_str_eq(err.path, "/x");
	ck_assert_str_eq(err.msg, "cannot write 'y': No space left on device");
}
END_TEST

Suite *err_suite(void)
{
	Suite *suite = suite_create("err");
	TCase *tests = tcase_create("err");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, the_first_error_wins);
	tcase_add_test(tests, the_first_hint_stays_and_context_goes_before);
	tcase_add_test(tests, law_9_a_place_has_file_line_column_source_and_caret);
	tcase_add_test(tests, law_9_no_source_line_can_steer_a_terminal);
	tcase_add_test(tests, law_7_a_secret_text_shows_no_source_line);
	tcase_add_test(tests, a_long_line_is_shown_around_the_place);
	tcase_add_test(tests, a_message_that_is_too_long_ends_in_an_ellipsis);
	tcase_add_test(tests, a_failed_call_keeps_its_errno);
	return suite;
}
