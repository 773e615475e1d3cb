/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/parcel.h"

/*
 * Which keys were exported, archived or imported here, and when: what the guard before pruning
 * asks. One small file, /var/lib/atrest/escrow.json, with names and dates, and the sha256 of the
 * whole config at the time; no key, and no hash of one.
 *
 * A copy on another node is none here, but a key that was imported came out of an export.
 */

#define AR_ESCROW_FILE "/var/lib/atrest/escrow.json"

/* Notes that all keys of the parcel lie in a sealed file; `how` is "export", "archive" or "import".
 * What stands there already is not written again. Needs the lock. */
int ar_escrow_note(const struct ar_session *session, const struct ar_parcel *parcel,
		   const char *how, struct ar_err *err);

/* Was a key sealed since it was made? `name` is "PROVIDER/NAME", `made` its date ("" where it is
 * not known). */
int ar_escrow_covers(const struct ar_session *session, const char *name, const char *made,
		     bool *ret, struct ar_err *err);
/* The same of all keys of a config: the name of the first that was not into `buf`, "" where all
 * were. */
int ar_escrow_lacks(const struct ar_session *session, const struct ar_encconf *conf, char *buf,
		    size_t size, struct ar_err *err);
/* Makes the record forget a key: for one that is made anew under a name that stood there. Needs the
 * lock. */
int ar_escrow_forget(const struct ar_session *session, const char *name, struct ar_err *err);

/* Calls `each` with every name ("PROVIDER/NAME") that stands there, until it returns -1. */
int ar_escrow_each(const struct ar_session *session,
		   int (*each)(void *context, const char *name, struct ar_err *err), void *context,
		   struct ar_err *err);
