/* SPDX-License-Identifier: Apache-2.0 */
#include "host/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/impl.h"

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until something can be read, or it ended; false when the time is over. */
static bool await(int fd, int64_t end_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	for (;;) {
		int64_t left = end_ms - now_ms();
		int got = left > 0 ? poll(&ready, 1, (int)left) : 0;
		if (got < 0 && errno == EINTR)
			continue;
		return got > 0;
	}
}

/* --- the start ------------------------------------------------------------------------------- */

/* Standard output first: the pipe may have got one of the other numbers, where they were closed. */
static void set_files(posix_spawn_file_actions_t *files, int out)
{
	posix_spawn_file_actions_init(files);
	posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
}

/* A group of its own, to be ended as one; the signals that a wait holds back are its own affair. */
static void set_manners(posix_spawnattr_t *how)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(how);
	posix_spawnattr_setsigmask(how, &none);
	posix_spawnattr_setsigdefault(how, &all);
	posix_spawnattr_setpgroup(how, 0);
	posix_spawnattr_setflags(how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
					      POSIX_SPAWN_SETPGROUP);
}

static int start(const char *const *argv, int out, pid_t *ret)
{
	static const char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
						   "SYSTEMD_COLORS=0", NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;

	set_files(&files, out);
	set_manners(&how);
	int failed = posix_spawn(ret, argv[0], &files, &how, (char *const *)(uintptr_t)argv,
				 (char *const *)(uintptr_t)environment);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&files);
	return failed ? -1 : 0;
}

/* --- the answer, and the end ----------------------------------------------------------------- */

/* Until its end, the time limit, or too much: true when it came to its end. */
static bool read_all(int fd, int64_t end_ms, size_t max, struct ar_buf *out)
{
	char part[8192];

	for (size_t len = 0; len < max;) {
		size_t want = max - len < sizeof part ? max - len : sizeof part;
		if (!await(fd, end_ms))
			return false;
		ssize_t n = read(fd, part, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		ar_buf_add(out, part, (size_t)n);
		len += (size_t)n;
	}
	return false;
}

/* Whoever closes its output may go on all the same. A kernel before 5.3 cannot tell. */
static bool has_ended(pid_t pid, int64_t end_ms)
{
	AR_FD_AUTO int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 || await(fd, end_ms);
}

static int finish(pid_t pid, bool ended)
{
	int status = 0;

	if (!ended)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int ar_spawn_read(const struct ar_host *host, const char *const *argv, int limit_ms, size_t max,
		  struct ar_buf *out)
{
	int64_t end_ms = now_ms() + limit_ms;
	int ends[2];
	pid_t pid;

	if (host->root || pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	AR_FD_AUTO int from = ends[0];
	int started = start(argv, ends[1], &pid);
	close(ends[1]);
	if (started != 0)
		return -1;
	return finish(pid, read_all(from, end_ms, max, out) && has_ended(pid, end_ms));
}
