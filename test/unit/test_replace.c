/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <linux/fs.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/xattr.h>

#include "host/file.h"

Suite *replace_suite(void);

#define MANIFEST    "/m/kube-apiserver.yaml"
#define STALE       "/m/.atrest.kube-apiserver.yaml.0123456789abcdef"
#define ACL         "system.posix_acl_access"
#define DEFAULT_ACL "system.posix_acl_default"

static struct ar_snapshot old;

static void begin(void)
{
	struct ar_err err = AR_ERR_INIT;

	world_begin();
	make_dir("/m", 0755);
	put(MANIFEST, "old", 0640);
	ck_assert_int_eq(ar_file_read(&host, MANIFEST, 0, &old, &err), 0);
}

static void end(void)
{
	ar_snapshot_done(&old);
	world_end();
}

/* Takes the snapshot again: something about the file was changed on purpose. */
static void look_again(void)
{
	struct ar_err err = AR_ERR_INIT;

	ar_snapshot_done(&old);
	ck_assert_int_eq(ar_file_read(&host, MANIFEST, 0, &old, &err), 0);
}

static void replace(const char *text)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_file_replace(&host, &old, text, strlen(text), &err) == 0, "%s", err.msg);
	expect_text(MANIFEST, text);
}

static void create(const char *path, mode_t mode, const char *text)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_file_create(&host, path, mode, text, strlen(text), &err) == 0, "%s",
		      err.msg);
	expect_text(path, text);
	ck_assert_uint_eq(mode_of(path), mode);
}

/* The file is as it was, and nothing else is in the folder. */
static void expect_unreplaced(enum ar_class class, const char *msg, const char *hint)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_file_replace(&host, &old, "new", 3, &err), -1);
	expect_error(&err, msg, hint);
	ck_assert_str_eq(err.path, MANIFEST);
	ck_assert_int_eq(err.class, class);
	ck_assert_uint_eq(entries_in("/m"), 1);
}

static void expect_uncreated(const char *path, const char *msg, const char *hint)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_file_create(&host, path, 0600, "new", 3, &err), -1);
	expect_error(&err, msg, hint);
	ck_assert_int_eq(err.class, AR_FAILED);
}

/* --- law 6: wholly old or wholly new -----------------------------------------------------------
 */

START_TEST(law_6_new_content_has_the_old_mode_and_is_alone_in_the_folder)
{
	umask(0777);
	replace("new");
	ck_assert_uint_eq(mode_of(MANIFEST), 0640);
	ck_assert_uint_eq(entries_in("/m"), 1);
}
END_TEST

START_TEST(law_6_a_reader_keeps_the_old_file_whole)
{
	char got[8] = "";
	int reader = open(in_world(MANIFEST), O_RDONLY);

	replace("new content");
	ck_assert_int_eq(read(reader, got, sizeof got), 3);
	ck_assert_str_eq(got, "old");
	close(reader);
}
END_TEST

START_TEST(law_6_a_full_disk_leaves_the_old_file_and_nothing_else)
{
	const struct rlimit few = { 2, 2 };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &few), 0);
	expect_unreplaced(AR_FAILED, "cannot write the new content", "");
	expect_text(MANIFEST, "old");
}
END_TEST

/* Each call that can fail before the rename, by the message it then gives. */
static const struct {
	unsigned call;
	int sys;
	const char *msg, *hint;
} broken[] = {
	{ SYS_write, ENOSPC, "cannot write the new content: No space", "make room" },
	{ SYS_fsync, EIO, "cannot bring the new content to the disk", "dmesg" },
	{ SYS_fchmod, EPERM, "cannot keep its owner, mode and labels", "immutable" },
	{ SYS_flistxattr, EIO, "cannot keep its owner, mode and labels", "dmesg" },
	{ SYS_renameat, EROFS, "cannot put the new file in place: Read-only", "remount" },
};

START_TEST(law_6_whatever_fails_before_the_rename_changes_nothing)
{
	break_call(broken[_i].call, 4, 0, 0, broken[_i].sys);
	expect_unreplaced(AR_FAILED, broken[_i].msg, broken[_i].hint);
	expect_text(MANIFEST, "old");
}
END_TEST

START_TEST(law_6_a_folder_that_cannot_be_synced_is_a_state_to_look_at)
{
	break_call(SYS_fsync, 0, ~0U, next_fd(), EIO);
	expect_unreplaced(AR_LOOK, "was replaced, but its folder cannot be brought to the disk",
			  "power cut");
	expect_text(MANIFEST, "new");
}
END_TEST

START_TEST(law_6_the_next_run_removes_what_a_killed_one_left)
{
	put(STALE, "half", 0600);
	put("/m/.atrest.etcd.yaml.fedcba9876543210", "half", 0600);
	replace("new");
	ck_assert_uint_eq(entries_in("/m"), 1);
}
END_TEST

START_TEST(law_6_settling_removes_them_without_touching_the_file)
{
	struct ar_err err = AR_ERR_INIT;
	struct stat before, after;

	put(STALE, "half", 0600);
	ck_assert_int_eq(stat(in_world(MANIFEST), &before), 0);
	ck_assert_int_eq(ar_file_settle(&host, MANIFEST, &err), 0);
	ck_assert_int_eq(stat(in_world(MANIFEST), &after), 0);
	ck_assert_uint_eq(entries_in("/m"), 1);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_int_eq(ar_file_settle(&host, "/none/file", &err), 0);
}
END_TEST

START_TEST(only_our_own_temp_files_are_removed)
{
	static const char *const others[] = {
		"/m/.kube-apiserver.yaml.swp",    "/m/.atrest.a.0123456789abcde",
		"/m/.atrest.a.0123456789abcdef0", "/m/.atrest.a.0123456789abcdeg",
		"/m/.atrest.0123456789abcdef",    "/m/.atrest.",
		"/m/atrest.a.0123456789abcdef",   "/m/.atrest.a.0123456789ABCDEF",
	};
	const size_t count = sizeof others / sizeof others[0];

	for (size_t i = 0; i < count; i++)
		put(others[i], "", 0600);
	make_dir("/m/.atrest.folder.0123456789abcdef", 0700);
	ck_assert_int_eq(symlink("none", in_world("/m/.atrest.link.0123456789abcdef")), 0);
	put("/m/.atrest.foreign.0123456789abcdef", "", 0600);
	if (chown(in_world("/m/.atrest.foreign.0123456789abcdef"), geteuid() + 1, getegid()) != 0)
		ck_assert_int_eq(remove(in_world("/m/.atrest.foreign.0123456789abcdef")), 0);
	unsigned before = entries_in("/m");
	replace("new");
	ck_assert_uint_eq(entries_in("/m"), before);
}
END_TEST

START_TEST(a_long_name_leaves_room_for_the_temp_name)
{
	char path[300] = "/m/";

	memset(path + 3, 'n', 255);
	create(path, 0600, "text");
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	struct ar_err err = AR_ERR_INIT;
	ck_assert_int_eq(ar_file_read(&host, path, 0, &file, &err), 0);
	ck_assert_int_eq(ar_file_replace(&host, &file, "new", 3, &err), 0);
	expect_text(path, "new");
	ck_assert_uint_eq(entries_in("/m"), 2);
}
END_TEST

/* --- someone else ------------------------------------------------------------------------------
 */

START_TEST(an_edit_in_the_meantime_is_not_overwritten)
{
	put(MANIFEST, "their", 0640);
	expect_unreplaced(AR_FAILED, "was changed by someone else in the meantime", "run again");
	expect_text(MANIFEST, "their");
}
END_TEST

START_TEST(an_edit_that_hides_its_time_is_found)
{
	const struct timespec times[2] = {
		{ .tv_nsec = UTIME_OMIT }, { old.mtime_ns / 1000000000, old.mtime_ns % 1000000000 }
	};

	put(MANIFEST, "dlo", 0640);
	ck_assert_int_eq(utimensat(AT_FDCWD, in_world(MANIFEST), times, 0), 0);
	expect_unreplaced(AR_FAILED, "was changed by someone else", "");
	expect_text(MANIFEST, "dlo");
}
END_TEST

START_TEST(other_bytes_under_the_same_identity_are_found)
{
	old.data[0] = 'O'; /* as if the file system had no times */
	expect_unreplaced(AR_FAILED, "was changed by someone else", "");
	expect_text(MANIFEST, "old");
}
END_TEST

START_TEST(the_same_bytes_in_another_file_are_someone_elses)
{
	put("/m/other", "old", 0640);
	ck_assert_int_eq(rename(in_world("/m/other"), in_world(MANIFEST)), 0);
	expect_unreplaced(AR_FAILED, "was changed by someone else", "");
}
END_TEST

START_TEST(a_file_that_vanished_is_not_made_anew)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(remove(in_world(MANIFEST)), 0);
	ck_assert_int_eq(ar_file_replace(&host, &old, "new", 3, &err), -1);
	expect_error(&err, "was changed by someone else", "");
	ck_assert_uint_eq(entries_in("/m"), 0);
}
END_TEST

START_TEST(a_symlink_put_there_in_the_meantime_is_not_followed)
{
	put("/precious", "old", 0640);
	ck_assert_int_eq(remove(in_world(MANIFEST)), 0);
	ck_assert_int_eq(symlink("/precious", in_world(MANIFEST)), 0);
	expect_unreplaced(AR_FAILED, "was changed by someone else", "");
	expect_text("/precious", "old");
}
END_TEST

/* --- what is kept ------------------------------------------------------------------------------
 */

START_TEST(behind_a_symlink_the_target_is_replaced_in_its_folder)
{
	ck_assert_int_eq(symlink("m/kube-apiserver.yaml", in_world("/link")), 0);
	host.follow = true;
	ar_snapshot_done(&old);
	struct ar_err err = AR_ERR_INIT;
	ck_assert_int_eq(ar_file_read(&host, "/link", 0, &old, &err), 0);
	replace("new");
	expect_text("/link", "new");
	char target[64] = "";
	ck_assert_int_eq(readlink(in_world("/link"), target, sizeof target - 1), 21);
	ck_assert_str_eq(target, "m/kube-apiserver.yaml");
}
END_TEST

START_TEST(another_hard_link_keeps_the_old_bytes)
{
	ck_assert_int_eq(link(in_world(MANIFEST), in_world("/backup")), 0);
	look_again();
	replace("new");
	expect_text("/backup", "old");
}
END_TEST

START_TEST(the_owner_is_kept)
{
	struct stat st;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chown(in_world(MANIFEST), 1000, 2000), 0);
	ck_assert_int_eq(chmod(in_world(MANIFEST), 04750), 0);
	look_again();
	put(STALE, "half", 0600); /* killed after it was given away */
	ck_assert_int_eq(chown(in_world(STALE), 1000, 2000), 0);
	replace("new");
	ck_assert_int_eq(stat(in_world(MANIFEST), &st), 0);
	ck_assert_uint_eq(st.st_uid, 1000);
	ck_assert_uint_eq(st.st_gid, 2000);
	ck_assert_uint_eq(st.st_mode & 07777, 04750);
	ck_assert(!is_there(STALE));
}
END_TEST

START_TEST(extended_attributes_are_kept)
{
	char large[3000], got[3000];

	memset(large, 'x', sizeof large);
	if (setxattr(in_world(MANIFEST), "user.note", "hello", 5, 0) != 0)
		return; /* this file system has none */
	ck_assert_int_eq(setxattr(in_world(MANIFEST), "user.large", large, sizeof large, 0), 0);
	ck_assert_int_eq(setxattr(in_world(MANIFEST), "user.empty", "", 0, 0), 0);
	look_again();
	replace("new");
	ck_assert_int_eq(getxattr(in_world(MANIFEST), "user.note", got, sizeof got), 5);
	ck_assert_int_eq(getxattr(in_world(MANIFEST), "user.large", got, sizeof got), sizeof large);
	ck_assert_int_eq(memcmp(got, large, sizeof large), 0);
	ck_assert_int_eq(getxattr(in_world(MANIFEST), "user.empty", got, sizeof got), 0);
}
END_TEST

/* user::rw- user:1000:r-- group::--- mask::r-- other::--- */
static const unsigned char acl[] = {
	2, 0,    0,   0,   1,   0,   6,  0, 255, 255, 255, 255, 2,   0,   4,
	0, 0xe8, 3,   0,   0,   4,   0,  0, 0,   255, 255, 255, 255, 16,  0,
	4, 0,    255, 255, 255, 255, 32, 0, 0,   0,   255, 255, 255, 255,
};

START_TEST(an_acl_is_kept)
{
	unsigned char got[100];

	if (setxattr(in_world(MANIFEST), ACL, acl, sizeof acl, 0) != 0)
		return;
	look_again();
	replace("new");
	ck_assert_int_eq(getxattr(in_world(MANIFEST), ACL, got, sizeof got), sizeof acl);
	ck_assert_int_eq(memcmp(got, acl, sizeof acl), 0);
	ck_assert_uint_eq(mode_of(MANIFEST), 0640);
}
END_TEST

START_TEST(a_default_acl_of_the_folder_gives_nobody_new_rights)
{
	unsigned char got[100];

	if (setxattr(in_world("/m"), DEFAULT_ACL, acl, sizeof acl, 0) != 0)
		return;
	replace("new");
	ck_assert_int_eq(getxattr(in_world(MANIFEST), ACL, got, sizeof got), -1);
	ck_assert_uint_eq(mode_of(MANIFEST), 0640);
	create("/m/enc.yaml", 0600, "key");
}
END_TEST

START_TEST(without_rights_the_hint_says_run_as_root)
{
	if (!become_nobody())
		return;
	expect_unreplaced(AR_FAILED, "cannot make a temp file beside it: Permission denied",
			  "run as root");
}
END_TEST

static bool set_immutable(const char *path, int on)
{
	int fd = open(in_world(path), O_RDONLY), flags = 0;
	bool ok = ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;

	flags = on ? flags | FS_IMMUTABLE_FL : flags & ~FS_IMMUTABLE_FL;
	ok = ok && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
	close(fd);
	return ok;
}

START_TEST(an_immutable_file_is_explained)
{
	if (!set_immutable(MANIFEST, 1))
		return;
	look_again();
	struct ar_err err = AR_ERR_INIT;
	int result = ar_file_replace(&host, &old, "new", 3, &err);
	ck_assert(set_immutable(MANIFEST, 0));
	ck_assert_int_eq(result, -1);
	expect_error(&err, "cannot put the new file in place: Operation not permitted",
		     "chattr -i");
	ck_assert_uint_eq(entries_in("/m"), 1);
	expect_text(MANIFEST, "old");
}
END_TEST

/* --- creating ----------------------------------------------------------------------------------
 */

START_TEST(a_new_file_has_exactly_its_mode)
{
	umask(0777);
	create("/m/enc.yaml", 0600, "key");
	umask(0);
	create("/m/other.yaml", 0600, "");
	ck_assert_uint_eq(entries_in("/m"), 3);
}
END_TEST

START_TEST(what_is_there_is_never_overwritten)
{
	ck_assert_int_eq(symlink("none", in_world("/m/link")), 0);
	make_dir("/m/folder", 0755);
	expect_uncreated(MANIFEST, "is there already; it is never overwritten", "look at it");
	expect_uncreated("/m/link", "is there already", "");
	expect_uncreated("/m/folder", "is there already", "");
	expect_text(MANIFEST, "old");
	ck_assert(!is_there("/m/none"));
	ck_assert_uint_eq(entries_in("/m"), 3);
}
END_TEST

START_TEST(a_missing_folder_is_not_made)
{
	expect_uncreated("/none/enc.yaml", "cannot open its folder: No such file",
			 "make the folder first");
	expect_uncreated("/m/", "is a folder", "");
	expect_uncreated("/m/..", "is a folder", "");
}
END_TEST

START_TEST(who_is_not_root_can_create_too)
{
	ck_assert_int_eq(chmod(in_world("/m"), 0777), 0);
	if (become_nobody())
		create("/m/enc.yaml", 0600, "key");
}
END_TEST

START_TEST(law_6_without_nameless_files_it_is_still_whole_or_not_at_all)
{
	break_call(SYS_openat, 2, O_TMPFILE, O_TMPFILE, EOPNOTSUPP);
	create("/m/enc.yaml", 0600, "key");
	ck_assert_uint_eq(entries_in("/m"), 2);
	expect_uncreated("/m/enc.yaml", "is there already", "");
	ck_assert_uint_eq(entries_in("/m"), 2);
	expect_text("/m/enc.yaml", "key");
}
END_TEST

START_TEST(law_6_a_second_name_that_stays_is_not_called_nothing_changed)
{
	struct ar_err err = AR_ERR_INIT;

	break_call(SYS_openat, 2, O_TMPFILE, O_TMPFILE, EOPNOTSUPP);
	break_call(SYS_unlinkat, 4, 0, 0, EIO);
	ck_assert_int_eq(ar_file_create(&host, "/m/enc.yaml", 0600, "key", 3, &err), -1);
	expect_error(&err, "was made, but its temp file cannot be removed", "");
	ck_assert_int_eq(err.class, AR_RESUMABLE);
	expect_text("/m/enc.yaml", "key");
}
END_TEST

START_TEST(law_6_a_failed_creation_leaves_nothing)
{
	static const unsigned calls[] = { SYS_write, SYS_fchmod, SYS_fsync, SYS_linkat };

	break_call(calls[_i], 4, 0, 0, EIO);
	expect_uncreated("/m/enc.yaml", "Input/output error", "dmesg");
	ck_assert_uint_eq(entries_in("/m"), 1);
}
END_TEST

START_TEST(law_6_a_failed_creation_under_a_dot_name_leaves_nothing)
{
	static const unsigned calls[] = { SYS_write, SYS_fchmod, SYS_fsync, SYS_linkat };

	break_call(SYS_openat, 2, O_TMPFILE, O_TMPFILE, EOPNOTSUPP);
	break_call(calls[_i], 4, 0, 0, EIO);
	expect_uncreated("/m/enc.yaml", "Input/output error", "dmesg");
	ck_assert_uint_eq(entries_in("/m"), 1);
}
END_TEST

/* --- removing ----------------------------------------------------------------------------------
 */

START_TEST(a_file_is_removed_if_it_is_still_the_same)
{
	struct ar_err err = AR_ERR_INIT;

	put(MANIFEST, "their", 0640);
	ck_assert_int_eq(ar_file_remove(&host, &old, &err), -1);
	expect_error(&err, "was changed by someone else", "");
	expect_text(MANIFEST, "their");
	look_again();
	err = (struct ar_err)AR_ERR_INIT;
	ck_assert_int_eq(ar_file_remove(&host, &old, &err), 0);
	ck_assert_uint_eq(entries_in("/m"), 0);
}
END_TEST

static TCase *part(Suite *suite, const char *name)
{
	TCase *tests = tcase_create(name);

	tcase_add_checked_fixture(tests, begin, end);
	suite_add_tcase(suite, tests);
	return tests;
}

static void add_replacing(TCase *tests)
{
	tcase_add_test(tests, law_6_new_content_has_the_old_mode_and_is_alone_in_the_folder);
	tcase_add_test(tests, law_6_a_reader_keeps_the_old_file_whole);
	tcase_add_test(tests, law_6_a_full_disk_leaves_the_old_file_and_nothing_else);
	tcase_add_loop_test(tests, law_6_whatever_fails_before_the_rename_changes_nothing, 0,
			    sizeof broken / sizeof broken[0]);
	tcase_add_test(tests, law_6_a_folder_that_cannot_be_synced_is_a_state_to_look_at);
	tcase_add_test(tests, law_6_the_next_run_removes_what_a_killed_one_left);
	tcase_add_test(tests, law_6_settling_removes_them_without_touching_the_file);
	tcase_add_test(tests, only_our_own_temp_files_are_removed);
	tcase_add_test(tests, a_long_name_leaves_room_for_the_temp_name);
}

static void add_others(TCase *tests)
{
	tcase_add_test(tests, an_edit_in_the_meantime_is_not_overwritten);
	tcase_add_test(tests, an_edit_that_hides_its_time_is_found);
	tcase_add_test(tests, other_bytes_under_the_same_identity_are_found);
	tcase_add_test(tests, the_same_bytes_in_another_file_are_someone_elses);
	tcase_add_test(tests, a_file_that_vanished_is_not_made_anew);
	tcase_add_test(tests, a_symlink_put_there_in_the_meantime_is_not_followed);
	tcase_add_test(tests, a_file_is_removed_if_it_is_still_the_same);
}

static void add_keeping(TCase *tests)
{
	tcase_add_test(tests, behind_a_symlink_the_target_is_replaced_in_its_folder);
	tcase_add_test(tests, another_hard_link_keeps_the_old_bytes);
	tcase_add_test(tests, the_owner_is_kept);
	tcase_add_test(tests, extended_attributes_are_kept);
	tcase_add_test(tests, an_acl_is_kept);
	tcase_add_test(tests, a_default_acl_of_the_folder_gives_nobody_new_rights);
	tcase_add_test(tests, without_rights_the_hint_says_run_as_root);
	tcase_add_test(tests, an_immutable_file_is_explained);
}

static void add_creating(TCase *tests)
{
	tcase_add_test(tests, a_new_file_has_exactly_its_mode);
	tcase_add_test(tests, what_is_there_is_never_overwritten);
	tcase_add_test(tests, a_missing_folder_is_not_made);
	tcase_add_test(tests, who_is_not_root_can_create_too);
	tcase_add_test(tests, law_6_without_nameless_files_it_is_still_whole_or_not_at_all);
	tcase_add_test(tests, law_6_a_second_name_that_stays_is_not_called_nothing_changed);
	tcase_add_loop_test(tests, law_6_a_failed_creation_leaves_nothing, 0, 4);
	tcase_add_loop_test(tests, law_6_a_failed_creation_under_a_dot_name_leaves_nothing, 0, 4);
}

Suite *replace_suite(void)
{
	Suite *suite = suite_create("replace");

	add_replacing(part(suite, "replacing"));
	add_others(part(suite, "someone else"));
	add_keeping(part(suite, "what is kept"));
	add_creating(part(suite, "creating"));
	return suite;
}
