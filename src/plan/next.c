/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/next.h"

#include <stdlib.h>
#include <string.h>

#include "plan/config.h"
#include "plan/hide.h"
#include "plan/lines.h"

void ar_step_done(struct ar_step *step)
{
	ar_inject_done(&step->plan);
	ar_buf_done(&step->bytes);
	free(step->hide_old.list);
	free(step->hide_new.list);
	*step = (struct ar_step)AR_STEP_INIT;
}

static bool accepts(const struct ar_goal *goal, const char *id)
{
	for (size_t i = 0; i < goal->accepted_count; i++)
		if (strcmp(goal->accepted[i], id) == 0)
			return true;
	return false;
}

bool ar_plan_stops(const struct ar_observation *seen, const struct ar_goal *goal,
		   const struct ar_finding *finding)
{
	if (finding->severity == AR_ERROR)
		return seen->guarded;
	if (finding->severity != AR_STOP || !seen->guarded)
		return false;
	return !(finding->cause->acceptable && accepts(goal, finding->cause->id));
}

static enum ar_next step_or_refused(const struct ar_observation *seen, const struct ar_goal *goal)
{
	for (size_t i = 0; i < seen->findings.count; i++)
		if (ar_plan_stops(seen, goal, &seen->findings.list[i]))
			return AR_NEXT_REFUSED;
	return AR_NEXT_STEP;
}

static struct ar_text bytes_text(const struct ar_observation *seen, const struct ar_buf *bytes)
{
	return (struct ar_text){ .name = seen->file.name,
				 .data = ar_buf_text(bytes),
				 .len = bytes->len,
				 .secret = seen->file.secret };
}

static int plan_pod(const struct ar_pod *pod, const struct ar_goal *goal, struct ar_step *step,
		    struct ar_err *err)
{
	bool remove = goal->kind == AR_GOAL_UNPATCH;
	int planned = remove ? ar_inject_remove(pod, &goal->wanted, &step->plan, err)
			     : ar_inject_plan(pod, &goal->wanted, &step->plan, err);
	if (planned != 0 || step->plan.edits.count == 0)
		return planned;
	return ar_inject_prove(pod, &goal->wanted, &step->plan, remove, &step->bytes, err);
}

static int next_manifest(const struct ar_observation *seen, const struct ar_goal *goal,
			 struct ar_step *step, struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_POD_AUTO struct ar_pod *pod = NULL;

	if (seen->pod)
		return plan_pod(seen->pod, goal, step, err);
	if (ar_tree_parse(&seen->file, 0, &tree, err) != 0 ||
	    ar_pod_read(tree, goal->container, &pod, err) != 0)
		return -1;
	return plan_pod(pod, goal, step, err);
}

static int next_kubeadm(const struct ar_observation *seen, const struct ar_goal *goal,
			struct ar_step *step, struct ar_err *err)
{
	bool remove = goal->kind == AR_GOAL_UNPERSIST;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_KUBEADMCONF_AUTO struct ar_kubeadmconf *conf = NULL;

	if (ar_tree_parse(&seen->file, AR_TREE_MANY, &tree, err) != 0 ||
	    ar_kubeadmconf_read(tree, &conf, err) != 0)
		return -1;
	int planned = remove ? ar_persist_remove(conf, &goal->wanted, &step->plan, err)
			     : ar_persist_plan(conf, &goal->wanted, goal->create, &step->plan, err);
	if (planned != 0 || step->plan.edits.count == 0)
		return planned;
	return ar_persist_prove(conf, &goal->wanted, &step->plan, remove, &step->bytes, err);
}

static bool same_bytes(const struct ar_text *a, const struct ar_text *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static int next_config(const struct ar_observation *seen, const struct ar_goal *goal,
		       struct ar_step *step, struct ar_err *err)
{
	if (seen->file.data) {
		bool same = false;
		if (ar_config_same(&seen->file, &goal->wanted_text, goal->key_given, &same, err) !=
		    0)
			return -1;
		if (same)
			return 0;
		ar_err_set(err,
			   "'%s' is there already, and is not what was asked for; it is never "
			   "overwritten",
			   seen->file.name);
		return ar_err_hint(
			err,
			"look at it with 'atrest config show %s'; to keep it, go on with "
			"'atrest patch'",
			seen->file.name);
	}
	step->kind = AR_STEP_CREATE;
	step->bytes.secret = step->plan.edits.secret = true;
	ar_buf_add(&step->bytes, goal->wanted_text.data, goal->wanted_text.len);
	if (ar_lines_edits(&seen->file, &goal->wanted_text, &step->plan.edits, err) != 0)
		return -1;
	return ar_buf_check(&step->bytes, err);
}

static int next_restore(const struct ar_observation *seen, const struct ar_goal *goal,
			struct ar_step *step, struct ar_err *err)
{
	const struct ar_text *now = &seen->file, *then = &goal->wanted_text;

	if (!now->data && !then->data)
		return 0;
	if (now->data && then->data && same_bytes(now, then))
		return 0;
	step->kind = !then->data ? AR_STEP_REMOVE : now->data ? AR_STEP_WRITE : AR_STEP_CREATE;
	step->bytes.secret = step->plan.edits.secret = then->secret || now->secret;
	ar_buf_add(&step->bytes, then->data ? then->data : "", then->len);
	if (ar_lines_edits(now, then, &step->plan.edits, err) != 0)
		return -1;
	return ar_buf_check(&step->bytes, err);
}

/* One planner per goal; each leaves no edits where there is nothing to do. */
static int (*const planners[])(const struct ar_observation *, const struct ar_goal *,
			       struct ar_step *, struct ar_err *) = {
	[AR_GOAL_PATCH] = next_manifest,  [AR_GOAL_UNPATCH] = next_manifest,
	[AR_GOAL_PERSIST] = next_kubeadm, [AR_GOAL_UNPERSIST] = next_kubeadm,
	[AR_GOAL_CONFIG] = next_config,   [AR_GOAL_RESTORE] = next_restore,
};

int ar_plan_next(const struct ar_observation *seen, const struct ar_goal *goal,
		 enum ar_next *ret_next, struct ar_step *ret_step, struct ar_err *err)
{
	ret_step->kind = AR_STEP_WRITE;
	if (planners[goal->kind](seen, goal, ret_step, err) != 0) {
		ar_hide_source(&seen->file, err);
		return -1;
	}
	if (ret_step->kind == AR_STEP_WRITE && ret_step->plan.edits.count == 0) {
		*ret_next = AR_NEXT_DONE;
		return 0;
	}
	struct ar_text new_ = bytes_text(seen, &ret_step->bytes);
	if (ar_hide_find(&seen->file, &ret_step->hide_old, err) != 0 ||
	    ar_hide_find(&new_, &ret_step->hide_new, err) != 0)
		return -1;
	*ret_next = step_or_refused(seen, goal);
	return 0;
}

struct ar_observation ar_world_after(const struct ar_observation *seen, const struct ar_step *step)
{
	struct ar_observation after = *seen;

	after.findings = (struct ar_findings)AR_FINDINGS_INIT;
	after.pod = NULL;
	if (step->kind == AR_STEP_REMOVE)
		after.file = (struct ar_text){ .name = seen->file.name,
					       .secret = seen->file.secret };
	else
		after.file = bytes_text(seen, &step->bytes);
	return after;
}
