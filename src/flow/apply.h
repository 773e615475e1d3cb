/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/look.h"
#include "host/record.h"

/*
 * Applying: one step, with its record before it. The rename (or link, or unlink) inside is the one
 * commit point: before it nothing has changed, after it the record says what was done.
 */

/* What is done, for the record and syslog. */
struct ar_deed {
	const char *what;   /* in words, without key bytes */
	const char *undoes; /* id of the record that is taken back, NULL else */
};

/* Takes `step` on the file that `look` saw. The record is returned as it stands. -1: nothing was
 * changed (and the record is dropped), unless err->class says otherwise. */
int ar_apply(const struct ar_session *session, const struct ar_look *look,
	     const struct ar_step *step, struct ar_deed deed, struct ar_record *ret_record,
	     struct ar_err *err);

/* Settles what an interrupted run left: a record that is still AR_STARTED is finished where the
 * file holds the new bytes, and dropped where it holds the old ones. Call with the lock held. */
int ar_apply_settle(const struct ar_session *session, struct ar_err *err);
