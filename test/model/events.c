/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "model.h"

static void visit(struct next *next, const struct world *world)
{
	next->count++;
	next->visit(next, world);
}

/* --- steps of atrest ------------------------------------------------------------------------- */

static void report(struct next *next, const char *found, size_t i,
		   const struct ar_ladder_step *step, const struct world *after)
{
	if (!found || next->harm)
		return;
	next->harm = found;
	next->harmed = *after;
	snprintf(next->what, sizeof next->what, "%s on node %zu", ar_ladder_word(step->kind), i);
}

static void do_step(const struct world *world, size_t i, const struct ar_ladder_step *step,
		    struct next *next)
{
	struct world after;

	for (unsigned way = 0; way < 2; way++) {
		if (!take(world, i, step, way, &after))
			continue;
		after.nodes[i].chosen = after.nodes[i].chosen_file = after.nodes[i].chosen_out = 0;
		report(next, is_step(step) ? harm(world, &after, i, step) : NULL, i, step, &after);
		visit(next, &after);
	}
}

/* A step that was decided on is remembered, and others go on; the own disk is told to have been
 * looked at. */
static void decide(const struct world *world, size_t i, const struct ar_ladder_step *step,
		   struct next *next)
{
	struct world after = *world;

	after.nodes[i].by_hand = 0;
	if (is_step(step)) {
		after.nodes[i].chosen = step->kind;
		after.nodes[i].chosen_file = rung_number(step->file);
		after.nodes[i].chosen_out = step->out;
	}
	visit(next, &after);
}

static void do_chosen(const struct world *world, size_t i, struct next *next)
{
	const struct node *node = &world->nodes[i];
	const struct ar_ladder_step step = { .kind = (enum ar_ladder_kind)node->chosen,
					     .file = rungs[node->chosen_file],
					     .out = node->chosen_out };
	struct world killed = *world;

	do_step(world, i, &step, next);
	killed.nodes[i].chosen = killed.nodes[i].chosen_file = killed.nodes[i].chosen_out = 0;
	visit(next, &killed);
}

static bool same_step(const struct ar_ladder_step *a, const struct ar_ladder_step *b)
{
	return a->kind == b->kind && a->out == b->out && a->file.writer == b->file.writer &&
	       a->file.reads == b->file.reads;
}

static void do_or_decide(const struct world *world, size_t i, const struct ar_ladder_step *step,
			 struct next *next)
{
	if (model.apart)
		decide(world, i, step, next);
	else
		do_step(world, i, step, next);
}

/* With all there is to see, and with every part of it missing. */
static void act(const struct world *world, size_t i, const struct ar_ladder_seen *all,
		const struct ar_ladder_step *full, struct next *next)
{
	struct ar_ladder_seen seen;

	report(next, lie(world, all, full), i, full, world);
	do_or_decide(world, i, full, next);
	for (unsigned variant = 1; see_less(all, variant, &seen); variant++) {
		const struct ar_ladder_step step = ar_ladder_next(&seen, &goals[world->goal]);
		report(next, lie(world, &seen, &step), i, &step, world);
		if (is_step(&step) && !same_step(&step, full))
			do_or_decide(world, i, &step, next);
	}
}

/* --- everything else ------------------------------------------------------------------------- */

static bool anybody_chose(const struct world *world)
{
	for (size_t i = 0; i < model.count; i++)
		if (world->nodes[i].chosen)
			return true;
	return false;
}

/* A server reads its disk again: it was restarted, or has seen the file change. */
static void start(const struct world *world, size_t i, struct next *next)
{
	struct world after = *world;
	struct node *node = &after.nodes[i];

	if (node->off || node->loaded == disk_of(node))
		return;
	node->loaded = disk_of(node);
	visit(next, &after);
}

/* Who was said to be gone for good does not come back but by mistake. */
static void come_back(const struct world *world, size_t i, struct next *next)
{
	struct world after = *world;
	struct node *node = &after.nodes[i];

	if (!node->off || (node->gone && (world->faults == 0 || anybody_chose(world))))
		return;
	after.faults -= node->gone;
	node->off = node->gone = 0;
	node->loaded = disk_of(node);
	visit(next, &after);
}

static void write_value(const struct world *world, size_t i, struct next *next)
{
	struct world after = *world;

	if (!is_running(&world->nodes[i]))
		return;
	after.live |= 1U << rungs[world->nodes[i].loaded].writer;
	after.past |= after.live;
	visit(next, &after);
}

static void stop(const struct world *world, size_t i, struct next *next)
{
	struct world after = *world;
	struct node *node = &after.nodes[i];

	if (node->gone)
		return;
	node->gone = node->off;
	node->off = 1;
	node->loaded = NOTHING;
	node->chosen = node->chosen_file = node->chosen_out = 0;
	visit(next, &after);
}

static void edit_by_hand(const struct world *world, size_t i, struct next *next)
{
	struct world after = *world;
	struct node *node = &after.nodes[i];

	after.faults--;
	node->by_hand = 1;
	node->flag = !node->flag;
	visit(next, &after);
	node->flag = !node->flag;
	for (node->file = NOTHING; node->file <= RUNGS; node->file++)
		visit(next, &after);
}

static unsigned at_hand(const struct node *node)
{
	return node->off ? 0 : node->bytes | (unsigned)rungs[node->file].reads;
}

/* Another machine under the same name, with kubeadm's manifest or one that knows nothing. */
static void replace(const struct world *world, size_t i, struct next *next)
{
	struct world after = *world;
	struct node *node = &after.nodes[i];

	after.faults--;
	memset(node, 0, sizeof *node);
	for (node->flag = 0; node->flag <= world->kept; node->flag++) {
		node->loaded = disk_of(node);
		visit(next, &after);
	}
}

static void upgrade(const struct world *world, size_t i, struct next *next)
{
	struct world after = *world;
	struct node *node = &after.nodes[i];

	if (node->flag == world->kept)
		return;
	after.faults--;
	node->flag = world->kept;
	node->by_hand = 1;
	visit(next, &after);
}

static void be_unlucky(const struct world *world, size_t i, struct next *next)
{
	if (world->faults == 0 || anybody_chose(world) || world->nodes[i].off)
		return;
	edit_by_hand(world, i, next);
	replace(world, i, next);
	upgrade(world, i, next);
}

/* Somebody names another goal on this node, and makes its key where there is none. */
static void aim(const struct world *world, size_t i, struct next *next)
{
	struct world after = *world;
	unsigned there = 1;

	if (world->goals == 0 || anybody_chose(world) || world->nodes[i].off)
		return;
	after.goals--;
	for (size_t j = 0; j < model.count; j++)
		there |= world->nodes[j].bytes | (unsigned)rungs[world->nodes[j].file].reads;
	for (after.goal = 0; after.goal < GOALS; after.goal++) {
		after.nodes[i].bytes = world->nodes[i].bytes;
		if (!(there & 1U << goals[after.goal].writer))
			after.nodes[i].bytes |= 1U << goals[after.goal].writer;
		if (after.goal != world->goal)
			visit(next, &after);
	}
}

/* A node that asks for keys gets them from another, or its whole file where it has none. */
static void import(const struct world *world, size_t i, const struct ar_ladder_step *step,
		   struct next *next)
{
	const struct node *node = &world->nodes[i];
	unsigned there = 0;

	if (step->kind != AR_LADDER_REFUSE || step->keys == 0)
		return;
	for (size_t j = 0; j < model.count; j++) {
		struct world after = *world;
		there |= at_hand(&world->nodes[j]);
		after.nodes[i].file = world->nodes[j].file;
		if (!node->file && !node->flag && world->nodes[j].file && !world->nodes[j].off)
			visit(next, &after);
	}
	struct world after = *world;
	after.nodes[i].bytes |= there & (unsigned)step->keys;
	if (after.nodes[i].bytes != world->nodes[i].bytes)
		visit(next, &after);
}

/* Compaction forgets what is not stored now: at once, or some of it. */
static void compact(const struct world *world, struct next *next, bool some)
{
	const unsigned more = world->past & ~world->live;
	struct world after = *world;

	for (unsigned rest = (more - 1) & more; more != 0; rest = (rest - 1) & more) {
		after.past = world->live | rest;
		if (some || rest == 0)
			visit(next, &after);
		if (rest == 0)
			break;
	}
}

static void delete_values(const struct world *world, struct next *next)
{
	for (unsigned key = 0; key < KEYS; key++) {
		struct world after = *world;
		after.live &= ~(1U << key);
		if (after.live != world->live)
			visit(next, &after);
	}
}

/* Its node runs, or goes on with what it had decided. */
static void run(const struct world *world, size_t i, struct next *next)
{
	struct ar_ladder_seen seen;

	if (world->nodes[i].off)
		return;
	if (world->nodes[i].chosen) {
		do_chosen(world, i, next);
		return;
	}
	look(world, i, &seen);
	const struct ar_ladder_step step = ar_ladder_next(&seen, &goals[world->goal]);
	act(world, i, &seen, &step, next);
	import(world, i, &step, next);
}

void each_next(const struct world *world, struct next *next)
{
	for (size_t i = 0; i < model.count; i++) {
		run(world, i, next);
		come_back(world, i, next);
		start(world, i, next);
		stop(world, i, next);
		write_value(world, i, next);
		be_unlucky(world, i, next);
		aim(world, i, next);
	}
	compact(world, next, true);
	delete_values(world, next);
}

/* They look, and do what they see. */
static void work(const struct world *world, size_t i, struct next *next)
{
	struct ar_ladder_seen seen;
	struct world after;

	look(world, i, &seen);
	const struct ar_ladder_step step = ar_ladder_next(&seen, &goals[world->goal]);
	if (take(world, i, &step, 0, &after) && (is_step(&step) || world->nodes[i].by_hand))
		visit(next, &after);
	import(world, i, &step, next);
}

void each_good(const struct world *world, struct next *next)
{
	bool running = false;

	for (size_t i = 0; i < model.count; i++) {
		if (world->nodes[i].off)
			continue;
		work(world, i, next);
		start(world, i, next);
		running = running || is_running(&world->nodes[i]);
	}
	if (running)
		compact(world, next, false);
}
