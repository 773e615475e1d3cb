/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "cli/options.h"

/* What the scripts of both shells need, for completion*.c only. */

#define AR_RECORDS "/var/lib/atrest/records"

/* Is a value of this option one of a list? */
bool ar_completion_has_values(const struct ar_option_row *row);
/* The words that a value may be, blank between; nothing where it is free. */
void ar_completion_values(struct ar_buf *out, const struct ar_option_row *row);
/* Is the command's row the first with its first word? */
bool ar_completion_is_first(size_t index);
