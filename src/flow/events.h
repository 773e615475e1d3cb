/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "diag/finding.h"

/*
 * What a long change says while it runs: events, for whoever shows them. A checklist on a terminal,
 * a line each elsewhere, an object each in JSON: that is for the command to choose. No event holds
 * a key.
 */

enum ar_event_kind {
	AR_EVENT_BEGIN, /* this is being done, or waited for */
	AR_EVENT_DONE,  /* it is done, or was seen */
	AR_EVENT_FAIL,  /* it failed */
	AR_EVENT_NOTE,  /* worth saying, while something else goes on */
};

struct ar_event {
	enum ar_event_kind kind;
	const char *id;     /* stable, for programs: "config", "manifest", "pod", "ready" */
	const char *text;   /* in words, lower case */
	int64_t elapsed_ms; /* since what it belongs to began; -1: nothing to say */
};

/* How far a work of many parts has come. */
struct ar_headway {
	const char *id;      /* "reencrypt", "census" */
	const char *what;    /* "secrets re-encrypted" */
	int64_t done, total; /* total 0: not known */
	int64_t failed;
	double per_second; /* of the last seconds; 0: not known yet */
	int64_t elapsed_ms;
};

struct ar_events {
	/* Called for every event. The event and its texts live until it returns. */
	void (*event)(struct ar_events *events, const struct ar_event *event);
	/* Called about once a second while something is waited for; may be NULL. */
	void (*tick)(struct ar_events *events, int64_t elapsed_ms);
	/* Called a few times a second while many things are done; may be NULL. */
	void (*progress)(struct ar_events *events, const struct ar_headway *progress);
};

/* Makes an event with a text of this format. `elapsed_ms`: -1 for none. */
void ar_events_say(struct ar_events *events, enum ar_event_kind kind, const char *id,
		   int64_t elapsed_ms, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
