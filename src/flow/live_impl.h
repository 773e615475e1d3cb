/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/live.h"

/* Inside of live*.c: one wait, and what it has seen so far. */

/* What is to be seen, in this order. */
enum ar__part { AR__POD, AR__PROCESS, AR__READY, AR__LOADED, AR__PARTS };

struct ar__wait {
	const struct ar_live *live;
	struct ar_live_result *result;
	int64_t start_ms, asked_ms; /* the clock at the start, and when the API was asked last */
	enum ar__part part;         /* the one that is waited for */
	char pod[AR_POD_UID];       /* the new pod, "" while there is none */
	struct ar_process server;   /* the new process, of which only the identity is kept */
	int64_t ready_ms;           /* when it was seen to be ready */
	/* of the old process, where --fast or a restart may end it */
	bool signalled, deaf, killed;
	int64_t deaf_ms;
	/* of the logs */
	int log_number; /* the newest container log of the new pod, -1: none */
	int ended;      /* how many starts of it have ended */
	int last_log;   /* the newest log when the wait began, of the pod that ran then */
	int64_t looked_server_ms, final_ms;
	int64_t looked_log_ms; /* when the kubelet's log was looked at last */
};

/* Milliseconds since it began, and how many there may be. */
int64_t ar__wait_ms(const struct ar__wait *wait);
int64_t ar__wait_limit_ms(const struct ar__wait *wait);
/* Ends the old process in the way that was asked for: SIGTERM for a restart, SIGKILL once it has
 * been deaf for a second. */
int ar__wait_end_old(struct ar__wait *wait, struct ar_err *err);
/* Number of the newest log of the pod that ran before; -1: none. */
int ar__last_log(const struct ar_live *live);
/* Is there a reason not to go on waiting? Then the result is filled. Called at every look. */
int ar__wait_judge(struct ar__wait *wait, bool *ret_failed, struct ar_err *err);
/* The time is over: says why as well as it can be told. */
int ar__wait_give_up(struct ar__wait *wait, struct ar_err *err);
/* Has the new server listened? By its log, by its answer, and, where there is no log, by its port:
 * the port alone says little, since kube-apiserver takes it before it reads its config. */
void ar__wait_note_listening(struct ar__wait *wait);
