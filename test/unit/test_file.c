/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include "host/file.h"

Suite *file_suite(void);

static void read_file(const char *path, unsigned flags, struct ar_snapshot *ret)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_file_read(&host, path, flags, ret, &err) == 0, "%s: %s", path, err.msg);
}

static void expect_unread(const char *path, unsigned flags, const char *msg, const char *hint)
{
	struct ar_snapshot none = { .path = NULL };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_file_read(&host, path, flags, &none, &err) == -1, "%s was read", path);
	ck_assert_ptr_null(none.path);
	ck_assert_str_eq(err.path, path);
	ck_assert_int_eq(err.class, AR_FAILED);
	expect_error(&err, msg, hint);
}

/* --- reading -----------------------------------------------------------------------------------
 */

START_TEST(a_snapshot_has_bytes_and_identity)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	struct stat st;

	put_bytes("/a", "a\0b\n", 4, 0640);
	ck_assert_int_eq(stat(in_world("/a"), &st), 0);
	read_file("/a", 0, &file);
	ck_assert(file.exists && !file.is_link && !file.secret);
	ck_assert_uint_eq(file.len, 4);
	ck_assert_int_eq(memcmp(file.data, "a\0b\n", 5), 0); /* with the NUL behind it */
	ck_assert_uint_eq(file.ino, st.st_ino);
	ck_assert_uint_eq(file.mode, S_IFREG | 0640);
	ck_assert_int_eq(file.mtime_ns % 1000000000, st.st_mtim.tv_nsec);
	ck_assert_str_eq(file.sha256,
			 "3a100994c4e38751871e6e8eef9adad2b20177fdeaf650daacdcd74f4c9421e3");
	struct ar_text text = ar_snapshot_text(&file);
	ck_assert_str_eq(text.name, "/a");
	ck_assert_uint_eq(text.len, 4);
}
END_TEST

START_TEST(an_empty_file_is_a_file)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	put("/a", "", 0600);
	read_file("/a", AR_READ_MAY_LACK, &file);
	ck_assert(file.exists);
	ck_assert_uint_eq(file.len, 0);
	ck_assert_str_eq(file.data, "");
}
END_TEST

START_TEST(law_7_a_secret_file_is_in_guarded_memory_and_its_text_is_secret)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	put("/a", "key", 0600);
	read_file("/a", AR_READ_SECRET, &file);
	ck_assert(file.secret && ar_snapshot_text(&file).secret);
	ck_assert_str_eq(file.data, "key");
	/* libsodium puts what it guards at the end of a page. */
	ck_assert_uint_eq(((uintptr_t)file.data + 4) % 4096, 0);
}
END_TEST

START_TEST(a_missing_file_may_lack_or_is_named)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	read_file("/none", AR_READ_MAY_LACK, &file);
	ck_assert(!file.exists);
	ck_assert_str_eq(file.path, "/none");
	ck_assert_uint_eq(file.len, 0);
	expect_unread("/none", 0, "there is no such file", "check the path");
	expect_unread("/no/folder/none", 0, "no folder for it", "check the path");
	put("/file", "", 0600);
	expect_unread("/file/none", AR_READ_MAY_LACK, "Not a directory", "no folder");
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused_without_waiting)
{
	const struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0);

	make_dir("/folder", 0755);
	ck_assert_int_eq(mkfifo(in_world("/fifo"), 0600), 0);
	ck_assert_int_eq(chdir(world), 0);
	ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, sizeof address), 0);
	close(listener);
	alarm(5);
	expect_unread("/folder", 0, "is a folder; expected a regular file", "name the file in it");
	expect_unread("/folder/", AR_READ_MAY_LACK, "is a folder", "name the file in it");
	expect_unread("/fifo", 0, "is a FIFO", "'-'");
	expect_unread("/socket", 0, "is a socket", "regular file");
	if (mknod(in_world("/device"), S_IFCHR | 0600, makedev(1, 3)) == 0)
		expect_unread("/device", 0, "is a device", "'-'");
}
END_TEST

START_TEST(a_symlink_is_followed_only_when_asked_for)
{
	make_dir("/real", 0755);
	put("/real/a", "text", 0600);
	ck_assert_int_eq(symlink("/real/a", in_world("/link")), 0);
	expect_unread("/link", AR_READ_MAY_LACK, "is a symlink; expected a regular file",
		      "--follow");
}
END_TEST

START_TEST(a_symlink_that_leads_nowhere_is_an_error_even_where_a_file_may_lack)
{
	ck_assert_int_eq(symlink("none", in_world("/link")), 0);
	ck_assert_int_eq(symlink("loop", in_world("/loop")), 0);
	expect_unread("/link", AR_READ_MAY_LACK, "is a symlink that leads to no file",
		      "remove the symlink");
	host.follow = true;
	expect_unread("/link", AR_READ_MAY_LACK, "is a symlink that leads to no file",
		      "remove the symlink");
	expect_unread("/loop", AR_READ_MAY_LACK, "is a symlink that cannot be followed", "circles");
}
END_TEST

START_TEST(a_followed_symlink_shows_where_the_file_is)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL }, plain = { .path = NULL };

	make_dir("/real", 0755);
	make_dir("/links", 0755);
	put("/real/a", "text", 0600);
	ck_assert_int_eq(symlink("../real/a", in_world("/links/one")), 0);
	ck_assert_int_eq(symlink("/links/one", in_world("/two")), 0);
	host.follow = true;
	read_file("/two", 0, &file);
	ck_assert(file.is_link);
	ck_assert_str_eq(file.path, "/two");
	ck_assert_str_eq(file.target, "/links/../real/a");
	ck_assert_str_eq(file.data, "text");
	read_file("/real/a", 0, &plain);
	ck_assert(!plain.is_link);
	ck_assert_ptr_null(plain.target);
}
END_TEST

START_TEST(a_file_of_10_mb_is_read_and_a_larger_one_refused)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	put("/a", "", 0600);
	ck_assert_int_eq(truncate(in_world("/a"), (off_t)AR_FILE_MAX), 0);
	read_file("/a", 0, &file);
	ck_assert_uint_eq(file.len, AR_FILE_MAX);
	ck_assert_int_eq(truncate(in_world("/a"), (off_t)AR_FILE_MAX + 1), 0);
	expect_unread("/a", 0, "is larger than 10 MB", "kubelet");
}
END_TEST

START_TEST(a_file_that_may_not_be_read_says_run_as_root)
{
	put("/a", "text", 0000);
	if (become_nobody())
		expect_unread("/a", AR_READ_MAY_LACK, "cannot read: Permission denied",
			      "run as root");
}
END_TEST

START_TEST(a_file_with_more_than_its_size_says_is_changing)
{
	struct ar_host own;
	struct ar_snapshot none = { .path = NULL };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_host_open(NULL, false, &own, &err), 0);
	ck_assert_int_eq(ar_file_read(&own, "/proc/self/status", 0, &none, &err), -1);
	expect_error(&err, "was changed while it was read", "run again");
}
END_TEST

static int read_input(const char *path, unsigned flags, struct ar_snapshot *ret, struct ar_err *err)
{
	int fd = open(in_world(path), O_RDONLY);

	ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
	return ar_file_read_stdin(flags, ret, err);
}

START_TEST(standard_input_is_read_to_its_end)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot input = { .path = NULL }, secret = { .path = NULL };
	struct ar_err err = AR_ERR_INIT;

	put("/a", "x", 0600);
	ck_assert_int_eq(truncate(in_world("/a"), 200000), 0);
	ck_assert_int_eq(read_input("/a", 0, &input, &err), 0);
	ck_assert_str_eq(input.path, "<stdin>");
	ck_assert_uint_eq(input.len, 200000);
	ck_assert(input.data[0] == 'x' && input.data[199999] == '\0');
	ck_assert_int_eq(read_input("/a", AR_READ_SECRET, &secret, &err), 0);
	ck_assert(secret.secret && secret.len == 200000);
	ck_assert_str_eq(secret.sha256, input.sha256);
	ck_assert_int_eq(truncate(in_world("/a"), (off_t)AR_FILE_MAX + 1), 0);
	struct ar_snapshot none = { .path = NULL };
	ck_assert_int_eq(read_input("/a", 0, &none, &err), -1);
	expect_error(&err, "is larger than 10 MB", "");
}
END_TEST

/* --- folders -----------------------------------------------------------------------------------
 */

START_TEST(a_listing_is_what_the_kubelet_looks_at)
{
	static const char *const want[] = { "B", "a", "folder", "link" };
	struct ar_entry *entries;
	struct ar_err err = AR_ERR_INIT;
	size_t count;

	make_dir("/m", 0755);
	make_dir("/m/folder", 0755);
	put("/m/a", "", 0600);
	put("/m/B", "", 0600);
	put("/m/.hidden", "", 0600);
	ck_assert_int_eq(symlink("none", in_world("/m/link")), 0);
	ck_assert_int_eq(ar_folder_list(&host, "/m", &entries, &count, &err), 0);
	ck_assert_uint_eq(count, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_str_eq(entries[i].name, want[i]);
	ck_assert(S_ISREG(entries[0].mode) && S_ISDIR(entries[2].mode) && S_ISLNK(entries[3].mode));
	free(entries);
	ck_assert_int_eq(ar_folder_list(&host, "/none", &entries, &count, &err), 0);
	ck_assert_uint_eq(count, 0);
	free(entries);
	ck_assert_int_eq(ar_folder_list(&host, "/m/a", &entries, &count, &err), -1);
	expect_error(&err, "cannot list: Not a directory", "");
}
END_TEST

START_TEST(folders_are_the_same_by_identity)
{
	make_dir("/a", 0755);
	make_dir("/b", 0755);
	ck_assert_int_eq(symlink("/a", in_world("/link")), 0);
	ck_assert(ar_folder_same(&host, "/a", "/link"));
	ck_assert(ar_folder_same(&host, "/a/", "/b/../a"));
	ck_assert(!ar_folder_same(&host, "/a", "/b"));
	ck_assert(!ar_folder_same(&host, "/none", "/none"));
}
END_TEST

Suite *file_suite(void)
{
	Suite *suite = suite_create("file");
	TCase *reading = tcase_create("reading");
	TCase *folders = tcase_create("folders");

	tcase_add_checked_fixture(reading, world_begin, world_end);
	tcase_add_test(reading, a_snapshot_has_bytes_and_identity);
	tcase_add_test(reading, an_empty_file_is_a_file);
	tcase_add_test(reading, law_7_a_secret_file_is_in_guarded_memory_and_its_text_is_secret);
	tcase_add_test(reading, a_missing_file_may_lack_or_is_named);
	tcase_add_test(reading, what_is_no_regular_file_is_refused_without_waiting);
	tcase_add_test(reading, a_symlink_is_followed_only_when_asked_for);
	tcase_add_test(reading,
		       a_symlink_that_leads_nowhere_is_an_error_even_where_a_file_may_lack);
	tcase_add_test(reading, a_followed_symlink_shows_where_the_file_is);
	tcase_add_test(reading, a_file_of_10_mb_is_read_and_a_larger_one_refused);
	tcase_add_test(reading, a_file_that_may_not_be_read_says_run_as_root);
	tcase_add_test(reading, a_file_with_more_than_its_size_says_is_changing);
	tcase_add_test(reading, standard_input_is_read_to_its_end);
	suite_add_tcase(suite, reading);
	tcase_add_checked_fixture(folders, world_begin, world_end);
	tcase_add_test(folders, a_listing_is_what_the_kubelet_looks_at);
	tcase_add_test(folders, folders_are_the_same_by_identity);
	suite_add_tcase(suite, folders);
	return suite;
}
