/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

static void *grown(void *old, size_t size)
{
	void *ret = realloc(old, size);

	if (!ret) {
		fprintf(stderr, "no memory\n");
		exit(1);
	}
	return ret;
}

static size_t slot_of(const struct set *set, uint64_t code)
{
	uint64_t mixed = (code ^ code >> 29) * 0x9E3779B97F4A7C15U;
	size_t slot = (mixed ^ mixed >> 31) * 0xBF58476D1CE4E5B9U >> 20 & (set->slot_count - 1);

	while (set->slots[slot] && set->codes[set->slots[slot] - 1] != code)
		slot = (slot + 1) & (set->slot_count - 1);
	return slot;
}

static void grow(struct set *set)
{
	if (set->count == set->room) {
		set->room = set->room ? set->room * 2 : 1 << 16;
		set->codes = grown(set->codes, set->room * sizeof *set->codes);
		set->from = grown(set->from, set->room * sizeof *set->from);
	}
	if (set->slot_count > set->count * 2)
		return;
	set->slot_count = set->slot_count ? set->slot_count * 2 : 1 << 18;
	set->slots = grown(set->slots, set->slot_count * sizeof *set->slots);
	memset(set->slots, 0, set->slot_count * sizeof *set->slots);
	for (size_t i = 0; i < set->count; i++)
		set->slots[slot_of(set, set->codes[i])] = (uint32_t)i + 1;
}

size_t set_add(struct set *set, uint64_t code, size_t from, bool *ret_new)
{
	size_t slot;

	grow(set);
	slot = slot_of(set, code);
	*ret_new = set->slots[slot] == 0;
	if (!*ret_new)
		return set->slots[slot] - 1;
	set->codes[set->count] = code;
	set->from[set->count] = (uint32_t)from;
	set->slots[slot] = (uint32_t)++set->count;
	return set->count - 1;
}

void set_done(struct set *set)
{
	free(set->codes);
	free(set->from);
	free(set->slots);
	*set = (struct set){ .codes = NULL };
}
