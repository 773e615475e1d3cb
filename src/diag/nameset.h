/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * A set of names, each with a number: whether a name was there before, and where. For files of any
 * size, where comparing each with each would take forever. Borrows the names.
 *
 * Internal to src/diag.
 */

struct ar__name {
	const char *text;
	size_t len, value;
};

struct ar__nameset {
	struct ar__name *slots;
	size_t count, cap;
	bool oom; /* sticky; what could not be added counts as not there */
};

#define AR__NAMESET_AUTO __attribute__((cleanup(ar__nameset_done)))

/* Releases it. */
void ar__nameset_done(struct ar__nameset *set);
/* Is it there? *ret_value is its number then. */
bool ar__nameset_find(const struct ar__nameset *set, const char *text, size_t len,
		      size_t *ret_value);
/* Adds it, or gives it another number. */
void ar__nameset_put(struct ar__nameset *set, const char *text, size_t len, size_t value);
