/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "plan/next.h"

/*
 * next() for a whole control-plane node: the moves of `enable`, each with one commit point.
 *
 *     CONFIG    the EncryptionConfiguration is there
 *     MANIFEST  the manifest names it
 *     LOAD      the API server runs with it, as it is on the disk
 *     PERSIST   kubeadm-config has the flag too, so that an upgrade keeps it
 *     RETIRE    the file's old place, after a move into a folder of its own, holds no keys any more
 *     REWRITE   every stored value is under the key that writes now
 *
 * Every answer is made from what is seen, never from what was done before: a run that was
 * interrupted anywhere is gone on with by asking again. A file's move is planned by ar_plan_next();
 * here is only their order, and when the server must do something.
 */

enum ar_move {
	AR_MOVE_CONFIG,
	AR_MOVE_MANIFEST,
	AR_MOVE_LOAD,
	AR_MOVE_PERSIST,
	AR_MOVE_RETIRE,
	AR_MOVE_REWRITE,
	AR_MOVES
};

/* What makes a server load the file. */
enum ar_loading {
	AR_LOADING_POD,     /* the kubelet: it makes a new pod of a changed manifest */
	AR_LOADING_RESTART, /* the container's restart, which resolves a File mount anew */
	AR_LOADING_RELOAD,  /* the server itself, which looks at the file every minute */
};

/* What etcd holds of the resources that the config is about. */
struct ar_stored_seen {
	bool known;           /* it was counted, by the config that lies there, or will */
	bool unseen;          /* it cannot be: then nothing is promised of it */
	int64_t stale, total; /* values that are not under their writer; all */
	int64_t revision;
};

/* A control-plane node, as it was seen. */
struct ar_plane {
	struct ar_observation config;   /* the EncryptionConfiguration */
	struct ar_observation manifest; /* its pod is read; servers[0] is the one it makes */
	struct ar_observation kubeadm;  /* ClusterConfiguration of kubeadm-config; data NULL: none
					 * is there, or none could be read */
	struct ar_observation old;      /* where the config stood before; data NULL: nowhere */
	struct ar_stored_seen stored;
};

/* Where it shall get to: a goal for each file. */
struct ar_plane_goal {
	struct ar_goal config, manifest, kubeadm, old;
	bool persist; /* kubeadm-config is there, and shall have it */
	bool retire;  /* `old` shall go */
	bool rewrite; /* what is stored shall be under the writer */
};

struct ar_plane_step {
	enum ar_move move;
	enum ar_loading loading; /* of LOAD */
	struct ar_step file;     /* of those that are about a file */
};

#define AR_PLANE_STEP_INIT           \
	{                            \
		.file = AR_STEP_INIT \
	}
#define AR_PLANE_STEP_AUTO __attribute__((cleanup(ar_plane_step_done)))
/* Releases it; it is AR_PLANE_STEP_INIT again. */
void ar_plane_step_done(struct ar_plane_step *step);

/* The next move, as ar_plan_next() answers. A config that is there is kept as it is: whether it is
 * a good one is for the findings of seen->config to say, and they stop every move before LOAD. */
int ar_plane_next(const struct ar_plane *seen, const struct ar_plane_goal *goal,
		  enum ar_next *ret_next, struct ar_plane_step *ret_step, struct ar_err *err);

/* The model: what would be seen after the step. Borrows both. `server` is where the server that
 * the model shows is kept. */
struct ar_plane ar_plane_after(const struct ar_plane *seen, const struct ar_plane_step *step,
			       struct ar_server *server);

/* Is the move about a file? Not LOAD and REWRITE. */
bool ar_plane_is_file(enum ar_move move);
/* The observation and the goal that a file's move is about. */
const struct ar_observation *ar_plane_seen(const struct ar_plane *seen, enum ar_move move);
const struct ar_goal *ar_plane_goal(const struct ar_plane_goal *goal, enum ar_move move);
