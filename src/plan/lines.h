/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/splice.h"

/*
 * The edits that turn one text into another, line by line, where no plan made them: a file that is
 * put back, or that somebody else has changed. Shortest edit script (Myers) up to a bound of
 * differing lines; beyond it the differing middle becomes one edit.
 */
int ar_lines_edits(const struct ar_text *old, const struct ar_text *new_, struct ar_edits *ret,
		   struct ar_err *err);
