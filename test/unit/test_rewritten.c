/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "flow/rewritten.h"

Suite *rewritten_suite(void);

#define MARK_FILE "/var/lib/atrest/rewritten.json"

static void write_marks(struct ar_rewritten_mark *marks, size_t count)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_rewritten_mark_write(&host, marks, count, &err) == 0, "%s", err.msg);
}

static struct ar_rewritten_marks read_marks(void)
{
	struct ar_rewritten_marks marks;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_rewritten_mark_read(&host, &marks, &err) == 0, "%s", err.msg);
	return marks;
}

START_TEST(marks_are_kept_for_each_resource)
{
	struct ar_rewritten_mark first[] = {
		{ .resource = "secrets", .provider = "aescbc", .key = "key1", .revision = 10 },
		{ .resource = "widgets.example.com",
		  .provider = "aescbc",
		  .key = "key1",
		  .revision = 11 },
	};
	struct ar_rewritten_mark second[] = {
		{ .resource = "secrets", .provider = "identity", .revision = 99, .when = "then" },
	};
	struct stat st;

	world_begin();
	ck_assert_uint_eq(read_marks().count, 0);
	setenv("SOURCE_DATE_EPOCH", "1795496100", 1);
	write_marks(first, 2);
	write_marks(second, 1);
	AR_REWRITTEN_AUTO struct ar_rewritten_marks marks = read_marks();
	ck_assert_uint_eq(marks.count, 2);
	const struct ar_rewritten_mark *secrets = ar_rewritten_find(&marks, "secrets");
	const struct ar_rewritten_mark *widgets = ar_rewritten_find(&marks, "widgets.example.com");
	ck_assert(secrets && widgets && !ar_rewritten_find(&marks, "widgets"));
	ck_assert_int_eq(secrets->revision, 99);
	ck_assert_str_eq(secrets->provider, "identity");
	ck_assert_str_eq(secrets->when, "then");
	ck_assert_str_eq(secrets->key, "");
	ck_assert_int_eq(widgets->revision, 11);
	ck_assert_str_eq(widgets->when, "2026-11-24T04:55:00Z");
	ck_assert_int_eq(stat(in_world(MARK_FILE), &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	world_end();
}
END_TEST

/* It is a hint: a damaged one is none, and is written anew. */
START_TEST(what_cannot_be_understood_is_no_mark)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{\"version\": 2, \"resources\": []}",
		"{\"version\": 1, \"resources\": [1, {}, {\"resource\": \"secrets\"}]}",
		"{\"version\": 1, \"resources\": [{\"resource\": \"a\", \"revision\": \"1\"}]}",
	};
	struct ar_rewritten_mark mark = { .resource = "secrets", .provider = "aescbc" };

	world_begin();
	make_dir("/var", 0755);
	make_dir("/var/lib", 0755);
	make_dir("/var/lib/atrest", 0700);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		put(MARK_FILE, texts[i], 0600);
		AR_REWRITTEN_AUTO struct ar_rewritten_marks marks = read_marks();
		ck_assert_uint_eq(marks.count, 0);
	}
	write_marks(&mark, 1);
	AR_REWRITTEN_AUTO struct ar_rewritten_marks marks = read_marks();
	ck_assert_uint_eq(marks.count, 1);
	world_end();
}
END_TEST

Suite *rewritten_suite(void)
{
	Suite *suite = suite_create("rewritten");
	TCase *tc = tcase_create("rewritten");

	tcase_add_test(tc, marks_are_kept_for_each_resource);
	tcase_add_test(tc, what_cannot_be_understood_is_no_mark);
	suite_add_tcase(suite, tc);
	return suite;
}
