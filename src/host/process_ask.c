/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/scope.h"
#include "host/file.h"
#include "host/impl.h"
#include "host/process_impl.h"

#define SOCKETS    32   /* listening on one port */
#define TCP_LISTEN 0x0a /* as the kernel's tables say it */

/* --- its arguments --------------------------------------------------------------------------- */

/* Behind the name of the flag in this argument, NULL where it is another one. Go's flag libraries
 * take one dash or two, and kube-apiserver takes _ for -. */
static const char *behind_name(const char *arg, const char *name)
{
	size_t dashes = strspn(arg, "-");
	const char *at = arg + dashes;

	if (dashes < 1 || dashes > 2)
		return NULL;
	for (; *name; name++, at++)
		if ((*at == '_' ? '-' : *at) != *name)
			return NULL;
	return *at == '=' || *at == '\0' ? at : NULL;
}

size_t ar_process_arg(const struct ar_process *process, const char *flag, const char **ret_value)
{
	const char *end = process->args ? process->args + process->args_len : NULL;
	const char *name = flag + strspn(flag, "-");
	const char *value = NULL;
	size_t count = 0;

	for (const char *arg = process->args; arg && arg < end; arg += strlen(arg) + 1) {
		const char *next = arg + strlen(arg) + 1;
		const char *at = arg == process->args ? NULL : behind_name(arg, name);
		if (strcmp(arg, "--") == 0)
			break;
		if (!at)
			continue;
		count++;
		value = *at == '=' ? at + 1 : next < end && next[0] != '-' ? next : "";
	}
	if (ret_value)
		*ret_value = value;
	return count;
}

/* --- its sockets ----------------------------------------------------------------------------- */

/* A line of the kernel's table of sockets, by its fields; false where it is no socket that listens
 * on the port. */
static bool read_socket(char *line, unsigned port, unsigned long *ret_inode)
{
	enum { LOCAL = 1, STATE = 3, INODE = 9, FIELDS };
	const char *fields[FIELDS], *field;
	size_t count = 0;

	while (count < FIELDS && (field = strsep(&line, " ")) != NULL)
		if (*field)
			fields[count++] = field;
	const char *colon = count == FIELDS ? strchr(fields[LOCAL], ':') : NULL;
	if (!colon || strtoul(colon + 1, NULL, 16) != port ||
	    strtoul(fields[STATE], NULL, 16) != TCP_LISTEN)
		return false;
	*ret_inode = strtoul(fields[INODE], NULL, 10);
	return true;
}

/* Inodes of listening sockets on the port, in the network that the process is in, at most `max`.
 * The tables name listening ones first, so a long one may be cut off. */
static size_t listening(pid_t pid, const char *table, unsigned port, unsigned long *ret, size_t max)
{
	size_t len = 0, count = 0;
	AR_FREE_AUTO char *text = ar_process_text(pid, table, &len);
	char *rest = text, *line;

	while (text && count < max && (line = strsep(&rest, "\n")) != NULL)
		if (read_socket(line, port, &ret[count]))
			count++;
	return count;
}

static bool is_among(const char *target, const unsigned long *inodes, size_t count)
{
	static const char socket[] = "socket:[";

	if (strncmp(target, socket, sizeof socket - 1) != 0)
		return false;
	unsigned long inode = strtoul(target + sizeof socket - 1, NULL, 10);
	for (size_t i = 0; i < count; i++)
		if (inodes[i] == inode)
			return true;
	return false;
}

static bool has_socket(pid_t pid, const unsigned long *inodes, size_t count)
{
	char path[64], target[64];
	const struct dirent *entry;
	bool found = false;

	snprintf(path, sizeof path, "/proc/%ld/fd", (long)pid);
	DIR *fds = opendir(path);
	while (fds && !found && (entry = readdir(fds)) != NULL) {
		ssize_t n = readlinkat(dirfd(fds), entry->d_name, target, sizeof target - 1);
		if (n <= 0)
			continue;
		target[n] = '\0';
		found = is_among(target, inodes, count);
	}
	if (fds)
		closedir(fds);
	return found;
}

bool ar_process_listens(const struct ar_process *process, unsigned port)
{
	unsigned long inodes[2 * SOCKETS];
	size_t count = listening(process->pid, "net/tcp", port, inodes, SOCKETS);

	count += listening(process->pid, "net/tcp6", port, inodes + count, SOCKETS);
	return count > 0 && has_socket(process->pid, inodes, count) && ar_process_alive(process);
}

/* --- a signal, a file ------------------------------------------------------------------------ */

int ar_process_signal(const struct ar_process *process, int signal, struct ar_err *err)
{
	/* A descriptor of the process, then its identity: what gets the signal is what was looked
	 * at. */
	AR_FD_AUTO int fd = (int)syscall(SYS_pidfd_open, process->pid, 0);

	if (fd < 0 && errno == ESRCH)
		return 0;
	if (fd < 0) {
		ar_err_sys(err, "", "cannot take hold of process %ld", (long)process->pid);
		return ar_err_hint(err, "end it by hand: kill %ld", (long)process->pid);
	}
	if (!ar_process_alive(process))
		return 0;
	if (syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) != 0 && errno != ESRCH)
		return ar_err_sys(err, "", "cannot signal process %ld", (long)process->pid);
	return 0;
}

int ar_process_read(const struct ar_process *process, const char *path, struct ar_snapshot *ret,
		    struct ar_err *err)
{
	struct ar_host inside = { .root_fd = -1 };
	char root[64];

	snprintf(root, sizeof root, "/proc/%ld/root", (long)process->pid);
	if (ar_host_open(root, true, &inside, err) != 0)
		return -1;
	/* Open, it stays this process's root; alive, it was this process's. */
	int got = ar_process_alive(process)
			  ? ar_file_read(&inside, path, AR_READ_SECRET, ret, err)
			  : ar_err_set(err, "process %ld is gone", (long)process->pid);
	ar_host_close(&inside);
	return got;
}

void ar_process_file(const struct ar_process *process, const char *path,
		     char ret_sha256[AR_SHA256_HEX])
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	struct ar_err unread = AR_ERR_INIT;

	ret_sha256[0] = '\0';
	if (ar_process_read(process, path, &file, &unread) == 0)
		memcpy(ret_sha256, file.sha256, AR_SHA256_HEX);
}
