/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/cluster.h"

/* What cluster*.c share. */

/* Asks every server but this node's own, all at the same time: version, readiness, metrics. */
int ar__cluster_ask(const struct ar_session *session, const struct ar_cluster_ask *ask,
		    struct ar_cluster *cluster, struct ar_err *err);
