/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plane.h"

#include <stddef.h>

void ar_plane_step_done(struct ar_plane_step *step)
{
	ar_step_done(&step->file);
	*step = (struct ar_plane_step)AR_PLANE_STEP_INIT;
}

bool ar_plane_is_file(enum ar_move move)
{
	return move != AR_MOVE_LOAD && move != AR_MOVE_REWRITE;
}

const struct ar_observation *ar_plane_seen(const struct ar_plane *seen, enum ar_move move)
{
	switch (move) {
	case AR_MOVE_CONFIG: return &seen->config;
	case AR_MOVE_PERSIST: return &seen->kubeadm;
	case AR_MOVE_RETIRE: return &seen->old;
	default: return &seen->manifest;
	}
}

const struct ar_goal *ar_plane_goal(const struct ar_plane_goal *goal, enum ar_move move)
{
	switch (move) {
	case AR_MOVE_CONFIG: return &goal->config;
	case AR_MOVE_PERSIST: return &goal->kubeadm;
	case AR_MOVE_RETIRE: return &goal->old;
	default: return &goal->manifest;
	}
}

static int next_file(const struct ar_plane *seen, const struct ar_plane_goal *goal,
		     enum ar_move move, enum ar_next *ret_next, struct ar_plane_step *step,
		     struct ar_err *err)
{
	step->move = move;
	return ar_plan_next(ar_plane_seen(seen, move), ar_plane_goal(goal, move), ret_next,
			    &step->file, err);
}

static int next_config(const struct ar_plane *seen, const struct ar_plane_goal *goal,
		       enum ar_next *ret_next, struct ar_plane_step *step, struct ar_err *err)
{
	if (!seen->config.file.data)
		return next_file(seen, goal, AR_MOVE_CONFIG, ret_next, step, err);
	*ret_next = AR_NEXT_DONE;
	return 0;
}

static int next_manifest(const struct ar_plane *seen, const struct ar_plane_goal *goal,
			 enum ar_next *ret_next, struct ar_plane_step *step, struct ar_err *err)
{
	if (next_file(seen, goal, AR_MOVE_MANIFEST, ret_next, step, err) != 0)
		return -1;
	if (*ret_next == AR_NEXT_STEP && ar_plan_stopped_by(&seen->config, &goal->config))
		*ret_next = AR_NEXT_REFUSED;
	return 0;
}

/* A server without the flag has not met the manifest yet: that is the kubelet's to do. */
static enum ar_loading loading_of(const struct ar_server *server)
{
	if (server->load != AR_LOAD_OTHER)
		return AR_LOADING_POD;
	return server->reloads ? AR_LOADING_RELOAD : AR_LOADING_RESTART;
}

static int next_load(const struct ar_plane *seen, const struct ar_plane_goal *goal,
		     enum ar_next *ret_next, struct ar_plane_step *step, struct ar_err *err)
{
	const struct ar_server *server = seen->manifest.servers;

	(void)goal, (void)err;
	step->move = AR_MOVE_LOAD;
	*ret_next = AR_NEXT_DONE;
	if (seen->manifest.server_count == 0 || server->load == AR_LOAD_CURRENT)
		return 0;
	step->loading = loading_of(server);
	*ret_next = ar_plan_stopped_by(&seen->config, &goal->config) ||
				    ar_plan_stopped_by(&seen->manifest, &goal->manifest)
			    ? AR_NEXT_REFUSED
			    : AR_NEXT_STEP;
	return 0;
}

static int next_persist(const struct ar_plane *seen, const struct ar_plane_goal *goal,
			enum ar_next *ret_next, struct ar_plane_step *step, struct ar_err *err)
{
	if (goal->persist && seen->kubeadm.file.data)
		return next_file(seen, goal, AR_MOVE_PERSIST, ret_next, step, err);
	*ret_next = AR_NEXT_DONE;
	return 0;
}

static int next_retire(const struct ar_plane *seen, const struct ar_plane_goal *goal,
		       enum ar_next *ret_next, struct ar_plane_step *step, struct ar_err *err)
{
	if (goal->retire && seen->old.file.data)
		return next_file(seen, goal, AR_MOVE_RETIRE, ret_next, step, err);
	*ret_next = AR_NEXT_DONE;
	return 0;
}

/* What was not counted yet is taken to need it. */
static int next_rewrite(const struct ar_plane *seen, const struct ar_plane_goal *goal,
			enum ar_next *ret_next, struct ar_plane_step *step, struct ar_err *err)
{
	const struct ar_stored_seen *stored = &seen->stored;
	const bool done = !goal->rewrite || stored->unseen || (stored->known && stored->stale == 0);

	(void)err;
	step->move = AR_MOVE_REWRITE;
	*ret_next = done ? AR_NEXT_DONE : AR_NEXT_STEP;
	return 0;
}

int ar_plane_next(const struct ar_plane *seen, const struct ar_plane_goal *goal,
		  enum ar_next *ret_next, struct ar_plane_step *ret_step, struct ar_err *err)
{
	/* In their order: the first that is not done is the next. */
	static int (*const moves[AR_MOVES])(const struct ar_plane *, const struct ar_plane_goal *,
					    enum ar_next *, struct ar_plane_step *,
					    struct ar_err *) = {
		[AR_MOVE_CONFIG] = next_config, [AR_MOVE_MANIFEST] = next_manifest,
		[AR_MOVE_LOAD] = next_load,     [AR_MOVE_PERSIST] = next_persist,
		[AR_MOVE_RETIRE] = next_retire, [AR_MOVE_REWRITE] = next_rewrite,
	};

	for (size_t i = 0; i < AR_MOVES; i++) {
		ar_plane_step_done(ret_step);
		if (moves[i](seen, goal, ret_next, ret_step, err) != 0)
			return -1;
		if (*ret_next != AR_NEXT_DONE)
			return 0;
	}
	return 0;
}

static struct ar_observation *file_of(struct ar_plane *plane, enum ar_move move)
{
	switch (move) {
	case AR_MOVE_CONFIG: return &plane->config;
	case AR_MOVE_PERSIST: return &plane->kubeadm;
	case AR_MOVE_RETIRE: return &plane->old;
	default: return &plane->manifest;
	}
}

struct ar_plane ar_plane_after(const struct ar_plane *seen, const struct ar_plane_step *step,
			       struct ar_server *server)
{
	struct ar_plane after = *seen;
	struct ar_observation *file = file_of(&after, step->move);

	if (seen->manifest.server_count > 0)
		*server = seen->manifest.servers[0];
	if (step->move == AR_MOVE_LOAD)
		server->load = AR_LOAD_CURRENT;
	else if (step->move == AR_MOVE_REWRITE)
		after.stored = (struct ar_stored_seen){ .known = true };
	else
		*file = ar_world_after(ar_plane_seen(seen, step->move), &step->file);
	/* Nobody has read what was written just now. */
	if (step->move == AR_MOVE_CONFIG || step->move == AR_MOVE_MANIFEST)
		server->load = AR_LOAD_NOTHING;
	after.manifest.servers = server;
	return after;
}
