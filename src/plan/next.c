/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/next.h"

#include <stdlib.h>
#include <string.h>

#include "plan/config.h"
#include "plan/hide.h"
#include "plan/lines.h"
#include "yaml/edit.h"

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

const struct ar_finding *ar_plan_stopped_by(const struct ar_observation *seen,
					    const struct ar_goal *goal)
{
	for (size_t i = 0; i < seen->findings.count; i++)
		if (ar_plan_stops(seen, goal, &seen->findings.list[i]))
			return &seen->findings.list[i];
	return NULL;
}

static struct ar_text bytes_text(const struct ar_observation *seen, const struct ar_buf *bytes)
{
	return (struct ar_text){ .name = seen->file.name,
				 .data = ar_buf_text(bytes),
				 .len = bytes->len,
				 .secret = seen->file.secret };
}

/* --- a config that has moved: its old flag, mount and volume go, the new ones come ----------- */

static bool has_value(const struct ar_pod *pod, const char *value)
{
	struct ar_flag flag;

	return ar_pod_flags(pod, AR_FLAG, AR_FLAG_OLD, &flag, 1) == 1 && flag.value &&
	       strcmp(flag.value, value) == 0;
}

/* `middle` is the text without the old ones: the step's bytes are planned from there, its edits are
 * the difference to what lies on the disk. */
static int finish_move(const struct ar_observation *seen, const struct ar_goal *goal,
		       const struct ar_buf *middle, struct ar_step *step, struct ar_err *err)
{
	struct ar_observation between = *seen;
	struct ar_goal rest = *goal;
	AR_STEP_AUTO struct ar_step part = AR_STEP_INIT;
	enum ar_next next;

	rest.instead = NULL;
	between.pod = NULL;
	between.file.data = ar_buf_text(middle);
	between.file.len = middle->len;
	if (ar_plan_next(&between, &rest, &next, &part, err) != 0)
		return -1;
	ar_buf_add(&step->bytes, ar_buf_text(&part.bytes), part.bytes.len);
	memcpy(step->plan.parts, part.plan.parts, sizeof step->plan.parts);
	const struct ar_text text = { .name = seen->file.name,
				      .data = ar_buf_text(&step->bytes),
				      .len = step->bytes.len };
	if (ar_buf_check(&step->bytes, err) != 0)
		return -1;
	return ar_lines_edits(&seen->file, &text, &step->plan.edits, err);
}

static int move_pod(const struct ar_observation *seen, const struct ar_pod *pod,
		    const struct ar_goal *goal, struct ar_step *step, struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;
	AR_BUF_AUTO struct ar_buf middle = AR_BUF_INIT;

	if (ar_inject_remove(pod, goal->instead, &plan, err) != 0 ||
	    ar_inject_prove(pod, goal->instead, &plan, true, &middle, err) != 0)
		return -1;
	return finish_move(seen, goal, &middle, step, err);
}

static bool has_arg(const struct ar_kubeadmconf *conf, const char *value)
{
	for (size_t i = 0; i < conf->arg_count; i++)
		if (strcmp(conf->args[i].name, AR_FLAG) == 0 && conf->args[i].value &&
		    strcmp(conf->args[i].value, value) == 0)
			return true;
	return false;
}

static int move_kubeadm(const struct ar_observation *seen, const struct ar_kubeadmconf *conf,
			const struct ar_goal *goal, struct ar_step *step, struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;
	AR_BUF_AUTO struct ar_buf middle = AR_BUF_INIT;

	if (!has_arg(conf, goal->instead->flag_path))
		return 1; /* planned as ever */
	if (ar_persist_remove(conf, goal->instead, &plan, err) != 0 ||
	    ar_persist_prove(conf, goal->instead, &plan, true, &middle, err) != 0)
		return -1;
	return finish_move(seen, goal, &middle, step, err);
}

/* What kubeadm uploads has every field of its own: an apiServer of which nothing is left is {}. */
static int keep_api_server(const struct ar_observation *seen, struct ar_step *step,
			   struct ar_err *err)
{
	static const struct ar_new empty = { .kind = AR_NEW_MAPPING, .key = "apiServer" };
	static const struct ar_new what = { .kind = AR_NEW_MAPPING, .list = &empty, .count = 1 };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_KUBEADMCONF_AUTO struct ar_kubeadmconf *conf = NULL;
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf whole = AR_BUF_INIT;
	const struct ar_text text = bytes_text(seen, &step->bytes);

	if (ar_tree_parse(&text, AR_TREE_MANY, &tree, err) != 0 ||
	    ar_kubeadmconf_read(tree, &conf, err) != 0)
		return -1;
	if (!conf->cluster || conf->api_server_key)
		return 0;
	const struct ar_editor editor = { .tree = tree, .edits = &edits };
	if (ar_edit_add(&editor, conf->cluster, ar_edit_key_index(tree, conf->cluster, "apiServer"),
			&what, err) != 0 ||
	    ar_splice(&text, &edits, &whole, err) != 0 || ar_buf_check(&whole, err) != 0)
		return -1;
	ar_buf_reset(&step->bytes);
	ar_buf_add(&step->bytes, ar_buf_text(&whole), whole.len);
	ar_edits_done(&step->plan.edits);
	const struct ar_text final = bytes_text(seen, &step->bytes);
	return ar_lines_edits(&seen->file, &final, &step->plan.edits, err);
}

/* --- one planner for each goal --------------------------------------------------------------- */

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

	if (!seen->pod && (ar_tree_parse(&seen->file, 0, &tree, err) != 0 ||
			   ar_pod_read(tree, goal->container, &pod, err) != 0))
		return -1;
	const struct ar_pod *read = seen->pod ? seen->pod : pod;
	if (goal->instead && has_value(read, goal->instead->flag_path))
		return move_pod(seen, read, goal, step, err);
	return plan_pod(read, goal, step, err);
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
	int moved = goal->instead ? move_kubeadm(seen, conf, goal, step, err) : 1;
	if (moved != 1)
		return moved;
	int planned = remove ? ar_persist_remove(conf, &goal->wanted, &step->plan, err)
			     : ar_persist_plan(conf, &goal->wanted, goal->create, &step->plan, err);
	if (planned != 0 || step->plan.edits.count == 0)
		return planned;
	if (ar_persist_prove(conf, &goal->wanted, &step->plan, remove, &step->bytes, err) != 0)
		return -1;
	return goal->uploaded ? keep_api_server(seen, step, err) : 0;
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
	*ret_next = ar_plan_stopped_by(seen, goal) ? AR_NEXT_REFUSED : AR_NEXT_STEP;
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
