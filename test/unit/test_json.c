/* SPDX-License-Identifier: Apache-2.0 */
#include "yamltest.h"

Suite *json_suite(void);

/* The expected texts were made by sigs.k8s.io/yaml itself. */

START_TEST(keys_are_sorted_and_named_as_upstream_does)
{
	json_is("b: 1\na: 2\nB: 3\n\"\": 4\n", "{\"\":4,\"B\":3,\"a\":2,\"b\":1}");
	json_is("on: 1\n0x10: 2\n1.50: 3\n1e6: 4\n.inf: 5\n",
		"{\".inf\":5,\"1.5\":3,\"16\":2,\"1e+06\":4,\"true\":1}");
	json_is("a: 1\na: 2\n", "{\"a\":2}");
}
END_TEST

START_TEST(numbers_are_written_as_go_writes_them)
{
	json_is("- 010\n- -0\n- 1_000\n- 18446744073709551615\n",
		"[8,0,1000,18446744073709551615]");
	json_is("- 1.0\n- 1e20\n- 1e21\n- 1e-6\n- 1e-7\n- -0.0\n- 08\n",
		"[1,100000000000000000000,1e+21,0.000001,1e-7,-0,8]");
	json_is("- 0.1\n- 1.7976931348623157e308\n- 5e-324\n- 123456789012345678901234567890\n",
		"[0.1,1.7976931348623157e+308,5e-324,1.2345678901234568e+29]");
	/* Powers of two, whose neighbours are not equally far. */
	json_is("- 5.0758836746312984e-116\n- 7.1671831749689735e+103\n",
		"[5.075883674631299e-116,7.167183174968974e+103]");
}
END_TEST

START_TEST(strings_are_escaped_as_go_escapes_them)
{
	json_is("a: \"<&>\\\"\\\\\\t\\n\\r\\b\\f\\x01\\x7f/\"\n",
		"{\"a\":\"\\u003c\\u0026\\u003e\\\"\\\\\\t\\n\\r\\b\\f\\u0001\x7f/\"}");
	json_is("a: \"é\\L\\P😀\"\n", "{\"a\":\"é\\u2028\\u2029😀\"}");
	json_is("a: !!binary /w==\n", "{\"a\":\"\\ufffd\"}");
}
END_TEST

START_TEST(aliases_and_merge_keys_are_expanded)
{
	json_is("a: &x {k: 1}\nb: *x\nc: [*x, *x]\n",
		"{\"a\":{\"k\":1},\"b\":{\"k\":1},\"c\":[{\"k\":1},{\"k\":1}]}");
	json_is("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\n",
		"{\"a\":{\"k\":1,\"l\":2},\"b\":{\"k\":3,\"l\":2}}");
	/* go-yaml v2 lets a merge override what stands before it. */
	json_is("a: &x {k: 1}\nb: {k: 3, <<: *x}\n", "{\"a\":{\"k\":1},\"b\":{\"k\":1}}");
	json_is("a: &x {k: 1}\nb: &y {k: 2, l: 2}\nc: {<<: [*x, *y]}\n",
		"{\"a\":{\"k\":1},\"b\":{\"k\":2,\"l\":2},\"c\":{\"k\":1,\"l\":2}}");
	json_is("a: {\"<<\": 1}\n", "{\"a\":{\"\\u003c\\u003c\":1}}");
	json_is("a: &x k\n*x : 1\n", "{\"a\":\"k\",\"k\":1}");
}
END_TEST

START_TEST(json_is_normalised_too)
{
	json_is("{\"b\": [1, 1.0, 1e2, 99999999999999999999], \"a\": \"x\\/\\u003c\"}",
		"{\"a\":\"x/\\u003c\",\"b\":[1,1,100,100000000000000000000]}");
	json_is("", "null");
	json_is("---\n", "null");
	json_is("a:\nb: {}\nc: []\n", "{\"a\":null,\"b\":{},\"c\":[]}");
}
END_TEST

START_TEST(law_7_the_masked_key_is_written_empty)
{
	const struct ar_text text =
		text_of("keys:\n- name: k\n  secret: &s abc\n- {name: l, \"secret\": [*s]}\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, AR_TREE_FIRST);
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_json_write(tree, ar_tree_root(tree, 0), "secret", &out, &err), 0);
	ck_assert_str_eq(
		ar_buf_text(&out),
		"{\"keys\":[{\"name\":\"k\",\"secret\":\"\"},{\"name\":\"l\",\"secret\":\"\"}]}");
}
END_TEST

START_TEST(a_string_is_quoted_alone)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ar_json_string(&out, "a\"\xff\0b", 5);
	ck_assert_str_eq(ar_buf_text(&out), "\"a\\\"\\ufffd\\u0000b\"");
}
END_TEST

START_TEST(a_buffer_that_is_full_is_an_error)
{
	const struct ar_text text = text_of("a: [1, 2, 3, {b: c}]\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);
	AR_BUF_AUTO struct ar_buf out = { .max = 5 };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_json_write(tree, ar_tree_root(tree, 0), NULL, &out, &err), -1);
}
END_TEST

Suite *json_suite(void)
{
	Suite *suite = suite_create("json");
	TCase *tests = tcase_create("json");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, keys_are_sorted_and_named_as_upstream_does);
	tcase_add_test(tests, numbers_are_written_as_go_writes_them);
	tcase_add_test(tests, strings_are_escaped_as_go_escapes_them);
	tcase_add_test(tests, aliases_and_merge_keys_are_expanded);
	tcase_add_test(tests, json_is_normalised_too);
	tcase_add_test(tests, law_7_the_masked_key_is_written_empty);
	tcase_add_test(tests, a_string_is_quoted_alone);
	tcase_add_test(tests, a_buffer_that_is_full_is_an_error);
	return suite;
}
