/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "flow/apply.h"
#include "flow/climb_impl.h"
#include "flow/live.h"
#include "flow/unkeep.h"

/*
 * Encryption taken out of this node: every server writes plain text, and etcd has nothing else, in
 * no revision. kubeadm-config first (an upgrade would give the flag back), then the manifest, and
 * when the server runs without it the file, whose keys lie in the archive.
 */

int ar__climb_unpersist(struct ar_climb *climb, struct ar_err *err)
{
	AR_UNKEEP_AUTO struct ar_unkeep unkeep = AR_UNKEEP_INIT;
	struct ar_enable *enable = &climb->enable;

	if (ar_unkeep_look(enable->session, enable->ask.manifest, climb->kubeconfig, &unkeep,
			   err) != 0)
		return -1;
	if (unkeep.why[0]) {
		ar_err_set(err, "kubeadm-config was not seen: %.300s", unkeep.why);
		ar_err_hint(err, "the next kubeadm upgrade would put the flag back; run it again "
				 "with credentials that may change it, or say --no-persist");
		return ar_err_class(err, AR_RESUMABLE);
	}
	if (unkeep.step.plan.edits.count == 0)
		return 0;
	if (ar_unkeep_apply(&unkeep, err) != 0)
		return ar_err_class(err, AR_RESUMABLE);
	climb->touched = true;
	ar_session_log(enable->session,
		       "--" AR_FLAG " taken out of ConfigMap kube-system/kubeadm-config");
	ar_events_say(enable->events, AR_EVENT_DONE, "kubeadm-config", -1,
		      "ConfigMap kube-system/kubeadm-config has it no more");
	return 0;
}

/* Where the file is lost, the guard cannot see in it what the server writes; the ladder knows what
 * that has loaded, and all of etcd is counted. An encrypted value is never accepted. */
static size_t accept(const struct ar_climb *climb, const char **list)
{
	const struct ar_goal *goal = &climb->enable.goal.manifest;
	size_t count = goal->accepted_count;

	memcpy(list, goal->accepted, count * sizeof *list);
	if (!climb->conf && climb->counted)
		list[count++] = "still-encrypted";
	return count;
}

/* What the manifest has of ours goes, by what it says itself. The look asks all of etcd, whatever
 * the config names. */
static int out_of_manifest(struct ar_climb *climb, struct ar_err *err)
{
	AR_LOOK_AUTO struct ar_look look = { .server_name = "" };
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	struct ar_enable *enable = &climb->enable;
	const char *accepted[sizeof climb->accepted / sizeof climb->accepted[0] + 1];
	struct ar_goal goal = enable->goal.manifest;
	struct ar_record record;
	enum ar_next next;

	goal.kind = AR_GOAL_UNPATCH;
	goal.accepted_count = accept(climb, accepted);
	goal.accepted = accepted;
	if (ar_look_patch(enable->session, enable->ask.manifest, &goal, &look, err) != 0 ||
	    ar_plan_next(&look.seen, &goal, &next, &step, err) != 0)
		return -1;
	if (next == AR_NEXT_REFUSED) {
		ar_finding_refuse(ar_plan_stopped_by(&look.seen, &goal), err);
		return -1;
	}
	const struct ar_deed deed = {
		.what = "encryption taken out: nothing in etcd is encrypted"
	};
	if (next == AR_NEXT_STEP &&
	    ar_apply(enable->session, &look, &step, deed, &record, err) != 0)
		return -1;
	climb->touched = true;
	ar_events_say(enable->events, AR_EVENT_DONE, "manifest", -1,
		      "%s has no flag, mount and volume any more", enable->ask.manifest);
	return 0;
}

static int failed(const struct ar_live_result *result, bool has_file, struct ar_err *err)
{
	const struct ar_finding *first = result->causes.count ? &result->causes.list[0] : NULL;

	if (result->end == AR_LIVE_STOPPED) {
		ar_err_set(err, "interrupted while waiting for the API server");
		ar_err_hint(err, "run the same command again: it goes on from what it sees");
		return ar_err_class(err, AR_RESUMABLE);
	}
	ar_err_set(err, "%s: %s", first ? first->cause->id : "time-over",
		   first ? first->what : "the API server does not run without the flag");
	/* Back to a manifest whose file is lost nothing could start. */
	ar_err_hint(err, has_file ? "'atrest doctor' says what it sees; 'atrest undo' puts the "
				    "manifest back"
				  : "'atrest doctor' says what it sees");
	return ar_err_class(err, AR_LOOK);
}

/* The process that still has the flag is the one from before, also in a run that comes late. */
static int await_plain(struct ar_climb *climb, int64_t written_ns, struct ar_err *err)
{
	AR_LIVE_RESULT_AUTO struct ar_live_result result = AR_LIVE_RESULT_INIT;
	struct ar_enable *enable = &climb->enable;
	AR_RUNNING_AUTO struct ar_running before = ar_running_take(&enable->node.running);
	const struct ar_live live = {
		.session = enable->session,
		.events = enable->events,
		.watch = enable->watch,
		.creds = &enable->creds,
		.local = &enable->node,
		.before = &before,
		.loading = AR_LOADING_POD,
		.fast = enable->fast,
		.written_ns = written_ns,
	};

	if (ar_live_load(&live, &result, err) != 0)
		return ar_err_class(err, AR_RESUMABLE);
	return result.end == AR_LIVE_PROVED ? 0 : failed(&result, climb->conf != NULL, err);
}

int ar__climb_load_out(struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_enable *enable = &climb->enable;
	bool waited;

	if (ar__climb_hold_anew(climb, &waited, err) != 0 || waited)
		return waited ? 0 : -1;
	if (!climb->lanes[0].seen.flag)
		return await_plain(climb, enable->node.manifest.file.mtime_ns, err);
	/* The server ends as soon as the flag is out, and nobody can be asked who there is until
	 * the next one runs. */
	if (ar__climb_untell(climb, err) != 0 || out_of_manifest(climb, err) != 0)
		return -1;
	return await_plain(climb, ar_watch_now_ns(), err);
}

/* The file, when nobody reads it. */
static int remove_file(struct ar_climb *climb, struct ar_err *err)
{
	AR_STEP_AUTO struct ar_step step = { .kind = AR_STEP_REMOVE, .plan = AR_INJECT_INIT };
	AR_LOOK_AUTO struct ar_look look = { .server_name = "" };
	struct ar_enable *enable = &climb->enable;
	struct ar_record record;

	if (ar_look_file(enable->session, enable->ask.config, true, &look, err) != 0)
		return -1;
	if (!look.file.exists)
		return 0;
	const struct ar_deed deed = {
		.what = "removed: no server reads it, its keys are archived"
	};
	if (ar_apply(enable->session, &look, &step, deed, &record, err) != 0)
		return -1;
	climb->touched = true;
	ar_events_say(enable->events, AR_EVENT_DONE, "config", -1, "%s is removed",
		      enable->ask.config);
	return 0;
}

int ar__climb_out(struct ar_climb *climb, struct ar_err *err)
{
	if (climb->lanes[0].seen.flag)
		return ar__climb_load_out(climb, err);
	return ar__climb_untell(climb, err) != 0 || ar__climb_archive(climb, err) != 0
		       ? -1
		       : remove_file(climb, err);
}
