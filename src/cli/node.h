/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/run.h"
#include "flow/drift.h"
#include "flow/scan.h"

/* This node, looked at for a command that changes nothing: what `status` and `doctor` begin with.
 */

struct ar_node_view {
	char manifest[1024];
	struct ar_found found;
	struct ar_goal goal;
	struct ar_wanted_text text;
	struct ar_local_ask ask;
	struct ar_creds creds;
	struct ar_local local;
	struct ar_findings findings;
	struct ar_scan scan; /* what ar_node_view_stored asked; its store.etcd may be NULL */
	struct ar_stored_seen stored; /* see ar_node_view_stored */
	char uncounted[400];          /* why not; "" */
};

#define AR_NODE_VIEW_AUTO __attribute__((cleanup(ar_node_view_done)))
/* Releases it. */
void ar_node_view_done(struct ar_node_view *view);
/* Looks at the node, with the config that its manifest names (or --config). `api`: ask the API
 * server too. Fills everything but the findings. `ret` must be { .local = AR_LOCAL_INIT }. */
int ar_node_view_open(struct ar_run *run, bool api, struct ar_node_view *ret, struct ar_err *err);
/* Asks etcd whether all that the config is about is under its writer: into `stored`, and a finding
 * where it is not. Only its own comparison is asked for, so it is cheap. */
int ar_node_view_stored(struct ar_run *run, struct ar_node_view *view, struct ar_err *err);
