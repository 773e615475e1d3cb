/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/scalar.h"
#include "yamltest.h"

Suite *scalar_suite(void);

static enum ar_type type_of(const char *yaml)
{
	const struct ar_text text = text_of(yaml);
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	return ar_scalar_type(tree, at(tree, "a"));
}

static void all_are(enum ar_type type, const char *const *words)
{
	char yaml[64];

	for (; *words; words++) {
		snprintf(yaml, sizeof yaml, "a: %s\n", *words);
		ck_assert_msg(type_of(yaml) == type, "%s is of type %d", *words, type_of(yaml));
	}
}

START_TEST(the_words_of_yaml_1_1_are_booleans_and_nulls)
{
	static const char *const booleans[] = { "y",     "Y",    "yes", "Yes", "YES",   "true",
						"True",  "TRUE", "on",  "On",  "ON",    "n",
						"N",     "no",   "No",  "NO",  "false", "False",
						"FALSE", "off",  "Off", "OFF", NULL };
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const strings[] = { "yEs",  "tRUE", "oN", "nUll", "nil",
					       "none", "t",    "~~", NULL };

	all_are(AR_T_BOOL, booleans);
	all_are(AR_T_NULL, nulls);
	all_are(AR_T_STRING, strings);
}
END_TEST

START_TEST(numbers_are_those_of_go_yaml)
{
	static const char *const ints[] = { "0",     "-1",   "+1",
					    "010",   "0o17", "0x1F",
					    "0b11",  "-0b1", "0b-1",
					    "1_000", "1__0", "18446744073709551615",
					    "0_7",   "-0",   "0xFFFFFFFFFFFFFFFF",
					    NULL };
	static const char *const floats[] = { "1.",
					      ".5",
					      "+.5",
					      "1e3",
					      "1E+3",
					      "08",
					      "-09",
					      "1_0.5_0",
					      ".5_0",
					      "1e-400",
					      "18446744073709551616",
					      "+9223372036854775808",
					      NULL };
	static const char *const strings[] = { "1e400",      "0x",    "0o8",   "0b2",   "190:20:30",
					       "2001-01-01", "1.2.3", "1-",    "._5",   ".5_",
					       "+",          "1e",    "0x1.8", "12:30", "0x1p3",
					       "infinity",   "NaN",   NULL };

	all_are(AR_T_INT, ints);
	all_are(AR_T_FLOAT, floats);
	all_are(AR_T_STRING, strings);
}
END_TEST

START_TEST(quotes_and_blocks_make_strings)
{
	ck_assert_int_eq(type_of("a: \"1\"\n"), AR_T_STRING);
	ck_assert_int_eq(type_of("a: 'yes'\n"), AR_T_STRING);
	ck_assert_int_eq(type_of("a: \"\"\n"), AR_T_STRING);
	ck_assert_int_eq(type_of("a: |\n  1\n"), AR_T_STRING);
	ck_assert_int_eq(type_of("a: >-\n  ~\n"), AR_T_STRING);
}
END_TEST

START_TEST(a_tag_decides)
{
	ck_assert_int_eq(type_of("a: !!str 1\n"), AR_T_STRING);
	ck_assert_int_eq(type_of("a: ! yes\n"), AR_T_STRING);
	ck_assert_int_eq(type_of("a: !x 1\n"), AR_T_STRING);
	ck_assert_int_eq(type_of("a: !!int \"1\"\n"), AR_T_INT);
	ck_assert_int_eq(type_of("a: !!float 1\n"), AR_T_FLOAT);
	ck_assert_int_eq(type_of("a: !!null ''\n"), AR_T_NULL);
	ck_assert_int_eq(type_of("a: !!bool \"on\"\n"), AR_T_BOOL);
	ck_assert_int_eq(type_of("a: !!binary aGk=\n"), AR_T_STRING);
	ck_assert_int_eq(type_of("a: !!timestamp 2001-12-14t21:59:43.10-05:00\n"), AR_T_STRING);
	refused("a: !!bool 1\n", "1:4", "not what its tag says");
	refused("a: !!float 18446744073709551615\n", "1:4", "not what its tag says");
	refused("a: !!timestamp 2001-02-29\n", "1:4", "not what its tag says");
	refused("a: !!timestamp 2001-12-14T24:00:00Z\n", "1:4", "not what its tag says");
	refused("a: !!null x\n", "1:4", "not what its tag says");
}
END_TEST

START_TEST(dates_are_those_that_go_can_parse)
{
	static const char *const dates[] = { "2001-1-1",
					     "2000-02-29",
					     "2001-12-14 21:59:43.10",
					     "2001-12-14T1:9:3Z",
					     "2001-12-14T21:59:43,5Z",
					     "2001-12-14T21:59:43+24:60" };
	static const char *const others[] = {
		"2001-13-01",
		"1900-02-29",
		"2001-1",
		"201-01-01",
		"2001-01-001",
		"2001-12-14T21:59:43",
		"2001-12-14T21:59:43.Z",
		"2001-12-14T21:60:43Z",
		"2001-12-14 21:59:43Z",
		"2001-12-14T21:59Z",
		"2001-12-14T21:59:43+25:00",
		"2001-12-14T21:59:43+0500",
		"2001-12-14T21:59:43x",
		"2001-01-01 x",
	};
	char yaml[80];

	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		snprintf(yaml, sizeof yaml, "a: !!timestamp %s\n", dates[i]);
		ck_assert_int_eq(type_of(yaml), AR_T_STRING);
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		snprintf(yaml, sizeof yaml, "a: !!timestamp %s\n", others[i]);
		refused(yaml, "1:4", "not what its tag says");
	}
}
END_TEST

START_TEST(json_has_its_own_types)
{
	ck_assert_int_eq(type_of("{\"a\": 1}"), AR_T_INT);
	ck_assert_int_eq(type_of("{\"a\": 1.0}"), AR_T_FLOAT);
	ck_assert_int_eq(type_of("{\"a\": 99999999999999999999}"), AR_T_FLOAT);
	ck_assert_int_eq(type_of("{\"a\": true}"), AR_T_BOOL);
	ck_assert_int_eq(type_of("{\"a\": null}"), AR_T_NULL);
	ck_assert_int_eq(type_of("{\"a\": \"yes\"}"), AR_T_STRING);
}
END_TEST

START_TEST(plain_text_is_safe_only_where_all_readers_see_the_same_string)
{
	static const char *const safe[] = { "--encryption-provider-config=/etc/kubernetes/enc.yaml",
					    "encryption-config",
					    "/etc/kubernetes/enc.yaml",
					    "File",
					    "a:b",
					    "x#y",
					    "a b",
					    "-x",
					    "k8s.io/a" };
	static const char *const unsafe[] = {
		"",           "yes",    "1",    "0x1",  "1e3",  "~",     "null", "a: b", "a:",
		"a #b",       "#a",     " a",   "a ",   "- a",  "-",     "? a",  "*a",   "&a",
		"!a",         "|",      ">",    "'a",   "\"a",  "%a",    "@a",   "`a",   "[a",
		"{a",         "]",      "a\tb", "a\nb", "é",    "---",   "...",  "<<",   "=",
		"2001-01-01", "190:20", "+1",   "-.5",  ".inf", "--- a", ":a"
	};
	static const char *const unsafe_in_flow[] = { "a,b", "a[0]", "a{b}", "a:b" };

	for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
		ck_assert_msg(ar_scalar_plain_is_safe(safe[i], strlen(safe[i]), false), "%s",
			      safe[i]);
	for (size_t i = 0; i < sizeof unsafe / sizeof *unsafe; i++)
		ck_assert_msg(!ar_scalar_plain_is_safe(unsafe[i], strlen(unsafe[i]), false), "%s",
			      unsafe[i]);
	for (size_t i = 0; i < sizeof unsafe_in_flow / sizeof *unsafe_in_flow; i++) {
		ck_assert(ar_scalar_plain_is_safe(unsafe_in_flow[i], strlen(unsafe_in_flow[i]),
						  false));
		ck_assert(!ar_scalar_plain_is_safe(unsafe_in_flow[i], strlen(unsafe_in_flow[i]),
						   true));
	}
}
END_TEST

/* What is called safe has to read back as itself, wherever it is put. */
START_TEST(safe_plain_text_reads_back_as_itself)
{
	static const char letters[] = "aB0-1:#,[]{}? .'\"!&*|>%@`~=/_+eyx";
	char word[8], yaml[64];

	srand(3);
	for (int round = 0; round < 200000; round++) {
		size_t len = (size_t)(rand() % 6) + 1;
		for (size_t i = 0; i < len; i++)
			word[i] = letters[(size_t)rand() % (sizeof letters - 1)];
		word[len] = '\0';
		bool flow = round % 2;
		if (!ar_scalar_plain_is_safe(word, len, flow))
			continue;
		snprintf(yaml, sizeof yaml, flow ? "a: [%s, b]\n" : "a:\n- %s\n- b\n", word);
		const struct ar_text text = text_of(yaml);
		AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);
		ck_assert_msg(ar_node_is(tree, at(tree, "a.0"), word), "%s", yaml);
		ck_assert_int_eq(ar_scalar_type(tree, at(tree, "a.0")), AR_T_STRING);
		ck_assert_uint_eq(ar_node_count(tree, at(tree, "a")), 2);
	}
}
END_TEST

Suite *scalar_suite(void)
{
	Suite *suite = suite_create("scalar");
	TCase *tests = tcase_create("scalar");

	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	tcase_add_test(tests, the_words_of_yaml_1_1_are_booleans_and_nulls);
	tcase_add_test(tests, numbers_are_those_of_go_yaml);
	tcase_add_test(tests, quotes_and_blocks_make_strings);
	tcase_add_test(tests, a_tag_decides);
	tcase_add_test(tests, dates_are_those_that_go_can_parse);
	tcase_add_test(tests, json_has_its_own_types);
	tcase_add_test(tests, plain_text_is_safe_only_where_all_readers_see_the_same_string);
	tcase_add_test(tests, safe_plain_text_reads_back_as_itself);
	return suite;
}
