/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/secret.h"
#include "yamltest.h"

Suite *tree_suite(void);

/* --- ranges: where a value begins and truly ends, in bytes -------------------------------- */

START_TEST(ranges_are_bytes_behind_non_ascii_text_and_a_bom)
{
	const struct ar_text text = text_of("\xef\xbb\xbf"
					    "ä: ü # é\nb:\n- “x”\n- 😀y\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	ck_assert(ar_tree_has_bom(tree));
	ck_assert_uint_eq(ar_node_first(tree, ar_tree_root(tree, 0))->start, 3);
	spans(tree, at(tree, "b.0"), "“x”");
	spans(tree, at(tree, "b.1"), "😀y");
}
END_TEST

START_TEST(a_collection_ends_where_its_last_descendant_ends)
{
	const struct ar_text text = text_of("a:\n- x\n- y # c\n\n# next\nb: 1\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	spans(tree, at(tree, "a"), "- x\n- y");
	spans(tree, ar_tree_root(tree, 0), "a:\n- x\n- y # c\n\n# next\nb: 1");
}
END_TEST

START_TEST(a_block_sequence_begins_at_its_first_dash)
{
	static const char *const texts[] = { "a:\n- x\n",
					     "a:\n  - x\n",
					     "a: &l\n- x\n",
					     "a: &l-\n  - x\n",
					     "a: !!seq\n\n  # c\n  - x\n",
					     "a:\n-\n  x\n" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const struct ar_text text = text_of(texts[i]);
		AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);
		const struct ar_node *list = at(tree, "a");
		ck_assert_uint_eq(list->value, (size_t)(strrchr(texts[i], '-') - texts[i]));
		ck_assert_uint_eq(ar_item_dash(tree, at(tree, "a.0")), list->value);
	}
}
END_TEST

START_TEST(the_dash_of_an_item_is_found_behind_comments_and_nulls)
{
	const struct ar_text text = text_of("- \n-\n  # a - b\n- - x\n  - y\n-\n\n# - c\n- k: v\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);
	static const size_t dashes[] = { 0, 3, 15, 27, 36 };
	size_t i = 0;

	const struct ar_node *item = ar_node_first(tree, ar_tree_root(tree, 0));
	for (; item; item = ar_node_next(tree, item))
		ck_assert_uint_eq(ar_item_dash(tree, item), dashes[i++]);
	ck_assert_uint_eq(i, 5);
	ck_assert_uint_eq(ar_item_dash(tree, at(tree, "2.1")), 23);
}
END_TEST

START_TEST(an_empty_value_stands_behind_its_colon_dash_or_key)
{
	const struct ar_text text = text_of("a: # none\nb:\n- \nc: {x: , y}\n? d\n? e\nf:\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);
	static const struct {
		const char *path;
		size_t at;
	} cases[] = { { "a", 2 },  { "b.0", 14 }, { "c.x", 22 }, { "c.y", 26 },
		      { "d", 31 }, { "e", 35 },   { "f", 38 } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct ar_node *node = at(tree, cases[i].path);
		ck_assert_uint_eq(node->start, cases[i].at);
		ck_assert_uint_eq(node->end, cases[i].at);
		ck_assert(ar_node_is_null(tree, node));
	}
}
END_TEST

START_TEST(properties_belong_to_the_range_and_value_is_behind_them)
{
	const struct ar_text text =
		text_of("a: &x !!str # c\n  foo\nb: !t &y\nc: &z [1]\n*x : 1\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	spans(tree, at(tree, "a"), "&x !!str # c\n  foo");
	ck_assert_uint_eq(at(tree, "a")->value, 18);
	ck_assert_str_eq(ar_node_tag(tree, at(tree, "a")), "tag:yaml.org,2002:str");
	ck_assert(ar_node_is_aliased(tree, at(tree, "a")));
	spans(tree, at(tree, "b"), "!t &y");
	ck_assert_uint_eq(at(tree, "b")->value, at(tree, "b")->end);
	ck_assert(!ar_node_is_aliased(tree, at(tree, "b")));
	ck_assert_uint_eq(at(tree, "c")->value, 37);
}
END_TEST

START_TEST(a_block_scalar_ends_at_the_next_line_with_text)
{
	const struct ar_text text = text_of("a: |\n  x\n\n# c\nb: >+\n  y\n\n\nc: |-\n  z");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	spans(tree, at(tree, "a"), "|\n  x\n\n");
	spans(tree, at(tree, "b"), ">+\n  y\n\n\n");
	spans(tree, at(tree, "c"), "|-\n  z");
}
END_TEST

START_TEST(flow_collections_span_their_brackets_and_pairs_their_values)
{
	const struct ar_text text = text_of("a: { x: [1, b: ], y : {} }  # c\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	spans(tree, at(tree, "a"), "{ x: [1, b: ], y : {} }");
	spans(tree, at(tree, "a.x"), "[1, b: ]");
	spans(tree, at(tree, "a.x.1"), "b:");
	ck_assert_uint_eq(ar_key_colon(tree, ar_map_key(tree, at(tree, "a"), "y")), 20);
}
END_TEST

START_TEST(crlf_counts_as_two_bytes)
{
	const struct ar_text text = text_of("a: 1\r\nb:\r\n- é\r\n- x\r\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	spans(tree, at(tree, "b.1"), "x");
	ck_assert_str_eq(ar_tree_newline(tree, 12), "\r\n");
}
END_TEST

START_TEST(the_newline_is_that_of_the_line_before)
{
	const struct ar_text mixed = text_of("a: 1\r\nb: 2\nc: 3\nd: 4");
	const struct ar_text none = text_of("a: 1");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&mixed, 0);
	AR_TREE_AUTO struct ar_tree *other = tree_of(&none, 0);

	ck_assert_str_eq(ar_tree_newline(tree, 0), "\r\n");
	ck_assert_str_eq(ar_tree_newline(tree, 6), "\r\n");
	ck_assert_str_eq(ar_tree_newline(tree, 11), "\n");
	ck_assert_str_eq(ar_tree_newline(tree, mixed.len), "\r\n");
	ck_assert_str_eq(ar_tree_newline(other, 0), "\n");
}
END_TEST

/* --- decoded text and the walkers --------------------------------------------------------- */

START_TEST(decoded_text_undoes_quotes_escapes_and_folding)
{
	const struct ar_text text = text_of(
		"a: \"x\\ty\\u00e9\"\nb: 'it''s'\nc: p\n  q\nd: |\n  l1\n  l2\ne: >-\n  f\n  g\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	ck_assert(ar_node_is(tree, at(tree, "a"), "x\ty\xc3\xa9"));
	ck_assert(ar_node_is(tree, at(tree, "b"), "it's"));
	ck_assert(ar_node_is(tree, at(tree, "c"), "p q"));
	ck_assert(ar_node_is(tree, at(tree, "d"), "l1\nl2\n"));
	ck_assert(ar_node_is(tree, at(tree, "e"), "f g"));
	ck_assert(!ar_node_is(tree, ar_tree_root(tree, 0), ""));
}
END_TEST

START_TEST(the_last_of_equal_keys_wins_as_in_the_kubelet)
{
	const struct ar_text text = text_of("a: 1\nb: &x 2\n\"a\": *x\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, AR_TREE_FIRST);
	const struct ar_node *root = ar_tree_root(tree, 0), *first = NULL;

	ck_assert(ar_node_is(tree, ar_map_get(tree, root, "a"), "2"));
	ck_assert_ptr_null(ar_map_get(tree, root, "c"));
	ck_assert_ptr_null(ar_map_get(tree, NULL, "a"));
	ck_assert_ptr_null(ar_map_get(tree, at(tree, "b"), "a"));
	ck_assert_ptr_eq(ar_tree_duplicate(tree, &first), ar_map_key(tree, root, "a"));
	ck_assert_ptr_eq(first, ar_node_first(tree, root));
}
END_TEST

START_TEST(a_path_names_a_node_as_people_do)
{
	const struct ar_text text =
		text_of("spec:\n  containers:\n  - command: [a, b]\n    x.y/z: 1\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);
	char path[64], tiny[12];

	ar_node_path(tree, at(tree, "spec.containers.0.command.1"), path, sizeof path);
	ck_assert_str_eq(path, "spec.containers[0].command[1]");
	const struct ar_node *odd = ar_node_last(tree, at(tree, "spec.containers.0"));
	ar_node_path(tree, odd, path, sizeof path);
	ck_assert_str_eq(path, "spec.containers[0][x.y/z]");
	ar_node_path(tree, ar_tree_root(tree, 0), path, sizeof path);
	ck_assert_str_eq(path, "document");
	ar_node_path(tree, odd, tiny, sizeof tiny);
	ck_assert_str_eq(tiny, "spec.con…");
	ck_assert_uint_eq(ar_node_count(tree, at(tree, "spec.containers.0")), 2);
	ck_assert_uint_eq(ar_node_count(tree, at(tree, "spec.containers.0.command")), 2);
}
END_TEST

/* --- documents ---------------------------------------------------------------------------- */

START_TEST(nothing_but_comments_is_no_document)
{
	static const char *const texts[] = { "", "\n", "# c\n", "\xef\xbb\xbf", "  \n\n" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const struct ar_text text = text_of(texts[i]);
		AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);
		ck_assert_uint_eq(ar_tree_documents(tree), 0);
		ck_assert_ptr_null(ar_tree_root(tree, 0));
	}
	const struct ar_text none = { .name = "t" };
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&none, 0);
	ck_assert_uint_eq(ar_tree_documents(tree), 0);
}
END_TEST

START_TEST(a_manifest_is_one_document)
{
	static const char *const fine[] = { "a: 1\n...\n", "---\na: 1\n",
					    "# c\n---\na: 1\n...\n...\n# c\n", "--- \na: 1" };

	for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
		const struct ar_text text = text_of(fine[i]);
		AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);
		ck_assert_uint_eq(ar_tree_documents(tree), 1);
		ck_assert(!ar_tree_has_more(tree));
	}
	refused("a: 1\n---\n", "2:1", "with nothing behind it");
	refused("a: 1\n--- # c\n\n", "2:1", "with nothing behind it");
	refused("a: 1\n---\nb: 2\n", "2:1", "a second document");
	refused("a: 1\n---\n{{ broken ]\n", "2:1", "a second document");
	refused("a: 1\n...\nb: 2\n", "3:1", "text behind the end");
}
END_TEST

START_TEST(the_api_server_reads_the_first_document_only)
{
	const struct ar_text text = text_of("# c\n---\na: 1\n---\n%broken ]\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, AR_TREE_FIRST);

	ck_assert_uint_eq(ar_tree_documents(tree), 1);
	ck_assert(ar_tree_has_more(tree));
}
END_TEST

START_TEST(a_kubeadm_config_has_many_documents)
{
	const struct ar_text text = text_of("a: &x 1\n---\nb: 2\n---\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, AR_TREE_MANY);
	const char *foreign = "a: &x 1\n---\nb: *x\n";

	ck_assert_uint_eq(ar_tree_documents(tree), 3);
	ck_assert_ptr_nonnull(ar_map_key(tree, ar_tree_root(tree, 1), "b"));
	ck_assert(ar_node_is_null(tree, ar_tree_root(tree, 2)));
	refused_bytes(foreign, strlen(foreign), AR_TREE_MANY, "3:4", "not defined");
	refused_bytes("a: 1\n---\na: 1\na: 2\n", 19, AR_TREE_MANY, "4:1",
		      "stands twice (first in line 3)");
}
END_TEST

/* --- refusals: law 9, with place, reason and remedy --------------------------------------- */

START_TEST(bytes_that_no_reader_should_see_are_refused)
{
	refused_bytes("a: \0b", 5, 0, "1:4", "NUL");
	refused_bytes("\xff\xfe"
		      "a\0",
		      4, 0, "0:0", "UTF-16");
	refused("a: \xc3(", "1:4", "not UTF-8");
	refused("a: \xed\xa0\x80", "1:4", "not UTF-8");
	refused("a: 1\rb: 2\r", "1:5", "carriage return");
	refused("a: \x1b[0m", "1:4", "control character 0x1b");
	refused("a: \x7f", "1:4", "control character 0x7f");
	refused("a: x\xef\xbb\xbfy", "1:5", "byte order mark");
	refused("a: 1\xc2\x85"
		"b: 2\n",
		"1:5", "U+0085");
	refused("a: 1 # \xe2\x80\xa8\n", "1:8", "U+2028");
	refused("a: |\n  x\xe2\x80\xa9\n", "2:4", "U+2029");
}
END_TEST

START_TEST(odd_line_breaks_inside_quotes_are_text)
{
	const struct ar_text text = text_of("a: \"x\xe2\x80\xa8y\"\nb: 'z\xe2\x80\xa9'\nc: 1\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	spans(tree, at(tree, "c"), "1");
}
END_TEST

START_TEST(directives_are_refused_before_the_parser_sees_them)
{
	refused("%YAML 1.1\n---\na: 1\n", "1:1", "directive");
	refused("# c\n\n%TAG ! tag:x,1:\n--- !a\n", "3:1", "directive");
	refused("a: 1\n%YAML 1.1\n---\nb: 1\n", "2:1", "directive");
	refused_bytes("a: 1\n...\n%TAG ! x\n", 18, AR_TREE_MANY, "3:1", "directive");
	const struct ar_text quoted = text_of("a: \"x\n%y\"\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&quoted, 0);
	ck_assert(ar_node_is(tree, at(tree, "a"), "x %y"));
}
END_TEST

START_TEST(syntax_errors_say_where_why_and_what_to_do)
{
	static const struct {
		const char *text, *place, *message;
	} cases[] = {
		{ "a:\n  b: 1\n c: 2\n", "3:2", "indented differently" },
		{ "a:\n- x\n  - y\n- z\nb", "5:2", "a key without" },
		{ "a:\n  - x\n c: 1\n", "3:2", "indented differently" },
		{ "a: b: c\n", "1:5", "no key can stand" },
		{ "a: - b\n", "1:4", "no list item can stand" },
		{ "a: @x\n", "1:4", "no unquoted value can begin" },
		{ "a:\n\tb: 1\n", "2:1", "a tab" },
		{ "a:\n- b\n-\tc: 1\n", "3:2", "a tab" },
		{ "a: 1\nb: \"x\nc: 2\n", "2:4", "closing quote is missing" },
		{ "a: [1, 2\nb: 3\n", "2:2", "opened in line 1" },
		{ "a: {b: 1\n", "2:1", "opened in line 1" },
		{ "a: \"\\q\"\n", "1:5", "an escape that YAML does not know" },
		{ "a: \"x\\/y\"\n", "1:6", "'\\/'" },
		{ "a: {x}/y\n", "1:7", "already closed" },
		{ "a: 1\nfoo\nb: 2\n", "3:1", "a key without" },
		{ "? [a]\n: b\n", "1:3", "a list or mapping as a key" },
		{ "[a?b]\n", "1:3", "a '?'" },
		{ "[!!str, a]\n", "1:7", "a comma directly behind a tag" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		refused(cases[i].text, cases[i].place, cases[i].message);
}
END_TEST

START_TEST(an_unrendered_template_is_called_one)
{
	refused("a:\n  {{- if .x }}\n  b: 1\n", "2:3", "'{{' here: this is a template");
	refused("image: {{ x }}\n", "1:8", "template");
	refused("{% if x %}\na: 1\n", "1:1", "template");
	refused("a: 1\n{% if x %}\nb: 2\n", "2:1", "template");
	refused("a:\n  <% x %>\n  b: 1\n", "2:3", "template");
	const struct ar_text quoted = text_of("a: \"{{ x }}\"\nb: ${C}\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&quoted, 0);
	ck_assert(ar_node_is(tree, at(tree, "a"), "{{ x }}"));
}
END_TEST

START_TEST(a_key_that_stands_twice_is_refused_with_both_lines)
{
	char big[4096];
	size_t len = 0;

	refused("a: 1\nb: 2\n\"a\": 3\n", "3:1", "'a' stands twice (first in line 1)");
	refused("l:\n- x: 1\n- {x: 1, z: 2, 'x': 3}\n", "3:16", "'l[1].x' stands twice");
	refused("on: 1\ntrue: 2\n", "2:1", "stands twice");
	refused("1: a\n\"1\": b\n", "2:1", "stands twice");
	refused("x: &x {}\ny: {<<: *x, <<: *x}\n", "2:13", "stands twice");
	refused("{\"a\": 1, \"\\u0061\": 2}", "1:10", "stands twice");
	for (int i = 0; i < 200; i++)
		len += (size_t)snprintf(big + len, sizeof big - len, "k%d: v\n", i);
	snprintf(big + len, sizeof big - len, "k7: v\nk3: v\n");
	refused(big, "201:1", "'k7' stands twice (first in line 8)");
}
END_TEST

START_TEST(aliases_are_defined_finite_and_few)
{
	static const char bomb[] =
		"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
		"c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
		"e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
	const struct ar_text again = text_of("a: &x 1\nb: &x 2\nc: *x\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&again, 0);

	refused("a: *x\n", "1:4", "not defined");
	refused("a: *x\nb: &x 1\n", "1:4", "not defined");
	refused("a: &a [1, *a]\n", "1:11", "inside the very value");
	refused("a: &a [1]\n*a : 2\n", "2:1", "as a key");
	refused(bomb, "5:8", "stand for more than 10000 values");
	ck_assert(ar_node_is(tree, ar_map_get(tree, ar_tree_root(tree, 0), "c"), "2"));
}
END_TEST

/* Bad input ends at once, in little memory: the parser alone would take minutes. */
START_TEST(hostile_depth_and_length_end_at_once)
{
	static const struct {
		const char *unit, *place, *message;
	} cases[] = {
		{ "[", "1:33", "more than 32 levels" },
		{ "- ", "1:201", "more than 100 levels" },
		{ "? ", "1:3", "as a key" },
		{ "&a ", "1:4", "text behind the end" },
		{ "[\n", "33:1", "more than 32 levels" },
		{ "*a ", "1:1", "not defined" },
		{ "- {a: ", "1:7", "no value where" },
		{ "{\"a\":", "1:501", "more than 100 levels" },
	};
	size_t count = 100000;
	AR_FREE_AUTO char *text = malloc(count * 8);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t len = strlen(cases[i].unit);
		for (size_t k = 0; k < count; k++)
			memcpy(text + k * len, cases[i].unit, len);
		refused_bytes(text, count * len, 0, cases[i].place, cases[i].message);
	}
	memset(text, 'k', count);
	memcpy(text + count - 3, ": v", 3);
	refused_bytes(text, count, 0, "1:99998", "no key can stand");
}
END_TEST

START_TEST(a_file_beyond_what_the_kubelet_reads_is_refused)
{
	size_t len = ((size_t)10 << 20) + 1;
	AR_FREE_AUTO char *text = malloc(len);

	memset(text, '#', len);
	refused_bytes(text, len, 0, "0:0", "longer than 10 MiB");
	const struct ar_text most = { .name = "t", .data = text, .len = len - 1 };
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&most, 0);
	ck_assert_uint_eq(ar_tree_documents(tree), 0);
}
END_TEST

START_TEST(values_that_upstream_cannot_read_are_refused)
{
	refused("a: .inf\n", "1:4", "no JSON");
	refused("a: !!int x\n", "1:4", "not what its tag says");
	refused("a: !!binary \"x\"\n", "1:4", "not base64");
	refused("~: 1\n", "1:1", "a null key");
	refused("18446744073709551615: 1\n", "1:1", "beyond 64 bits");
	refused("a: {<<: 1}\n", "1:5", "no mapping");
}
END_TEST

/* --- JSON --------------------------------------------------------------------------------- */

START_TEST(a_text_that_begins_with_a_brace_is_json_by_its_own_grammar)
{
	static const struct {
		const char *text, *place, *message;
	} cases[] = {
		{ "{\"a\": 1,}", "1:9", "a name in double quotes" },
		{ "{'a': 1}", "1:2", "a name in double quotes" },
		{ "{\"a\" 1}", "1:6", "a ':' is expected" },
		{ "{\"a\": 1 # c\n}", "1:9", "a ',' or '}'" },
		{ "{\"a\": [1 2]}", "1:10", "a ',' or ']'" },
		{ "{\"a\": yes}", "1:7", "no JSON value" },
		{ "{\"a\": 01}", "1:7", "no JSON value" },
		{ "{\"a\": .5}", "1:7", "no JSON value" },
		{ "{\"a\": }", "1:7", "no value" },
		{ "{\"a\": \"x\ny\"}", "1:9", "a line break or tab" },
		{ "{\"a\": \"x", "1:7", "closing quote" },
		{ "{\"a\": \"\\x41\"}", "1:8", "an escape that JSON does not know" },
		{ "{\"a\": \"\\u12\"}", "1:8", "four hexadecimal digits" },
		{ "{\"a\": \"\\ud800x\"}", "1:8", "surrogate" },
		{ "{\"a\": 1} x", "1:10", "text behind the end" },
		{ "{\"a\": 1", "1:8", "a ',' or '}'" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		refused(cases[i].text, cases[i].place, cases[i].message);
}
END_TEST

START_TEST(json_nodes_have_exact_ranges_and_decoded_text)
{
	const struct ar_text text =
		text_of(" \n{\"a\": [1, \"x\\/\\u00e9\\ud83d\\ude00\"], \"b\": {}, \"c\": true}\n");
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, 0);

	ck_assert(ar_tree_is_json(tree));
	spans(tree, at(tree, "a"), "[1, \"x\\/\\u00e9\\ud83d\\ude00\"]");
	ck_assert(ar_node_is(tree, at(tree, "a.1"), "x/\xc3\xa9\xf0\x9f\x98\x80"));
	spans(tree, at(tree, "b"), "{}");
	spans(tree, at(tree, "c"), "true");
	const struct ar_node *key = ar_map_key(tree, ar_tree_root(tree, 0), "b");
	ck_assert_uint_eq(ar_key_colon(tree, key), key->end);
}
END_TEST

/* --- law 7: nothing of a key-bearing document is shown ------------------------------------ */

START_TEST(law_7_errors_of_a_secret_text_show_none_of_it)
{
	static const char *const texts[] = {
		"secret: 'S3KRET\n",      "k: {S3KRET: 1, S3KRET: 2}\n", "a:\n  S3KRET: 1\n S3KRET",
		"{\"S3KRET\": S3KRET}",   "S3KRET: !!int S3KRET\n",      "a: *S3KRET\n",
		"S3KRET: 1\nS3KRET: 2\n", "S3KRET: {{ S3KRET }}\n"
	};
	struct ar_err none = AR_ERR_INIT;

	ck_assert_int_eq(ar_secret_setup(&none), 0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct ar_text text = text_of(texts[i]);
		struct ar_err err = AR_ERR_INIT;
		struct ar_tree *tree = NULL;
		text.secret = true;
		ck_assert_int_eq(ar_tree_parse(&text, 0, &tree, &err), -1);
		ck_assert_str_eq(err.source, "");
		ck_assert_msg(!strstr(err.msg, "S3KRET"), "%s", err.msg);
		ck_assert(err.line > 0);
	}
}
END_TEST

START_TEST(law_7_paths_in_a_secret_text_show_field_names_only)
{
	struct ar_text text =
		text_of("keys:\n- name: k\n  QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo: 1\n");
	struct ar_err err = AR_ERR_INIT;
	char path[128];

	ck_assert_int_eq(ar_secret_setup(&err), 0);
	text.secret = true;
	AR_TREE_AUTO struct ar_tree *tree = tree_of(&text, AR_TREE_FIRST);
	ar_node_path(tree, at(tree, "keys.0.name"), path, sizeof path);
	ck_assert_str_eq(path, "keys[0].name");
	ar_node_path(tree, ar_node_last(tree, at(tree, "keys.0")), path, sizeof path);
	ck_assert_str_eq(path, "keys[0][…]");
}
END_TEST

Suite *tree_suite(void)
{
	Suite *suite = suite_create("tree");
	TCase *tests = tcase_create("tree");

	tcase_set_timeout(tests, 60);
	suite_add_tcase(suite, tests);
	tcase_add_test(tests, ranges_are_bytes_behind_non_ascii_text_and_a_bom);
	tcase_add_test(tests, a_collection_ends_where_its_last_descendant_ends);
	tcase_add_test(tests, a_block_sequence_begins_at_its_first_dash);
	tcase_add_test(tests, the_dash_of_an_item_is_found_behind_comments_and_nulls);
	tcase_add_test(tests, an_empty_value_stands_behind_its_colon_dash_or_key);
	tcase_add_test(tests, properties_belong_to_the_range_and_value_is_behind_them);
	tcase_add_test(tests, a_block_scalar_ends_at_the_next_line_with_text);
	tcase_add_test(tests, flow_collections_span_their_brackets_and_pairs_their_values);
	tcase_add_test(tests, crlf_counts_as_two_bytes);
	tcase_add_test(tests, the_newline_is_that_of_the_line_before);
	tcase_add_test(tests, decoded_text_undoes_quotes_escapes_and_folding);
	tcase_add_test(tests, the_last_of_equal_keys_wins_as_in_the_kubelet);
	tcase_add_test(tests, a_path_names_a_node_as_people_do);
	tcase_add_test(tests, nothing_but_comments_is_no_document);
	tcase_add_test(tests, a_manifest_is_one_document);
	tcase_add_test(tests, the_api_server_reads_the_first_document_only);
	tcase_add_test(tests, a_kubeadm_config_has_many_documents);
	tcase_add_test(tests, bytes_that_no_reader_should_see_are_refused);
	tcase_add_test(tests, odd_line_breaks_inside_quotes_are_text);
	tcase_add_test(tests, directives_are_refused_before_the_parser_sees_them);
	tcase_add_test(tests, syntax_errors_say_where_why_and_what_to_do);
	tcase_add_test(tests, an_unrendered_template_is_called_one);
	tcase_add_test(tests, a_key_that_stands_twice_is_refused_with_both_lines);
	tcase_add_test(tests, aliases_are_defined_finite_and_few);
	tcase_add_test(tests, hostile_depth_and_length_end_at_once);
	tcase_add_test(tests, a_file_beyond_what_the_kubelet_reads_is_refused);
	tcase_add_test(tests, values_that_upstream_cannot_read_are_refused);
	tcase_add_test(tests, a_text_that_begins_with_a_brace_is_json_by_its_own_grammar);
	tcase_add_test(tests, json_nodes_have_exact_ranges_and_decoded_text);
	tcase_add_test(tests, law_7_errors_of_a_secret_text_show_none_of_it);
	tcase_add_test(tests, law_7_paths_in_a_secret_text_show_field_names_only);
	return suite;
}
