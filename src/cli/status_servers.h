/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/json.h"
#include "cli/node.h"
#include "flow/cluster.h"

/* What `status` says beyond this node: all API servers, the goal that is under way, and how old the
 * keys are. */

struct ar_status_servers {
	bool seen;     /* `cluster` is set; else `why` says why not */
	char why[400]; /* "" where there was nobody to ask */
	struct ar_cluster cluster;
	char today[11]; /* "2026-11-24"; "" under --root: an image is of no day */
};

#define AR_STATUS_SERVERS_INIT             \
	{                                  \
		.cluster = AR_CLUSTER_INIT \
	}
#define AR_STATUS_SERVERS_AUTO __attribute__((cleanup(ar_status_servers_done)))
/* Releases it. */
void ar_status_servers_done(struct ar_status_servers *servers);

/* Looks; what does not answer, or has another config than this node's server, is added to the
 * view's findings. -1: no memory. `conf` is the config here, NULL where there is none. */
int ar_status_servers_look(struct ar_run *run, struct ar_node_view *view,
			   const struct ar_encconf *conf, struct ar_status_servers *ret,
			   struct ar_err *err);

/* For people. One server alone is not spoken of again. */
void ar_status_servers_say(struct ar_report *report, const struct ar_status_servers *servers);
/* "aescbc/key1 was made 2026-11-24, 12 days ago", a line for each key with a date. */
void ar_status_ages_say(struct ar_report *report, const struct ar_status_servers *servers,
			const struct ar_encconf *conf);

/* For programs: the members "cluster" and "keys". NULL: no memory. */
json_t *ar_status_servers_json(const struct ar_status_servers *servers);
json_t *ar_status_keys_json(const struct ar_status_servers *servers, const struct ar_encconf *conf);

/* Whole days from one date to another, both "2026-11-24"; -1 where either is none, or it is later.
 */
int ar_status_days(const char *from, const char *to);
