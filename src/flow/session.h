/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdio.h>

#include "host/root.h"

/* One run of the program: where it works, who asked, and where its trace goes. */
struct ar_session {
	struct ar_host host;
	const char *command; /* "patch", "config new": for records, the lock and syslog */
	char who[64];        /* the sudo user, else the user; known once the lock is held */
	FILE *trace;         /* --trace: one line per thing done, never a value; NULL without */
	size_t keep;         /* records kept per file */
};

/* One line to the system's log: a change that is no file's, in words. Not under --root. */
void ar_session_log(const struct ar_session *session, const char *what);

/* One line of the trace, where there is one. Never a value. */
void ar_trace(const struct ar_session *session, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
