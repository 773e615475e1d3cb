/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"

/* Appends the manual page atrest(8), as roff with the man macros, made from the tables of options.h
 * and the causes that can be accepted. The same for everyone: no date, no name of a machine. */
void ar_man_write(struct ar_buf *out);
