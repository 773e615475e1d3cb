/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "host/record.h"

Suite *record_suite(void);

#define FILE_A "/etc/a.yaml"

static void begin(void)
{
	world_begin();
	make_dir("/etc", 0755);
	put(FILE_A, "old\n", 0640);
	setenv("SOURCE_DATE_EPOCH", "1795496100", 1);
}

/* A record of `path` as it is now, about to become "new\n". */
static struct ar_record record_of(const char *path, bool secret)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	const struct ar_snapshot *list[] = { &old };
	struct ar_record record = {
		.command = "patch", .who = "alice", .what = "flag added", .part_count = 1
	};
	struct ar_record_part *part = &record.parts[0];
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_file_read(&host, path, AR_READ_MAY_LACK | (secret ? AR_READ_SECRET : 0),
				      &old, &err),
			 0);
	snprintf(part->path, sizeof part->path, "%s", path);
	part->action = old.exists ? AR_REPLACED : AR_CREATED;
	part->secret = secret;
	memcpy(part->sha_before, old.sha256, sizeof part->sha_before);
	ar_sha256_hex("new\n", 4, part->sha_after);
	part->size_before = old.len;
	part->size_after = 4;
	part->mode = old.exists ? old.mode & 07777 : 0600;
	part->uid = 4000000000;
	ck_assert_msg(ar_record_begin(&host, &record, list, &err) == 0, "%s", err.msg);
	return record;
}

static void set_progress(struct ar_record *record, enum ar_progress progress)
{
	struct ar_err err = AR_ERR_INIT;

	record->progress = progress;
	ck_assert_msg(ar_record_update(&host, record, &err) == 0, "%s", err.msg);
}

static struct ar_record finished(const char *path, bool secret)
{
	struct ar_record record = record_of(path, secret);

	set_progress(&record, AR_FINISHED);
	return record;
}

static const char *file_of(const struct ar_record *record, const char *name)
{
	static char path[2][200];
	static unsigned next;
	char *to = path[next++ % 2];

	snprintf(to, sizeof path[0], AR_RECORDS_DIR "/%s/%s", record->id, name);
	return to;
}

static size_t list(struct ar_record **ret, size_t *ret_unreadable)
{
	struct ar_err err = AR_ERR_INIT;
	size_t count;

	ck_assert_msg(ar_record_list(&host, ret, &count, ret_unreadable, &err) == 0, "%s", err.msg);
	return count;
}

static size_t count_records(void)
{
	struct ar_record *records;
	size_t unreadable, count = list(&records, &unreadable);

	free(records);
	ck_assert_uint_eq(unreadable, 0);
	return count;
}

static void prune(size_t keep)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_record_prune(&host, keep, &err) == 0, "%s", err.msg);
}

/* --- what a record is --------------------------------------------------------------------------
 */

START_TEST(what_is_written_is_what_is_read)
{
	struct ar_record record = record_of(FILE_A, false), got = { .part_count = 0 };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_str_eq(record.id, "20261124-045500-0001");
	ck_assert_str_eq(record.when, "2026-11-24T04:55:00Z");
	ck_assert_int_eq(record.progress, AR_STARTED);
	ck_assert_int_eq(ar_record_read(&host, record.id, &got, &err), 0);
	ck_assert_str_eq(got.id, record.id);
	ck_assert_str_eq(got.command, "patch");
	ck_assert_str_eq(got.who, "alice");
	ck_assert_str_eq(got.what, "flag added");
	ck_assert_str_eq(got.when, record.when);
	ck_assert_str_eq(got.undoes, "");
	ck_assert_int_eq(got.progress, AR_STARTED);
	ck_assert_uint_eq(got.part_count, 1);
	ck_assert_str_eq(got.parts[0].path, FILE_A);
	ck_assert_int_eq(got.parts[0].action, AR_REPLACED);
	ck_assert_str_eq(got.parts[0].sha_before, record.parts[0].sha_before);
	ck_assert_str_eq(got.parts[0].sha_after, record.parts[0].sha_after);
	ck_assert_uint_eq(got.parts[0].size_before, 4);
	ck_assert_uint_eq(got.parts[0].mode, 0640);
	ck_assert_uint_eq(got.parts[0].uid, 4000000000);
}
END_TEST

START_TEST(all_of_it_is_root_only_whatever_the_umask)
{
	umask(0);
	struct ar_record record = finished(FILE_A, false);
	ck_assert_uint_eq(mode_of(AR_STATE_DIR), 0700);
	ck_assert_uint_eq(mode_of(AR_RECORDS_DIR), 0700);
	ck_assert_uint_eq(mode_of(file_of(&record, "")), 0700);
	ck_assert_uint_eq(mode_of(file_of(&record, "record.json")), 0600);
	ck_assert_uint_eq(mode_of(file_of(&record, "old-0")), 0600);
	umask(0777);
	record = finished(FILE_A, false);
	ck_assert_uint_eq(mode_of(file_of(&record, "old-0")), 0600);
	ck_assert_uint_eq(entries_in(AR_RECORDS_DIR), 2);
}
END_TEST

START_TEST(old_bytes_come_back_as_they_were)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	struct ar_record record = finished(FILE_A, true);
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_record_old(&host, &record, 0, &old, &err), 0);
	ck_assert_str_eq(old.data, "old\n");
	ck_assert(old.exists && old.secret);
}
END_TEST

START_TEST(a_file_that_was_not_there_has_no_old_bytes)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	struct ar_record record = finished("/etc/none.yaml", false);
	struct ar_err err = AR_ERR_INIT;

	ck_assert_uint_eq(entries_in(file_of(&record, "")), 1);
	ck_assert_int_eq(ar_record_old(&host, &record, 0, &old, &err), 0);
	ck_assert(!old.exists);
}
END_TEST

START_TEST(several_parts_belong_to_one_record)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot a = { .path = NULL }, b = { .path = NULL },
					    got = { .path = NULL };
	const struct ar_snapshot *both[] = { &a, &b };
	struct ar_record record = { .command = "enable", .part_count = 2 },
			 read = { .part_count = 0 };
	struct ar_err err = AR_ERR_INIT;

	put("/etc/b.yaml", "b", 0600);
	ck_assert_int_eq(ar_file_read(&host, FILE_A, 0, &a, &err), 0);
	ck_assert_int_eq(ar_file_read(&host, "/etc/b.yaml", 0, &b, &err), 0);
	for (size_t i = 0; i < 2; i++) {
		snprintf(record.parts[i].path, sizeof record.parts[i].path, "%s", both[i]->path);
		memcpy(record.parts[i].sha_before, both[i]->sha256, AR_SHA256_HEX);
	}
	ck_assert_int_eq(ar_record_begin(&host, &record, both, &err), 0);
	ck_assert_int_eq(ar_record_read(&host, record.id, &read, &err), 0);
	ck_assert_uint_eq(read.part_count, 2);
	ck_assert_int_eq(ar_record_old(&host, &read, 1, &got, &err), 0);
	ck_assert_str_eq(got.data, "b");
}
END_TEST

/* --- order -------------------------------------------------------------------------------------
 */

START_TEST(records_of_one_second_are_told_apart_and_listed_newest_first)
{
	struct ar_record *records;
	size_t unreadable;
	char want[40];

	for (int i = 0; i < 12; i++)
		finished(FILE_A, false);
	ck_assert_uint_eq(list(&records, &unreadable), 12);
	for (int i = 0; i < 12; i++) {
		snprintf(want, sizeof want, "20261124-045500-%04d", 12 - i);
		ck_assert_str_eq(records[i].id, want);
	}
	free(records);
}
END_TEST

START_TEST(a_clock_that_goes_back_does_not_make_a_record_older)
{
	finished(FILE_A, false);
	setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
	struct ar_record record = finished(FILE_A, false);
	ck_assert_str_eq(record.id, "20261124-045500-0002");
	ck_assert_str_eq(record.when, "2023-11-14T22:13:20Z");
	setenv("SOURCE_DATE_EPOCH", "1795496101", 1);
	record = finished(FILE_A, false);
	ck_assert_str_eq(record.id, "20261124-045501-0001");
}
END_TEST

START_TEST(an_id_is_not_used_again_after_its_record_is_dropped)
{
	struct ar_err err = AR_ERR_INIT;
	struct ar_record first = finished(FILE_A, false), second = finished(FILE_A, false);

	ck_assert_int_eq(ar_record_drop(&host, &first, &err), 0);
	ck_assert_str_eq(finished(FILE_A, false).id, "20261124-045500-0003");
	(void)second;
}
END_TEST

/* --- law 6 -------------------------------------------------------------------------------------
 */

START_TEST(law_6_what_was_half_built_or_half_removed_is_not_listed_and_goes_away)
{
	struct ar_err err = AR_ERR_INIT;

	finished(FILE_A, false);
	make_dir(AR_RECORDS_DIR "/.new", 0700);
	put(AR_RECORDS_DIR "/.new/old-0", "secret", 0600);
	make_dir(AR_RECORDS_DIR "/.gone.20261124-045500-0007", 0700);
	ck_assert_uint_eq(count_records(), 1);
	ck_assert_int_eq(ar_record_sweep(&host, &err), 0);
	ck_assert_uint_eq(entries_in(AR_RECORDS_DIR), 1);
	make_dir(AR_RECORDS_DIR "/.new", 0700);
	put(AR_RECORDS_DIR "/.new/old-0", "secret", 0600);
	finished(FILE_A, false);
	ck_assert_uint_eq(entries_in(AR_RECORDS_DIR), 2);
}
END_TEST

START_TEST(law_6_no_record_is_begun_unless_all_of_it_is_on_disk)
{
	static const unsigned calls[] = { SYS_write, SYS_fsync, SYS_linkat, SYS_renameat,
					  SYS_mkdirat };
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	const struct ar_snapshot *parts[] = { &old };
	struct ar_record record = { .part_count = 1, .parts = { { .path = FILE_A } } };
	struct ar_err err = AR_ERR_INIT;

	finished(FILE_A, false);
	ck_assert_int_eq(ar_file_read(&host, FILE_A, 0, &old, &err), 0);
	break_call(calls[_i], 4, 0, 0, EIO);
	ck_assert_int_eq(ar_record_begin(&host, &record, parts, &err), -1);
	expect_error(&err, "there could be no record of the change, so there is no change",
		     "dmesg");
	ck_assert_int_eq(err.class, AR_FAILED);
	ck_assert_uint_eq(entries_in(AR_RECORDS_DIR), 1);
	ck_assert_uint_eq(count_records(), 1);
}
END_TEST

START_TEST(an_update_that_fails_leaves_the_record_as_it_was)
{
	struct ar_record record = record_of(FILE_A, false), got;
	struct ar_err err = AR_ERR_INIT;

	break_call(SYS_renameat, 4, 0, 0, EIO);
	record.progress = AR_FINISHED;
	ck_assert_int_eq(ar_record_update(&host, &record, &err), -1);
	err = (struct ar_err)AR_ERR_INIT;
	ck_assert_int_eq(ar_record_read(&host, record.id, &got, &err), 0);
	ck_assert_int_eq(got.progress, AR_STARTED);
	ck_assert_uint_eq(entries_in(file_of(&record, "")), 2);
}
END_TEST

START_TEST(a_path_that_cannot_be_recorded_exactly_is_refused)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	const struct ar_snapshot *parts[] = { &old };
	struct ar_record record = { .part_count = 1, .parts = { { .path = "/etc/cut" } } };
	struct ar_err err = AR_ERR_INIT;

	put("/etc/cut off", "", 0600);
	ck_assert_int_eq(ar_file_read(&host, "/etc/cut off", 0, &old, &err), 0);
	ck_assert_int_eq(ar_record_begin(&host, &record, parts, &err), -1);
	expect_error(&err, "too long a path for a record", "");
	ar_snapshot_done(&old);
	err = (struct ar_err)AR_ERR_INIT;
	put("/etc/\xff", "", 0600);
	ck_assert_int_eq(ar_file_read(&host, "/etc/\xff", 0, &old, &err), 0);
	snprintf(record.parts[0].path, sizeof record.parts[0].path, "/etc/\xff");
	ck_assert_int_eq(ar_record_begin(&host, &record, parts, &err), -1);
	expect_error(&err, "a path that is not UTF-8", "");
	ck_assert_uint_eq(entries_in(AR_RECORDS_DIR), 0);
}
END_TEST

START_TEST(other_texts_are_made_utf_8)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	const struct ar_snapshot *parts[] = { &old };
	struct ar_record record = { .what = "cut in \xc3",
				    .part_count = 1,
				    .parts = { { .path = FILE_A } } };
	struct ar_record got;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_file_read(&host, FILE_A, 0, &old, &err), 0);
	ck_assert_msg(ar_record_begin(&host, &record, parts, &err) == 0, "%s", err.msg);
	ck_assert_int_eq(ar_record_read(&host, record.id, &got, &err), 0);
	ck_assert_str_eq(got.what, "cut in \\xc3");
}
END_TEST

/* --- what cannot be read -----------------------------------------------------------------------
 */

#define PART                                                                                    \
	"{\"path\":\"/a\",\"action\":\"replaced\",\"secret\":false,\"sha256_before\":\"\","     \
	"\"sha256_after\":\"\",\"size_before\":0,\"size_after\":0,\"mode\":\"0600\",\"uid\":0," \
	"\"gid\":0}"
#define HEAD                                                                                    \
	"\"id\":\"20261124-045500-0001\",\"command\":\"\",\"who\":\"\",\"what\":\"\",\"when\":" \
	"\"\","                                                                                 \
	"\"undoes\":\"\",\"progress\":\"finished\""

static const struct {
	const char *json, *msg;
} unreadable_records[] = {
	{ "", "the record is no JSON" },
	{ "[]", "no proper 'version'" },
	{ "{" HEAD ",\"parts\":[" PART "]}", "no proper 'version'" },
	{ "{\"version\":0," HEAD ",\"parts\":[" PART "]}", "no proper 'version'" },
	{ "{\"version\":2," HEAD ",\"parts\":[" PART "]}", "written by a newer atrest" },
	{ "{\"version\":2}", "written by a newer atrest" },
	{ "{\"version\":1,\"version\":1," HEAD ",\"parts\":[" PART "]}",
	  "no JSON (line 1): duplicate" },
	{ "{\"version\":1," HEAD ",\"parts\":[]}", "no proper 'parts'" },
	{ "{\"version\":1," HEAD ",\"parts\":[" PART "," PART "," PART "," PART "," PART "," PART
	  "," PART "," PART "," PART "]}",
	  "no proper 'parts'" },
	{ "{\"version\":1," HEAD ",\"parts\":[7]}", "no proper" },
	{ "{\"version\":1,\"id\":7}", "no proper 'id'" },
	{ "{\"version\":1,\"id\":\"0123456789012345678901234567890123456789\"}", "no proper 'id'" },
};

START_TEST(a_damaged_or_newer_record_is_left_out_and_says_why)
{
	struct ar_record record = finished(FILE_A, false), got = { .part_count = 0 }, *records;
	struct ar_err err = AR_ERR_INIT;
	size_t unreadable;

	finished(FILE_A, false);
	put(file_of(&record, "record.json"), unreadable_records[_i].json, 0600);
	ck_assert_uint_eq(list(&records, &unreadable), 1);
	ck_assert_uint_eq(unreadable, 1);
	free(records);
	ck_assert_int_eq(ar_record_read(&host, record.id, &got, &err), -1);
	expect_error(&err, unreadable_records[_i].msg, "");
	ck_assert_str_eq(err.path, file_of(&record, "record.json"));
	ck_assert_uint_eq(got.part_count, 0);
}
END_TEST

START_TEST(a_record_under_another_name_is_refused)
{
	struct ar_record record = finished(FILE_A, false);
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(rename(in_world(file_of(&record, "")),
				in_world(AR_RECORDS_DIR "/20261124-045500-0009")),
			 0);
	ck_assert_int_eq(ar_record_read(&host, "20261124-045500-0009", &record, &err), -1);
	expect_error(&err, "the record calls itself '20261124-045500-0001'", "");
	err = (struct ar_err)AR_ERR_INIT;
	ck_assert_int_eq(ar_record_read(&host, "../../../etc/passwd", &record, &err), -1);
	expect_error(&err, "is no record", "");
}
END_TEST

START_TEST(old_bytes_that_are_not_what_was_recorded_are_refused)
{
	struct ar_record record = finished(FILE_A, false);
	struct ar_snapshot none = { .path = NULL };
	struct ar_err err = AR_ERR_INIT;

	put(file_of(&record, "old-0"), "else\n", 0600);
	ck_assert_int_eq(ar_record_old(&host, &record, 0, &none, &err), -1);
	expect_error(&err, "its sha256 differs", "do not use it");
	ck_assert_int_eq(remove(in_world(file_of(&record, "old-0"))), 0);
	err = (struct ar_err)AR_ERR_INIT;
	ck_assert_int_eq(ar_record_old(&host, &record, 0, &none, &err), -1);
	expect_error(&err, "is missing from record", "cannot be undone");
	ck_assert_ptr_null(none.path);
}
END_TEST

START_TEST(without_records_there_are_none)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_uint_eq(count_records(), 0);
	prune(10);
	ck_assert_int_eq(ar_record_sweep(&host, &err), 0);
	ck_assert(!is_there(AR_STATE_DIR));
}
END_TEST

/* --- pruning -----------------------------------------------------------------------------------
 */

START_TEST(the_newest_of_each_file_are_kept)
{
	struct ar_record *records;
	size_t unreadable;

	put("/etc/b.yaml", "b", 0600);
	finished("/etc/b.yaml", false);
	for (int i = 0; i < 5; i++)
		finished(FILE_A, false);
	prune(3);
	ck_assert_uint_eq(list(&records, &unreadable), 4);
	ck_assert_str_eq(records[0].id, "20261124-045500-0006");
	ck_assert_str_eq(records[2].id, "20261124-045500-0004");
	ck_assert_str_eq(records[3].parts[0].path, "/etc/b.yaml");
	free(records);
	ck_assert_uint_eq(entries_in(AR_RECORDS_DIR), 4);
}
END_TEST

START_TEST(a_started_record_is_never_removed)
{
	struct ar_record started = record_of(FILE_A, true);

	for (int i = 0; i < 3; i++)
		finished(FILE_A, true);
	prune(1);
	ck_assert_uint_eq(count_records(), 2);
	ck_assert(is_there(file_of(&started, "old-0")));
}
END_TEST

START_TEST(law_7_of_a_key_bearing_file_only_the_newest_predecessor_is_kept)
{
	struct ar_record created = finished("/etc/enc.yaml", true);
	struct ar_snapshot none = { .path = NULL };
	struct ar_err err = AR_ERR_INIT;

	put("/etc/enc.yaml", "key1", 0600);
	struct ar_record first = finished("/etc/enc.yaml", true);
	prune(10);
	ck_assert(is_there(file_of(&first, "old-0")));
	put("/etc/enc.yaml", "key2", 0600);
	struct ar_record second = finished("/etc/enc.yaml", true);
	struct ar_record other = finished(FILE_A, false);
	prune(10);
	ck_assert(!is_there(file_of(&first, "old-0")));
	ck_assert(is_there(file_of(&second, "old-0")));
	ck_assert(is_there(file_of(&other, "old-0")));
	ck_assert_uint_eq(count_records(), 4);
	ck_assert_int_eq(ar_record_old(&host, &first, 0, &none, &err), -1);
	expect_error(&err, "of a key-bearing file only the newest is kept", "");
	(void)created;
}
END_TEST

static void add_tests(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
	TCase *part = tcase_create(name);

	tcase_add_checked_fixture(part, begin, world_end);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(part, tests[i]);
	suite_add_tcase(suite, part);
}
#define ADD(suite, name, ...)                                                     \
	do {                                                                      \
		const TTest *const tests_[] = { __VA_ARGS__ };                    \
		add_tests(suite, name, tests_, sizeof tests_ / sizeof tests_[0]); \
	} while (0)

static TCase *add_loops(void)
{
	TCase *loops = tcase_create("each of a table");

	tcase_add_checked_fixture(loops, begin, world_end);
	tcase_add_loop_test(loops, law_6_no_record_is_begun_unless_all_of_it_is_on_disk, 0, 5);
	tcase_add_loop_test(loops, a_damaged_or_newer_record_is_left_out_and_says_why, 0,
			    sizeof unreadable_records / sizeof unreadable_records[0]);
	return loops;
}

Suite *record_suite(void)
{
	Suite *suite = suite_create("record");

	ADD(suite, "what a record is", what_is_written_is_what_is_read,
	    all_of_it_is_root_only_whatever_the_umask, old_bytes_come_back_as_they_were,
	    a_file_that_was_not_there_has_no_old_bytes, several_parts_belong_to_one_record);
	ADD(suite, "order", records_of_one_second_are_told_apart_and_listed_newest_first,
	    a_clock_that_goes_back_does_not_make_a_record_older,
	    an_id_is_not_used_again_after_its_record_is_dropped);
	ADD(suite, "law 6", law_6_what_was_half_built_or_half_removed_is_not_listed_and_goes_away,
	    an_update_that_fails_leaves_the_record_as_it_was,
	    a_path_that_cannot_be_recorded_exactly_is_refused, other_texts_are_made_utf_8);
	ADD(suite, "what cannot be read", a_record_under_another_name_is_refused,
	    old_bytes_that_are_not_what_was_recorded_are_refused, without_records_there_are_none);
	ADD(suite, "pruning", the_newest_of_each_file_are_kept, a_started_record_is_never_removed,
	    law_7_of_a_key_bearing_file_only_the_newest_predecessor_is_kept);
	suite_add_tcase(suite, add_loops());
	return suite;
}
