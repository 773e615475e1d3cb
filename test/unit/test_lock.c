/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <signal.h>
#include <sys/wait.h>

#include "host/lock.h"

Suite *lock_suite(void);

#define LOCK AR_STATE_DIR "/lock"

static void take(const char *who, int *fd)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_lock_take(&host, who, fd, &err) == 0, "%s", err.msg);
}

START_TEST(the_second_one_is_told_who_is_there)
{
	struct ar_err err = AR_ERR_INIT;
	int first = -1, second = -1;

	take("pid 1, atrest patch, by alice since 2026-11-24T04:55:00Z", &first);
	ck_assert_int_eq(ar_lock_take(&host, "pid 2, by bob", &second, &err), -1);
	expect_error(&err, "pid 1, atrest patch, by alice since 2026-11-24T04:55:00Z", "wait");
	ck_assert_int_eq(err.class, AR_FAILED);
	ck_assert_int_eq(second, -1);
	ar_lock_release(&first);
	ck_assert_int_eq(first, -1);
	take("pid 2, by bob", &second);
	ar_lock_release(&second);
}
END_TEST

START_TEST(a_shorter_line_leaves_nothing_of_a_longer_one)
{
	int fd = -1;

	take("a very long line about somebody", &fd);
	ar_lock_release(&fd);
	take("short", &fd);
	expect_text(LOCK, "short\n");
	ar_lock_release(&fd);
}
END_TEST

START_TEST(the_lock_goes_with_the_process)
{
	struct ar_err err = AR_ERR_INIT;
	int ready[2], fd = -1;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		take("the child", &fd);
		ck_assert_int_eq(write(ready[1], "x", 1), 1);
		pause();
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_eq(ar_lock_take(&host, "me", &fd, &err), -1);
	expect_error(&err, "the child", "");
	ck_assert_int_eq(kill(child, SIGKILL), 0);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	take("me", &fd);
	ar_lock_release(&fd);
}
END_TEST

START_TEST(the_state_is_root_only_whatever_the_umask)
{
	int fd = -1;

	umask(0777);
	take("me", &fd);
	ck_assert_uint_eq(mode_of(AR_STATE_DIR), 0700);
	ck_assert_uint_eq(mode_of(LOCK), 0600);
	ar_lock_release(&fd);
	ck_assert_int_eq(chmod(in_world(LOCK), 0666), 0);
	umask(0);
	take("me", &fd);
	ck_assert_uint_eq(mode_of(LOCK), 0600);
	ar_lock_release(&fd);
}
END_TEST

START_TEST(a_state_folder_open_to_others_is_refused)
{
	struct ar_err err = AR_ERR_INIT;
	int fd = -1;

	ck_assert_int_eq(ar_host_mkdir(&host, AR_STATE_DIR, &err), 0);
	ck_assert_int_eq(chmod(in_world(AR_STATE_DIR), 0777), 0);
	ck_assert_int_eq(ar_lock_take(&host, "me", &fd, &err), -1);
	expect_error(&err, "others than root may write in this folder",
		     "chmod 700 /var/lib/atrest");
	ck_assert(!is_there(LOCK));
}
END_TEST

START_TEST(a_symlink_is_not_taken_for_the_lock)
{
	struct ar_err err = AR_ERR_INIT;
	int fd = -1;

	put("/precious", "precious", 0600);
	ck_assert_int_eq(ar_host_mkdir(&host, AR_STATE_DIR, &err), 0);
	ck_assert_int_eq(symlink("/precious", in_world(LOCK)), 0);
	ck_assert_int_eq(ar_lock_take(&host, "me", &fd, &err), -1);
	expect_text("/precious", "precious");
}
END_TEST

Suite *lock_suite(void)
{
	Suite *suite = suite_create("lock");
	TCase *tests = tcase_create("one at a time");

	tcase_add_checked_fixture(tests, world_begin, world_end);
	tcase_add_test(tests, the_second_one_is_told_who_is_there);
	tcase_add_test(tests, a_shorter_line_leaves_nothing_of_a_longer_one);
	tcase_add_test(tests, the_lock_goes_with_the_process);
	tcase_add_test(tests, the_state_is_root_only_whatever_the_umask);
	tcase_add_test(tests, a_state_folder_open_to_others_is_refused);
	tcase_add_test(tests, a_symlink_is_not_taken_for_the_lock);
	suite_add_tcase(suite, tests);
	return suite;
}
