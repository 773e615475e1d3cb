/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/climb.h"

/* What the parts of climb*.c share. */

/* The number of a key's name ("aescbc/key1"), a new one where it has none yet. Where there are too
 * many it is the last one's: two keys that are taken for one only make the ladder wait. */
unsigned ar__climb_number(struct ar_climb *climb, const char *name);
/* "aescbc/key1" apart: the provider (AR_IDENTITY of "plain"), and where the name begins. -1: none
 * that is known. */
int ar__climb_split(const char *key, const char **ret_name);

/* What of the resources that shall be encrypted has no entry here: fills climb->listed, wider and
 * lacking. After the files and the servers were looked at. -1: one of them there cannot be, or one
 * that the config has is not listed, or another goal is under way. */
int ar__climb_resources(struct ar_climb *climb, struct ar_err *err);

/* Does the step wait for more than one server? For words. */
bool ar__climb_waits_for_several(const struct ar_ladder_step *step);

/* Chooses the goal. After the files and the servers
 * were looked at. */
int ar__climb_choose(struct ar_climb *climb, struct ar_err *err);
/* Takes `key` for the goal. */
int ar__climb_aim(struct ar_climb *climb, const char *key, const char *what, struct ar_err *err);
/* The way back to the key that wrote before, where nothing is stored under the goal's. After etcd
 * was counted. */
int ar__climb_abandon(struct ar_climb *climb, struct ar_err *err);
/* Is the key that writes younger than what was asked for? */
bool ar__climb_is_young(const struct ar_climb *climb);
/* Has every server loaded the file that lies here? -1 where not: then nothing new is begun. */
int ar__climb_all_current(const struct ar_climb *climb, struct ar_err *err);
/* Makes a key, which becomes the goal: its name was never used, its bytes are random. */
int ar__climb_mint(struct ar_climb *climb, struct ar_err *err);
/* Puts the goal into the Lease, where there is one to be put. */
int ar__climb_name_goal(struct ar_climb *climb, struct ar_err *err);

/* Which lanes there are: of the config here, and of what shall be encrypted; without a file it is
 * about Secrets. */
int ar__climb_list_lanes(struct ar_climb *climb, struct ar_err *err);
/* Fills each lane's seen, but for what etcd has. After the servers were looked at. */
int ar__climb_fill_lanes(struct ar_climb *climb, struct ar_err *err);
/* The lane that this resource belongs to; NULL: none yet. */
struct ar_climb_lane *ar__climb_lane(struct ar_climb *climb, const struct ar_resource *resource);
/* Counts etcd for every lane, the oldest revision too where `past`. What cannot be counted is said
 * in climb->uncounted, and is no error. */
int ar__climb_count(struct ar_climb *climb, bool past, struct ar_err *err);

/* Writes the file of a step. */
int ar__climb_write(struct ar_climb *climb, struct ar_err *err);
/* Makes this node's server load what lies here, and goes back where that fails. */
int ar__climb_load(struct ar_climb *climb, struct ar_err *err);
/* Puts the file back that lay there before the newest record of it. */
int ar__climb_restore(struct ar_climb *climb, struct ar_err *err);
/* Encryption out of this node, in three steps: kubeadm-config; the manifest's flag, or, where that
 * is gone, the file; and the server runs without it (which takes the flag out, too, where the file
 * is lost). */
int ar__climb_unpersist(struct ar_climb *climb, struct ar_err *err);
int ar__climb_out(struct ar_climb *climb, struct ar_err *err);
int ar__climb_load_out(struct ar_climb *climb, struct ar_err *err);
/* Waits for etcd's compaction. */
int ar__climb_compact(struct ar_climb *climb, struct ar_err *err);
/* Waits for others, as long as was asked for; then leaves with AR_OTHER_NODE. */
int ar__climb_wait(struct ar_climb *climb, struct ar_err *err);

/* Asks the ladder for every lane, with what is seen now. */
void ar__climb_ask(struct ar_climb *climb);
/* Tells the other nodes how this one stands; that it cannot is no error. */
int ar__climb_tell(struct ar_climb *climb, struct ar_err *err);
/* Takes back what was told of the file here, before it becomes another one: a server may start at
 * any moment, so nobody shall count on the old one. */
int ar__climb_untell(struct ar_climb *climb, struct ar_err *err);
/* Takes the Lease, waiting for it; without one (a single server, no rights) it does nothing. */
int ar__climb_hold(struct ar_climb *climb, struct ar_err *err);
/* The same; *ret_waited: it was taken just now, so what was seen may be old: look again first. */
int ar__climb_hold_anew(struct ar_climb *climb, bool *ret_waited, struct ar_err *err);
void ar__climb_let_go(struct ar_climb *climb);
/* Waits a moment, and keeps the Lease. -1: somebody wants us to stop. */
int ar__climb_moment(struct ar_climb *climb, int ms, struct ar_err *err);

/* May old keys go: do they lie somewhere else too? Sets seen->escrowed of every lane. */
int ar__climb_escrow(struct ar_climb *climb, struct ar_err *err);
/* Adds names of archived keys to `used` (room for `max`), each malloc'ed. */
int ar__climb_archived(struct ar_climb *climb, char **used, size_t max, size_t *ret_count,
		       struct ar_err *err);
/* Puts what will go into the archive. */
int ar__climb_archive(struct ar_climb *climb, struct ar_err *err);
