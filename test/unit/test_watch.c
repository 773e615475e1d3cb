/* SPDX-License-Identifier: Apache-2.0 */
#include "procs.h"

#include "host/watch.h"

Suite *watch_suite(void);

#define LONG_MS 300000 /* longer than any test may take: the event has to come */

static struct ar_watch *watch;

static void begin(void)
{
	struct ar_err err = AR_ERR_INIT;

	world_begin();
	ck_assert_msg(ar_watch_open(&watch, &err) == 0, "%s", err.msg);
}

static void end(void)
{
	ar_watch_close(watch);
	world_end();
}

static enum ar_watch_event next(int limit_ms)
{
	struct ar_err err = AR_ERR_INIT;
	enum ar_watch_event event = (enum ar_watch_event)99;

	ck_assert_msg(ar_watch_wait(watch, limit_ms, &event, &err) == 0, "%s", err.msg);
	return event;
}

/* What has happened so far was told; nothing more has. */
static void settle(void)
{
	while (next(0) == AR_WATCH_CHANGED)
		;
	ck_assert_int_eq(next(0), AR_WATCH_TIME);
}

static void expect_change(void)
{
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_CHANGED);
	settle();
}

static struct child start(struct ar_process *ret)
{
	char name[40];

	snprintf(name, sizeof name, "atrest-unit-%ld", (long)getpid());
	char *argv[] = { name, (char[]){ "-c" }, (char[]){ CHILD_SCRIPT }, name, NULL };
	struct child child = child_start(child_exec, argv);
	ck_assert_int_eq(child_says(&child), 'x');
	ck_assert(find_process(name, child.pid, ret));
	return child;
}

/* --- time ------------------------------------------------------------------------------------ */

START_TEST(without_an_event_time_goes_by)
{
	int64_t before = ar_watch_clock_ms();

	ck_assert_int_eq(next(0), AR_WATCH_TIME);
	ck_assert_int_eq(next(20), AR_WATCH_TIME);
	ck_assert_int_ge(ar_watch_clock_ms(), before + 20); /* the kernel's own promise */
	ck_assert_int_eq(next(-1), AR_WATCH_TIME);
}
END_TEST

/* --- folders --------------------------------------------------------------------------------- */

START_TEST(a_change_in_a_folder_is_told)
{
	make_dir("/logs", 0755);
	ar_watch_folder(watch, in_world("/logs"));
	settle();
	make_dir("/logs/pod", 0755);
	expect_change();
	put("/logs/file", "1", 0600);
	expect_change();
	put("/logs/file", "2", 0600);
	expect_change();
	ck_assert_int_eq(rename(in_world("/logs/file"), in_world("/logs/other")), 0);
	expect_change();
	ck_assert_int_eq(unlink(in_world("/logs/other")), 0);
	expect_change();
}
END_TEST

START_TEST(several_folders_are_watched)
{
	make_dir("/a", 0755);
	make_dir("/b", 0755);
	ar_watch_folder(watch, in_world("/a"));
	ar_watch_folder(watch, in_world("/b"));
	put("/a/x", "", 0600);
	expect_change();
	put("/b/x", "", 0600);
	expect_change();
}
END_TEST

START_TEST(the_same_folder_takes_no_other_ones_place)
{
	make_dir("/a", 0755);
	make_dir("/b", 0755);
	for (int i = 0; i < AR_WATCH_FOLDERS; i++)
		ar_watch_folder(watch, in_world("/a"));
	ar_watch_folder(watch, in_world("/b"));
	put("/b/x", "", 0600);
	expect_change();
}
END_TEST

START_TEST(more_folders_than_there_is_room_for_are_left_to_time)
{
	char path[40];

	for (int i = 0; i <= AR_WATCH_FOLDERS; i++) {
		snprintf(path, sizeof path, "/%d", i);
		make_dir(path, 0755);
		ar_watch_folder(watch, in_world(path));
	}
	snprintf(path, sizeof path, "/%d/x", AR_WATCH_FOLDERS);
	put(path, "", 0600);
	ck_assert_int_eq(next(0), AR_WATCH_TIME);
	snprintf(path, sizeof path, "/%d/x", AR_WATCH_FOLDERS - 1);
	put(path, "", 0600);
	expect_change();
}
END_TEST

START_TEST(a_folder_that_is_not_there_yet_is_waited_for)
{
	ar_watch_folder(watch, in_world("/a/b/c"));
	settle();
	make_dir("/a", 0755);
	expect_change();
	make_dir("/a/b", 0755);
	expect_change();
	make_dir("/a/b/c", 0755);
	expect_change();
	put("/a/b/c/file", "", 0600);
	expect_change();
	/* Those above stood in for it; they no longer matter. */
	put("/a/b/other", "", 0600);
	put("/other", "", 0600);
	ck_assert_int_eq(next(0), AR_WATCH_TIME);
}
END_TEST

START_TEST(a_folder_that_comes_all_at_once_is_not_missed)
{
	ar_watch_folder(watch, in_world("/a/b/c"));
	settle();
	make_dir("/a", 0755);
	make_dir("/a/b", 0755);
	make_dir("/a/b/c", 0755);
	expect_change();
	put("/a/b/c/file", "", 0600);
	expect_change();
}
END_TEST

START_TEST(a_folder_that_goes_is_waited_for_again)
{
	make_dir("/a", 0755);
	make_dir("/a/b", 0755);
	ar_watch_folder(watch, in_world("/a/b"));
	ck_assert_int_eq(rmdir(in_world("/a/b")), 0);
	expect_change();
	make_dir("/a/b", 0755);
	expect_change();
	put("/a/b/file", "", 0600);
	expect_change();
	/* One that is renamed is ours no more; the one that takes its name is. */
	ck_assert_int_eq(rename(in_world("/a/b"), in_world("/a/c")), 0);
	expect_change();
	put("/a/c/file2", "", 0600);
	settle();
	make_dir("/a/b", 0755);
	expect_change();
	put("/a/b/file", "", 0600);
	expect_change();
}
END_TEST

START_TEST(a_folder_and_one_that_will_be_in_it_do_not_disturb_each_other)
{
	make_dir("/a", 0755);
	ar_watch_folder(watch, in_world("/a"));
	ar_watch_folder(watch, in_world("/a/b"));
	settle();
	put("/a/file", "", 0600);
	expect_change();
	ck_assert_int_eq(unlink(in_world("/a/file")), 0); /* of no matter to /a/b */
	expect_change();
	make_dir("/a/b", 0755);
	expect_change();
	put("/a/b/file", "", 0600);
	expect_change();
}
END_TEST

START_TEST(two_that_wait_in_the_same_folder_do_not_disturb_each_other)
{
	ar_watch_folder(watch, in_world("/b"));
	ar_watch_folder(watch, in_world("/a"));
	make_dir("/a", 0755);
	expect_change();
	make_dir("/b", 0755);
	expect_change();
	put("/b/file", "", 0600);
	expect_change();
}
END_TEST

START_TEST(without_inotify_time_will_tell)
{
	struct ar_err err = AR_ERR_INIT;

	ar_watch_close(watch);
	break_call(SYS_inotify_init1, 4, 0, 0, EMFILE);
	ck_assert_int_eq(ar_watch_open(&watch, &err), 0);
	ar_watch_folder(watch, in_world("/"));
	put("/file", "", 0600);
	ck_assert_int_eq(next(1), AR_WATCH_TIME);
}
END_TEST

/* --- processes ------------------------------------------------------------------------------- */

START_TEST(the_end_of_a_process_is_told_once)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	struct child child = start(&process);

	ar_watch_process(watch, &process);
	ck_assert_int_eq(next(0), AR_WATCH_TIME);
	close(child.say);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_EXITED);
	ck_assert_int_eq(next(0), AR_WATCH_TIME);
	ck_assert_int_eq(waitpid(child.pid, NULL, 0), child.pid);
	/* And that it is gone already. */
	ar_watch_process(watch, &process);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_EXITED);
	ck_assert_int_eq(next(0), AR_WATCH_TIME);
}
END_TEST

START_TEST(another_one_of_its_number_is_not_waited_for)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	struct child child = start(&process);

	process.start_ticks--;
	ar_watch_process(watch, &process);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_EXITED);
	child_end(&child);
	ck_assert_int_eq(next(0), AR_WATCH_TIME);
}
END_TEST

START_TEST(an_end_comes_first_and_a_change_is_not_lost)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	struct child child = start(&process);

	ar_watch_process(watch, &process);
	ar_watch_folder(watch, in_world("/"));
	child_end(&child);
	put("/file", "", 0600);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_EXITED);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_CHANGED);
}
END_TEST

/* --- signals --------------------------------------------------------------------------------- */

START_TEST(a_signal_stops_every_wait)
{
	static const int signals[] = { SIGINT, SIGTERM };

	ck_assert_int_eq(kill(getpid(), signals[_i]), 0);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_STOP);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_STOP);
	ck_assert_int_eq(kill(getpid(), signals[_i]), 0); /* once more, out of impatience */
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_STOP);
}
END_TEST

START_TEST(a_stop_comes_before_all_else)
{
	ar_watch_folder(watch, in_world("/"));
	put("/file", "", 0600);
	ck_assert_int_eq(kill(getpid(), SIGTERM), 0);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_STOP);
}
END_TEST

START_TEST(the_way_back_waits_again)
{
	ar_watch_folder(watch, in_world("/"));
	ck_assert_int_eq(kill(getpid(), SIGINT), 0);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_STOP);
	ck_assert_int_eq(kill(getpid(), SIGINT), 0);
	ar_watch_rearm(watch);
	ck_assert_int_eq(next(0), AR_WATCH_TIME);
	put("/file", "", 0600);
	expect_change();
	ck_assert_int_eq(kill(getpid(), SIGINT), 0);
	ck_assert_int_eq(next(LONG_MS), AR_WATCH_STOP);
}
END_TEST

START_TEST(a_terminal_that_goes_stops_nothing)
{
	ck_assert_int_eq(kill(getpid(), SIGHUP), 0);
	ck_assert_int_eq(kill(getpid(), SIGPIPE), 0);
	ck_assert_int_eq(next(0), AR_WATCH_TIME);
}
END_TEST

/* --- afterwards ------------------------------------------------------------------------------ */

static void close_with(int hear, int say, void *data)
{
	struct ar_err err = AR_ERR_INIT;
	enum ar_watch_event event;
	const bool told = *(bool *)data;

	(void)hear;
	ar_watch_close(watch);
	signal(SIGINT, SIG_DFL); /* the test frame has handlers of its own */
	signal(SIGTERM, SIG_DFL);
	if (ar_watch_open(&watch, &err) != 0)
		_exit(1);
	kill(getpid(), SIGTERM);
	if (told) {
		ar_watch_wait(watch, 0, &event, &err);
		kill(getpid(), SIGINT);
	}
	ar_watch_close(watch);
	if (write(say, "x", 1) != 1)
		_exit(1);
}

START_TEST(a_signal_that_nobody_was_told_of_takes_effect_in_the_end)
{
	bool told = _i == 1;
	struct child child = child_start(close_with, &told);
	int status = child_end(&child);

	ck_assert_int_eq(WIFSIGNALED(status), !told);
	if (!told)
		ck_assert_int_eq(WTERMSIG(status), SIGTERM);
	else
		ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

static void note(int signal)
{
	(void)signal;
}

START_TEST(closed_everything_is_as_it_was)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
	struct ar_err err = AR_ERR_INIT;
	struct sigaction action;
	sigset_t mask;

	ar_watch_close(watch);
	const unsigned fd = next_fd();
	ck_assert(signal(SIGHUP, note) != SIG_ERR);
	ck_assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
	ck_assert_int_eq(ar_watch_open(&watch, &err), 0);
	ar_watch_folder(watch, in_world("/"));
	ar_watch_close(watch);
	watch = NULL;
	ck_assert_uint_eq(next_fd(), fd);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		ck_assert_int_eq(sigismember(&mask, signals[i]), 0);
	ck_assert_int_eq(sigaction(SIGHUP, NULL, &action), 0);
	ck_assert(action.sa_handler == note);
	ck_assert_int_eq(sigaction(SIGPIPE, NULL, &action), 0);
	ck_assert(action.sa_handler == SIG_DFL);
}
END_TEST

START_TEST(a_watch_that_cannot_be_opened_leaves_nothing)
{
	struct ar_err err = AR_ERR_INIT;
	struct ar_watch *none = NULL;
	sigset_t mask;

	ar_watch_close(watch);
	watch = NULL;
	break_call(SYS_signalfd4, 4, 0, 0, EMFILE);
	const unsigned fd = next_fd();
	ck_assert_int_eq(ar_watch_open(&none, &err), -1);
	ck_assert_ptr_null(none);
	expect_error(&err, "cannot wait for signals", "");
	ck_assert_uint_eq(next_fd(), fd);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, NULL, &mask), 0);
	ck_assert_int_eq(sigismember(&mask, SIGTERM), 0);
}
END_TEST

Suite *watch_suite(void)
{
	Suite *suite = suite_create("watch");
	TCase *tests = tcase_create("watch");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, without_an_event_time_goes_by);
	tcase_add_test(tests, a_change_in_a_folder_is_told);
	tcase_add_test(tests, several_folders_are_watched);
	tcase_add_test(tests, the_same_folder_takes_no_other_ones_place);
	tcase_add_test(tests, more_folders_than_there_is_room_for_are_left_to_time);
	tcase_add_test(tests, a_folder_that_is_not_there_yet_is_waited_for);
	tcase_add_test(tests, a_folder_that_comes_all_at_once_is_not_missed);
	tcase_add_test(tests, a_folder_that_goes_is_waited_for_again);
	tcase_add_test(tests, a_folder_and_one_that_will_be_in_it_do_not_disturb_each_other);
	tcase_add_test(tests, two_that_wait_in_the_same_folder_do_not_disturb_each_other);
	tcase_add_test(tests, without_inotify_time_will_tell);
	tcase_add_test(tests, the_end_of_a_process_is_told_once);
	tcase_add_test(tests, another_one_of_its_number_is_not_waited_for);
	tcase_add_test(tests, an_end_comes_first_and_a_change_is_not_lost);
	tcase_add_loop_test(tests, a_signal_stops_every_wait, 0, 2);
	tcase_add_test(tests, a_stop_comes_before_all_else);
	tcase_add_test(tests, the_way_back_waits_again);
	tcase_add_test(tests, a_terminal_that_goes_stops_nothing);
	tcase_add_loop_test(tests, a_signal_that_nobody_was_told_of_takes_effect_in_the_end, 0, 2);
	tcase_add_test(tests, closed_everything_is_as_it_was);
	tcase_add_test(tests, a_watch_that_cannot_be_opened_leaves_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
