/* SPDX-License-Identifier: Apache-2.0 */
#include "host/watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "host/impl.h"

enum { SIGNALS, PROCESS, FOLDERS, TIMER, FDS };

static const int unheeded[] = { SIGHUP, SIGPIPE };
#define UNHEEDED (sizeof unheeded / sizeof unheeded[0])

struct folder {
	char *path;
	int wd; /* of the folder, or of the one above that stands in for it; -1: of none */
};

struct ar_watch {
	struct pollfd fds[FDS];
	sigset_t stop, before; /* the signals that are events; the mask as it was */
	struct sigaction old[UNHEEDED];
	struct folder folders[AR_WATCH_FOLDERS];
	size_t folder_count;
	bool stopped;
	bool gone; /* the process was gone before it could be waited for */
};

/* --- folders --------------------------------------------------------------------------------- */

#define IN_FOLDER (IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_DELETE | IN_MOVE)
#define IN_ITSELF (IN_DELETE_SELF | IN_MOVE_SELF)
#define IN_ABOVE  (IN_CREATE | IN_MOVED_TO) /* of a folder above only what brings ours about */

static void cut(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		memcpy(path, ".", sizeof ".");
	else
		slash[slash == path] = '\0';
}

/* Two paths may share a folder: what one waits for is added to what the other does. */
static int add(int inotify, const char *path, uint32_t events)
{
	return inotify_add_watch(inotify, path, events | IN_ITSELF | IN_ONLYDIR | IN_MASK_ADD);
}

/* The folder, or the nearest one above it that is there. */
static int add_nearest(int inotify, const char *path)
{
	char above[PATH_MAX];
	int wd = add(inotify, path, IN_FOLDER);

	if (wd >= 0 || (errno != ENOENT && errno != ENOTDIR) || strlen(path) >= sizeof above)
		return wd;
	memcpy(above, path, strlen(path) + 1);
	while (wd < 0 && (errno == ENOENT || errno == ENOTDIR) && strcmp(above, "/") != 0 &&
	       strcmp(above, ".") != 0) {
		cut(above);
		wd = add(inotify, above, IN_ABOVE);
	}
	return wd;
}

static bool is_used(const struct ar_watch *watch, int wd)
{
	for (size_t i = 0; i < watch->folder_count; i++)
		if (watch->folders[i].wd == wd)
			return true;
	return false;
}

/* Until it stays the same: what appears between a look at a folder and the wait for it in the one
 * above would be told by nobody. */
static void attach(struct ar_watch *watch, struct folder *folder)
{
	int inotify = watch->fds[FOLDERS].fd, old = folder->wd;
	int wd = add_nearest(inotify, folder->path), again = wd;

	do {
		wd = again;
		again = add_nearest(inotify, folder->path);
	} while (again != wd);
	folder->wd = wd;
	if (old >= 0 && old != wd && !is_used(watch, old))
		inotify_rm_watch(inotify, old); /* it may be gone by itself, too */
}

static bool is_watched(const struct ar_watch *watch, const char *path)
{
	for (size_t i = 0; i < watch->folder_count; i++)
		if (strcmp(watch->folders[i].path, path) == 0)
			return true;
	return false;
}

void ar_watch_folder(struct ar_watch *watch, const char *path)
{
	struct folder *folder = &watch->folders[watch->folder_count];

	if (watch->fds[FOLDERS].fd < 0 || watch->folder_count == AR_WATCH_FOLDERS ||
	    is_watched(watch, path))
		return;
	*folder = (struct folder){ .path = strdup(path), .wd = -1 };
	if (!folder->path)
		return;
	watch->folder_count++;
	attach(watch, folder);
}

/* --- signals --------------------------------------------------------------------------------- */

static void hold_signals(struct ar_watch *watch)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigemptyset(&watch->stop);
	sigaddset(&watch->stop, SIGINT);
	sigaddset(&watch->stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &watch->stop, &watch->before);
	for (size_t i = 0; i < UNHEEDED; i++)
		sigaction(unheeded[i], &ignore, &watch->old[i]);
}

static void free_signals(const struct ar_watch *watch)
{
	for (size_t i = 0; i < UNHEEDED; i++)
		sigaction(unheeded[i], &watch->old[i], NULL);
	sigprocmask(SIG_SETMASK, &watch->before, NULL);
}

/* Reads what there is: one look afterwards answers all of it. */
static void drain(int fd)
{
	char part[4096];

	while (read(fd, part, sizeof part) > 0)
		;
}

void ar_watch_rearm(struct ar_watch *watch)
{
	drain(watch->fds[SIGNALS].fd);
	watch->stopped = false;
}

/* --- the watch ------------------------------------------------------------------------------- */

int ar_watch_open(struct ar_watch **ret, struct ar_err *err)
{
	struct ar_watch *watch = calloc(1, sizeof *watch);

	if (!watch)
		return ar_err_oom(err);
	hold_signals(watch);
	const int fds[FDS] = {
		[SIGNALS] = signalfd(-1, &watch->stop, SFD_CLOEXEC | SFD_NONBLOCK),
		[PROCESS] = -1,
		[FOLDERS] = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), /* without, time will tell */
		[TIMER] = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK),
	};
	for (size_t i = 0; i < FDS; i++)
		watch->fds[i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	if (fds[SIGNALS] >= 0 && fds[TIMER] >= 0) {
		*ret = watch;
		return 0;
	}
	ar_err_sys(err, "", "cannot wait for signals and for time");
	ar_watch_close(watch);
	return -1;
}

void ar_watch_close(struct ar_watch *watch)
{
	if (!watch)
		return;
	if (watch->stopped)
		drain(watch->fds[SIGNALS].fd);
	for (size_t i = 0; i < FDS; i++)
		ar_fd_close(&watch->fds[i].fd);
	for (size_t i = 0; i < watch->folder_count; i++)
		free(watch->folders[i].path);
	free_signals(watch);
	free(watch);
}

void ar_watch_process(struct ar_watch *watch, const struct ar_process *process)
{
	ar_fd_close(&watch->fds[PROCESS].fd);
	watch->fds[PROCESS].fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	/* Known to be this one only now that it is held. */
	watch->gone = !ar_process_alive(process);
	if (watch->gone)
		ar_fd_close(&watch->fds[PROCESS].fd);
}

static void set_timer(const struct ar_watch *watch, int limit_ms)
{
	const struct itimerspec limit = {
		.it_value = { .tv_sec = limit_ms / 1000, .tv_nsec = (limit_ms % 1000) * 1000000L },
	};

	timerfd_settime(watch->fds[TIMER].fd, 0, &limit, NULL);
}

static bool is_ready(const struct ar_watch *watch, int which)
{
	return watch->fds[which].revents != 0;
}

/* The first of what there is, taken note of. */
static enum ar_watch_event take(struct ar_watch *watch)
{
	if (watch->stopped || is_ready(watch, SIGNALS)) {
		drain(watch->fds[SIGNALS].fd);
		watch->stopped = true;
		return AR_WATCH_STOP;
	}
	if (watch->gone || is_ready(watch, PROCESS)) {
		ar_fd_close(&watch->fds[PROCESS].fd);
		watch->gone = false;
		return AR_WATCH_EXITED;
	}
	if (is_ready(watch, FOLDERS)) {
		drain(watch->fds[FOLDERS].fd);
		for (size_t i = 0; i < watch->folder_count; i++)
			attach(watch, &watch->folders[i]);
		return AR_WATCH_CHANGED;
	}
	return AR_WATCH_TIME;
}

int ar_watch_wait(struct ar_watch *watch, int limit_ms, enum ar_watch_event *ret,
		  struct ar_err *err)
{
	bool now = limit_ms <= 0 || watch->stopped || watch->gone;
	int ready;

	if (!now)
		set_timer(watch, limit_ms);
	do
		ready = poll(watch->fds, FDS, now ? 0 : -1);
	while (ready < 0 && errno == EINTR);
	if (ready < 0)
		return ar_err_sys(err, "", "cannot wait");
	*ret = take(watch);
	return 0;
}

static int64_t read_clock(clockid_t clock, int64_t per_second)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * per_second + now.tv_nsec / (INT64_C(1000000000) / per_second);
}

int64_t ar_watch_clock_ms(void)
{
	return read_clock(CLOCK_BOOTTIME, 1000);
}

int64_t ar_watch_now_ns(void)
{
	return read_clock(CLOCK_REALTIME, INT64_C(1000000000));
}
