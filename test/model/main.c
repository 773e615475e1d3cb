/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model.h"

/*
 * Looks at every world that can be reached, and at every step that the ladder takes in one.
 *
 *     model            the sizes that take seconds; model all: one more
 *     model 2 1 1      two servers, so many changes of the goal, so many faults
 *     model 2 1 1 +    and others act between looking and doing
 *     model walk       one way up, on three nodes, as a table
 *
 * Ends with the first world in which something is amiss, and says how it came to it.
 */

static struct set reached;
static uint64_t ways;

static void add(struct next *next, const struct world *world)
{
	const size_t *from = next->ctx;
	bool fresh;

	set_add(&reached, pack(world), *from, &fresh);
}

/* No server has a file, or all have the old key's. */
static void first_world(struct world *world, bool encrypted, unsigned goal)
{
	const struct ar_rung old = { .writer = 1, .reads = 3 };

	memset(world, 0, sizeof *world);
	for (size_t i = 0; i < model.count; i++) {
		struct node *node = &world->nodes[i];
		node->file = encrypted ? rung_number(old) : NOTHING;
		node->flag = encrypted;
		node->loaded = disk_of(node);
	}
	world->goal = goal;
	world->goals = model.goals;
	world->faults = model.faults;
	world->kept = encrypted;
	world->live = world->past = encrypted ? 2 : 1;
	if (!encrypted || goals[goal].writer == 2)
		world->nodes[0].bytes = 1U << goals[goal].writer & ~1U;
}

static void begin(void)
{
	size_t from = UINT32_MAX;
	struct next next = { .visit = add, .ctx = &from };
	struct world world;

	for (unsigned goal = 0; goal < GOALS; goal++) {
		first_world(&world, false, goal);
		add(&next, &world);
		first_world(&world, true, goal);
		add(&next, &world);
	}
}

static void tell(size_t at, const char *what, const struct world *last)
{
	size_t trace[1000], count = 0;

	for (; at != UINT32_MAX && count < 1000; at = reached.from[at])
		trace[count++] = at;
	while (count > 0) {
		const struct world world = unpack(reached.codes[trace[--count]]);
		print_world(&world);
	}
	printf("then: %s\n", what);
	print_world(last);
}

static bool explore(void)
{
	size_t at = 0;
	struct next next = { .visit = add, .ctx = &at };
	struct world end;

	begin();
	for (; at < reached.count; at++) {
		const struct world world = unpack(reached.codes[at]);
		each_next(&world, &next);
		if (next.harm) {
			printf("HARM: %s\n", next.harm);
			tell(at, next.what, &next.harmed);
			return false;
		}
		const char *found = stuck(&world, &end);
		if (found) {
			printf("STUCK: %s\n", found);
			tell(at, "…", &end);
			return false;
		}
	}
	ways = next.count;
	return true;
}

/* Of this process's own time: others may run beside it. */
static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool run(struct model size)
{
	const double began = now();

	model = size;
	const bool fine = explore();
	printf("note: %zu server%s, %u goal%s more, %u fault%s%s: %zu states, %llu transitions, "
	       "%llu states to the goal, %.1f s\n",
	       size.count, size.count == 1 ? "" : "s", size.goals, size.goals == 1 ? "" : "s",
	       size.faults, size.faults == 1 ? "" : "s", size.apart ? ", looking apart" : "",
	       reached.count, (unsigned long long)ways, (unsigned long long)worlds_tried(),
	       now() - began);
	fflush(stdout);
	set_done(&reached);
	forget_tried();
	return fine;
}

/* --- one way up ------------------------------------------------------------------------------ */

/* The first node that can go on does, then etcd is compacted; the key travels when it is asked for.
 */
static bool step_once(struct world *world, char *who, size_t size)
{
	struct ar_ladder_seen seen;

	for (size_t i = 0; i < model.count; i++) {
		look(world, i, &seen);
		const struct ar_ladder_step step = ar_ladder_next(&seen, &goals[world->goal]);
		if (step.reason == AR_LADDER_NO_KEY) {
			world->nodes[i].bytes |= (unsigned)step.keys;
			snprintf(who, size, "%zu | the key is imported", i + 1);
			return true;
		}
		if (is_step(&step) && take(world, i, &step, 0, world)) {
			snprintf(who, size, "%zu | %s", i + 1, ar_ladder_word(step.kind));
			return true;
		}
	}
	snprintf(who, size, "etcd | compacted");
	const bool more = world->past != world->live;
	world->past = world->live;
	return more;
}

static void print_step(const struct world *world, const char *who)
{
	printf("| %s |", who);
	for (size_t i = 0; i < model.count; i++) {
		print_rung("", world->nodes[i].file);
		print_rung(" /", world->nodes[i].loaded);
		printf(" |");
	}
	printf(" %s | %s |\n", set_name(world->live), set_name(world->past));
}

static int walk(void)
{
	char who[100] = "| as it was";
	struct world world;

	model = (struct model){ .count = MOST };
	first_world(&world, true, 2);
	do
		print_step(&world, who);
	while (step_once(&world, who, sizeof who));
	return 0;
}

static const struct model sizes[] = {
	{ .count = 1, .goals = 1, .faults = 1 },
	{ .count = 2, .goals = 0, .faults = 0 },
	{ .count = 2, .goals = 1, .faults = 0 },
	{ .count = 3, .goals = 0, .faults = 0 },
	{ .count = 2, .goals = 0, .faults = 1 },
	{ .count = 2, .goals = 1, .faults = 0, .apart = true },
	{ .count = 3, .goals = 1, .faults = 0 },
};

int main(int argc, char **argv)
{
	size_t passed = 0;
	size_t all = sizeof sizes / sizeof *sizes;

	make_rungs();
	if (argc == 2 && strcmp(argv[1], "walk") == 0)
		return walk();
	if (argc > 3)
		all = 1;
	else if (argc == 1)
		all--;
	for (size_t i = 0; i < all && passed == i; i++)
		passed += run(argc > 3 ? (struct model){ .count = strtoul(argv[1], NULL, 10),
							 .goals = (unsigned)strtoul(argv[2], NULL,
										    10),
							 .faults = (unsigned)strtoul(argv[3], NULL,
										     10),
							 .apart = argc > 4 }
				       : sizes[i]);
	printf("%zu passed, %d failed\n", passed, passed != all);
	return passed != all;
}
