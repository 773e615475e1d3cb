/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/tree.h"

/* The settings of one flag in an etcd static pod's manifest. Internal to src/kube. */

/* Calls `each` with the value of every --FLAG=VALUE, --FLAG VALUE and -FLAG… among the commands and
 * arguments of its containers, in their order. A text that is no such manifest has none. */
void ar__etcd_settings(const struct ar_text *manifest, const char *flag,
		       void (*each)(void *user, const char *value, size_t len), void *user);
