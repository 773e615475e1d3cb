/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/back.h"

#include <stdio.h>
#include <string.h>

#include "flow/apply.h"
#include "flow/guard.h"
#include "plan/first.h"

/* What failed, in words: the first cause. */
static void state_cause(const struct ar_back *back, struct ar_err *err)
{
	const struct ar_findings *causes = &back->result->causes;
	const struct ar_finding *first = causes->count ? &causes->list[0] : NULL;

	if (!first) {
		ar_err_set(err, "the API server does not run with the change");
		return;
	}
	ar_err_set(err, "%s: %s", first->cause->id, first->what);
	snprintf(err->path, sizeof err->path, "%s", first->subject ? first->subject : "");
	err->line = first->line;
	err->column = first->column;
	ar_err_hint(err, "%s", first->cause->remedy);
}

static void say_causes(const struct ar_back *back)
{
	const struct ar_findings *causes = &back->result->causes;

	for (size_t i = 0; i < causes->count; i++)
		ar_events_say(back->events, AR_EVENT_FAIL, causes->list[i].cause->id, -1, "%s: %s",
			      causes->list[i].cause->id, causes->list[i].what);
	if (back->result->log[0])
		ar_events_say(back->events, AR_EVENT_NOTE, "log", -1, "its log ended with: %s",
			      back->result->log);
}

static int mark(const struct ar_back *back, struct ar_err *err)
{
	if (!back->record->id[0])
		return 0;
	back->record->stage = AR_STAGE_RETURNED;
	return ar_record_update(&back->session->host, back->record, err);
}

/* Waits until a server runs as it did. Its own causes do not matter any more: what failed first is
 * what is told. `before`: what ran before the file was put back. */
static int await(const struct ar_back *back, enum ar_loading loading, const char *flag_path,
		 const struct ar_running *before, bool *ret_up, struct ar_err *err)
{
	AR_LIVE_RESULT_AUTO struct ar_live_result result = AR_LIVE_RESULT_INIT;
	const struct ar_live live = {
		.session = back->session,
		.events = back->events,
		.watch = back->watch,
		.creds = back->creds,
		.local = back->local,
		.before = before,
		.flag_path = flag_path,
		.content = loading == AR_LOADING_RESTART,
		.loading = loading,
		.fast = back->fast,
		.written_ns = ar_watch_now_ns(),
	};

	if (ar_live_load(&live, &result, err) != 0)
		return -1;
	*ret_up = result.end == AR_LIVE_PROVED;
	return 0;
}

/* --- it never listened: the old manifest ----------------------------------------------------- */

/* Puts the old bytes back, if the manifest is still what we wrote. */
static int restore(const struct ar_back *back, const struct ar_snapshot *old, struct ar_err *err)
{
	AR_LOOK_AUTO struct ar_look look = { .server_name = "" };
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	struct ar_goal goal = { .kind = AR_GOAL_RESTORE };
	struct ar_record record;
	enum ar_next next;
	char what[120];

	if (ar_look_file(back->session, back->ask->manifest, false, &look, err) != 0)
		return -1;
	goal.wanted_text = (struct ar_text){ .name = back->ask->manifest,
					     .data = old->data,
					     .len = old->len };
	if (strcmp(look.file.sha256, back->record->parts[0].sha_after) != 0)
		return ar_err_set(err, "'%s' was changed by somebody else meanwhile",
				  back->ask->manifest);
	if (ar_plan_next(&look.seen, &goal, &next, &step, err) != 0)
		return -1;
	snprintf(what, sizeof what, "put back as it was before record %s", back->record->id);
	const struct ar_deed deed = { .what = what, .undoes = back->record->id };
	return ar_apply(back->session, &look, &step, deed, &record, err);
}

static int old_manifest(const struct ar_back *back, const struct ar_running *before, bool *ret_up,
			struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	struct ar_found found;

	if (!back->record->id[0])
		return ar_err_set(err, "there is no record of what '%s' was before",
				  back->ask->manifest);
	if (ar_record_old(&back->session->host, back->record, 0, &old, err) != 0 ||
	    restore(back, &old, err) != 0)
		return -1;
	ar_events_say(back->events, AR_EVENT_DONE, "way-back", -1,
		      "%s is what it was before, byte for byte", back->ask->manifest);
	/* It may have had a flag of its own: another file's. */
	if (ar_local_find(back->session, back->ask->manifest, NULL, &found, err) != 0)
		return -1;
	return await(back, AR_LOADING_POD, found.flag[0] ? found.flag : NULL, before, ret_up, err);
}

/* --- it listened: identity first ------------------------------------------------------------- */

static int put_identity_first(const struct ar_back *back, struct ar_err *err)
{
	AR_LOOK_AUTO struct ar_look look = { .server_name = "" };
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	struct ar_record record;

	step.bytes.secret = true;
	if (ar_look_file(back->session, back->ask->config, true, &look, err) != 0)
		return -1;
	if (!look.file.exists)
		return ar_err_set(err, "'%s' is not there any more", back->ask->config);
	if (ar_first_identity(&look.seen.file, &step.plan.edits, &step.bytes, err) != 0)
		return -1;
	if (step.plan.edits.count == 0)
		return 0;
	const struct ar_deed deed = { .what = "identity first, since a server that had the key "
					      "failed its proof" };
	return ar_apply(back->session, &look, &step, deed, &record, err);
}

static int identity_first(const struct ar_back *back, struct ar_running *before, bool *ret_up,
			  struct ar_err *err)
{
	if (put_identity_first(back, err) != 0)
		return -1;
	ar_events_say(
		back->events, AR_EVENT_DONE, "way-back", -1,
		"identity first in %s: new values are stored in plain text again, and what is "
		"encrypted is still read; the flag stays",
		back->ask->config);
	/* The old manifest needs no config; this way back does. */
	ar_local_done(back->local);
	if (ar_local_look(back->session, back->ask, back->creds, back->local, err) != 0)
		return -1;
	if (back->local->running.seen &&
	    back->local->running.process.started_ns < back->local->config.file.mtime_ns) {
		ar_running_done(before);
		*before = ar_running_take(&back->local->running);
	}
	return await(back, AR_LOADING_RESTART, back->flag_path, before, ret_up, err);
}

/* --- it listened, and wrote nothing that is encrypted ----------------------------------------- */

/* Does etcd show that nothing is encrypted, while no server is there that could write? Then the
 * flag may go as if it had never been. */
static bool wrote_nothing(const struct ar_back *back)
{
	AR_RUNNING_AUTO struct ar_running running = AR_RUNNING_INIT;
	struct ar_err unread = AR_ERR_INIT;
	struct ar_guard guard;

	return ar_server_look(back->session, back->local->manifest.pod, &running, &unread) == 0 &&
	       !(running.seen && running.flag) &&
	       ar_guard_count(back->session, back->local->manifest.pod, &guard, &unread) == 0 &&
	       guard.seen && guard.encrypted == 0;
}

/* The kubelet may have started it once more before the old manifest was back. */
static int check_nothing_written(const struct ar_back *back, struct ar_err *err)
{
	struct ar_guard guard;

	if (ar_guard_count(back->session, back->local->manifest.pod, &guard, err) != 0)
		return -1;
	if (guard.seen && guard.encrypted == 0)
		return 0;
	ar_err_set(err, "the old manifest is back, but values were encrypted meanwhile (%s)",
		   guard.seen ? guard.first : guard.why);
	return ar_err_hint(err, "put the flag back ('atrest enable'): without it they cannot be "
				"read");
}

static int unwritten(const struct ar_back *back, const struct ar_running *before, bool *ret_up,
		     struct ar_err *err)
{
	ar_events_say(back->events, AR_EVENT_NOTE, "census", -1,
		      "etcd shows that it encrypted nothing: the flag may go");
	if (old_manifest(back, before, ret_up, err) != 0)
		return -1;
	return check_nothing_written(back, err);
}

/* --- both ------------------------------------------------------------------------------------ */

static int left_alone(const struct ar_back *back, struct ar_err *err)
{
	state_cause(back, err);
	ar_err_wrap(err, "left as it is (%s)", back->why_left);
	return ar_err_class(err, AR_LOOK);
}

static int no_way_back(struct ar_err *err)
{
	ar_err_wrap(err, "the change failed, and so did the way back");
	ar_err_hint(err,
		    "'atrest doctor' says what it sees; 'atrest undo list' has the old manifest");
	return ar_err_class(err, AR_LOOK);
}

int ar_back_take(const struct ar_back *back, struct ar_err *err)
{
	AR_RUNNING_AUTO struct ar_running before = ar_running_take(&back->local->running);
	bool listened = back->result->listened, up = false;

	say_causes(back);
	ar_watch_rearm(back->watch); /* who wanted it to stop wants it safe, too */
	if (back->leave)
		return left_alone(back, err);
	bool clean = listened && back->record->id[0] && wrote_nothing(back);
	int went = clean      ? unwritten(back, &before, &up, err)
		   : listened ? identity_first(back, &before, &up, err)
			      : old_manifest(back, &before, &up, err);
	if (went != 0 || mark(back, err) != 0)
		return no_way_back(err);
	state_cause(back, err);
	if (up) {
		ar_err_wrap(err, "%s",
			    listened && !clean
				    ? "it failed after it had listened, and was made safe"
				    : "it failed, and the old manifest was put back");
		return ar_err_class(err, AR_PUT_BACK);
	}
	ar_err_wrap(err, "%s, and no API server answers yet",
		    listened && !clean ? "it failed after it had listened; identity is first now"
				       : "it failed; the old manifest is in its place");
	return ar_err_class(err, AR_LOOK);
}
