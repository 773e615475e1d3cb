/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/task.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/json.h"
#include "cli/stepdiff.h"
#include "flow/apply.h"

/* One run of the walk: what was seen, what is next, and what came of it. */
struct walk {
	struct ar_run *run;
	struct ar_task *task;
	struct ar_look look;
	struct ar_step step;
	enum ar_next next;
	struct ar_record record;
	const char *state; /* for JSON: "done", "planned", "refused", "changed" */
};

#define WALK_AUTO __attribute__((cleanup(walk_done)))

static void walk_done(struct walk *walk)
{
	ar_step_done(&walk->step);
	ar_look_done(&walk->look);
}

static bool is_filter(const struct walk *walk)
{
	return strcmp(walk->task->path, "-") == 0;
}

/* A filter's standard output is the manifest, so that what is said goes elsewhere; unless only a
 * preview is asked for. */
static bool writes_to_stdout(const struct walk *walk)
{
	return is_filter(walk) && !walk->run->opts->dry_run && !walk->run->opts->check;
}

static bool speaks(const struct walk *walk)
{
	return !walk->run->opts->json && !walk->run->opts->quiet && !writes_to_stdout(walk);
}

static void show_parts(const struct walk *walk)
{
	for (size_t i = 0; i < AR_PARTS; i++) {
		const struct ar_part_plan *part = &walk->step.plan.parts[i];
		if (part->state == AR_ABSENT || !part->what[0])
			continue;
		if (part->line > 0 && (part->state == AR_PRESENT || part->state == AR_COVERED))
			ar_report_check(walk->run->report, ar_stepdiff_mark(part->state),
					"%s (line %zu)", part->what, part->line);
		else
			ar_report_check(walk->run->report, ar_stepdiff_mark(part->state), "%s",
					part->what);
	}
}

/* Findings that do not stop anything, and those that do: all are said, on standard error. */
static void show_findings(const struct walk *walk)
{
	if (!walk->run->opts->json)
		ar_report_findings(walk->run->report, &walk->look.seen.findings,
				   walk->task->goal.accepted, walk->task->goal.accepted_count);
}

static int finish_json(struct walk *walk, int exit_code)
{
	AR_BUF_AUTO struct ar_buf diff = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	if (!walk->run->opts->json || writes_to_stdout(walk))
		return exit_code;
	if (walk->next != AR_NEXT_DONE &&
	    ar_stepdiff_draw(&walk->look.seen.file, &walk->step, false, &diff, &err) != 0) {
		ar_report_error(walk->run->report, &err);
		return AR_FAILED;
	}
	const struct ar_json_change json = {
		.schema = walk->task->schema,
		.state = walk->state,
		.exit_code = exit_code,
		.path = walk->task->path,
		.seen = &walk->look.seen,
		.goal = &walk->task->goal,
		.step = &walk->step,
		.diff = ar_buf_text(&diff),
		.record = walk->record.id[0] ? &walk->record : NULL,
		.more = walk->task->json_more ? walk->task->json_more(walk->task) : NULL,
	};
	ar_json_print_change(walk->run->report, &json);
	return exit_code;
}

static int look_and_plan(struct walk *walk, struct ar_err *err)
{
	if (walk->task->look(walk->run, walk->task, &walk->look, err) != 0)
		return -1;
	return ar_plan_next(&walk->look.seen, &walk->task->goal, &walk->next, &walk->step, err);
}

static int write_out(const char *data, size_t len, struct ar_err *err)
{
	if (fwrite(data, 1, len, stdout) != len || fflush(stdout) != 0)
		return ar_err_sys(err, "<stdout>", "cannot write the result");
	return 0;
}

static int finish_done(struct walk *walk, struct ar_err *err)
{
	walk->state = "done";
	show_findings(walk);
	if (writes_to_stdout(walk))
		return write_out(walk->look.seen.file.data, walk->look.seen.file.len, err);
	if (speaks(walk)) {
		show_parts(walk);
		ar_report_say(walk->run->report, "%s", walk->task->done);
	}
	return finish_json(walk, AR_DONE);
}

/* The dry run's other half: next() on the model must say done, or the plan does not reach its goal.
 */
static int try_model(const struct walk *walk, struct ar_err *err)
{
	const struct ar_observation after = ar_world_after(&walk->look.seen, &walk->step);
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	enum ar_next next;

	if (ar_plan_next(&after, &walk->task->goal, &next, &step, err) != 0)
		return -1;
	return next == AR_NEXT_DONE
		       ? 0
		       : ar_err_set(err, "the plan does not reach its goal: a bug in atrest");
}

/* The first finding that stops the change becomes the error; all were shown before. */
static int refuse(const struct walk *walk, struct ar_err *err)
{
	const struct ar_finding *found = ar_plan_stopped_by(&walk->look.seen, &walk->task->goal);

	if (found)
		ar_finding_refuse(found, err);
	return -1;
}

static int finish_refused(struct walk *walk, struct ar_err *err)
{
	walk->state = "refused";
	if (!walk->run->opts->json || writes_to_stdout(walk))
		return refuse(walk, err);
	return finish_json(walk, AR_FAILED);
}

static int finish_preview(struct walk *walk, struct ar_err *err)
{
	bool refused = walk->next == AR_NEXT_REFUSED;

	if (try_model(walk, err) != 0)
		return -1;
	walk->state = refused ? "refused" : "planned";
	if (speaks(walk))
		ar_report_say(walk->run->report,
			      refused ? "a run would be refused here; nothing was changed"
				      : "nothing was changed");
	return finish_json(walk, walk->run->opts->check ? AR_NOT_AS_WANTED : AR_DONE);
}

static int confirm(const struct walk *walk, struct ar_err *err)
{
	char question[700];

	snprintf(question, sizeof question, "%s %s? [y/N] ",
		 walk->step.kind == AR_STEP_CREATE   ? "create"
		 : walk->step.kind == AR_STEP_REMOVE ? "remove"
						     : "change",
		 walk->task->path);
	return ar_run_confirm(walk->run, question,
			      "change the file without being asked, or --dry-run to look", err);
}

/* Looks again: what the step promised is what the world shows. */
static int prove(struct walk *walk, struct ar_err *err)
{
	struct walk again = { .run = walk->run, .task = walk->task, .step = AR_STEP_INIT };
	int result = look_and_plan(&again, err);

	if (result == 0 && again.next != AR_NEXT_DONE)
		result = ar_err_set(
			err, "'%s' was changed, but a new look does not show what was planned",
			walk->task->path);
	walk_done(&again);
	if (result == 0)
		return 0;
	ar_err_hint(err, "somebody may have changed it at the same moment; see 'atrest undo list' "
			 "for what was there");
	return ar_err_class(err, AR_LOOK);
}

static int finish_change(struct walk *walk, struct ar_err *err)
{
	struct ar_report *report = walk->run->report;
	const struct ar_deed deed = { .what = walk->task->what, .undoes = walk->task->undoes };

	if (walk->task->do_more && walk->task->do_more(walk->run, walk->task, err) != 0)
		return -1;
	if (ar_apply(&walk->run->session, &walk->look, &walk->step, deed, &walk->record, err) !=
	    0) {
		/* What belongs to it may be done already. */
		return walk->task->do_more && err->class == AR_FAILED
			       ? ar_err_class(err, AR_RESUMABLE)
			       : -1;
	}
	if (prove(walk, err) != 0)
		return -1;
	walk->state = "changed";
	if (speaks(walk)) {
		ar_report_check(report, AR_MARK_DONE, "%s: %s", walk->task->path, walk->task->what);
		if (walk->step.kind == AR_STEP_WRITE)
			ar_report_say(report, "record %s (take it back: atrest undo %s)",
				      walk->record.id, walk->record.id);
		if (walk->task->afterwards)
			walk->task->afterwards(walk->run, walk->task);
	}
	return finish_json(walk, AR_DONE);
}

static int go(struct walk *walk, struct ar_err *err)
{
	const struct ar_options *opts = walk->run->opts;
	bool preview = opts->dry_run || opts->check;

	if (look_and_plan(walk, err) != 0)
		return -1;
	if (walk->next == AR_NEXT_DONE)
		return finish_done(walk, err);
	if (speaks(walk)) {
		if (ar_stepdiff_show(walk->run->report, &walk->look.seen.file, &walk->step, err) !=
		    0)
			return -1;
		show_parts(walk);
		if (walk->task->show_more && walk->task->show_more(walk->run, walk->task, err) != 0)
			return -1;
	}
	show_findings(walk);
	if (preview)
		return finish_preview(walk, err);
	if (walk->next == AR_NEXT_REFUSED)
		return finish_refused(walk, err);
	if (is_filter(walk))
		return write_out(ar_buf_text(&walk->step.bytes), walk->step.bytes.len, err);
	return confirm(walk, err) != 0 ? -1 : finish_change(walk, err);
}

int ar_task_run(struct ar_run *run, struct ar_task *task)
{
	WALK_AUTO struct walk walk = { .run = run, .task = task, .step = AR_STEP_INIT };
	struct ar_err err = AR_ERR_INIT;
	bool changes = !run->opts->dry_run && !run->opts->check && strcmp(task->path, "-") != 0;

	if (changes && ar_run_lock(run, &err) != 0) {
		ar_report_error(run->report, &err);
		return (int)err.class;
	}
	int code = go(&walk, &err);
	if (code >= 0)
		return code;
	ar_report_error(run->report, &err);
	return (int)err.class;
}
