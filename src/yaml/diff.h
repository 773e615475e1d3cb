/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "yaml/splice.h"

/*
 * The unified diff of a text and its edits, made from the edits: it shows what will be written
 * because it is what will be written.
 *
 * Without redactions it is exact: patch -p0 applied to the old bytes gives the new ones, CRLF
 * and a missing final newline included. With redactions, bytes in the given ranges are shown as
 * <redacted>, and the header says that the diff is.
 */

struct ar_range {
	size_t start, end;
};

struct ar_diff_opts {
	const char *old_name, *new_name; /* for the --- and +++ lines */
	bool colour;
	size_t context;                  /* 0: three lines */
	const struct ar_range *hide_old; /* sorted; ranges of the old text */
	size_t hide_old_count;
	const struct ar_range *hide_new; /* sorted; ranges of the NEW text */
	size_t hide_new_count;
};

/* Appends nothing when there are no edits. */
int ar_diff_write(const struct ar_text *old, const struct ar_edits *edits,
		  const struct ar_diff_opts *opts, struct ar_buf *out, struct ar_err *err);
/* 1-based lines of the old text that edit `index` touches, and of the new text. */
struct ar_diff_lines {
	size_t old_line, new_line, removed, added;
};
struct ar_diff_lines ar_diff_lines(const struct ar_text *old, const struct ar_edits *edits,
				   size_t index);
