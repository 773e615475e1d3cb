/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "diag/finding.h"
#include "kube/encconf.h"
#include "plan/inject.h"
#include "plan/persist.h"

/*
 * next(observation, goal): the one planner.
 *
 * A pure function that answers with one step, or done, or a refusal with its reason. A dry run runs
 * it over a model of the world (ar_world_after) until done; a real run runs it over the world,
 * looking again after each step. Here it has its smallest world: one node's files. A new ability is
 * a new kind of step or of goal, never a second way through.
 */

enum ar_goal_kind {
	AR_GOAL_PATCH,   /* the manifest has flag, mount and volume */
	AR_GOAL_UNPATCH, /* it has none of ours */
	AR_GOAL_PERSIST, /* the kubeadm config has them */
	AR_GOAL_UNPERSIST,
	AR_GOAL_CONFIG,  /* an EncryptionConfiguration as asked for exists */
	AR_GOAL_RESTORE, /* a file is as it was before a record */
};

struct ar_goal {
	enum ar_goal_kind kind;
	struct ar_wanted wanted;
	const char *container;       /* --container, NULL: the one that runs kube-apiserver */
	bool create;                 /* PERSIST: a ClusterConfiguration where there is none */
	const char *const *accepted; /* ids given with --accept */
	size_t accepted_count;
	struct ar_text
		wanted_text; /* RESTORE: the old bytes. CONFIG: the new file's text, made beforehand
			      * from fresh key bytes. data NULL: the file shall not be there */
	bool key_given; /* CONFIG: the key came from the user, so a file with another is a conflict
			 */
	const struct ar_wanted *instead; /* PATCH, PERSIST: this one, if it is there, goes for it:
					  * the config has moved. NULL: nothing */
	bool uploaded; /* UNPERSIST: the text is kubeadm's own upload, whose apiServer stays, as {}
			*/
	bool config_judged; /* PATCH: who asks has judged the config, and has its findings */
	bool config_coming; /* PATCH: a config that is missing will be written before */
};

/* What a server has loaded, measured at the files on its disk. */
enum ar_load {
	AR_LOAD_UNKNOWN, /* it was not looked at, or could not be */
	AR_LOAD_NOTHING, /* none runs, or one without the flag */
	AR_LOAD_OTHER,   /* it runs with the flag, and with another content of the file */
	AR_LOAD_CURRENT, /* it runs with what lies there */
};

/* One API server, as far as it was seen. */
struct ar_server {
	const char *name; /* the pod's name, NULL where there is no manifest */
	int minor, patch; /* version by its image, -1 unknown */
	enum ar_load load;
	bool reloads; /* it looks at the file again by itself */
};

struct ar_observation {
	struct ar_text file; /* the file that the goal is about; data NULL: it is not there */
	bool live;           /* it lies in the kubelet's manifests folder */
	bool guarded; /* blocking findings hold: it is live, or the command minds them anywhere */
	const struct ar_pod
		*pod; /* the manifest's, where the look has read it; NULL: next() does */
	struct ar_findings findings; /* of the look: preflight, the config's check */
	struct ar_server *servers;
	size_t server_count;
};

enum ar_step_kind { AR_STEP_WRITE, AR_STEP_CREATE, AR_STEP_REMOVE };

struct ar_hidden { /* ranges that a diff must redact */
	struct ar_range *list;
	size_t count;
};

struct ar_step {
	enum ar_step_kind kind;
	struct ar_inject plan; /* the edits; for PATCH and PERSIST also what each part is */
	struct ar_buf bytes;   /* what the file will hold */
	struct ar_hidden hide_old, hide_new;
};

enum ar_next { AR_NEXT_STEP, AR_NEXT_DONE, AR_NEXT_REFUSED };

#define AR_STEP_INIT                   \
	{                              \
		.plan = AR_INJECT_INIT \
	}
#define AR_STEP_AUTO __attribute__((cleanup(ar_step_done)))
/* Releases it; it is AR_STEP_INIT again. */
void ar_step_done(struct ar_step *step);

/* Answers in *ret_next. -1 with `err`: bad input, a conflict, our own bug, no memory.
 * AR_NEXT_REFUSED: a finding stops it; `err` stays unset, and the step is filled, so that a preview
 * shows what would be done. `ret_step` must be AR_STEP_INIT, and is released by the caller in every
 * case. */
int ar_plan_next(const struct ar_observation *seen, const struct ar_goal *goal,
		 enum ar_next *ret_next, struct ar_step *ret_step, struct ar_err *err);

/* Does this finding stop the goal: blocking, on a guarded file, and not accepted? */
bool ar_plan_stops(const struct ar_observation *seen, const struct ar_goal *goal,
		   const struct ar_finding *finding);

/* The first finding that stops it, NULL where none does. */
const struct ar_finding *ar_plan_stopped_by(const struct ar_observation *seen,
					    const struct ar_goal *goal);

/* The model: what would be seen after the step. Borrows both; its findings are empty. */
struct ar_observation ar_world_after(const struct ar_observation *seen, const struct ar_step *step);
