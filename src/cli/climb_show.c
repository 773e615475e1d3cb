/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/climb_show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "cli/json.h"
#include "cli/stepdiff.h"
#include "plan/hide.h"

#define STEPS_MAX 24 /* more than the ladder has rungs */

/* --- the plan -------------------------------------------------------------------------------- */

/* The ladder over a model of the world. */
struct model {
	struct ar_ladder_seen *seen; /* of each lane */
	struct ar_ladder_step step;
};

static void ask(const struct ar_climb *climb, struct model *model)
{
	struct ar_ladder_step steps[AR_CLIMB_LANES];

	for (size_t i = 0; i < climb->lane_count; i++)
		steps[i] = ar_ladder_next(&model->seen[i], &climb->ladder);
	model->step = ar_ladder_first(steps, climb->lane_count);
}

/* The diff of the first step alone: later ones are made of texts that are not there yet. */
static int draw(const struct ar_climb *climb, const struct ar_ladder_step *step, bool colour,
		struct ar_buf *out, struct ar_err *err)
{
	AR_STEP_AUTO struct ar_step file = AR_STEP_INIT;
	const struct ar_text *old = &climb->enable.node.config.seen.file;

	if (step->kind != AR_LADDER_READER && step->kind != AR_LADDER_PROMOTE &&
	    (step->kind != AR_LADDER_PRUNE || step->out))
		return 0;
	if (!climb->conf)
		return 0;
	if (ar_climb_text(climb, step, &file.plan.edits, &file.bytes, err) != 0)
		return -1;
	if (file.plan.edits.count == 0)
		return 0;
	const struct ar_text now = {
		.name = old->name, .data = file.bytes.data, .len = file.bytes.len, .secret = true
	};
	if (ar_hide_find(old, &file.hide_old, err) != 0 ||
	    ar_hide_find(&now, &file.hide_new, err) != 0)
		return -1;
	return ar_stepdiff_draw(old, &file, colour, out, err);
}

static int show_step(struct ar_run *run, const struct ar_climb *climb, const struct model *model,
		     size_t index, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf diff = AR_BUF_INIT;
	char words[400];

	ar_climb_words(climb, &model->step, &model->seen[0], words, sizeof words);
	if (index == 0 &&
	    draw(climb, &model->step, run->report->colour && !run->opts->json, &diff, err) != 0)
		return -1;
	if (run->opts->json) {
		ar_json_print_line(run->report,
				   json_pack("{s:s, s:s, s:o, s:o}", "schema", "atrest.plan/v1",
					     "move", ar_ladder_word(model->step.kind), "text",
					     ar_json_text(words), "diff",
					     ar_json_text(ar_buf_text(&diff))));
		return 0;
	}
	if (run->opts->quiet)
		return 0;
	ar_report_say(run->report, "%zu. %s", index + 1, words);
	if (diff.len)
		ar_report_diff(run->report, &diff);
	return 0;
}

/* A refusal that a person can mend on the way (an export) is no end of the plan. */
static bool is_mendable(const struct ar_ladder_step *step)
{
	return step->kind == AR_LADDER_REFUSE &&
	       (step->reason == AR_LADDER_NO_ESCROW || step->reason == AR_LADDER_UNCOUNTED);
}

static int walk(struct ar_run *run, const struct ar_climb *climb, struct model *model,
		size_t *ret_steps, struct ar_err *err)
{
	*ret_steps = 0;
	ask(climb, model);
	for (size_t i = 0; i < STEPS_MAX && model->step.kind != AR_LADDER_DONE; i++) {
		if (model->step.kind == AR_LADDER_REFUSE && !is_mendable(&model->step)) {
			*ret_steps += 1;
			return 0;
		}
		if (!is_mendable(&model->step) &&
		    show_step(run, climb, model, (*ret_steps)++, err) != 0)
			return -1;
		for (size_t lane = 0; lane < climb->lane_count; lane++)
			ar_climb_after(climb, &model->step, &model->seen[lane]);
		ask(climb, model);
	}
	return 0;
}

static int show_plan(struct ar_run *run, const struct ar_climb *climb, size_t *ret_steps,
		     struct ar_err *err)
{
	AR_FREE_AUTO struct ar_ladder_seen *seen = calloc(climb->lane_count + 1, sizeof *seen);
	struct model model = { .seen = seen };

	if (!seen)
		return ar_err_oom(err);
	for (size_t i = 0; i < climb->lane_count; i++)
		seen[i] = climb->lanes[i].seen;
	if (!run->opts->json && !run->opts->quiet && climb->step.kind != AR_LADDER_DONE)
		ar_report_say(run->report, "the goal: %s writes%s%s%s", climb->goal,
			      climb->listed.count ? " " : "", climb->listed.text,
			      climb->cluster.count > 1 ? " on every server" : "");
	return walk(run, climb, &model, ret_steps, err);
}

/* --- the end --------------------------------------------------------------------------------- */

static json_t *servers_of(const struct ar_climb *climb)
{
	json_t *list = json_array();

	for (size_t i = 0; i < climb->cluster.count; i++)
		if (climb->step.servers >> i & 1)
			json_array_append_new(
				list, ar_json_text(ar_cluster_name(&climb->cluster.list[i])));
	return list;
}

static json_t *resources_of(const struct ar_climb *climb)
{
	json_t *list = json_array();

	for (size_t i = 0; i < climb->listed.count; i++)
		json_array_append_new(list, ar_json_text(climb->listed.list[i]));
	return list;
}

static int finish(const struct ar_run *run, const struct ar_climb *climb, const char *state,
		  int code)
{
	if (!run->opts->json)
		return code;
	ar_json_print_line(run->report,
			   ar_json_join(ar_json_head("atrest.climb/v1", code, NULL, 0),
					json_pack("{s:s, s:s, s:o, s:o, s:s, s:o}", "command",
						  run->session.command, "state", state, "goal",
						  ar_json_text(climb->goal), "resources",
						  resources_of(climb), "rung",
						  ar_ladder_word(climb->step.kind), "waits_for",
						  servers_of(climb))));
	return code;
}

static void say_done(const struct ar_run *run, const struct ar_climb *climb)
{
	struct ar_report *report = run->report;

	if (run->opts->json || run->opts->quiet)
		return;
	if (climb->ladder.writer == AR_LADDER_PLAIN)
		ar_report_say(report, "proved: nothing is encrypted any more, on no server");
	else if (climb->counted)
		ar_report_say(report,
			      "proved: all %" PRId64 " stored values are under %s (etcd revision "
			      "%" PRId64 "), on %s",
			      climb->total, climb->goal, climb->revision,
			      climb->cluster.count > 1 ? "every server" : "this server");
}

/* What stops it is told as a run would, without doing anything. */
static int tell_only(struct ar_run *run, struct ar_climb *climb, size_t steps)
{
	const struct ar_options *opts = run->opts;
	const bool refused = climb->step.kind == AR_LADDER_REFUSE;

	if (!opts->json && !opts->quiet)
		ar_report_say(run->report,
			      refused ? "a run would be refused here; nothing was changed"
				      : "nothing was changed");
	return finish(run, climb, refused ? "refused" : "planned",
		      opts->check && steps > 0 ? AR_NOT_AS_WANTED : AR_DONE);
}

static int do_it(struct ar_run *run, struct ar_climb *climb, struct ar_checklist *list,
		 const char *question, struct ar_err *err)
{
	if (ar_run_confirm(run, question, "do it without being asked, or --dry-run to look", err) !=
	    0)
		return -1;
	const int ran = ar_climb_run(climb, err);
	ar_checklist_end(list);
	if (ran != 0)
		return -1;
	say_done(run, climb);
	return finish(run, climb, "changed", AR_DONE);
}

/* A goal that is reached on every node is not under way any more. */
static int nothing_to_do(struct ar_run *run, struct ar_climb *climb, struct ar_err *err)
{
	const bool looks = run->opts->dry_run || run->opts->check;

	if (climb->named && !looks && ar_climb_run(climb, err) != 0)
		return -1;
	if (!run->opts->json && !run->opts->quiet)
		ar_report_say(run->report, "nothing to do: the goal is reached (%s)", climb->goal);
	say_done(run, climb);
	return finish(run, climb, "done", AR_DONE);
}

int ar_climb_go(struct ar_run *run, struct ar_climb *climb, struct ar_checklist *list,
		const char *question, struct ar_err *err)
{
	size_t steps = 0;

	if (run->session.host.root) {
		ar_err_set(err, "a change of keys cannot be proved under --root");
		return ar_err_hint(err, "use 'atrest config new' and 'atrest patch' for an image");
	}
	if (ar_climb_look(climb, err) != 0 || show_plan(run, climb, &steps, err) != 0)
		return -1;
	if (climb->step.kind == AR_LADDER_DONE)
		return nothing_to_do(run, climb, err);
	if (run->opts->dry_run || run->opts->check)
		return tell_only(run, climb, steps);
	return do_it(run, climb, list, question, err);
}
