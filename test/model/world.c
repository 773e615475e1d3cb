/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "model.h"

#define PLAIN 0U
#define OLD   1U
#define NEW   2U

struct model model = { .count = 1 };
struct ar_rung rungs[RUNGS + 1];
static unsigned numbers[KEYS][1U << KEYS];

const struct ar_ladder_goal goals[GOALS] = {
	{ .writer = PLAIN, .persist = true, .rewrite = true },
	{ .writer = OLD, .keep = 1, .persist = true, .rewrite = true },
	{ .writer = NEW, .keep = 1, .persist = true, .rewrite = true },
	{ .writer = NEW, .persist = true, .rewrite = true },
	{ .writer = NEW, .keep = 1, .persist = true },
};

const char *goal_name(unsigned goal)
{
	static const char *const names[GOALS] = { "plain", "old", "new", "new without plain",
						  "new, nothing rewritten" };

	return names[goal];
}

void make_rungs(void)
{
	unsigned number = 0;

	for (unsigned reads = 1; reads < 1U << KEYS; reads++)
		for (unsigned writer = 0; writer < KEYS; writer++)
			if (reads & 1U << writer) {
				rungs[++number] = (struct ar_rung){ .writer = writer,
								    .reads = reads };
				numbers[writer][reads] = number;
			}
}

unsigned rung_number(struct ar_rung rung)
{
	return numbers[rung.writer][rung.reads];
}

unsigned disk_of(const struct node *node)
{
	return node->flag ? node->file : rung_number(AR_RUNG_PLAIN);
}

bool is_running(const struct node *node)
{
	return !node->off && node->loaded != NOTHING;
}

/* --- a world in a number --------------------------------------------------------------------- */

#define NODE_BITS   15
#define CHOSEN_BITS 9

static unsigned node_bits(void)
{
	return NODE_BITS + (model.apart ? CHOSEN_BITS : 0);
}

static uint64_t pack_node(const struct node *node)
{
	uint64_t code = node->file | node->loaded << 4 | node->flag << 8 | node->by_hand << 9 |
			node->off << 10 | node->gone << 11 | node->bytes << 12;

	if (model.apart)
		code |= (uint64_t)(node->chosen | node->chosen_file << 4 | node->chosen_out << 8)
			<< NODE_BITS;
	return code;
}

static struct node unpack_node(uint64_t code)
{
	const unsigned n = (unsigned)code;
	struct node node = { .file = n & 15,
			     .loaded = n >> 4 & 15,
			     .flag = n >> 8 & 1,
			     .by_hand = n >> 9 & 1,
			     .off = n >> 10 & 1,
			     .gone = n >> 11 & 1,
			     .bytes = n >> 12 & 7 };

	if (model.apart) {
		node.chosen = n >> NODE_BITS & 15;
		node.chosen_file = n >> (NODE_BITS + 4) & 15;
		node.chosen_out = n >> (NODE_BITS + 8) & 1;
	}
	return node;
}

static void order(uint64_t *a, uint64_t *b)
{
	if (*a > *b) {
		uint64_t c = *a;
		*a = *b;
		*b = c;
	}
}

uint64_t pack(const struct world *world)
{
	uint64_t nodes[MOST] = { 0 };
	uint64_t code = world->live | world->past << 3 | world->goal << 6 | world->kept << 9 |
			world->goals << 10 | world->faults << 12;

	for (size_t i = 0; i < model.count; i++)
		nodes[MOST - 1 - i] = pack_node(&world->nodes[i]);
	order(&nodes[0], &nodes[1]);
	order(&nodes[1], &nodes[2]);
	order(&nodes[0], &nodes[1]);
	for (size_t i = 0; i < model.count; i++)
		code = code << node_bits() | nodes[MOST - 1 - i];
	return code;
}

struct world unpack(uint64_t code)
{
	struct world world;

	memset(&world, 0, sizeof world);
	for (size_t i = model.count; i-- > 0; code >>= node_bits())
		world.nodes[i] = unpack_node(code & ((1U << node_bits()) - 1));
	world.live = code & 7;
	world.past = code >> 3 & 7;
	world.goal = code >> 6 & 7;
	world.kept = code >> 9 & 1;
	world.goals = code >> 10 & 3;
	world.faults = code >> 12 & 3;
	return world;
}

/* --- for people ------------------------------------------------------------------------------ */

const char *set_name(unsigned set)
{
	static const char *const names[] = { "–", "p", "o", "po", "n", "pn", "on", "pon" };

	return names[set];
}

void print_rung(const char *what, unsigned number)
{
	if (number == NOTHING)
		printf("%s nothing", what);
	else
		printf("%s %c(%s)", what, "pon"[rungs[number].writer],
		       set_name((unsigned)rungs[number].reads));
}

void print_world(const struct world *world)
{
	printf("goal %s, live %s, past %s, kubeadm-config %s\n", goal_name(world->goal),
	       set_name(world->live), set_name(world->past), world->kept ? "has it" : "has not");
	for (size_t i = 0; i < model.count; i++) {
		const struct node *node = &world->nodes[i];
		print_rung("    file", node->file);
		print_rung(node->flag ? ", flag, loaded" : ", no flag, loaded", node->loaded);
		printf(", keys %s%s%s%s", set_name(node->bytes), node->by_hand ? ", by hand" : "",
		       node->off ? ", off" : "", node->gone ? ", gone" : "");
		if (node->chosen) {
			printf(", chosen %s", ar_ladder_word(node->chosen));
			print_rung("", node->chosen_file);
		}
		printf("\n");
	}
}
