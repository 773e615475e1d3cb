/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/report.h"
#include "flow/verify.h"

/* How the result of `verify` looks, to people and to programs. No byte of a value is in either. */

/* The table, what may still hold old values, and the verdict; only what is wrong when quiet. */
void ar_verify_show(struct ar_report *report, const struct ar_verify *verify);
/* atrest.verify/v1 */
void ar_verify_print(struct ar_report *report, const struct ar_verify *verify, int exit_code);
/* The same of one object, called `object`. */
void ar_verify_show_one(struct ar_report *report, const char *object,
			const struct ar_verify_one *one);
void ar_verify_print_one(struct ar_report *report, const char *object,
			 const struct ar_verify_one *one, int exit_code);

/* "aescbc key1", "identity"; into buf. */
const char *ar_writer_name(const struct ar_writer *writer, char *buf, size_t size);
/* "12.3 MB"; into buf. */
const char *ar_bytes_name(int64_t bytes, char *buf, size_t size);
