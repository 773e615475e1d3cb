/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/compare.h"
#include "yamltest.h"

Suite *compare_suite(void);

struct edit {
	const char *before, *remove,
		*insert; /* behind the text `before`, `insert` takes the place of `remove` */
};

/* Applies the edits, parses both, compares. Returns what ar_tree_compare does; *ret_added and so on
 * count the changes. */
static int compare(const char *old, const struct edit *list, size_t count, int ret_counts[3])
{
	const struct ar_text text = text_of(old);
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_CHANGES_AUTO struct ar_changes changes = AR_CHANGES_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	for (size_t i = 0; i < count; i++) {
		const char *found = strstr(old, list[i].before);
		ck_assert_ptr_nonnull(found);
		size_t start = (size_t)(found - old) + strlen(list[i].before);
		ck_assert_int_eq(strncmp(old + start, list[i].remove, strlen(list[i].remove)), 0);
		ck_assert_int_eq(ar_edits_add(&edits, start, start + strlen(list[i].remove),
					      list[i].insert, strlen(list[i].insert), &err),
				 0);
	}
	ck_assert_int_eq(ar_splice(&text, &edits, &out, &err), 0);
	const struct ar_text new_ = { .name = "new", .data = ar_buf_text(&out), .len = out.len };
	AR_TREE_AUTO struct ar_tree *a = tree_of(&text, AR_TREE_MANY);
	AR_TREE_AUTO struct ar_tree *b = tree_of(&new_, AR_TREE_MANY);
	int result = ar_tree_compare(a, b, &edits, &changes, &err);
	ck_assert(result == 0 || ar_err_is_set(&err));
	memset(ret_counts, 0, 3 * sizeof *ret_counts);
	for (size_t i = 0; i < changes.count; i++)
		ret_counts[!changes.list[i].old ? 0 : !changes.list[i].new_ ? 1 : 2]++;
	return result;
}

static void is_planned(const char *old, struct edit edit, int added, int removed, int changed)
{
	int counts[3];

	ck_assert_msg(compare(old, &edit, 1, counts) == 0, "refused: %s", edit.insert);
	ck_assert_msg(counts[0] == added && counts[1] == removed && counts[2] == changed,
		      "%s: %d added, %d removed, %d changed", edit.insert, counts[0], counts[1],
		      counts[2]);
}

static void is_refused(const char *old, struct edit edit)
{
	int counts[3];

	ck_assert_msg(compare(old, &edit, 1, counts) == -1, "accepted: '%s' for '%s'", edit.insert,
		      edit.remove);
}

START_TEST(law_4_an_item_or_entry_added_is_one_change)
{
	is_planned("a:\n- x\n- y\nb: 1\n", (struct edit){ "- x\n", "", "- new\n" }, 1, 0, 0);
	is_planned("a:\n- x\n", (struct edit){ "- x\n", "", "- k: v\n  l: w\n" }, 1, 0, 0);
	is_planned("a: [x, y]\n", (struct edit){ "y", "", ", z" }, 1, 0, 0);
	is_planned("a: 1\n", (struct edit){ "a: 1\n", "", "b:\n- c\n" }, 1, 0, 0);
	is_planned("{\"a\": [1]}", (struct edit){ "1", "", ", 2" }, 1, 0, 0);
}
END_TEST

START_TEST(law_4_a_value_that_is_replaced_is_one_change)
{
	is_planned("a:\nb: 1\n", (struct edit){ "a:", "", "\n- x" }, 0, 0, 1);
	is_planned("a: []\nb: 1\n", (struct edit){ "a:", " []", "\n- x" }, 1, 0, 0);
	is_planned("a: null\n", (struct edit){ "a: ", "null", "[x]" }, 0, 0, 1);
	is_planned("a:\n- --f=1\n", (struct edit){ "- --f=", "1", "2" }, 0, 0, 1);
	is_planned("a:\n- --f=1\n", (struct edit){ "- ", "--f=1", "--f=2" }, 1, 1, 0);
}
END_TEST

START_TEST(law_4_what_is_taken_out_is_one_change)
{
	is_planned("a:\n- x\n- y\n- z\n", (struct edit){ "- x\n", "- y\n", "" }, 0, 1, 0);
	is_planned("a: 1\nb: {c: 2}\n", (struct edit){ "a: 1\n", "b: {c: 2}\n", "" }, 0, 1, 0);
	is_planned("a: [x, y, z]\n", (struct edit){ "[x", ", y", "" }, 0, 1, 0);
}
END_TEST

START_TEST(law_4_a_change_elsewhere_is_refused)
{
	/* What becomes a comment is lost. */
	is_refused("a: {x: 1, y: 2}\n", (struct edit){ "{x: 1", "", "} #" });
	/* An insertion that becomes part of the value above is reported as a change of it. */
	is_planned("a: |\n  t\nb: 1\n", (struct edit){ "  t\n", "", "  more\n" }, 0, 0, 1);
	is_planned("a:\n- x\n- y\n", (struct edit){ "- x", "", " z" }, 0, 0, 1);
	/* A key below another than before. */
	is_refused("a:\n  b: 1\nc: 2\n", (struct edit){ "b: 1\n", "", "  " });
}
END_TEST

START_TEST(law_4_types_anchors_tags_and_documents_count)
{
	int counts[3];
	const struct edit quotes[] = { { "a: ", "'", "" }, { "a: '1", "'", "" } };

	/* The edit touches the value, so it is reported; but never passed over. */
	ck_assert_int_eq(compare("a: '1'\n", quotes, 2, counts), 0);
	ck_assert_int_eq(counts[2], 1);
	is_planned("a: 1\n", (struct edit){ "a: ", "", "&x " }, 0, 0, 1);
	is_planned("a: 1\n", (struct edit){ "a: ", "", "!!str " }, 0, 0, 1);
	is_planned("a: 1\n", (struct edit){ "a: 1\n", "", "---\nb: 2\n" }, 1, 0, 0);
	is_refused("a: 1\n---\nb: 2\n", (struct edit){ "a: 1\n", "---\nb: 2\n", "" });
}
END_TEST

START_TEST(comments_and_layout_are_no_change)
{
	is_planned("a:\n- x\n", (struct edit){ "a:", "", " # c" }, 0, 0, 0);
	is_planned("a:\n- x\n", (struct edit){ "- x", "", "\n\n# d" }, 0, 0, 0);
}
END_TEST

Suite *compare_suite(void)
{
	Suite *suite = suite_create("compare");
	TCase *tests = tcase_create("compare");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, law_4_an_item_or_entry_added_is_one_change);
	tcase_add_test(tests, law_4_a_value_that_is_replaced_is_one_change);
	tcase_add_test(tests, law_4_what_is_taken_out_is_one_change);
	tcase_add_test(tests, law_4_a_change_elsewhere_is_refused);
	tcase_add_test(tests, law_4_types_anchors_tags_and_documents_count);
	tcase_add_test(tests, comments_and_layout_are_no_change);
	return suite;
}
