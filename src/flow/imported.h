/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/session.h"

/* The config that `import` put on this node, where the manifest does not name one yet: by its
 * record, and it is still there. "" into buf where there is none. */
int ar_imported_path(const struct ar_session *session, char *buf, size_t size, struct ar_err *err);
