/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"

/* Append the completion script for a shell, made from the tables of options.h and the causes that
 * can be accepted. Commands, their options, the values of choices, files, records. */
void ar_completion_bash(struct ar_buf *out);
void ar_completion_zsh(struct ar_buf *out);
