/* SPDX-License-Identifier: Apache-2.0 */
#include "host/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "host/impl.h"
#include "host/process_impl.h"

#define TEXT_MAX ((size_t)256 << 10) /* of one file of /proc */

void ar_process_done(struct ar_process *process)
{
	free(process->args);
	free(process->cgroup);
	*process = (struct ar_process){ .pid = 0 };
}

void ar_process_list_free(struct ar_process *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ar_process_done(&list[i]);
	free(list);
}

/* --- the files of /proc/PID ------------------------------------------------------------------ */

/* Reads until the end or until `size` bytes; a process that ends meanwhile ends its files, too. */
static size_t read_up_to(int fd, char *data, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, data + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return len;
}

static int open_proc(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/%s", (long)pid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The beginning of it, with a NUL behind; false where nothing can be read. */
static bool read_head(pid_t pid, const char *name, char *buf, size_t size)
{
	AR_FD_AUTO int fd = open_proc(pid, name);
	size_t len = fd < 0 ? 0 : read_up_to(fd, buf, size - 1);

	buf[len] = '\0';
	return len > 0;
}

char *ar_process_text(pid_t pid, const char *name, size_t *ret_len)
{
	AR_BUF_AUTO struct ar_buf text = { .max = TEXT_MAX + 1 };
	AR_FD_AUTO int fd = open_proc(pid, name);
	char part[4096];
	size_t n = fd < 0 ? 0 : read_up_to(fd, part, sizeof part);

	ar_buf_add(&text, part, n);
	while (n == sizeof part && text.len < TEXT_MAX) {
		n = read_up_to(fd, part, sizeof part);
		ar_buf_add(&text, part, n);
	}
	if (text.failed)
		return NULL;
	*ret_len = text.len;
	char *taken = text.data;
	text = (struct ar_buf)AR_BUF_INIT;
	return taken;
}

/* State and start out of /proc/PID/stat, behind the name, which may hold anything. */
static bool read_stat(pid_t pid, char *ret_state, uint64_t *ret_ticks)
{
	char text[1024];
	const char *at = read_head(pid, "stat", text, sizeof text) ? strrchr(text, ')') : NULL;

	if (!at || at[1] != ' ')
		return false;
	*ret_state = at[2];
	for (int field = 2; at && field < 22; field++) /* to the blank before field 22 */
		at = strchr(at + 1, ' ');
	if (!at)
		return false;
	*ret_ticks = strtoull(at, NULL, 10);
	return true;
}

bool ar_process_alive(const struct ar_process *process)
{
	uint64_t ticks = 0;
	char state = 'X';

	return read_stat(process->pid, &state, &ticks) && ticks == process->start_ticks &&
	       state != 'Z' && state != 'X';
}

/* --- who it is ------------------------------------------------------------------------------- */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool runs_program(pid_t pid, const char *name)
{
	static const char gone[] = " (deleted)";
	char path[64], program[PATH_MAX];

	snprintf(path, sizeof path, "/proc/%ld/exe", (long)pid);
	ssize_t len = readlink(path, program, sizeof program - 1);
	if (len <= 0)
		return false;
	program[len] = '\0';
	size_t tail = sizeof gone - 1;
	if ((size_t)len > tail && strcmp(program + len - tail, gone) == 0)
		program[(size_t)len - tail] = '\0';
	return strcmp(base_of(program), name) == 0;
}

/* Asked of every process of the machine, so it reads no more than it has to. */
static bool has_name(pid_t pid, const char *name)
{
	char first[PATH_MAX];

	return (read_head(pid, "cmdline", first, sizeof first) &&
		strcmp(base_of(first), name) == 0) ||
	       runs_program(pid, name);
}

/* The clock when the machine was booted: what a start in ticks is added to. */
static int64_t boot_ns(void)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (real.tv_sec - boot.tv_sec) * INT64_C(1000000000) + real.tv_nsec - boot.tv_nsec;
}

/* The last argument has its NUL even where the process, or our limit, cut it off. */
static char *read_args(pid_t pid, size_t *ret_len)
{
	char *args = ar_process_text(pid, "cmdline", ret_len);

	if (args && *ret_len > 0 && args[*ret_len - 1] != '\0')
		(*ret_len)++;
	return args;
}

/* Whoever ends, or becomes another one, while it is looked at is none: 0 with pid 0. */
static int read_process(pid_t pid, struct ar_process *ret, struct ar_err *err)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = pid };
	size_t len = 0;
	char state = 'Z';

	*ret = (struct ar_process){ .pid = 0 };
	if (!read_stat(pid, &state, &process.start_ticks))
		return 0;
	process.args = read_args(pid, &process.args_len);
	process.cgroup = ar_process_text(pid, "cgroup", &len);
	if (!process.args || !process.cgroup)
		return ar_err_oom(err);
	if (!ar_process_alive(&process))
		return 0;
	process.started_ns = boot_ns() + (int64_t)(process.start_ticks * UINT64_C(1000000000) /
						   (uint64_t)sysconf(_SC_CLK_TCK));
	*ret = process;
	process = (struct ar_process){ .pid = 0 };
	return 0;
}

/* --- all of them ----------------------------------------------------------------------------- */

struct found {
	struct ar_process *list;
	size_t count, room;
};

static void found_done(struct found *found)
{
	ar_process_list_free(found->list, found->count);
}

static int add(struct found *found, const struct ar_process *process, struct ar_err *err)
{
	if (found->count == found->room) {
		size_t room = found->room ? 2 * found->room : 4;
		struct ar_process *list = reallocarray(found->list, room, sizeof *list);
		if (!list)
			return ar_err_oom(err);
		found->list = list;
		found->room = room;
	}
	found->list[found->count++] = *process;
	return 0;
}

static int find(struct found *found, pid_t pid, const char *name, struct ar_err *err)
{
	AR_PROCESS_AUTO struct ar_process process = { .pid = 0 };

	if (!has_name(pid, name))
		return 0;
	if (read_process(pid, &process, err) != 0)
		return -1;
	if (process.pid == 0)
		return 0;
	if (add(found, &process, err) != 0)
		return -1;
	process = (struct ar_process){ .pid = 0 };
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct ar_process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int find_all(struct found *found, DIR *proc, const char *name, struct ar_err *err)
{
	const struct dirent *entry;

	while ((entry = readdir(proc)) != NULL)
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    find(found, (pid_t)strtol(entry->d_name, NULL, 10), name, err) != 0)
			return -1;
	if (found->count > 0)
		qsort(found->list, found->count, sizeof *found->list, by_pid);
	return 0;
}

int ar_process_list(const struct ar_host *host, const char *name, struct ar_process **ret,
		    size_t *ret_count, struct ar_err *err)
{
	__attribute__((cleanup(found_done))) struct found found = { .list = NULL };

	if (!host->root) {
		DIR *proc = opendir("/proc");
		if (!proc)
			return ar_err_sys(err, "/proc", "cannot look at the processes");
		int failed = find_all(&found, proc, name, err);
		closedir(proc);
		if (failed)
			return -1;
	}
	*ret = found.list;
	*ret_count = found.count;
	found = (struct found){ .list = NULL };
	return 0;
}
