/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

/*
 * Every way in which all nodes work together (each takes its steps in any order, servers start
 * again, etcd is compacted, keys are imported where they are asked for) ends, and ends where the
 * goal is reached: no circle, no dead end. A walk in depth over these ways, which remembers what it
 * has seen.
 */

enum colour { WHITE, GREY, BLACK };

static struct set tried;
static uint8_t *colours;
static size_t colour_room;

#define DEPTH 4096
#define WAYS  64

struct level {
	size_t at; /* in tried */
	size_t ways[WAYS];
	size_t count;
};
static struct level levels[DEPTH];
static size_t depth;

uint64_t worlds_tried(void)
{
	return tried.count;
}

void forget_tried(void)
{
	set_done(&tried);
	free(colours);
	colours = NULL;
	colour_room = 0;
}

static size_t place(const struct world *world)
{
	struct world plain = *world;
	bool fresh;

	plain.goals = plain.faults = 0;
	const size_t at = set_add(&tried, pack(&plain), 0, &fresh);
	if (at >= colour_room) {
		const size_t room = colour_room ? colour_room * 2 : 1 << 16;
		colours = realloc(colours, room);
		if (!colours)
			abort();
		memset(colours + colour_room, WHITE, room - colour_room);
		colour_room = room;
	}
	return at;
}

static void note(struct next *next, const struct world *world)
{
	struct level *level = next->ctx;

	if (level->count == WAYS)
		abort();
	level->ways[level->count++] = place(world);
}

/* All servers answer, but those that are gone for good, and the bytes of all keys in use are on
 * some node. */
static bool is_hopeful(const struct world *world)
{
	unsigned there = 1, use = world->live | 1U << goals[world->goal].writer;
	unsigned nodes = 0, down = 0;

	for (size_t i = 0; i < model.count; i++) {
		const struct node *node = &world->nodes[i];
		if (node->gone)
			continue;
		if (node->off || node->chosen)
			return false;
		nodes++;
		down += node->loaded == NOTHING;
		there |= node->bytes | (unsigned)rungs[node->file].reads;
		if (node->loaded != NOTHING)
			use |= 1U << rungs[node->loaded].writer;
	}
	return nodes > 0 && down < 2 && (use & ~there) == 0;
}

static void enter(size_t at)
{
	struct level *level = &levels[depth++];
	struct next next = { .visit = note, .ctx = level };
	const struct world world = unpack(tried.codes[at]);

	if (depth == DEPTH)
		abort();
	level->at = at;
	level->count = 0;
	colours[at] = GREY;
	each_good(&world, &next);
}

static const char *walk(struct world *ret)
{
	while (depth > 0) {
		struct level *level = &levels[depth - 1];
		if (level->count == 0) {
			colours[level->at] = BLACK;
			depth--;
			continue;
		}
		const size_t way = level->ways[--level->count];
		*ret = unpack(tried.codes[way]);
		if (colours[way] == GREY)
			return "they go round in a circle";
		if (colours[way] == BLACK)
			continue;
		enter(way);
		if (levels[depth - 1].count == 0 && !is_reached(ret))
			return "nobody can go on, and the goal is not reached";
	}
	return NULL;
}

const char *stuck(const struct world *world, struct world *ret)
{
	if (!is_hopeful(world))
		return NULL;
	const size_t at = place(world);
	if (colours[at] != WHITE)
		return NULL;
	depth = 0;
	*ret = *world;
	enter(at);
	if (levels[0].count == 0 && !is_reached(world))
		return "nobody can go on, and the goal is not reached";
	return walk(ret);
}
