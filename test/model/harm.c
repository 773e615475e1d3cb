/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

/* All that is amiss in a world, or would be after a start of some server, as sets of bits. What was
 * so before a step is not the step's fault; what is new is. */
struct amiss {
	uint64_t unreadable;  /* (server, key): a value is stored that it cannot read */
	uint64_t coming;      /* (writer, key, server): one writes what the other cannot read */
	uint64_t after_start; /* both of them, and what a start of some servers would add */
	uint64_t coming_after_start;
};

/* A rung that a server has, or may come to have. */
static unsigned loaded(const struct node *node)
{
	return is_running(node) ? node->loaded : NOTHING;
}

/* What was put on a disk by hand is no step's fault before its node has run. */
static unsigned could_load(const struct node *node)
{
	return node->gone || node->by_hand ? NOTHING : disk_of(node);
}

static uint64_t unreadable(const struct world *world, unsigned (*rung)(const struct node *))
{
	uint64_t set = 0;

	for (size_t i = 0; i < model.count; i++) {
		const unsigned number = rung(&world->nodes[i]);
		if (number != NOTHING)
			set |= (world->live & ~rungs[number].reads) << i * KEYS;
	}
	return set;
}

static uint64_t coming(const struct world *world, unsigned (*writer)(const struct node *),
		       unsigned (*reader)(const struct node *))
{
	uint64_t set = 0;

	for (size_t i = 0; i < model.count; i++)
		for (size_t j = 0; j < model.count; j++) {
			const unsigned w = writer(&world->nodes[i]), r = reader(&world->nodes[j]);
			if (i == j || w == NOTHING || r == NOTHING)
				continue;
			if (!(rungs[r].reads & 1U << rungs[w].writer))
				set |= (uint64_t)1 << ((i * MOST + j) * KEYS + rungs[w].writer);
		}
	return set;
}

static struct amiss amiss_in(const struct world *world)
{
	struct amiss amiss = { .unreadable = unreadable(world, loaded),
			       .coming = coming(world, loaded, loaded) };

	amiss.after_start = amiss.unreadable | unreadable(world, could_load);
	amiss.coming_after_start = amiss.coming | coming(world, could_load, loaded) |
				   coming(world, loaded, could_load) |
				   coming(world, could_load, could_load);
	return amiss;
}

/* What is stored, or may still be written. Older revisions are no reason for a server that does
 * not run to stay down: it may be the one that has them compacted. */
static uint64_t in_use(const struct world *world, size_t self)
{
	uint64_t set = world->live | (world->nodes[self].loaded ? world->past : 0);

	for (size_t i = 0; i < model.count; i++) {
		const struct node *node = &world->nodes[i];
		if (loaded(node) != NOTHING)
			set |= 1U << rungs[node->loaded].writer;
		if (i != self && could_load(node) != NOTHING)
			set |= 1U << rungs[could_load(node)].writer;
	}
	return set;
}

static const char *lost(const struct world *before, const struct world *after, size_t self)
{
	const struct node *a = &before->nodes[self], *b = &after->nodes[self];
	const uint64_t use = in_use(before, self);
	const uint64_t read = a->loaded ? rungs[a->loaded].reads : ~(uint64_t)0;
	const uint64_t disk = rungs[disk_of(a)].reads & ~rungs[disk_of(b)].reads & read;
	const uint64_t ram = a->loaded ? rungs[a->loaded].reads & ~rungs[b->loaded].reads : 0;
	const uint64_t file = rungs[a->file].reads & ~rungs[b->file].reads;

	if (disk_of(b) == NOTHING && disk_of(a) != NOTHING)
		return "nothing starts from this disk any more";
	if (ram & use)
		return "this server has lost a key that is in use";
	if ((disk & use) || (file & use & ~1U))
		return "this disk has lost a key that is in use";
	return NULL;
}

static const char *kept(const struct world *world)
{
	uint64_t use = world->live | world->past;

	for (size_t i = 0; i < model.count; i++) {
		const struct node *node = &world->nodes[i];
		if (world->kept && !node->gone && !node->by_hand && node->file == NOTHING)
			return "kubeadm-config names a file that a node does not have";
		if (loaded(node) != NOTHING)
			use |= 1U << rungs[node->loaded].writer;
		if (could_load(node) != NOTHING)
			use |= 1U << rungs[could_load(node)].writer;
	}
	if (!world->kept && (use & ~1U))
		return "kubeadm-config has lost the flag while a key is in use";
	return NULL;
}

static const char *from_nowhere(const struct node *before, const struct node *after)
{
	const uint64_t had = rungs[before->file].reads | before->bytes | 1;

	/* Which resources a lost file named stands nowhere, and a file without a key is not worth
	 * asking a person. */
	if (before->file == NOTHING && after->file != NOTHING && rungs[after->file].reads == 1)
		return "a file was made although nothing needs one";
	return rungs[after->file].reads & ~had ? "a key was written whose bytes are not here"
					       : NULL;
}

const char *harm(const struct world *before, const struct world *after, size_t self,
		 const struct ar_ladder_step *step)
{
	struct world looked_at = *before;
	const char *found;

	looked_at.nodes[self].by_hand = 0;
	const struct amiss a = amiss_in(&looked_at), b = amiss_in(after);
	if (b.unreadable & ~a.unreadable)
		return "a server meets a value that it cannot read";
	if (b.coming & ~a.coming)
		return "a server writes what another cannot read";
	if (b.after_start & ~a.after_start)
		return "a server that starts again cannot read a value";
	if (b.coming_after_start & ~a.coming_after_start)
		return "after a start a server writes what another cannot read";
	if ((found = lost(&looked_at, after, self)) != NULL ||
	    (found = from_nowhere(&before->nodes[self], &after->nodes[self])) != NULL)
		return found;
	if (step->kind == AR_LADDER_PERSIST || step->kind == AR_LADDER_UNPERSIST)
		return kept(after);
	return NULL;
}

static bool is_node_there(const struct node *node, const struct ar_ladder_goal *goal)
{
	const struct ar_rung *rung = &rungs[node->loaded];

	if (node->gone)
		return true;
	if (rung->writer != goal->writer || node->loaded == NOTHING ||
	    node->loaded != disk_of(node))
		return false;
	if (goal->writer == AR_LADDER_PLAIN && (node->flag || node->file))
		return false;
	return !goal->rewrite || !(rung->reads & ~((1U << goal->writer) | goal->keep));
}

bool is_reached(const struct world *world)
{
	const struct ar_ladder_goal *goal = &goals[world->goal];

	for (size_t i = 0; i < model.count; i++)
		if (!is_node_there(&world->nodes[i], goal))
			return false;
	return world->kept == (goal->writer != AR_LADDER_PLAIN) &&
	       (!goal->rewrite || !(world->live & ~(1U << goal->writer)));
}

/* Another node's files may still lie there without being loaded, and what is stored may change
 * again at any time: done is said of what all servers do. */
const char *lie(const struct world *world, const struct ar_ladder_seen *seen,
		const struct ar_ladder_step *step)
{
	const struct ar_ladder_goal *goal = &goals[world->goal];
	const uint64_t stays = (1U << goal->writer) | goal->keep;

	if (step->kind == AR_LADDER_PRUNE && !step->out && !seen->escrowed)
		return "an old key goes before the new one lies somewhere else too";
	for (size_t i = 0; i < model.count && step->kind == AR_LADDER_DONE; i++) {
		const struct ar_rung *rung = &rungs[world->nodes[i].loaded];
		if (world->nodes[i].gone)
			continue;
		if (!is_running(&world->nodes[i]) || rung->writer != goal->writer ||
		    (goal->rewrite && (rung->reads & ~stays)))
			return "done is said, and a server is not there yet";
	}
	if (step->kind == AR_LADDER_DONE && goal->rewrite && (world->live & ~(1U << goal->writer)))
		return "done is said, and old values are left";
	return NULL;
}
