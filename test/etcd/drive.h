/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "etcd/client.h"

/* What the parts of drive-etcd share. */

struct tool {
	struct ar_etcd *etcd;
	const struct ar_etcd_base *base;
	bool list, wait;
};

typedef int command_fn(struct tool *tool, int argc, char **argv, struct ar_err *err);

/* Writes values, many in a transaction: what src/etcd itself never does. */
command_fn drive_fill;
