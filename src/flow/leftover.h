/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/store.h"

/*
 * What may still hold plain text, or values under an older key, though every live value is current:
 * revisions that are not compacted, free pages of the members' files, copies of etcd. Only
 * reported.
 */

#define AR_COPIES 32

struct ar_copy { /* a copy of etcd's data on this host */
	char path[512];
	int64_t mtime_ns;
	bool older; /* than the end of the last rewrite, or it is not known when that was */
};

struct ar_leftover {
	bool seen; /* etcd was asked; `why` says why not */
	char why[300];
	int64_t revision; /* the last one that must be compacted away */
	bool marked;      /* it is the end of a rewrite from here; else simply the newest one */
	bool compacted, compacted_known;
	struct ar_etcd_state state; /* members with the sizes of their files */
	struct ar_copy copies[AR_COPIES];
	size_t copy_count;
	size_t copies_more;
};

/* Looks. `now` is the revision of the census. */
int ar_leftover_look(const struct ar_session *session, struct ar_store *store, int64_t now,
		     struct ar_leftover *ret, struct ar_err *err);
