/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/local.h"

/*
 * What would make a live change fail, beyond what ar_preflight() finds in the files: another owner
 * of the control plane, no kubelet, a server that is not well, more servers than one, no room, a
 * file that cannot be replaced, a server that runs with a flag that its manifest does not have.
 */

/* `health`: a server that is not well stops it, too; not where it is to be made well. Adds to the
 * findings of local->manifest. Borrowed observations of it have to be composed anew. */
int ar_preflight_live(const struct ar_session *session, const struct ar_local_ask *ask,
		      struct ar_creds *creds, struct ar_local *local, bool health,
		      struct ar_err *err);
