/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>

#include "base/err.h"

/* Asks for a passphrase on the controlling terminal, which does not show what is typed; never on
 * standard input. `buf` is in guarded memory and gets a line without its end, and a NUL. -1: no
 * terminal (ENXIO), Ctrl-C, nothing typed, or more than `size` holds. */
int ar_ask_passphrase(const char *question, char *buf, size_t size, size_t *ret_len,
		      struct ar_err *err);
