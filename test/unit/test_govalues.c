/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "base/text.h"
#include "kube/govalues.h"

/* Values as Go's library reads them. */

START_TEST(durations_are_go_s)
{
	static const struct {
		const char *text;
		bool valid;
		int64_t ns;
	} cases[] = {
		{ "3s", true, 3000000000 },
		{ "1.5h3m2s1ms", true, 5582001000000 },
		{ "-1m", true, -60000000000 },
		{ "0", true, 0 },
		{ "+0", true, 0 },
		{ "-0", true, 0 },
		{ ".5s", true, 500000000 },
		{ "1.s", true, 1000000000 },
		{ "5\xc2\xb5s", true, 5000 },
		{ "5\xce\xbcs", true, 5000 },
		{ "0.1ns", true, 0 },
		{ "9223372036854775807ns", true, INT64_MAX },
		{ "-9223372036854775808ns", true, INT64_MIN },
		{ "9223372036854775808ns", false, 0 },
		{ "2562048h", false, 0 },
		{ "", false, 0 },
		{ "3", false, 0 },
		{ "-", false, 0 },
		{ ".s", false, 0 },
		{ "1d", false, 0 },
		{ "1 s", false, 0 },
		{ "s", false, 0 },
		{ "1S", false, 0 },
		{ "3s ", false, 0 },
		{ "99999999999999999999s", false, 0 },
		{ "0.99999999999999999999s", true, 1000000000 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t ns = 0;
		ck_assert_msg(ar_go_duration(cases[i].text, strlen(cases[i].text), &ns) ==
				      cases[i].valid,
			      "%s", cases[i].text);
		ck_assert_msg(ns == cases[i].ns, "%s: %lld", cases[i].text, (long long)ns);
	}
}
END_TEST

START_TEST(endpoints_are_go_s)
{
	static const struct {
		const char *text;
		bool scheme, parses;
		const char *host, *path;
	} cases[] = {
		{ "unix:///a/b.sock", true, true, "", "/a/b.sock" },
		{ "UNIX:///a", true, true, "", "/a" },
		{ "unix:///@name", true, true, "", "/@name" },
		{ "unix://tmp/a", true, true, "tmp", "/a" },
		{ "unix:a", true, true, "", "" },
		{ "unix://", true, true, "", "" },
		{ "unix:/a", true, true, "", "/a" },
		{ "unix:///a%20b?q#f", true, true, "", "/a%20b" },
		{ "unix://u:p@h:80/a", true, true, "h:80", "/a" },
		{ "unix://[::1]:1/a", true, true, "[::1]:1", "/a" },
		{ "unix://[fe80::1%25eth0]/a", true, true, "[fe80::1%25eth0]", "/a" },
		{ "unix://h:p/a", true, false, "", "" },
		{ "unix:///%zz", true, false, "", "" },
		{ "unix:///a%2", true, false, "", "" },
		{ "unix:///a#%zz", false, false, "", "" },
		{ "unix:///a\n", false, false, "", "" },
		{ " unix:///a", false, false, "", "" },
		{ "unix://a b/", true, false, "", "" },
		{ "unix://[::1/a", true, false, "", "" },
		{ "unix://x[::1]/", true, false, "", "" },
		{ "unix://[1.2.3.4]/", true, false, "", "" },
		{ "unix://a%41/", true, false, "", "" },
		{ "unix://%c3%a9/x", true, true, "%c3%a9", "/x" },
		{ "unix://u^@h/", true, false, "", "" },
		{ "http:///a", false, false, "", "" },
		{ "/a", false, false, "", "" },
		{ "1unix:///a", false, false, "", "" },
		{ ":unix", false, false, "", "" },
		{ "", false, false, "", "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ar_go_url url = ar_go_url_parse(cases[i].text, strlen(cases[i].text));
		ck_assert_msg(url.unix_scheme == cases[i].scheme && url.parses == cases[i].parses,
			      "%s: %d %d", cases[i].text, url.unix_scheme, url.parses);
		if (!url.parses)
			continue;
		ck_assert_msg(ar_text_is(url.host, url.host_len, cases[i].host), "%s: host",
			      cases[i].text);
		ck_assert_msg(ar_text_is(url.path, url.path_len, cases[i].path), "%s: path",
			      cases[i].text);
	}
}
END_TEST

START_TEST(capitals_are_unicode_s)
{
	static const struct {
		const char *text;
		bool capital;
	} cases[] = {
		{ "", false },
		{ "secrets", false },
		{ "Secrets", true },
		{ "\xc3\xa4", false },
		{ "\xc3\x84", true },
		{ "\xc4\xb0", true },
		{ "\xc7\x85", true },
		{ "\xf0\x90\x90\x80", true },
		{ "\xf0\x90\x90\xa8", false },
		{ "\xe2\x84\xaa", true },
		{ "\xc3\x9f", false },
		{ "\xff", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(ar_go_has_capital(cases[i].text, strlen(cases[i].text)) ==
				      cases[i].capital,
			      "%s", cases[i].text);
}
END_TEST

Suite *govalues_suite(void);

Suite *govalues_suite(void)
{
	Suite *suite = suite_create("govalues");
	TCase *tests = tcase_create("govalues");

	tcase_add_test(tests, durations_are_go_s);
	tcase_add_test(tests, endpoints_are_go_s);
	tcase_add_test(tests, capitals_are_unicode_s);
	suite_add_tcase(suite, tests);
	return suite;
}
