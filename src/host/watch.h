/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "host/process.h"

/*
 * Waiting for the world: something changed in a folder, a process ended, time went by, or somebody
 * wants us to stop.
 *
 * While a watch is open SIGINT and SIGTERM are events and end nothing by themselves, however often
 * they come, and SIGHUP is not heeded: a terminal that goes away does not stop what was begun.
 * SIGPIPE is not heeded either. So it is held open over everything that must not be cut short, the
 * way back as well. Closing it puts everything back as it was. Opened before other threads start:
 * they take over which signals are held back.
 *
 * It is about the machine's own files and processes: nothing is waited for under --root.
 */

struct ar_watch;

enum ar_watch_event {
	AR_WATCH_CHANGED, /* something in a folder: look again */
	AR_WATCH_EXITED,  /* the process ended; told once */
	AR_WATCH_TIME,    /* nothing happened */
	AR_WATCH_STOP,    /* SIGINT or SIGTERM; at every wait until ar_watch_rearm */
};

/* To be closed by ar_watch_close. */
int ar_watch_open(struct ar_watch **ret, struct ar_err *err);
/* Accepts NULL. A signal that came after the last STOP was told is dropped; one of which nobody was
 * told yet takes effect now. */
void ar_watch_close(struct ar_watch *watch);
static inline void ar_watch_close_ptr(struct ar_watch **watch)
{
	ar_watch_close(*watch);
}
#define AR_WATCH_AUTO __attribute__((cleanup(ar_watch_close_ptr)))

/* Waits for changes directly in this folder, too; once is enough. One that is not there yet, or
 * goes, is waited for in the next folder above that is there. At most AR_WATCH_FOLDERS; more, or a
 * system without inotify to spare, are left to time. */
void ar_watch_folder(struct ar_watch *watch, const char *path);
#define AR_WATCH_FOLDERS 16
/* Waits for the end of this process, too (in place of an earlier one). One that is gone already has
 * ended: the next wait says so. */
void ar_watch_process(struct ar_watch *watch, const struct ar_process *process);
/* Waits for the next event, at most `limit_ms` (time asleep counts). Of several that are there,
 * STOP comes first, then EXITED; what is not told now is told by the next wait. */
int ar_watch_wait(struct ar_watch *watch, int limit_ms, enum ar_watch_event *ret,
		  struct ar_err *err);
/* The STOPs so far are taken note of: waits wait again, for what remains to be done (the way back).
 * Those that follow are told anew. */
void ar_watch_rearm(struct ar_watch *watch);

/* Milliseconds since some moment, that go on while the machine sleeps. */
int64_t ar_watch_clock_ms(void);
/* The clock, in nanoseconds since 1970. */
int64_t ar_watch_now_ns(void);
