/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/options.h"

/* Inside of the parser of the command line, for options*.c only. */

#define AR_PLAIN_MAX 4 /* words of a command, its operand, and one too many */

/* argv, as it is taken apart: the options go into `out` at once, the other words wait until the
 * command is known. */
struct ar_reading {
	int argc, next;
	char **argv;
	struct ar_options *out;
	struct ar_err *err;
	unsigned long long seen; /* one bit per row of the options */
	const char *plain[AR_PLAIN_MAX];
	size_t plain_count;
	size_t words_end; /* of `plain`: what stood before "--" */
};

/* Marks the error as one of usage. Always returns -1. */
int ar_reading_misused(struct ar_reading *in);
/* Puts `value` (NULL for a flag) into the row's field. Returns -1 with an error that says what was
 * expected. */
int ar_option_store(struct ar_reading *in, const struct ar_option_row *row, const char *value);
