/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/rung.h"

#define DIGITS     "0123456789"
#define MAX_DIGITS 18 /* of a number that is counted on from; what is longer is no name of ours */

/* The length of a name without the number at its end. */
static size_t letters_of(const char *name)
{
	size_t len = strlen(name);

	while (len > 0 && strchr(DIGITS, name[len - 1]))
		len--;
	return len;
}

/* The number of a name that has these letters, 0 where it has others or no number. */
static unsigned long number_of(const char *name, const char *letters, size_t len)
{
	const char *digits = name + letters_of(name);

	if ((size_t)(digits - name) != len || memcmp(name, letters, len) != 0 ||
	    strlen(digits) > MAX_DIGITS)
		return 0;
	return strtoul(digits, NULL, 10);
}

int ar_rung_name(const char *like, const char *const *used, size_t count, char *buf, size_t size,
		 struct ar_err *err)
{
	const size_t len = letters_of(like);
	unsigned long highest = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned long number = number_of(used[i], like, len);
		if (number > highest)
			highest = number;
	}
	int written = snprintf(buf, size, "%.*s%lu", (int)len, like, highest + 1);
	if (written < 0 || (size_t)written >= size)
		return ar_err_set(err, "no name like '%.100s' is short enough", like);
	return 0;
}
