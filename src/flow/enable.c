/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/enable.h"

#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "flow/apply.h"
#include "flow/back.h"
#include "flow/live.h"
#include "host/watch.h"

/* More rounds than there are moves: somebody else undoes what we do. */
#define ROUNDS_MAX 12
#define KUBEADM_MS 20000

void ar_enable_done(struct ar_enable *enable)
{
	ar_local_done(&enable->node);
	ar_creds_done(&enable->creds);
	ar_reencrypt_result_done(&enable->rewritten);
}

/* --- doing ----------------------------------------------------------------------------------- */

static const char *const move_ids[AR_MOVES] = {
	[AR_MOVE_CONFIG] = "config",   [AR_MOVE_MANIFEST] = "manifest",
	[AR_MOVE_LOAD] = "load",       [AR_MOVE_PERSIST] = "kubeadm-config",
	[AR_MOVE_RETIRE] = "old-file", [AR_MOVE_REWRITE] = "reencrypt",
};

static const struct ar_look *look_of(const struct ar_enable *enable, enum ar_move move)
{
	return move == AR_MOVE_CONFIG   ? &enable->node.config
	       : move == AR_MOVE_RETIRE ? &enable->node.old
					: &enable->node.manifest;
}

static int do_file(struct ar_enable *enable, const struct ar_plane_step *step,
		   struct ar_record *ret_record, struct ar_err *err)
{
	char words[400];

	ar_enable_words(enable, step, words, sizeof words);
	const struct ar_deed deed = { .what = words };
	if (ar_apply(enable->session, look_of(enable, step->move), &step->file, deed, ret_record,
		     err) != 0)
		return -1;
	enable->touched = true;
	ar_events_say(enable->events, AR_EVENT_DONE, move_ids[step->move], -1, "%s", words);
	return 0;
}

/* The newest record of the manifest that made what lies there: the way back starts from it, also in
 * a run after the one that wrote it. `ret->id` is "" where there is none. */
static int find_record(const struct ar_enable *enable, struct ar_record *ret, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *records = NULL;
	size_t count = 0, unreadable = 0;
	const struct ar_snapshot *manifest = &enable->node.manifest.file;

	*ret = (struct ar_record){ .id = "" };
	if (ar_record_list(&enable->session->host, &records, &count, &unreadable, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct ar_record_part *part = &records[i].parts[0];
		if (strcmp(part->path, manifest->path) != 0)
			continue;
		if (strcmp(part->sha_after, manifest->sha256) == 0 &&
		    records[i].progress == AR_FINISHED)
			*ret = records[i];
		break;
	}
	return 0;
}

static int set_stage(const struct ar_enable *enable, struct ar_record *record, enum ar_stage stage,
		     struct ar_err *err)
{
	if (!record->id[0] || record->stage == stage)
		return 0;
	record->stage = stage;
	return ar_record_update(&enable->session->host, record, err);
}

static int do_manifest(struct ar_enable *enable, const struct ar_plane_step *step,
		       struct ar_err *err)
{
	struct ar_record record;

	if (do_file(enable, step, &record, err) != 0)
		return -1;
	return set_stage(enable, &record, AR_STAGE_WRITTEN, err);
}

/* A write whose server is nowhere seen yet, by a run that is no more. */
static void say_resumed(const struct ar_enable *enable, const struct ar_record *record)
{
	if (record->stage == AR_STAGE_WRITTEN || record->stage == AR_STAGE_LISTENING)
		ar_events_say(enable->events, AR_EVENT_NOTE, "resumed", -1,
			      "going on with a change of %s that was not proved (record %s)",
			      record->when, record->id);
}

/* A way back is there for what this run wrote, or one that did not come to its proof. What somebody
 * else changed, or what was proved long ago, is not ours to take back. */
static bool is_ours(const struct ar_plane_step *step, const struct ar_record *record, bool fresh)
{
	return step->loading == AR_LOADING_POD &&
	       (fresh || record->stage == AR_STAGE_WRITTEN || record->stage == AR_STAGE_LISTENING);
}

static int fail_load(struct ar_enable *enable, struct ar_live_result *result,
		     struct ar_record *record, bool ours, struct ar_err *err)
{
	if (record->stage >= AR_STAGE_LISTENING && record->stage != AR_STAGE_RETURNED)
		result->listened = true;
	const struct ar_back back = {
		.session = enable->session,
		.events = enable->events,
		.watch = enable->watch,
		.creds = &enable->creds,
		.ask = &enable->ask,
		.local = &enable->node,
		.record = record,
		.result = result,
		.flag_path = enable->goal.manifest.wanted.flag_path,
		.leave = enable->no_return || !ours,
		.why_left = ours ? "--no-return" : "it was not written by this run",
		.fast = enable->fast,
	};

	return ar_back_take(&back, err);
}

static int stop_load(struct ar_err *err)
{
	ar_err_set(err, "interrupted while waiting for the API server");
	ar_err_hint(err, "run the same command again: it goes on from what it sees");
	return ar_err_class(err, AR_RESUMABLE);
}

static int do_load(struct ar_enable *enable, const struct ar_plane_step *step,
		   const struct ar_running *before, bool fresh, struct ar_err *err)
{
	AR_LIVE_RESULT_AUTO struct ar_live_result result = AR_LIVE_RESULT_INIT;
	struct ar_record record;

	if (find_record(enable, &record, err) != 0)
		return -1;
	if (!fresh)
		say_resumed(enable, &record);
	const struct ar_live live = {
		.session = enable->session,
		.events = enable->events,
		.watch = enable->watch,
		.creds = &enable->creds,
		.local = &enable->node,
		.before = before,
		.flag_path = enable->goal.manifest.wanted.flag_path,
		.loading = step->loading,
		.content = true,
		.fast = enable->fast,
		.canary = true,
		.written_ns = enable->node.manifest.file.mtime_ns,
		.record = &record,
	};
	if (ar_live_load(&live, &result, err) != 0)
		return ar_err_class(err, AR_RESUMABLE);
	if (result.end == AR_LIVE_FAILED)
		return fail_load(enable, &result, &record, is_ours(step, &record, fresh), err);
	if (result.end == AR_LIVE_STOPPED)
		return stop_load(err);
	return set_stage(enable, &record, AR_STAGE_PROVED, err);
}

static int put_failed(struct ar_err *err)
{
	ar_err_hint(err,
		    "the API server runs with encryption; run the same command again for what is "
		    "left, or keep the flag by hand: 'atrest patch KUBEADM.yaml' shows how");
	return ar_err_class(err, AR_RESUMABLE);
}

static int do_persist(struct ar_enable *enable, const struct ar_plane_step *step,
		      struct ar_err *err)
{
	const struct ar_bytes text = { .data = ar_buf_text(&step->file.bytes),
				       .len = step->file.bytes.len };
	struct ar_record record;
	enum ar_put put;

	if (ar_configmap_write(enable->creds.api, &ar_kubeadm_configmap, &enable->node.kubeadm,
			       text, &put, err) != 0)
		return put_failed(err);
	enable->touched |= put == AR_PUT_DONE;
	if (put != AR_PUT_DONE) { /* somebody else was first: look again */
		ar_events_say(enable->events, AR_EVENT_NOTE, "kubeadm-config", -1,
			      "kubeadm-config changed meanwhile; looking again");
		return 0;
	}
	ar_session_log(enable->session,
		       "--" AR_FLAG " put into ConfigMap kube-system/kubeadm-config");
	ar_events_say(enable->events, AR_EVENT_DONE, "kubeadm-config", -1,
		      "ConfigMap kube-system/kubeadm-config has it too: an upgrade keeps it");
	if (find_record(enable, &record, err) != 0)
		return -1;
	return set_stage(enable, &record, AR_STAGE_KEPT, err);
}

/* In a run that comes late the server that has the flag is the new one, and proves itself. */
static void take_before(struct ar_enable *enable, const struct ar_plane_step *step,
			struct ar_running *before)
{
	const struct ar_running *now = &enable->node.running;
	bool is_new = step->loading == AR_LOADING_POD && now->seen && now->flag &&
		      strcmp(now->config, enable->goal.manifest.wanted.flag_path) == 0;

	ar_running_done(before);
	if (!is_new)
		*before = ar_running_take(&enable->node.running);
}

/* One step. `before` is what ran when nothing was written yet. */
static int do_step(struct ar_enable *enable, const struct ar_plane_step *step,
		   struct ar_running *before, bool *fresh, struct ar_err *err)
{
	struct ar_record record;

	switch (step->move) {
	case AR_MOVE_MANIFEST:
		ar_running_done(before);
		*before = ar_running_take(&enable->node.running);
		*fresh = true;
		return do_manifest(enable, step, err);
	case AR_MOVE_LOAD:
		if (!*fresh)
			take_before(enable, step, before);
		if (do_load(enable, step, before, *fresh, err) != 0)
			return -1;
		*fresh = false;
		return 0;
	case AR_MOVE_PERSIST: return do_persist(enable, step, err);
	case AR_MOVE_REWRITE: return ar_enable_rewrite(enable, err);
	default: return do_file(enable, step, &record, err);
	}
}

static int round_of(struct ar_enable *enable, struct ar_running *before, bool *fresh,
		    enum ar_next *ret_next, struct ar_err *err)
{
	AR_PLANE_STEP_AUTO struct ar_plane_step step = AR_PLANE_STEP_INIT;

	if (ar_enable_look(enable, err) != 0 ||
	    ar_plane_next(&enable->node.seen, &enable->goal, ret_next, &step, err) != 0)
		return -1;
	if (*ret_next == AR_NEXT_DONE)
		return 0;
	if (*ret_next == AR_NEXT_REFUSED)
		return ar_enable_refuse(enable, err);
	ar_trace(enable->session, "next: %s", move_ids[step.move]);
	return do_step(enable, &step, before, fresh, err);
}

/* What was shown, and agreed to, is what is done: the files are still those. */
static int look_again(struct ar_enable *enable, struct ar_err *err)
{
	const struct ar_local *local = &enable->node;
	char manifest[AR_SHA256_HEX], config[AR_SHA256_HEX];

	memcpy(manifest, local->manifest.file.sha256, sizeof manifest);
	memcpy(config, local->config.file.sha256, sizeof config);
	enable->keys_fit[0] = '\0'; /* who was asked may have taken long to answer */
	if (ar_enable_look(enable, err) != 0)
		return -1;
	const char *changed = strcmp(manifest, local->manifest.file.sha256) != 0
				      ? enable->ask.manifest
			      : strcmp(config, local->config.file.sha256) != 0 ? enable->ask.config
									       : NULL;
	if (!changed)
		return 0;
	ar_err_set(err, "somebody changed '%s' after it was shown here", changed);
	return ar_err_hint(err, "run the same command again: it shows what it would do now");
}

/* The record says how far it came, also where an earlier run did the most of it. */
static int note_end(struct ar_enable *enable, struct ar_err *err)
{
	bool kept = enable->persist && enable->node.kubeadm_seen == AR_KUBEADM_THERE;
	struct ar_record record;

	if (find_record(enable, &record, err) != 0)
		return -1;
	if (record.stage == AR_STAGE_NONE || record.stage == AR_STAGE_RETURNED)
		return 0;
	return set_stage(enable, &record, kept ? AR_STAGE_KEPT : AR_STAGE_PROVED, err);
}

/* A server that came up a moment ago may not know yet who may read what. */
static int see_kubeadm(struct ar_enable *enable, struct ar_err *err)
{
	enum ar_watch_event event = AR_WATCH_TIME;
	const int64_t start = ar_watch_clock_ms();

	while (enable->node.kubeadm_seen == AR_KUBEADM_UNSEEN && event != AR_WATCH_STOP &&
	       enable->creds.api && ar_watch_clock_ms() - start < KUBEADM_MS)
		if (ar_watch_wait(enable->watch, 1000, &event, err) != 0 ||
		    ar_enable_look(enable, err) != 0)
			return -1;
	return 0;
}

/* Done, as far as next() sees: was all of it to be seen? 1: there is a step more. */
static int finish(struct ar_enable *enable, struct ar_err *err)
{
	if (enable->persist && enable->node.kubeadm_seen == AR_KUBEADM_UNSEEN) {
		if (see_kubeadm(enable, err) != 0)
			return -1;
		if (enable->node.kubeadm_seen != AR_KUBEADM_UNSEEN)
			return 1;
		ar_err_set(err, "encryption is on, but kubeadm-config was not seen: %.300s",
			   enable->node.unseen);
		ar_err_hint(
			err,
			"run it again with credentials that may read it (--kubeconfig); the next "
			"kubeadm upgrade drops the flag else, or say --no-persist");
		return ar_err_class(err, AR_RESUMABLE);
	}
	return note_end(enable, err);
}

int ar_enable_go(struct ar_enable *enable, bool *ret_changed, struct ar_err *err)
{
	AR_RUNNING_AUTO struct ar_running before = AR_RUNNING_INIT;
	bool fresh = false;
	enum ar_next next = AR_NEXT_STEP;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		if (round_of(enable, &before, &fresh, &next, err) != 0) {
			/* Something was done before it, and the next run goes on with it. */
			if (enable->touched && err->class == AR_FAILED)
				ar_err_class(err, AR_RESUMABLE);
			return -1;
		}
		*ret_changed = enable->touched;
		int end = next == AR_NEXT_DONE ? finish(enable, err) : 1;
		if (end <= 0)
			return end;
	}
	ar_err_set(err, "it does not come to an end: somebody else changes the same files");
	return ar_err_class(err, AR_LOOK);
}

int ar_enable_run(struct ar_enable *enable, bool *ret_changed, struct ar_err *err)
{
	if (ar_watch_open(&enable->watch, err) != 0)
		return -1;
	int ran = look_again(enable, err) != 0 ? -1 : ar_enable_go(enable, ret_changed, err);
	ar_watch_close(enable->watch);
	enable->watch = NULL;
	return ran;
}
