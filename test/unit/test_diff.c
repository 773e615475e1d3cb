/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/diff.h"
#include "yamltest.h"

Suite *diff_suite(void);

static struct ar_edits edits;
static struct ar_err err;
static const struct ar_diff_opts plain = { .old_name = "old", .new_name = "new" };

static void setup(void)
{
	edits = (struct ar_edits)AR_EDITS_INIT;
	err = (struct ar_err)AR_ERR_INIT;
}

static void teardown(void)
{
	ar_edits_done(&edits);
}

/* Puts `insert` in the place of `remove`, behind the text `before`. */
static void edit(const char *old, const char *before, const char *remove, const char *insert)
{
	const char *found = strstr(old, before);

	ck_assert_ptr_nonnull(found);
	size_t start = (size_t)(found - old) + strlen(before);
	ck_assert_int_eq(ar_edits_add(&edits, start, start + strlen(remove), insert, strlen(insert),
				      &err),
			 0);
}

static void shows(const char *old, const struct ar_diff_opts *opts, const char *expected)
{
	const struct ar_text text = text_of(old);
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ck_assert_int_eq(ar_diff_write(&text, &edits, opts, &out, &err), 0);
	ck_assert_str_eq(ar_buf_text(&out), expected);
}

START_TEST(no_change_no_diff)
{
	const char *old = "a\nb\n";

	shows(old, &plain, "");
	edit(old, "a\n", "b", "b");
	edit(old, "b\n", "", "");
	shows(old, &plain, "");
}
END_TEST

START_TEST(three_lines_stand_around_a_change)
{
	const char *old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";

	edit(old, "5\n", "", "new\n");
	shows(old, &plain, "--- old\n+++ new\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+new\n 6\n 7\n 8\n");
}
END_TEST

START_TEST(near_changes_share_a_hunk_and_far_ones_do_not)
{
	const char *old = "1\n2\n3\n4\n5\n6\n7\n8\n9\na\nb\nc\nd\ne\nf\ng\n";

	edit(old, "", "1", "one");
	edit(old, "7\n", "8\n", "");
	edit(old, "f\n", "g", "G");
	shows(old, &plain,
	      "--- old\n+++ new\n@@ -1,11 +1,10 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n 9\n a\n "
	      "b\n"
	      "@@ -13,4 +12,4 @@\n d\n e\n f\n-g\n+G\n");
}
END_TEST

START_TEST(only_the_lines_that_differ_are_shown_as_changed)
{
	const char *old = "a:\n  - x\n  - y\n";

	/* An edit in the middle of lines, as the editor makes them. */
	edit(old, "- x", "", "\n  - new");
	edit(old, "  - x\n  ", "", "- other\n  ");
	shows(old, &plain,
	      "--- old\n+++ new\n@@ -1,3 +1,5 @@\n a:\n   - x\n+  - new\n+  - other\n   - y\n");
}
END_TEST

START_TEST(a_missing_final_newline_is_said)
{
	edit("a\nb", "b", "", "\nc");
	shows("a\nb", &plain,
	      "--- old\n+++ new\n@@ -1,2 +1,3 @@\n a\n-b\n\\ No newline at end of file\n+b\n+c\n\\ "
	      "No newline at end of file\n");
}
END_TEST

START_TEST(a_final_newline_that_comes_or_goes_is_a_change)
{
	edit("a", "a", "", "\n");
	shows("a", &plain,
	      "--- old\n+++ new\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n");
}
END_TEST

START_TEST(an_empty_text_has_line_zero)
{
	edit("", "", "", "a\n");
	shows("", &plain, "--- old\n+++ new\n@@ -0,0 +1,1 @@\n+a\n");
}
END_TEST

START_TEST(crlf_stays_in_the_exact_diff)
{
	const char *old = "a\r\nb\r\n";

	edit(old, "a\r\n", "", "x\r\n");
	shows(old, &plain, "--- old\n+++ new\n@@ -1,2 +1,3 @@\n a\r\n+x\r\n b\r\n");
}
END_TEST

START_TEST(law_9_a_coloured_diff_cannot_steer_the_terminal)
{
	const struct ar_diff_opts colour = { .old_name = "o\x1bld",
					     .new_name = "new",
					     .colour = true };
	const char *old = "a\x1b[1m\té\n";
	const struct ar_text text = text_of(old);
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	edit(old, "\n", "", "\x1b[2J\n");
	ck_assert_int_eq(ar_diff_write(&text, &edits, &colour, &out, &err), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "\n a\\x1b[1m\té\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "\033[32m+\\x1b[2J\033[0m\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "\033[36m@@ -1,1 +1,2 @@\033[0m\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "--- o\\x1bld\n"));
}
END_TEST

START_TEST(law_7_hidden_ranges_are_redacted_and_it_is_said)
{
	const char *old = "- name: k\n  secret: AAAA\n- b\n";
	const struct ar_range hide_old = { 20, 24 }, hide_new = { 30, 34 };
	const struct ar_diff_opts opts = { .old_name = "old",
					   .new_name = "new",
					   .hide_old = &hide_old,
					   .hide_old_count = 1,
					   .hide_new = &hide_new,
					   .hide_new_count = 1 };
	const struct ar_text text = text_of(old);
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	edit(old, "", "", "- name: j\n");
	edit(old, "secret: AAAA", "", " # used");
	ck_assert_int_eq(ar_diff_write(&text, &edits, &opts, &out, &err), 0);
	ck_assert_ptr_null(strstr(out.data, "AAAA"));
	ck_assert_ptr_nonnull(strstr(out.data,
				     "-  secret: <redacted>\n+  secret: <redacted> # used\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "redacted: "));
}
END_TEST

START_TEST(lines_of_an_edit_are_those_that_differ)
{
	const char *old = "a:\n  - x\n  - y\nb: 1\n";
	const struct ar_text text = text_of(old);

	edit(old, "- x", "", "\n  - new\n  - more");
	edit(old, "  - x\n  - y", "", "");
	edit(old, "b: ", "1\n", "");
	struct ar_diff_lines first = ar_diff_lines(&text, &edits, 0),
			     last = ar_diff_lines(&text, &edits, 2);
	ck_assert_uint_eq(first.old_line, 3);
	ck_assert_uint_eq(first.new_line, 3);
	ck_assert_uint_eq(first.added, 2);
	ck_assert_uint_eq(first.removed, 0);
	ck_assert_uint_eq(last.old_line, 4);
	ck_assert_uint_eq(last.new_line, 6);
	ck_assert_uint_eq(last.removed, 1);
	ck_assert_uint_eq(last.added, 1);
}
END_TEST

Suite *diff_suite(void)
{
	Suite *suite = suite_create("diff");
	TCase *tests = tcase_create("diff");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, no_change_no_diff);
	tcase_add_test(tests, three_lines_stand_around_a_change);
	tcase_add_test(tests, near_changes_share_a_hunk_and_far_ones_do_not);
	tcase_add_test(tests, only_the_lines_that_differ_are_shown_as_changed);
	tcase_add_test(tests, a_missing_final_newline_is_said);
	tcase_add_test(tests, a_final_newline_that_comes_or_goes_is_a_change);
	tcase_add_test(tests, an_empty_text_has_line_zero);
	tcase_add_test(tests, crlf_stays_in_the_exact_diff);
	tcase_add_test(tests, law_9_a_coloured_diff_cannot_steer_the_terminal);
	tcase_add_test(tests, law_7_hidden_ranges_are_redacted_and_it_is_said);
	tcase_add_test(tests, lines_of_an_edit_are_those_that_differ);
	return suite;
}
