/* SPDX-License-Identifier: Apache-2.0 */
#include "procs.h"

#include <arpa/inet.h>
#include <limits.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <time.h>

#include "base/digest.h"

Suite *process_suite(void);

static char name[40]; /* of this test's processes, and of no others */

static void begin(void)
{
	world_begin();
	snprintf(name, sizeof name, "atrest-unit-%ld", (long)getpid());
}

static struct child start(char *first, char *const *more)
{
	char *argv[16] = { first, (char[]){ "-c" }, (char[]){ CHILD_SCRIPT }, first };

	for (size_t i = 0; more && more[i]; i++)
		argv[4 + i] = more[i];
	struct child child = child_start(child_exec, argv);
	ck_assert_int_eq(child_says(&child), 'x');
	return child;
}

/* --- finding --------------------------------------------------------------------------------- */

START_TEST(a_process_is_found_by_its_first_argument)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	char path[80], flag[] = "--some-flag=value";
	snprintf(path, sizeof path, "/usr/local/bin/%s", name);
	struct child child = start(path, (char *const[]){ flag, NULL });

	ck_assert(find_process(name, child.pid, &process));
	ck_assert_str_eq(process.args, path);
	ck_assert_int_eq(process.args[process.args_len - 1], '\0');
	ck_assert_str_eq(process.args + process.args_len - sizeof flag, flag);
	ck_assert_ptr_nonnull(strchr(process.cgroup, ':'));
	child_end(&child);
}
END_TEST

START_TEST(arguments_without_end_are_cut_off)
{
	enum { LONG = 100000, KEPT = 256 << 10 };
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	static char text[LONG + 1];

	memset(text, 'a', LONG);
	struct child child = start(name, (char *const[]){ text, text, text, NULL });
	ck_assert(find_process(name, child.pid, &process));
	ck_assert_uint_eq(process.args_len, KEPT + 1);
	ck_assert_int_eq(process.args[KEPT - 1], 'a');
	ck_assert_int_eq(process.args[KEPT], '\0');
	child_end(&child);
}
END_TEST

START_TEST(a_process_is_found_by_its_program)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	char shell[PATH_MAX], *end = realpath("/bin/sh", shell);
	struct child child = start(name, NULL);

	ck_assert_ptr_nonnull(end);
	ck_assert(find_process(strrchr(shell, '/') + 1, child.pid, &process));
	ck_assert_str_eq(process.args, name);
	child_end(&child);
}
END_TEST

START_TEST(a_part_of_a_name_is_another_name)
{
	struct ar_process process;
	char longer[60];
	struct child child = start(name, NULL);

	snprintf(longer, sizeof longer, "%s-x", name);
	ck_assert(!find_process(longer, child.pid, &process));
	longer[strlen(name) - 1] = '\0';
	ck_assert(!find_process(longer, child.pid, &process));
	child_end(&child);
}
END_TEST

START_TEST(several_come_by_number_however_many)
{
	enum { MANY = 70 };
	struct child children[MANY];
	struct ar_process *list = NULL;
	struct ar_err err = AR_ERR_INIT;
	size_t count = 0;

	for (size_t i = 0; i < MANY; i++)
		children[i] = start(name, NULL);
	ck_assert_int_eq(ar_process_list(&machine, name, &list, &count, &err), 0);
	ck_assert_uint_eq(count, MANY);
	for (size_t i = 1; i < count; i++)
		ck_assert_int_lt(list[i - 1].pid, list[i].pid);
	ar_process_list_free(list, count);
	for (size_t i = 0; i < MANY; i++)
		child_end(&children[i]);
}
END_TEST

START_TEST(an_image_runs_nothing)
{
	struct ar_process *list = (struct ar_process *)&list;
	struct ar_err err = AR_ERR_INIT;
	struct child child = start(name, NULL);
	size_t count = 9;

	ck_assert_int_eq(ar_process_list(&host, name, &list, &count, &err), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_ptr_null(list);
	child_end(&child);
}
END_TEST

static int64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

START_TEST(its_start_is_known_on_the_clock)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	int64_t before = clock_ns();
	struct child child = start(name, NULL);
	int64_t after = clock_ns();

	ck_assert(find_process(name, child.pid, &process));
	ck_assert_int_ge(process.started_ns, before - 20000000);
	ck_assert_int_le(process.started_ns, after);
	child_end(&child);
}
END_TEST

/* --- arguments ------------------------------------------------------------------------------- */

struct spelling {
	const char *args; /* each ended by NUL, the last by the literal's own */
	size_t len;
	size_t count;
	const char *value;
};

#define ARGS(text) "server\0" text, sizeof("server\0" text)

static const struct spelling spellings[] = {
	{ ARGS("--the-flag=a"), 1, "a" },
	{ ARGS("--the-flag\0a"), 1, "a" },
	{ ARGS("-the-flag=a"), 1, "a" },
	{ ARGS("-the-flag\0a"), 1, "a" },
	{ ARGS("--the_flag=a"), 1, "a" },
	{ ARGS("--the-flag="), 1, "" },
	{ ARGS("--the-flag"), 1, "" },
	{ ARGS("--the-flag\0--other=b"), 1, "" },
	{ ARGS("--the-flag=a=b"), 1, "a=b" },
	{ ARGS("--the-flag=a\0--x\0--the-flag\0b"), 2, "b" },
	{ ARGS("--the-flag-too=a"), 0, NULL },
	{ ARGS("--the=a"), 0, NULL },
	{ ARGS("the-flag=a"), 0, NULL },
	{ ARGS("---the-flag=a"), 0, NULL },
	{ ARGS("--\0--the-flag=a"), 0, NULL },
	{ "--the-flag=a", sizeof "--the-flag=a", 0, NULL },
	{ NULL, 0, 0, NULL },
};

START_TEST(a_flag_is_found_in_every_spelling)
{
	const struct spelling *spelling = &spellings[_i];
	char args[80];
	struct ar_process process = { .args = spelling->args ? args : NULL,
				      .args_len = spelling->len };
	const char *value = "?";

	memcpy(args, spelling->args ? spelling->args : "", spelling->len);
	ck_assert_uint_eq(ar_process_arg(&process, "--the-flag", &value), spelling->count);
	ck_assert_pstr_eq(value, spelling->value);
	ck_assert_pstr_eq(ar_process_flag(&process, "the-flag"), spelling->value);
	ck_assert_uint_eq(ar_process_arg(&process, "the-flag", NULL), spelling->count);
}
END_TEST

/* --- life and death -------------------------------------------------------------------------- */

START_TEST(a_zombie_and_another_one_of_its_number_are_not_alive)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	AR_PROCESS_AUTO struct ar_process again = { .pid = 0 };
	struct child child = start(name, NULL);
	siginfo_t info;

	ck_assert(find_process(name, child.pid, &process));
	ck_assert(ar_process_alive(&process));
	process.start_ticks++;
	ck_assert(!ar_process_alive(&process));
	process.start_ticks--;
	close(child.say);
	ck_assert_int_eq(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert(!ar_process_alive(&process));
	ck_assert(!find_process(name, child.pid, &again));
	ck_assert_int_eq(waitpid(child.pid, NULL, 0), child.pid);
	ck_assert(!ar_process_alive(&process));
}
END_TEST

START_TEST(a_signal_reaches_the_process)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	struct ar_err err = AR_ERR_INIT;
	struct child child = start(name, NULL);
	int status = 0;

	ck_assert(find_process(name, child.pid, &process));
	ck_assert_int_eq(ar_process_signal(&process, SIGTERM, &err), 0);
	ck_assert_int_eq(waitpid(child.pid, &status, 0), child.pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGTERM);
	ck_assert_int_eq(ar_process_signal(&process, SIGTERM, &err), 0);
}
END_TEST

START_TEST(a_signal_spares_whoever_has_its_number_now)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	struct ar_err err = AR_ERR_INIT;
	struct child child = start(name, NULL);

	ck_assert(find_process(name, child.pid, &process));
	process.start_ticks--;
	ck_assert_int_eq(ar_process_signal(&process, SIGKILL, &err), 0);
	ck_assert(WIFEXITED(child_end(&child)));
}
END_TEST

START_TEST(a_kernel_without_pidfd_signals_nobody)
{
	struct ar_err err = AR_ERR_INIT;
	struct ar_process process = { .pid = getpid() };

	break_call(SYS_pidfd_open, 4, 0, 0, ENOSYS);
	ck_assert_int_eq(ar_process_signal(&process, SIGKILL, &err), -1);
	expect_error(&err, "cannot take hold of process", "kill ");
}
END_TEST

/* --- sockets --------------------------------------------------------------------------------- */

struct place {
	int family;
	bool listen;
	unsigned port;
};

static unsigned port_of(int fd)
{
	struct sockaddr_in6 address = { 0 };
	socklen_t size = sizeof address;

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	return ntohs(address.sin6_port); /* where IPv4 has it, too */
}

/* Another one, connected to the first, which then no longer listens. */
static int connect_to(int listening)
{
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	int own = socket(AF_INET, SOCK_STREAM, 0);

	if (getsockname(listening, (struct sockaddr *)&address, &size) != 0 ||
	    connect(own, (struct sockaddr *)&address, size) != 0)
		return -1;
	int fd = accept(listening, NULL, NULL);
	close(listening);
	return fd;
}

/* A socket that listens on a free port of the loopback, or has a peer there; -1 without that
 * family. */
static int open_socket(const struct place *place)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in four = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	bool is_six = place->family == AF_INET6;
	int fd = socket(place->family, SOCK_STREAM, 0);

	if (fd < 0 ||
	    bind(fd, is_six ? (struct sockaddr *)&six : (struct sockaddr *)&four,
		 is_six ? sizeof six : sizeof four) != 0 ||
	    listen(fd, 1) != 0)
		return -1;
	return place->listen ? fd : connect_to(fd);
}

static void with_socket(int hear, int say, void *data)
{
	int fd = open_socket(data);
	unsigned port = fd < 0 ? 0 : port_of(fd);
	char told[2] = { (char)(port >> 8), (char)port };

	/* What guards our memory hides a child's descriptors from all but root. */
	prctl(PR_SET_DUMPABLE, 1);
	if (write(say, told, sizeof told) != sizeof told || read(hear, told, 1) != 0)
		_exit(1);
}

static bool child_listens(struct place *place)
{
	struct child child = child_start(with_socket, place);
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	AR_PROCESS_AUTO struct ar_process own = { .pid = 0 };
	unsigned high = (unsigned char)child_says(&child), low = (unsigned char)child_says(&child);
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);

	ck_assert_int_gt(len, 0);
	program[len] = '\0';
	place->port = high << 8 | low;
	ck_assert(find_process(strrchr(program, '/') + 1, child.pid, &process));
	ck_assert(find_process(strrchr(program, '/') + 1, getpid(), &own));
	bool listens = place->port && ar_process_listens(&process, place->port);
	if (place->port) {
		ck_assert(!ar_process_listens(&own, place->port)); /* the port is another's */
		ck_assert(!ar_process_listens(&process, place->port ^ 1));
	}
	process.start_ticks++;
	ck_assert(!place->port || !ar_process_listens(&process, place->port));
	child_end(&child);
	return listens;
}

START_TEST(who_listens_on_a_port_is_seen)
{
	struct place four = { AF_INET, true, 0 }, six = { AF_INET6, true, 0 };

	ck_assert(child_listens(&four));
	ck_assert(child_listens(&six) || six.port == 0);
}
END_TEST

START_TEST(a_port_with_a_connection_is_not_listened_on)
{
	struct place place = { AF_INET, false, 0 };

	ck_assert(!child_listens(&place));
	ck_assert_uint_ne(place.port, 0);
}
END_TEST

/* --- files ----------------------------------------------------------------------------------- */

static void expect_seen(const struct ar_process *process, const char *path, const char *text)
{
	char seen[AR_SHA256_HEX] = "?", want[AR_SHA256_HEX] = "";

	if (text)
		ar_sha256_hex(text, strlen(text), want);
	ar_process_file(process, path, seen);
	ck_assert_str_eq(seen, want);
}

START_TEST(a_file_is_seen_through_the_process)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	struct child child = start(name, NULL);

	put("/file", "the text\n", 0600);
	ck_assert_int_eq(symlink("file", in_world("/link")), 0);
	ck_assert(find_process(name, child.pid, &process));
	expect_seen(&process, in_world("/file"), "the text\n");
	expect_seen(&process, in_world("/link"), "the text\n");
	expect_seen(&process, in_world("/other"), NULL);
	expect_seen(&process, in_world("/"), NULL);
	expect_seen(&process, "", NULL);
	process.start_ticks++;
	expect_seen(&process, in_world("/file"), NULL);
	process.start_ticks--;
	child_end(&child);
	expect_seen(&process, in_world("/file"), NULL);
}
END_TEST

/* As a container has a file that is mounted by itself: the first path at the second. */
static void with_mount(int hear, int say, void *data)
{
	const char *const *paths = data;
	char c = unshare(CLONE_NEWNS) == 0 &&
				 mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
				 mount(paths[0], paths[1], NULL, MS_BIND, NULL) == 0
			 ? 'x'
			 : '-';

	if (write(say, &c, 1) != 1 || read(hear, &c, 1) != 0)
		_exit(1);
}

START_TEST(a_mounted_file_stays_the_old_one_for_the_process)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };
	const char *paths[] = { in_world("/file"), in_world("/mounted") };
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);

	ck_assert_int_gt(len, 0);
	program[len] = '\0';
	put("/file", "old", 0600);
	put("/mounted", "", 0600);
	struct child child = child_start(with_mount, paths);
	if (child_says(&child) != 'x') {
		child_end(&child);
		return; /* only root can mount */
	}
	ck_assert(find_process(strrchr(program, '/') + 1, child.pid, &process));
	expect_seen(&process, in_world("/mounted"), "old");
	put("/new", "new", 0600);
	ck_assert_int_eq(rename(in_world("/new"), in_world("/file")), 0);
	expect_seen(&process, in_world("/file"), "new");
	expect_seen(&process, in_world("/mounted"), "old");
	child_end(&child);
}
END_TEST

Suite *process_suite(void)
{
	Suite *suite = suite_create("process");
	TCase *tests = tcase_create("process");

	tcase_add_checked_fixture(tests, begin, world_end);
	tcase_add_test(tests, a_process_is_found_by_its_first_argument);
	tcase_add_test(tests, arguments_without_end_are_cut_off);
	tcase_add_test(tests, a_process_is_found_by_its_program);
	tcase_add_test(tests, a_part_of_a_name_is_another_name);
	tcase_add_test(tests, several_come_by_number_however_many);
	tcase_add_test(tests, an_image_runs_nothing);
	tcase_add_test(tests, its_start_is_known_on_the_clock);
	tcase_add_loop_test(tests, a_flag_is_found_in_every_spelling, 0,
			    (int)(sizeof spellings / sizeof spellings[0]));
	tcase_add_test(tests, a_zombie_and_another_one_of_its_number_are_not_alive);
	tcase_add_test(tests, a_signal_reaches_the_process);
	tcase_add_test(tests, a_signal_spares_whoever_has_its_number_now);
	tcase_add_test(tests, a_kernel_without_pidfd_signals_nobody);
	tcase_add_test(tests, who_listens_on_a_port_is_seen);
	tcase_add_test(tests, a_port_with_a_connection_is_not_listened_on);
	tcase_add_test(tests, a_file_is_seen_through_the_process);
	tcase_add_test(tests, a_mounted_file_stays_the_old_one_for_the_process);
	suite_add_tcase(suite, tests);
	return suite;
}
