/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>

/*
 * "Did you mean…?": the nearest of several words, by the number of slips of the finger (a letter
 * missing, added, wrong, or two swapped). A beginning of a word counts as one slip, since other
 * programs take abbreviations.
 */

struct ar_suggest {
	const char *given; /* what was typed, borrowed */
	size_t len;
	const char *best; /* the nearest candidate, NULL when none is near enough */
	size_t slips;     /* of the best */
};

/* Starts with what was typed. */
struct ar_suggest ar_suggest_for(const char *given, size_t len);
/* Offers a candidate, borrowed; the first of equally near ones stays. */
void ar_suggest_offer(struct ar_suggest *suggest, const char *candidate);
