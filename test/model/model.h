/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "plan/ladder.h"

/*
 * The world that the ladder is checked in: up to three servers, three keys (plain text, an old and
 * a new one; the ladder knows keys by number only, so that another provider is just another key),
 * and every state that can be reached from the first ones.
 */

#define MOST    3 /* servers */
#define KEYS    3
#define RUNGS   12U /* writers and sets of readers of three keys */
#define NOTHING 0U  /* no file; of `loaded`: it does not run */

struct node {
	unsigned file, loaded; /* a rung's number */
	unsigned flag;         /* the manifest names the file */
	unsigned by_hand;      /* somebody else changed this disk, and its node has not run since */
	unsigned off, gone;
	unsigned bytes; /* keys at hand besides the file's */
	unsigned chosen, chosen_file,
		chosen_out; /* a step that was decided on, and not taken yet */
};

struct world {
	struct node nodes[MOST];
	unsigned live, past, goal;
	unsigned kept;          /* kubeadm-config has the flag */
	unsigned goals, faults; /* how many are left */
};

/* How large a world is looked at. */
struct model {
	size_t count;
	unsigned goals, faults;
	bool apart; /* looking and doing are two moments: others act between them */
};
extern struct model model;

/* --- world.c */
uint64_t pack(const struct world *world); /* the same for worlds that differ in order only */
struct world unpack(uint64_t code);
void print_world(const struct world *world);
const char *set_name(unsigned set);
void print_rung(const char *what, unsigned number);
extern struct ar_rung rungs[RUNGS + 1];
unsigned rung_number(struct ar_rung rung);
void make_rungs(void);
#define GOALS 5U
extern const struct ar_ladder_goal goals[GOALS];
const char *goal_name(unsigned goal);
/* What a start from this disk loads: NOTHING where it cannot start. */
unsigned disk_of(const struct node *node);
bool is_running(const struct node *node);

/* --- look.c: what a node sees, all of it; and what it may see of that, from variant 1 on. false:
 * there are no more. */
void look(const struct world *world, size_t self, struct ar_ladder_seen *ret);
bool see_less(const struct ar_ladder_seen *all, unsigned variant, struct ar_ladder_seen *ret);

/* --- step.c: the worlds that a step may lead to. false: there are no more. */
bool is_step(const struct ar_ladder_step *step); /* does it change anything? */
bool take(const struct world *world, size_t self, const struct ar_ladder_step *step, unsigned way,
	  struct world *ret);

/* --- harm.c: what a step made worse; NULL: nothing. */
const char *harm(const struct world *before, const struct world *after, size_t self,
		 const struct ar_ladder_step *step);
/* Is the goal reached on every node, and in what is stored? */
bool is_reached(const struct world *world);
/* What a step says or skips that is not so; NULL. */
const char *lie(const struct world *world, const struct ar_ladder_seen *seen,
		const struct ar_ladder_step *step);

/* --- events.c: every world that may be next. */
struct next {
	void (*visit)(struct next *next, const struct world *world);
	void *ctx;
	uint64_t count;
	const char *harm; /* of the first step that did some */
	struct world harmed;
	char what[200];
};
void each_next(const struct world *world, struct next *next);
/* Those that come about when all work together. */
void each_good(const struct world *world, struct next *next);

/* --- live.c */
/* Does every way of working together lead from here to the goal? NULL: yes; or all that is needed
 * for it is not there. */
const char *stuck(const struct world *world, struct world *ret);
uint64_t worlds_tried(void);
void forget_tried(void);

/* --- set.c: a set of codes that remembers how each was reached. */
struct set {
	uint64_t *codes;
	uint32_t *from, *slots;
	size_t count, room, slot_count;
};
/* Where it is; *ret_new: it was not there. */
size_t set_add(struct set *set, uint64_t code, size_t from, bool *ret_new);
void set_done(struct set *set);
