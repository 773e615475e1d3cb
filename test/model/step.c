/* SPDX-License-Identifier: Apache-2.0 */
#include "model.h"

bool is_step(const struct ar_ladder_step *step)
{
	switch (step->kind) {
	case AR_LADDER_READER:
	case AR_LADDER_LOAD:
	case AR_LADDER_PROMOTE:
	case AR_LADDER_PERSIST:
	case AR_LADDER_REWRITE:
	case AR_LADDER_UNPERSIST:
	case AR_LADDER_PRUNE: return true;
	default: return false;
	}
}

/* Killed midway the flag is there, or some of the values are written anew; then the rest. */
static bool load(struct node *node, bool out, unsigned way)
{
	const bool midway = way == 1;

	if (midway && node->flag == !out)
		return false;
	node->flag = !out;
	if (!midway)
		node->loaded = disk_of(node);
	return true;
}

static void prune(struct node *node, const struct ar_ladder_step *step)
{
	if (!step->out)
		node->file = rung_number(step->file);
	else if (node->flag)
		node->flag = 0;
	else
		node->file = NOTHING;
}

static bool rewrite(struct world *world, const struct node *node, unsigned way)
{
	const struct ar_rung *rung = &rungs[node->loaded];

	if (node->loaded == NOTHING || world->live == 0)
		return false;
	if (way == 0)
		world->live &= ~(unsigned)rung->reads;
	world->live |= 1U << rung->writer;
	world->past |= world->live;
	return true;
}

bool take(const struct world *world, size_t self, const struct ar_ladder_step *step, unsigned way,
	  struct world *ret)
{
	struct node *node = &ret->nodes[self];

	if (way > 1 ||
	    (way == 1 && step->kind != AR_LADDER_LOAD && step->kind != AR_LADDER_REWRITE))
		return false;
	*ret = *world;
	node->by_hand = 0;
	switch (step->kind) {
	case AR_LADDER_READER:
	case AR_LADDER_PROMOTE: node->file = rung_number(step->file); return true;
	case AR_LADDER_LOAD: return load(node, step->out, way);
	case AR_LADDER_PERSIST: ret->kept = 1; return true;
	case AR_LADDER_UNPERSIST: ret->kept = 0; return true;
	case AR_LADDER_REWRITE: return rewrite(ret, node, way);
	case AR_LADDER_PRUNE: prune(node, step); return true;
	default: return true; /* its node has looked at what was changed by hand */
	}
}
