/* SPDX-License-Identifier: Apache-2.0 */
#include "procs.h"

#include "host/spawn.h"
#include "host/watch.h"

Suite *spawn_suite(void);

#define LONG_MS 300000 /* longer than any test may take */
#define SOON_MS 100    /* for what would go on for ever */

static struct ar_buf out;

static void end(void)
{
	ar_buf_done(&out);
	world_end();
}

static int run(const char *script, int limit_ms, size_t max)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };

	return ar_spawn_read(&machine, argv, limit_ms, max, &out);
}

START_TEST(what_it_prints_is_read)
{
	ar_buf_adds(&out, "before ");
	ck_assert_int_eq(run("echo one; echo two >&2; exit 3", LONG_MS, 1000), 3);
	ck_assert_str_eq(ar_buf_text(&out), "before one\n");
}
END_TEST

START_TEST(it_is_given_nothing)
{
	const char *const argv[] = { "/usr/bin/env", NULL };

	ck_assert_int_eq(setenv("SECRET_OF_OURS", "x", 1), 0);
	ck_assert_int_eq(run("cat", LONG_MS, 1000), 0);
	ck_assert_str_eq(ar_buf_text(&out), "");
	ck_assert_int_eq(ar_spawn_read(&machine, argv, LONG_MS, 1000, &out), 0);
	ck_assert_str_eq(ar_buf_text(&out), "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\n"
					    "SYSTEMD_COLORS=0\n");
}
END_TEST

START_TEST(arguments_are_no_script)
{
	const char *const argv[] = { "/bin/echo", "$HOME;", "`id`", NULL };

	ck_assert_int_eq(ar_spawn_read(&machine, argv, LONG_MS, 1000, &out), 0);
	ck_assert_str_eq(ar_buf_text(&out), "$HOME; `id`\n");
}
END_TEST

START_TEST(one_that_is_not_there_cannot_be_asked)
{
	const char *const argv[] = { "/no/such/program", NULL };
	const unsigned fd = next_fd();

	ck_assert_int_eq(ar_spawn_read(&machine, argv, LONG_MS, 1000, &out), -1);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_uint_eq(next_fd(), fd);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(nothing_of_this_machine_is_asked_for_an_image)
{
	const char *const argv[] = { "/bin/echo", "x", NULL };

	ck_assert_int_eq(ar_spawn_read(&host, argv, LONG_MS, 1000, &out), -1);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* Nobody of its group is left: they all held the write end of this pipe. */
static void expect_group_gone(int ends[2])
{
	char c;

	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &c, 1), 0);
	close(ends[0]);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	ck_assert_int_eq(errno, ECHILD);
}

START_TEST(the_time_limit_ends_it_and_its_children)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(run("echo x; sleep 100000 & sleep 100000", SOON_MS, 1000), -1);
	ck_assert_str_eq(ar_buf_text(&out), "x\n");
	expect_group_gone(ends);
}
END_TEST

START_TEST(the_time_limit_holds_when_its_output_is_closed)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(run("echo x; exec >&-; sleep 100000", SOON_MS, 1000), -1);
	ck_assert_str_eq(ar_buf_text(&out), "x\n");
	expect_group_gone(ends);
}
END_TEST

START_TEST(too_much_ends_it)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(run("while :; do echo 0123456789; done", LONG_MS, 10000), -1);
	ck_assert_uint_eq(out.len, 10000);
	expect_group_gone(ends);
}
END_TEST

START_TEST(a_signal_of_its_own_is_no_exit_code)
{
	ck_assert_int_eq(run("echo x; kill -KILL $$", LONG_MS, 1000), -1);
	ck_assert_str_eq(ar_buf_text(&out), "x\n");
}
END_TEST

/* What a wait holds back, or does not heed, is not handed on. */
START_TEST(signals_are_as_a_program_expects_them)
{
	static const char *const scripts[] = { "kill -TERM $$; echo x", "kill -INT $$; echo x",
					       "kill -HUP $$; echo x", "kill -PIPE $$; echo x" };
	AR_WATCH_AUTO struct ar_watch *watch = NULL;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_watch_open(&watch, &err), 0);
	ck_assert_int_eq(run(scripts[_i], LONG_MS, 1000), -1);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* Even where ours are closed, and so the pipe gets their numbers. */
START_TEST(its_files_are_set_whatever_ours_are)
{
	int output = dup(STDOUT_FILENO), error = dup(STDERR_FILENO);

	close(STDIN_FILENO);
	if (_i > 0)
		close(_i);
	int code = run("cat; echo x; echo y >&2", LONG_MS, 1000);
	dup2(output, STDOUT_FILENO);
	dup2(error, STDERR_FILENO);
	ck_assert_int_eq(code, 0);
	ck_assert_str_eq(ar_buf_text(&out), "x\n");
}
END_TEST

START_TEST(a_kernel_without_pidfd_is_enough)
{
	break_call(SYS_pidfd_open, 4, 0, 0, ENOSYS);
	ck_assert_int_eq(run("echo x; exit 2", LONG_MS, 1000), 2);
	ck_assert_str_eq(ar_buf_text(&out), "x\n");
}
END_TEST

Suite *spawn_suite(void)
{
	Suite *suite = suite_create("spawn");
	TCase *tests = tcase_create("spawn");

	tcase_add_checked_fixture(tests, world_begin, end);
	tcase_add_test(tests, what_it_prints_is_read);
	tcase_add_test(tests, it_is_given_nothing);
	tcase_add_test(tests, arguments_are_no_script);
	tcase_add_test(tests, one_that_is_not_there_cannot_be_asked);
	tcase_add_test(tests, nothing_of_this_machine_is_asked_for_an_image);
	tcase_add_test(tests, the_time_limit_ends_it_and_its_children);
	tcase_add_test(tests, the_time_limit_holds_when_its_output_is_closed);
	tcase_add_test(tests, too_much_ends_it);
	tcase_add_test(tests, a_signal_of_its_own_is_no_exit_code);
	tcase_add_loop_test(tests, signals_are_as_a_program_expects_them, 0, 4);
	tcase_add_loop_test(tests, its_files_are_set_whatever_ours_are, 0, 3);
	tcase_add_test(tests, a_kernel_without_pidfd_is_enough);
	suite_add_tcase(suite, tests);
	return suite;
}
