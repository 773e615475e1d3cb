/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/err.h"
#include "base/text.h"

/* Says in our words, with a remedy, what libyaml's `problem` at byte `offset` comes from. Always -1. */
int ar__problem_report(const struct ar_text *text, const char *problem, size_t offset, struct ar_err *err);
