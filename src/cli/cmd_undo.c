/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "cli/json.h"
#include "cli/stepdiff.h"
#include "cli/task.h"
#include "flow/preflight.h"
#include "flow/unkeep.h"
#include "host/record.h"

/* What look() needs to know about the record that is taken back. */
struct undo {
	struct ar_task task; /* first: look() is given the change */
	const struct ar_record *record;
	struct ar_unkeep unkeep; /* of an `enable` that went into kubeadm-config, too */
};

/* Undoing on top of somebody else's change would lose it: it blocks everywhere, not only on a live
 * folder. */
static int look_for_others(struct ar_look *look, const struct ar_record_part *part,
			   struct ar_err *err)
{
	const char *sha = look->file.exists ? look->file.sha256 : "";

	if (strcmp(sha, part->sha_after) == 0 || strcmp(sha, part->sha_before) == 0)
		return 0;
	int said = ar_findings_say(
		&look->seen.findings, "changed-since", look->file.path,
		"it was changed after this record was made; the diff shows that change too");
	return said != 0 ? ar_err_oom(err) : 0;
}

static int look(struct ar_run *run, struct ar_task *task, struct ar_look *ret, struct ar_err *err)
{
	const struct undo *undo = (const struct undo *)task;
	const struct ar_record_part *part = &undo->record->parts[0];

	if (ar_look_file(&run->session, task->path, part->secret, ret, err) != 0)
		return -1;
	ret->seen.guarded = true; /* a file that others changed blocks wherever it lies */
	if (look_for_others(ret, part, err) != 0)
		return -1;
	return ar_preflight_restore(&run->session, ret, &task->goal.wanted_text,
				    &ret->seen.findings, err);
}

/* --- kubeadm-config -------------------------------------------------------------------------- */

static int show_more(struct ar_run *run, struct ar_task *task, struct ar_err *err)
{
	const struct undo *undo = (const struct undo *)task;
	const struct ar_unkeep *unkeep = &undo->unkeep;

	if (unkeep->why[0])
		ar_report_warn(
			run->report,
			"kubeadm-config may have the flag, too, and was not seen: %s; take it out "
			"by "
			"hand ('kubectl -n kube-system edit configmap kubeadm-config'), or the "
			"next upgrade brings it back",
			unkeep->why);
	if (unkeep->step.plan.edits.count == 0)
		return 0;
	return ar_stepdiff_show(run->report, &unkeep->seen.file, &unkeep->step, err);
}

static int do_more(struct ar_run *run, struct ar_task *task, struct ar_err *err)
{
	struct undo *undo = (struct undo *)task;

	(void)run;
	return ar_unkeep_apply(&undo->unkeep, err);
}

static int look_more(struct ar_run *run, struct undo *undo, struct ar_err *err)
{
	if (strcmp(undo->record->command, "enable") != 0 || undo->record->parts[0].secret)
		return 0;
	undo->task.show_more = show_more;
	undo->task.do_more = do_more;
	return ar_unkeep_look(&run->session, undo->task.path, run->opts->kubeconfig, &undo->unkeep,
			      err);
}

static int refuse_created(const struct ar_record *record, struct ar_err *err)
{
	ar_err_set(err, "record %s made '%s': taking it back would delete the only copy of its key",
		   record->id, record->parts[0].path);
	return ar_err_hint(
		err,
		"if no value is encrypted with it, remove the file by hand; else keep it for ever");
}

/* The newest record that stands, or the one named. */
static const struct ar_record *find(const struct ar_record *records, size_t count, const char *id,
				    struct ar_err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct ar_record *record = &records[i];
		if (id ? strcmp(record->id, id) == 0
		       : record->progress == AR_FINISHED && !record->undoes[0])
			return record;
	}
	if (id)
		ar_err_set(err, "there is no record '%s'", id);
	else
		ar_err_set(err, "there is nothing to undo");
	ar_err_hint(err, "see 'atrest undo list'");
	return NULL;
}

static int mark_undone(struct ar_run *run, const struct ar_record *record, struct ar_err *err)
{
	struct ar_record undone = *record;

	undone.progress = AR_UNDONE;
	if (ar_record_update(&run->session.host, &undone, err) == 0)
		return 0;
	ar_err_wrap(err, "the file is put back, but record %s could not be marked as undone",
		    record->id);
	return ar_err_class(err, AR_RESUMABLE);
}

static int undo_record(struct ar_run *run, const struct ar_record *record, struct ar_err *err)
{
	const struct ar_record_part *part = &record->parts[0];
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	struct undo undo = {
		.record = record,
		.unkeep = AR_UNKEEP_INIT,
		.task = { .path = part->path,
			  .look = look,
			  .schema = "atrest.undo/v1",
			  .undoes = record->id,
			  .done = "nothing to do: the file is as it was before",
			  .goal = { .kind = AR_GOAL_RESTORE,
				    .accepted = run->opts->accepted,
				    .accepted_count = run->opts->accepted_count } },
	};

	if (part->action == AR_CREATED && part->secret)
		return refuse_created(record, err);
	if (part->action != AR_CREATED &&
	    ar_record_old(&run->session.host, record, 0, &old, err) != 0)
		return -1;
	undo.task.goal.wanted_text = (struct ar_text){
		.name = part->path, .data = old.data, .len = old.len, .secret = part->secret
	};
	snprintf(undo.task.what, sizeof undo.task.what, "put back as it was before record %s",
		 record->id);
	if (look_more(run, &undo, err) != 0) {
		ar_unkeep_done(&undo.unkeep);
		return -1;
	}
	int code = ar_task_run(run, &undo.task);
	ar_unkeep_done(&undo.unkeep);
	bool changed = code == AR_DONE && !run->opts->dry_run && !run->opts->check;
	return changed && mark_undone(run, record, err) != 0 ? -1 : code;
}

static int list_all(struct ar_run *run, struct ar_record **ret, size_t *ret_count,
		    struct ar_err *err)
{
	size_t unreadable = 0;

	if (ar_record_list(&run->session.host, ret, ret_count, &unreadable, err) != 0)
		return -1;
	if (unreadable > 0)
		ar_report_warn(run->report, "%zu record%s cannot be read and %s left out",
			       unreadable, unreadable == 1 ? "" : "s",
			       unreadable == 1 ? "is" : "are");
	return 0;
}

static int run_undo(struct ar_run *run, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *records = NULL;
	size_t count = 0;

	if (list_all(run, &records, &count, err) != 0)
		return -1;
	const struct ar_record *record = find(records, count, run->opts->operand, err);
	return record ? undo_record(run, record, err) : -1;
}

static int run_list(struct ar_run *run, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *records = NULL;
	size_t count = 0;

	if (list_all(run, &records, &count, err) != 0)
		return -1;
	if (run->opts->json)
		ar_json_print_records(run->report, records, count);
	else
		ar_report_records(run->report, records, count);
	return AR_DONE;
}

int ar_cmd_undo(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "undo", run_undo);
}

int ar_cmd_undo_list(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "undo", run_list);
}
