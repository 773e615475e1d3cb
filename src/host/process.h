/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/digest.h"
#include "host/file.h"
#include "host/root.h"

/*
 * Processes of this machine, as /proc shows them: who runs, since when, with which arguments, in
 * which cgroup. A process is known by its number and its start together, so that a number that was
 * given to another one is noticed.
 *
 * Under --root there are none: an image runs nothing.
 */

struct ar_process {
	pid_t pid;
	uint64_t start_ticks; /* since boot; with the pid, its identity */
	/* The same on the clock as it goes now, in nanoseconds since 1970: never later than the
	 * start, and less than 20 ms earlier. A clock that was set since then moves it along. */
	int64_t started_ns;
	char *args;      /* arguments, each ended by NUL; at most 256 KiB of them */
	size_t args_len; /* with the last NUL */
	char *cgroup;    /* /proc/PID/cgroup, "" where it cannot be read */
};

#define AR_PROCESS_AUTO __attribute__((cleanup(ar_process_done)))
/* Releases its texts, and empties it. */
void ar_process_done(struct ar_process *process);

/* Those whose program's name, or first argument's last component, is `name`, by pid, as far as
 * who runs this can see them; zombies are none. *ret is malloc'ed, NULL when there are none, and
 * released by ar_process_list_free. */
int ar_process_list(const struct ar_host *host, const char *name, struct ar_process **ret,
		    size_t *ret_count, struct ar_err *err);
void ar_process_list_free(struct ar_process *list, size_t count);

/* How often the flag is set among the arguments, up to a "--": as --flag=value, as --flag value,
 * with one dash, with _ for -. *ret_value (may be NULL) is the last one's value, the one that
 * counts, borrowed: "" where nothing or another flag follows (a switch that is on), NULL where
 * there is no such flag. `flag` is its name, with dashes before it or without. */
size_t ar_process_arg(const struct ar_process *process, const char *flag, const char **ret_value);
/* The value alone, as above. */
static inline const char *ar_process_flag(const struct ar_process *process, const char *flag)
{
	const char *value = NULL;

	ar_process_arg(process, flag, &value);
	return value;
}

/* Is it still the same process, and not only its remains? Needs no more than pid and start_ticks,
 * as all that follow. */
bool ar_process_alive(const struct ar_process *process);
/* Does it listen on this TCP port, on any address? */
bool ar_process_listens(const struct ar_process *process, unsigned port);
/* Sends a signal to just this process, by pidfd (Linux 5.3). One that is gone is no error. */
int ar_process_signal(const struct ar_process *process, int signal, struct ar_err *err);

/* The regular file `path` as this process sees it, inside its root and through its own mounts,
 * symlinks followed there, into guarded memory. -1: it is not there, cannot be read, or the process
 * is gone. */
int ar_process_read(const struct ar_process *process, const char *path, struct ar_snapshot *ret,
		    struct ar_err *err);
/* sha256 of the regular file `path` as this process sees it, inside its root and through its own
 * mounts, symlinks followed there: a file that was mounted by itself stays the old one for it when
 * a new file is renamed over it. "" where there is none, it cannot be read, or the process is gone.
 * The bytes pass through guarded memory only. */
void ar_process_file(const struct ar_process *process, const char *path,
		     char ret_sha256[AR_SHA256_HEX]);
