/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/events.h"
#include "flow/local.h"
#include "host/record.h"
#include "host/watch.h"

/*
 * A live change: a server is made to load what lies on the disk, and is proved to run with it, or
 * the cause is found why it does not.
 *
 * Nothing is believed because it was done: each part of the proof is seen. A new pod; a process
 * that is not the one from before, with the flag in its arguments; /readyz of this very server; the
 * hash of the file, as the server reports it (before 1.34 the process's start); a canary.
 */

#define AR_LIVE_LIMIT_MS INT64_C(300000) /* as long as kubeadm waits for a static pod */
/* The kubelet waits 10 s before it starts a container again, twice as long each time, and 5 minutes
 * at most; after 10 minutes without a start it begins anew. */
#define AR_LIVE_RESTART_MS INT64_C(420000)

struct ar_live {
	const struct ar_session *session;
	struct ar_events *events;
	struct ar_watch *watch; /* open; its STOPs are taken note of */
	struct ar_creds *creds;
	struct ar_local *local; /* as it was looked at last; its server's part is kept up */
	const struct ar_running *before; /* what ran before the change was written */
	const char *flag_path; /* the flag's value that the process must have; NULL: none at all */
	enum ar_loading loading;
	bool content;             /* the file must be loaded as it lies there, too */
	bool fast;                /* end the old process once it has stopped listening */
	bool canary;              /* make one when all else is proved */
	int64_t written_ns;       /* clock: when it was written; logs of before prove nothing */
	struct ar_record *record; /* its stage is kept up; NULL, or id "": no record */
};

enum ar_live_end {
	AR_LIVE_PROVED,
	AR_LIVE_FAILED,  /* it does not run; see causes */
	AR_LIVE_STOPPED, /* somebody wants us to stop (SIGINT, SIGTERM) */
};

struct ar_live_result {
	enum ar_live_end end;
	bool listened;             /* a server with the change has listened */
	struct ar_findings causes; /* of a failure, the one to be told first at the head */
	char log[600];             /* last lines of the container's log, printable; "" */
};

#define AR_LIVE_RESULT_INIT                \
	{                                  \
		.causes = AR_FINDINGS_INIT \
	}
/* Releases the causes. */
void ar_live_result_done(struct ar_live_result *result);
#define AR_LIVE_RESULT_AUTO __attribute__((cleanup(ar_live_result_done)))

/* Makes it load, and waits for the proof. -1 only for what is no outcome: no memory, no /proc. */
int ar_live_load(const struct ar_live *live, struct ar_live_result *ret, struct ar_err *err);
