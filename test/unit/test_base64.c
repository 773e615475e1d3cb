/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "base/base64.h"

Suite *base64_suite(void);

static void decodes(const char *text, const char *bytes)
{
	uint8_t out[64];

	ck_assert_int_eq(ar_base64_decode(text, strlen(text), NULL, NULL), (long)strlen(bytes));
	ck_assert_int_eq(ar_base64_decode(text, strlen(text), out, NULL), (long)strlen(bytes));
	ck_assert_int_eq(memcmp(out, bytes, strlen(bytes)), 0);
}

START_TEST(what_go_takes_is_taken)
{
	decodes("", "");
	decodes("aGVsbG8=", "hello");
	decodes("aGVsbG8h", "hello!");
	decodes("aA==", "h");
	decodes("aGVs\nbG8=\n", "hello");
	decodes("\r\naG\r\nVsbG8\n=\n", "hello");
	decodes("aB==", "h");
	decodes("aGVsbG9=", "hello");
	decodes("++//", "\xfb\xef\xff");
}
END_TEST

START_TEST(what_go_refuses_is_refused_at_its_place)
{
	static const struct {
		const char *text;
		size_t at;
	} cases[] = {
		{ "aGVsbG8", 7 }, { "a", 1 },        { "aGVs bG8=", 4 }, { "aGVs\tbG8=", 4 },
		{ "--__", 0 },    { "aA=", 3 },      { "aA=a", 3 },      { "a===", 1 },
		{ "====", 0 },    { "aA==aA==", 4 }, { "aGVsbG8=x", 8 }, { "aGVs=", 4 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t at = 99;
		ck_assert_msg(ar_base64_decode(cases[i].text, strlen(cases[i].text), NULL, &at) ==
				      -1,
			      "%s", cases[i].text);
		ck_assert_msg(at == cases[i].at, "%s: at %zu", cases[i].text, at);
	}
}
END_TEST

START_TEST(encoding_and_decoding_are_inverse)
{
	uint8_t data[40], back[48];
	char text[AR_BASE64_LEN(40) + 1];

	for (size_t n = 0; n <= sizeof data; n++) {
		for (size_t i = 0; i < n; i++)
			data[i] = (uint8_t)(i * 37 + n);
		ar_base64_encode(data, n, text);
		ck_assert_uint_eq(strlen(text), AR_BASE64_LEN(n));
		ck_assert_int_eq(ar_base64_decode(text, strlen(text), back, NULL), (long)n);
		ck_assert_int_eq(memcmp(data, back, n), 0);
	}
}
END_TEST

Suite *base64_suite(void)
{
	Suite *suite = suite_create("base64");
	TCase *tests = tcase_create("base64");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, what_go_takes_is_taken);
	tcase_add_test(tests, what_go_refuses_is_refused_at_its_place);
	tcase_add_test(tests, encoding_and_decoding_are_inverse);
	return suite;
}
