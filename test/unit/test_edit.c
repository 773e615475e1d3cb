/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "yaml/edit.h"

Suite *edit_suite(void);

/* What is done to the list under the key `l`. */
enum what { ADD, ADD_ITEM, FILL, SET, REMOVE_ONE, REMOVE_TWO };

static const struct ar_new new_string[] = { { .kind = AR_NEW_STRING, .text = "new" } };
static const struct ar_new new_strings[] = { { .kind = AR_NEW_STRING, .text = "n1" },
					     { .kind = AR_NEW_STRING, .text = "n2" } };
static const struct ar_new new_fields[] = { { .kind = AR_NEW_STRING, .key = "a", .text = "x" },
					    { .kind = AR_NEW_BOOL, .key = "b", .text = "true" } };
static const struct ar_new new_item[] = {
	{ .kind = AR_NEW_MAPPING, .list = new_fields, .count = 2 }
};
static const struct ar_new string_list = {
	.kind = AR_NEW_LIST, .key = "l", .list = new_string, .count = 1
};
static const struct ar_new strings_list = {
	.kind = AR_NEW_LIST, .key = "l", .list = new_strings, .count = 2
};
static const struct ar_new item_list = {
	.kind = AR_NEW_LIST, .key = "l", .list = new_item, .count = 1
};

static int edit(const struct ar_editor *editor, enum what what, size_t index, struct ar_err *err)
{
	const struct ar_tree *tree = editor->tree;
	const struct ar_node *key = ar_map_key(tree, ar_tree_root(tree, 0), "l"),
			     *value = ar_node_next(tree, key);
	const struct ar_node *nodes[2] = { ar_node_first(tree, value), NULL };

	for (size_t i = 0; i < index && (what == REMOVE_ONE || what == REMOVE_TWO); i++)
		nodes[0] = ar_node_next(tree, nodes[0]);
	if (what == REMOVE_TWO)
		nodes[1] = ar_node_next(tree, nodes[0]);
	switch (what) {
	case ADD: return ar_edit_add(editor, value, index, &string_list, err);
	case ADD_ITEM: return ar_edit_add(editor, value, index, &item_list, err);
	case FILL: return ar_edit_fill(editor, key, index ? &strings_list : &string_list, err);
	case SET: return ar_edit_set(editor, value, index, "new", err);
	default: return ar_edit_remove(editor, nodes, what == REMOVE_TWO ? 2 : 1, err);
	}
}

static void run(const char *before, enum what what, size_t index, const char *after)
{
	const struct ar_text text = { .name = "t", .data = before, .len = strlen(before) };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_tree_parse(&text, 0, &tree, &err) == 0, "%s", err.msg);
	const struct ar_editor editor = { .tree = tree, .edits = &edits };
	int result = edit(&editor, what, index, &err);
	ck_assert_int_eq(ar_err_is_set(&err), result != 0);
	if (!after) {
		ck_assert_int_eq(result, -1);
		return;
	}
	ck_assert_msg(result == 0, "%s", err.msg);
	ck_assert_int_eq(ar_splice(&text, &edits, &out, &err), 0);
	ck_assert_str_eq(ar_buf_text(&out), after);
}

static const struct {
	const char *before;
	enum what what;
	size_t index;
	const char *after;
} cases[] = {
	/* Block lists: indentation, dash, quotes, newline of the siblings; comments stay with
	   theirs. */
	{ "l:\n- a\n- b\n", ADD, 1, "l:\n- a\n- new\n- b\n" },
	{ "l:\n- a # c\n\n# d\n- b\n", ADD, 1, "l:\n- a # c\n- new\n\n# d\n- b\n" },
	{ "l: # k\n# d\n- a\n", ADD, 0, "l: # k\n- new\n# d\n- a\n" },
	{ "l:\n  -   'a'\n", ADD, 1, "l:\n  -   'a'\n  -   'new'\n" },
	{ "l:\n- \"a\"\n- 'b: c'\n", ADD, 2, "l:\n- \"a\"\n- 'b: c'\n- \"new\"\n" },
	{ "l:\r\n- a\r\n", ADD, 1, "l:\r\n- a\r\n- new\r\n" },
	{ "l:\n- a", ADD, 1, "l:\n- a\n- new" },
	{ "l:\n- a", ADD, 0, "l:\n- new\n- a" },
	{ "l:\n- - a\nx: y\n", ADD, 1, "l:\n- - a\n- new\nx: y\n" },
	{ "l: &a !!seq\n- a\n", ADD, 0, "l: &a !!seq\n- new\n- a\n" },
	{ "l:\n-\nx: y\n", ADD, 1, "l:\n-\n- new\nx: y\n" },
	{ "l:\n- |\n  a\n\n  # b\n\n# c\nx: y\n", ADD, 1,
	  "l:\n- |\n  a\n\n  # b\n\n- new\n# c\nx: y\n" },
	{ "l:\n- |-\n  a", ADD, 1, "l:\n- |-\n  a\n- new" },
	{ "l:\n- |\n  a", ADD, 1, NULL },
	{ "l:\n- {a: b}\n", ADD_ITEM, 1, "l:\n- {a: b}\n- {a: x, b: true}\n" },
	{ "l:\n- b: 1\n  a: \"q\"\n", ADD_ITEM, 1,
	  "l:\n- b: 1\n  a: \"q\"\n- b: true\n  a: \"x\"\n" },
	{ "l:\n-\n    a: 2\n", ADD_ITEM, 1, "l:\n-\n    a: 2\n- a: x\n  b: true\n" },
	/* Flow lists: commas, lines, comments. */
	{ "l: [a, b]\n", ADD, 1, "l: [a, new, b]\n" },
	{ "l: [a,b]\n", ADD, 2, "l: [a,b,new]\n" },
	{ "l: [a, b, ]\n", ADD, 2, "l: [a, b, new, ]\n" },
	{ "l: [a]\n", ADD, 0, "l: [new, a]\n" },
	{ "l: [\n  a, # c\n  b # d\n]\n", ADD, 1, "l: [\n  a, # c\n  new,\n  b # d\n]\n" },
	{ "l: [\n  a # d\n]\n", ADD, 1, "l: [\n  a, # d\n  new\n]\n" },
	{ "l: [\n  a,\n]\n", ADD, 1, "l: [\n  a,\n  new,\n]\n" },
	{ "l: [\n  a,\n]\n", ADD, 0, "l: [\n  new,\n  a,\n]\n" },
	{ "l: [ a\n   , b # c\n   ]\n", ADD, 2, "l: [ a\n   , b # c\n   , new\n   ]\n" },
	{ "l: [ a\n   , b\n   ]\n", ADD, 1, "l: [ a\n   , new\n   , b\n   ]\n" },
	/* Empty lists. */
	{ "l: []\n", ADD, 0, "l:\n- new\n" },
	{ "l: [ ] # c\nm:\n  - a\n", ADD, 0, "l: # c\n  - new\nm:\n  - a\n" },
	{ "l: &a []\n", ADD, 0, "l: &a [new]\n" },
	{ "l: []# c\n", ADD, 0, "l: [new]# c\n" },
	{ "l: [ # c\n]\n", ADD, 0, "l: [ # c\nnew]\n" },
	{ "{\"l\": []}\n", ADD, 0, "{\"l\": [\"new\"]}\n" },
	{ "{\n \"l\": []\n}\n", ADD, 0, "{\n \"l\": [\n  \"new\"\n ]\n}\n" },
	{ "{\n\t\"l\": [\n\t\t{\n\t\t\t\"a\": \"1\"\n\t\t}\n\t]\n}", ADD_ITEM, 1,
	  "{\n\t\"l\": [\n\t\t{\n\t\t\t\"a\": \"1\"\n\t\t},\n\t\t{\n\t\t\t\"a\": "
	  "\"x\",\n\t\t\t\"b\": true\n\t\t}\n\t]\n}" },
	/* Null. */
	{ "l:\nx: y\n", FILL, 0, "l:\n- new\nx: y\n" },
	{ "l: ~ # c\n", FILL, 1, "l: # c\n- n1\n- n2\n" },
	{ "l:", FILL, 0, "l:\n- new" },
	{ "{\"l\": null}", FILL, 1, "{\"l\": [\"n1\", \"n2\"]}" },
	{ "l: &a\n", FILL, 0, NULL },
	{ "l: !!null\n", FILL, 0, NULL },
	/* Values. */
	{ "l: a=b # c\n", SET, 2, "l: a=new # c\n" },
	{ "l: 'a=b'\n", SET, 2, "l: 'a=new'\n" },
	{ "l: \"a\\x3db\"\n", SET, 2, "l: \"a=new\"\n" },
	{ "l: 'a''b'\n", SET, 2, "l: 'a''new'\n" },
	{ "l: |\n  a=b\n", SET, 2, NULL },
	/* Taking out. */
	{ "l:\n- a\n- b # c\n# d\n- e\n", REMOVE_ONE, 1, "l:\n- a\n# d\n- e\n" },
	{ "l:\n- a\n- b", REMOVE_ONE, 1, "l:\n- a" },
	{ "l:\n- a\n- b\n- c", REMOVE_TWO, 1, "l:\n- a" },
	{ "l:\n- |\n  a\n- b", REMOVE_ONE, 1, "l:\n- |\n  a\n" },
	{ "l:\n- a\n- |\n  b\n\n- c\n", REMOVE_ONE, 1, "l:\n- a\n- c\n" },
	{ "x: y\nl: # c\n- a\n# d\nz: y\n", REMOVE_ONE, 0, "x: y\n# d\nz: y\n" },
	{ "x: y\nl: [a, b]\n", REMOVE_TWO, 0, "x: y\n" },
	{ "l: [a, b, c]\n", REMOVE_ONE, 1, "l: [a, c]\n" },
	{ "l: [a, b, c]\n", REMOVE_ONE, 0, "l: [b, c]\n" },
	{ "l: [a, b, c]\n", REMOVE_TWO, 1, "l: [a]\n" },
	{ "l: [\n  a, # c\n  b # d\n]\n", REMOVE_ONE, 1, "l: [\n  a # c\n]\n" },
	{ "l: [\n  a, # c\n  b # d\n]\n", REMOVE_ONE, 0, "l: [\n  b # d\n]\n" },
	{ "l: [ a\n   , b\n   , c\n   ]\n", REMOVE_ONE, 1, "l: [ a\n   , c\n   ]\n" },
	{ "l:\n- a\n- &b c\nx: *b\n", REMOVE_ONE, 1, NULL },
	{ "l: [ # c\n  a, b]\n", REMOVE_ONE, 1, "l: [ # c\n  a]\n" },
	{ "l: [a, # c\n  b, # d\n  e]\n", REMOVE_ONE, 1, "l: [a, # c\n  e]\n" },
	{ "l: [a, # c\n  b]\n", REMOVE_ONE, 1, "l: [a # c\n  ]\n" },
};

START_TEST(an_edit_changes_what_it_says_and_no_other_byte)
{
	run(cases[_i].before, cases[_i].what, cases[_i].index, cases[_i].after);
}
END_TEST

static const struct {
	const char *map, *key;
	size_t index;
} orders[] = {
	{ "a: 1\nc: 1\n", "b", 1 }, { "a: 1\nc: 1\n", "d", 2 },   { "b: 1\n", "a", 0 },
	{ "c: 1\na: 1\n", "b", 2 }, { "a: 1\nab: 1\n", "aa", 1 }, { "a-b: 1\n", "a", 0 },
};

START_TEST(a_new_key_takes_its_place_where_keys_are_sorted)
{
	const struct ar_text text = { .name = "t",
				      .data = orders[_i].map,
				      .len = strlen(orders[_i].map) };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_tree_parse(&text, 0, &tree, &err), 0);
	ck_assert_uint_eq(ar_edit_key_index(tree, ar_tree_root(tree, 0), orders[_i].key),
			  orders[_i].index);
}
END_TEST

/* New text is read back as the string it is. */
static const struct {
	const char *text, *written;
} scalars[] = {
	{ "/etc/x", "/etc/x" },      { "true", "\"true\"" },
	{ "010", "\"010\"" },        { "", "\"\"" },
	{ "a: b", "'a: b'" },        { "it's: x", "'it''s: x'" },
	{ "a\nb", "\"a\\u000ab\"" }, { "é", "'é'" },
};

START_TEST(new_text_is_quoted_only_where_it_has_to_be)
{
	const struct ar_text text = { .name = "t", .data = "x: y\n", .len = 5 };
	const struct ar_new what = { .kind = AR_NEW_STRING, .key = "k", .text = scalars[_i].text };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_tree_parse(&text, 0, &tree, &err), 0);
	ar_edit_write(tree, &what, "\n", &out);
	ck_assert_str_eq(ar_buf_text(&out) + 3, scalars[_i].written);
}
END_TEST

/* A list in a list shares its first line with the outer dash. */
static void run_nested(const char *before, bool remove, const char *after)
{
	const struct ar_text text = { .name = "t", .data = before, .len = strlen(before) };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_tree_parse(&text, 0, &tree, &err), 0);
	const struct ar_editor editor = { .tree = tree, .edits = &edits };
	const struct ar_node *inner = ar_node_first(tree, ar_tree_root(tree, 0)),
			     *node = ar_node_first(tree, inner);
	int result = remove ? ar_edit_remove(&editor, &node, 1, &err)
			    : ar_edit_add(&editor, inner, 0, &string_list, &err);
	ck_assert_msg(result == (after ? 0 : -1), "%s", err.msg);
	if (!after)
		return;
	ck_assert_int_eq(ar_splice(&text, &edits, &out, &err), 0);
	ck_assert_str_eq(ar_buf_text(&out), after);
}

START_TEST(the_first_item_of_a_nested_list_shares_its_line)
{
	run_nested("- - a\n  - b\n- c\n", false, "- - new\n  - a\n  - b\n- c\n");
	run_nested("- - a\n  - b\n- c\n", true, "- - b\n- c\n");
	run_nested("- - a\n- c\n", true, NULL);
	run_nested("- [a, b]\n", true, "- [b]\n");
	run_nested("- [a]\n", true, "- []\n");
	run_nested("- [a, ]\n", true, "- [ ]\n");
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, sizeof table / sizeof *table)

Suite *edit_suite(void)
{
	Suite *suite = suite_create("edit");
	TCase *tcase = tcase_create("edit");

	LOOP(tcase, an_edit_changes_what_it_says_and_no_other_byte, cases);
	tcase_add_test(tcase, the_first_item_of_a_nested_list_shares_its_line);
	LOOP(tcase, a_new_key_takes_its_place_where_keys_are_sorted, orders);
	LOOP(tcase, new_text_is_quoted_only_where_it_has_to_be, scalars);
	suite_add_tcase(suite, tcase);
	return suite;
}
