/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <pty.h>
#include <pwd.h>
#include <sys/wait.h>
#include <time.h>

#include "host/machine.h"

Suite *machine_suite(void);

START_TEST(the_sudo_user_is_who_did_it)
{
	char who[64];

	setenv("SUDO_USER", "alice", 1);
	ar_machine_user(who, sizeof who);
	ck_assert_str_eq(who, "alice");
}
END_TEST

START_TEST(what_is_no_user_name_is_not_taken_for_one)
{
	static const char *const bad[] = { "", "al\nice", "a b", "\033[31m", "alice;rm" };
	const struct passwd *me = getpwuid(getuid());
	char who[64];

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		setenv("SUDO_USER", bad[i], 1);
		ar_machine_user(who, sizeof who);
		ck_assert_str_eq(who, me ? me->pw_name : "uid 0");
	}
}
END_TEST

START_TEST(a_fixed_clock_gives_a_fixed_time)
{
	char now[40];

	setenv("SOURCE_DATE_EPOCH", "1795496100", 1);
	ar_machine_now(now, sizeof now);
	ck_assert_str_eq(now, "2026-11-24T04:55:00Z");
}
END_TEST

START_TEST(a_clock_that_is_no_number_is_not_used)
{
	static const char *const bad[] = {
		"", "now", "12x", "-5", "999999999999999", "99999999999999999999"
	};
	char now[40], want[8];
	const time_t t = time(NULL);
	struct tm utc;

	gmtime_r(&t, &utc);
	snprintf(want, sizeof want, "%04d-", utc.tm_year + 1900);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		setenv("SOURCE_DATE_EPOCH", bad[i], 1);
		ar_machine_now(now, sizeof now);
		ck_assert_msg(strncmp(now, want, 5) == 0, "'%s' gives %s", bad[i], now);
		ck_assert_uint_eq(strlen(now), 20);
	}
}
END_TEST

/* Asks on a terminal on which `typed` is typed; without one when typed is NULL. */
static bool ask(const char *typed, char *shown, size_t size)
{
	int terminal = -1, status = 0;
	pid_t child = typed ? forkpty(&terminal, NULL, NULL, NULL) : fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (!typed)
			setsid();
		_exit(ar_machine_has_terminal() == (typed != NULL) &&
				      ar_machine_confirm("change it? ")
			      ? 0
			      : 1);
	}
	if (typed) {
		ck_assert_int_eq(write(terminal, typed, strlen(typed)), (ssize_t)strlen(typed));
		ssize_t n, at = 0;
		while (at < (ssize_t)size - 1 &&
		       (n = read(terminal, shown + at, size - 1 - (size_t)at)) > 0)
			at += n;
		shown[at] = '\0';
		close(terminal);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

START_TEST(only_a_typed_yes_is_a_yes)
{
	static const struct {
		const char *typed;
		bool yes;
	} cases[] = { { "y\n", true },
		      { "yes\n", true },
		      { "Y\n", true },
		      { "\n", false },
		      { "n\n", false },
		      { "yess\n", false },
		      { "yes please, do it now, all of it\n", false },
		      { "\004", false } };
	char shown[256];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_msg(ask(cases[i].typed, shown, sizeof shown) == cases[i].yes, "case %zu",
			      i);
		ck_assert_ptr_nonnull(strstr(shown, "change it? "));
	}
}
END_TEST

START_TEST(without_a_terminal_nothing_is_confirmed)
{
	ck_assert(!ask(NULL, NULL, 0));
}
END_TEST

Suite *machine_suite(void)
{
	Suite *suite = suite_create("machine");
	TCase *tests = tcase_create("who, when, whether");

	tcase_add_test(tests, the_sudo_user_is_who_did_it);
	tcase_add_test(tests, what_is_no_user_name_is_not_taken_for_one);
	tcase_add_test(tests, a_fixed_clock_gives_a_fixed_time);
	tcase_add_test(tests, a_clock_that_is_no_number_is_not_used);
	tcase_add_test(tests, only_a_typed_yes_is_a_yes);
	tcase_add_test(tests, without_a_terminal_nothing_is_confirmed);
	suite_add_tcase(suite, tests);
	return suite;
}
