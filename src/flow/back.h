/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/live.h"

/*
 * The way back of a live change that failed, under law 8: no API server ever meets a value that it
 * cannot read.
 *
 * A server that never listened wrote nothing: the old manifest's bytes are put back, and waited
 * for. One that listened may have encrypted something: the flag stays, identity goes first in the
 * config, and the container is restarted to load it; unless it is gone, and etcd shows that nothing
 * is encrypted: then the old manifest it is, and etcd is asked again. Neither is tried a second
 * time.
 */

struct ar_back {
	const struct ar_session *session;
	struct ar_events *events;
	struct ar_watch *watch; /* as it was waited with */
	struct ar_creds *creds;
	const struct ar_local_ask *ask;
	struct ar_local *local;        /* looked at again on the way */
	struct ar_record *record;      /* of the manifest's change; id "": none, so no old bytes */
	struct ar_live_result *result; /* what failed, and why */
	const char *flag_path;         /* the flag's value, which stays once a server listened */
	bool leave;                    /* no way back is taken */
	const char *why_left;          /* then: why */
	bool fast;
};

/* Says the causes, takes the way back, and states the error: class AR_PUT_BACK where it is safe
 * now, AR_LOOK where it is not, or was to be left as it is. Always -1. */
int ar_back_take(const struct ar_back *back, struct ar_err *err);
