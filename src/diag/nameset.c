/* SPDX-License-Identifier: Apache-2.0 */
#include "diag/nameset.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void ar__nameset_done(struct ar__nameset *set)
{
	free(set->slots);
	*set = (struct ar__nameset){ .slots = NULL };
}

static size_t hash(const char *text, size_t len)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 1099511628211u;
	return (size_t)(h ^ h >> 29);
}

/* Its slot, or the empty one where it would go. The set has one. */
static struct ar__name *slot(const struct ar__nameset *set, const char *text, size_t len)
{
	for (size_t i = hash(text, len);; i++) {
		struct ar__name *name = &set->slots[i & (set->cap - 1)];
		if (!name->text || (name->len == len && memcmp(name->text, text, len) == 0))
			return name;
	}
}

bool ar__nameset_find(const struct ar__nameset *set, const char *text, size_t len,
		      size_t *ret_value)
{
	if (set->cap == 0)
		return false;
	const struct ar__name *name = slot(set, text, len);
	if (name->text)
		*ret_value = name->value;
	return name->text != NULL;
}

static bool grow(struct ar__nameset *set)
{
	struct ar__nameset more = { .cap = set->cap ? set->cap * 2 : 16, .count = set->count };

	more.slots = calloc(more.cap, sizeof *more.slots);
	if (!more.slots)
		return false;
	for (size_t i = 0; i < set->cap; i++)
		if (set->slots[i].text)
			*slot(&more, set->slots[i].text, set->slots[i].len) = set->slots[i];
	free(set->slots);
	*set = more;
	return true;
}

void ar__nameset_put(struct ar__nameset *set, const char *text, size_t len, size_t value)
{
	if (set->count * 2 >= set->cap && !grow(set)) {
		set->oom = true;
		return;
	}
	struct ar__name *name = slot(set, text, len);
	set->count += name->text == NULL;
	*name = (struct ar__name){ text, len, value };
}
