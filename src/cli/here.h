/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/run.h"
#include "flow/local.h"

/* What this host's manifest says of its config, for commands that also work where there is none. */

struct ar_here {
	bool manifest;         /* there is one; else `found` is empty */
	struct ar_found found; /* what it says */
	char config[1024];     /* --config; else the file that it names, else "" */
	int minor;             /* version of its server, -1: not known */
};

/* Looks. A manifest that cannot be understood is an error only without --config. `ret` stays where
 * it is. */
int ar_here_look(const struct ar_run *run, struct ar_here *ret, struct ar_err *err);
/* The server's version by the manifest on this host; -1 where there is none that can be understood.
 */
int ar_here_minor(const struct ar_run *run);
