/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/splice.h"

/*
 * Identity first: the way back where a server with a new writer has listened.
 *
 * Whoever wrote meanwhile wrote encrypted values, so no key may go; what can go is the writing.
 * With `identity` at the head of every entry's providers the same file reads all that was read, and
 * new values are plain again.
 */

/* The edits that put `identity: {}` first in every entry of the EncryptionConfiguration `text`
 * (secret): its own element is moved, or a new one is added where there is none. No edits: it is
 * first everywhere. The proof is part of it: the result, parsed again, has the same keys in the
 * same order behind identity. Appends the new text to `out` (secret). */
int ar_first_identity(const struct ar_text *text, struct ar_edits *ret, struct ar_buf *out,
		      struct ar_err *err);
