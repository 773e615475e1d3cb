/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "base/text.h"

Suite *text_suite(void);

static struct ar_text text_of(const char *s)
{
	return (struct ar_text){ .name = "t", .data = s, .len = strlen(s) };
}

static void place_is(const char *s, size_t offset, size_t line, size_t column)
{
	const struct ar_text text = text_of(s);
	struct ar_place place = ar_text_place(&text, offset);

	ck_assert_msg(place.line == line && place.column == column,
		      "offset %zu is %zu:%zu, not %zu:%zu", offset, place.line, place.column, line,
		      column);
}

START_TEST(lines_end_at_lf_cr_or_crlf_and_columns_count_characters)
{
	place_is("", 0, 1, 1);
	place_is("ab\ncd", 2, 1, 3);
	place_is("ab\ncd", 3, 2, 1);
	place_is("ab\ncd", 99, 2, 3);
	place_is("a\r\nb", 1, 1, 2);
	place_is("a\r\nb", 3, 2, 1);
	place_is("a\rb\rc", 4, 3, 1);
	place_is("é😀x\ny", 6, 1, 3);
	place_is("a\xe2\x80\xa8"
		 "b",
		 4, 1, 3);
	place_is("a\n", 2, 2, 1);
}
END_TEST

START_TEST(a_line_is_given_without_its_break)
{
	const struct ar_text text = text_of("ab\r\ncd\n");
	size_t start, end;

	ar_text_line(&text, 1, &start, &end);
	ck_assert_uint_eq(start, 0);
	ck_assert_uint_eq(end, 2);
	ar_text_line(&text, 4, &start, &end);
	ck_assert_uint_eq(start, 4);
	ck_assert_uint_eq(end, 6);
	ar_text_line(&text, 99, &start, &end);
	ck_assert_uint_eq(start, 7);
	ck_assert_uint_eq(end, 7);
}
END_TEST

START_TEST(the_next_line_begins_behind_the_whole_break)
{
	const struct ar_text text = text_of("ab\r\ncd\re\nf");

	ck_assert_uint_eq(ar_text_next_line(&text, 0), 4);
	ck_assert_uint_eq(ar_text_next_line(&text, 4), 7);
	ck_assert_uint_eq(ar_text_next_line(&text, 7), 9);
	ck_assert_uint_eq(ar_text_next_line(&text, 9), 10);
	ck_assert_uint_eq(ar_text_next_line(&text, 99), 10);
}
END_TEST

/* Against the plain definition, on every short string of these bytes. */
START_TEST(place_and_next_line_agree_with_a_walk_over_the_bytes)
{
	static const char bytes[] = { 'a', '\n', '\r', '\xc3', '\xa9' };
	char s[7] = "";

	for (size_t n = 0; n < 5 * 5 * 5 * 5 * 5 * 5; n++) {
		size_t line = 1, column = 1;
		for (size_t i = 0, k = n; i < 6; i++, k /= 5)
			s[i] = bytes[k % 5];
		for (size_t i = 0; i < 6; i++) {
			place_is(s, i, line, column);
			bool ends = s[i] == '\n' || (s[i] == '\r' && s[i + 1] != '\n');
			line += ends;
			column = ends ? 1 : column + ((s[i] & 0xc0) != 0x80);
		}
	}
}
END_TEST

START_TEST(utf8_is_taken_as_the_standard_has_it)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint32_t rune;
	} cases[] = {
		{ "a", 1, 'a' },
		{ "\xc3\xa9", 2, 0xe9 },
		{ "\xe2\x82\xac", 3, 0x20ac },
		{ "\xf0\x9f\x98\x80", 4, 0x1f600 },
		{ "\xf4\x8f\xbf\xbf", 4, 0x10ffff },
		{ "\xc0\x80", 0, 0 },
		{ "\xc1\xbf", 0, 0 },
		{ "\xe0\x80\x80", 0, 0 },
		{ "\xed\xa0\x80", 0, 0 },
		{ "\xf4\x90\x80\x80", 0, 0 },
		{ "\xf5\x80\x80\x80", 0, 0 },
		{ "\x80", 0, 0 },
		{ "\xc3", 0, 0 },
		{ "\xe2\x82", 0, 0 },
		{ "\xc3z", 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint32_t rune = 0;
		ck_assert_uint_eq(ar_utf8_len(cases[i].bytes, strlen(cases[i].bytes), &rune),
				  cases[i].len);
		ck_assert_uint_eq(rune, cases[i].rune);
	}
	ck_assert_uint_eq(ar_utf8_len("", 0, NULL), 0);
	ck_assert_uint_eq(ar_utf8_len("a", 1, NULL), 1);
}
END_TEST

START_TEST(a_word_is_compared_as_a_whole)
{
	ck_assert(ar_text_is("abc", 3, "abc"));
	ck_assert(!ar_text_is("abcd", 3, "abcd"));
	ck_assert(!ar_text_is("abc", 3, "ab"));
	ck_assert(ar_text_is("", 0, ""));
}
END_TEST

Suite *text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tests = tcase_create("text");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, lines_end_at_lf_cr_or_crlf_and_columns_count_characters);
	tcase_add_test(tests, a_line_is_given_without_its_break);
	tcase_add_test(tests, the_next_line_begins_behind_the_whole_break);
	tcase_add_test(tests, place_and_next_line_agree_with_a_walk_over_the_bytes);
	tcase_add_test(tests, utf8_is_taken_as_the_standard_has_it);
	tcase_add_test(tests, a_word_is_compared_as_a_whole);
	return suite;
}
