/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "base/text.h"

/*
 * Edits: byte ranges of a text and what stands there instead. They are what a plan is made of,
 * what the diff is drawn from, and what is written; so the three cannot disagree.
 */

struct ar_edit {
	size_t start, end; /* range replaced; start == end: pure insertion */
	char *text;        /* new bytes, owned by the list; may be empty */
	size_t len;
};

struct ar_edits {
	struct ar_edit *list; /* sorted by start, not overlapping */
	size_t count, cap;
	bool secret; /* set before the first is added: the texts lie in guarded memory */
};

#define AR_EDITS_INIT        \
	{                    \
		.list = NULL \
	}
#define AR_EDITS_AUTO __attribute__((cleanup(ar_edits_done)))

/* Releases the list and its texts. */
void ar_edits_done(struct ar_edits *edits);
/* Adds one, keeping order; two insertions at one place stay in the order they were added. The text
 * is copied. -1 on overlap (our own bug, reported as an error) or no memory. */
int ar_edits_add(struct ar_edits *edits, size_t start, size_t end, const char *text, size_t len,
		 struct ar_err *err);
/* The new bytes, appended to `out`. */
int ar_splice(const struct ar_text *old, const struct ar_edits *edits, struct ar_buf *out,
	      struct ar_err *err);

/* Where a byte of the new text comes from: true and *ret_old when it was in the old text, false
 * when it was inserted. */
bool ar_splice_origin(const struct ar_edits *edits, size_t new_offset, size_t *ret_old);
