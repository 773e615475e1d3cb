/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/cluster.h"
#include "flow/enable.h"
#include "flow/scan.h"
#include "plan/ladder.h"
#include "plan/listed.h"
#include "plan/rung.h"

/*
 * Climbing the ladder (plan/ladder.h) on this node: `rotate`, `continue`, `disable`, and `enable`
 * where there are several API servers. Looks at this node, at all servers and at etcd; asks
 * ar_ladder_next() for every kind of resource that the config is about; does the earliest step;
 * looks again; until the ladder says done, or that another node is next.
 *
 * Which goal is under way stands in the Lease (flow/told.h). Where that is lost the files say it,
 * and where they can be read in two ways nothing is done.
 */

#define AR_CLIMB_LANES 48 /* kinds of resources that are not treated alike everywhere */

enum ar_climb_aim { AR_CLIMB_ROTATE, AR_CLIMB_CONTINUE, AR_CLIMB_DISABLE, AR_CLIMB_ENABLE };

struct ar_climb_ask {
	enum ar_climb_aim aim;
	const char *to;     /* "key2", "aescbc/key2"; NULL: not said */
	int provider;       /* enum ar_provider_kind of a new key; -1: as the one that writes */
	int64_t older_days; /* begin only where the key that writes is older; 0: in any case */
	bool abandon;       /* back to the key that wrote before */
	/* All that shall be encrypted, "secrets,configmaps", by the key that writes now: no key is
	 * made; NULL: what the config names, and what the goal that is under way does. */
	const char *resources;
	int64_t wait_ms; /* for other nodes; 0: leave */
	const char *const *accepted;
	size_t accepted_count;
};

/* Resources with which every file that is known does the same. */
struct ar_climb_lane {
	struct ar_resource resource; /* that stands for all of them */
	struct ar_ladder_seen seen;
};

struct ar_climb_names { /* of keys, by number; 0 is plain text */
	char list[AR_LADDER_KEYS][AR_TOLD_KEY];
	size_t count;
};

struct ar_climb {
	struct ar_enable enable; /* this node, and how a file is loaded here */
	struct ar_climb_ask ask;
	const char *accepted[40];         /* findings, with those that the ladder answers for */
	const struct ar_api_where *where; /* this node's server */
	const char *kubeconfig;           /* as it was given; NULL */
	struct ar_cluster cluster;
	struct ar_tree *tree; /* of the config here; NULL */
	struct ar_encconf *conf;
	struct ar_climb_names keys;
	char goal[AR_TOLD_KEY]; /* "aescbc/key2", "plain"; "": none yet */
	char what[16];          /* the command that named it */
	bool persist;           /* kubeadm-config shall have it too */
	bool rewrite;           /* what is stored shall follow */
	bool named;             /* the Lease says the goal: it is under way */
	bool minted;            /* its key was made by this run */
	bool fresh; /* its key is that of enable.goal.config's text, which is not written yet */
	struct ar_rung_key key; /* the goal's; borrows from the next three */
	char key_name[256], key_made[40];
	char *key_base64; /* guarded; of a key that was minted here and is not in the file yet */
	struct ar_ladder_goal ladder;
	struct ar_listed listed; /* what shall be encrypted, besides what the config names */
	/* The config with an entry for those of `listed` for which it has none; NULL data: it has
	 * one for all. */
	struct ar_buf wider;
	struct ar_text wider_text;
	char lacking[400]; /* these, "configmaps, pods" */
	struct ar_climb_lane lanes[AR_CLIMB_LANES];
	size_t lane_count;
	struct ar_ladder_step step; /* the next one */
	bool counted;
	char uncounted[400];     /* why not; "" */
	int64_t revision, total; /* of the count */
	int64_t clean; /* the first revision at which nothing but the goal's key was stored,
			* while every server wrote with it; 0: none yet */
	bool touched;
	bool fresh_written; /* a file that no server was seen to take yet */
	bool holds;         /* the Lease is ours */
	int64_t renewed_ms;
	char us[256];           /* this node's name */
	char escrow_lacks[400]; /* why old keys may not go yet; "" */
};

/* Releases what was seen. */
void ar_climb_done(struct ar_climb *climb);
#define AR_CLIMB_AUTO __attribute__((cleanup(ar_climb_done)))

/* Accepts these findings, and those that the ladder is the answer to (several servers, a file that
 * does not encrypt yet), for the goals of climb->enable. Call it when they are composed. */
void ar_climb_accept(struct ar_climb *climb, const char *const *accepted, size_t count);

/* Looks at all of it, and asks the ladder. The goal is chosen at the first look: err says where it
 * cannot be told. A key that `rotate` wants is made at that look too, in memory. */
int ar_climb_look(struct ar_climb *climb, struct ar_err *err);
/* Does it, step by step. 0: done, and nothing is left on any node. Else the error's class says what
 * state things are in, AR_OTHER_NODE among them: done here, and the hint says who is next. Call
 * with the lock held, after ar_climb_look(). */
int ar_climb_run(struct ar_climb *climb, struct ar_err *err);

/* What a step will do, in words, where `seen` is how things stand. */
void ar_climb_words(const struct ar_climb *climb, const struct ar_ladder_step *step,
		    const struct ar_ladder_seen *seen, char *buf, size_t size);
/* "cp2, cp3": the servers of a step. */
void ar_climb_servers(const struct ar_climb *climb, uint32_t servers, char *buf, size_t size);
/* The keys of a set, "aescbc/key1, plain". */
void ar_climb_keys(const struct ar_climb *climb, ar_keyset keys, char *buf, size_t size);
/* The text that a step of READER, PROMOTE or PRUNE gives the config, appended to `out` (secret).
 * Pure; `edits` are those against the text here where one rung is climbed, and empty where two are
 * at once. */
int ar_climb_text(const struct ar_climb *climb, const struct ar_ladder_step *step,
		  struct ar_edits *edits, struct ar_buf *out, struct ar_err *err);
/* The model: the seen of each lane after this step was taken here and everybody else did theirs,
 * for a preview. */
void ar_climb_after(const struct ar_climb *climb, const struct ar_ladder_step *step,
		    struct ar_ladder_seen *seen);
