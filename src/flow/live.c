/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/live.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/canary.h"
#include "base/secret.h"
#include "flow/live_impl.h"

#define LOOK_MS    250   /* at least this often: nothing tells when a socket listens */
#define ASK_MS     500   /* the API, not more often */
#define RELOAD_MS  2000  /* a reload comes once a minute */
#define METRICS_MS 20000 /* who is told no by RBAC at first may be told yes a moment later */
#define DEAF_MS    1000  /* after it stopped listening, before it is ended */

void ar_live_result_done(struct ar_live_result *result)
{
	ar_findings_done(&result->causes);
}

int64_t ar__wait_ms(const struct ar__wait *wait)
{
	return ar_watch_clock_ms() - wait->start_ms;
}

int64_t ar__wait_limit_ms(const struct ar__wait *wait)
{
	return wait->live->loading == AR_LOADING_RESTART ? AR_LIVE_RESTART_MS : AR_LIVE_LIMIT_MS;
}

static void done(const struct ar__wait *wait, const char *id, const char *text)
{
	ar_events_say(wait->live->events, AR_EVENT_DONE, id, ar__wait_ms(wait), "%s", text);
}

/* --- the old process ------------------------------------------------------------------------- */

/* A mere restart keeps the manifest: the process has to be told. */
static int tell_to_end(struct ar__wait *wait, const struct ar_process *old, struct ar_err *err)
{
	if (wait->signalled || wait->live->loading != AR_LOADING_RESTART)
		return 0;
	wait->signalled = true;
	ar_session_log(wait->live->session,
		       "the API server's process is told to end, to restart it");
	return ar_process_signal(old, SIGTERM, err);
}

int ar__wait_end_old(struct ar__wait *wait, struct ar_err *err)
{
	const struct ar_live *live = wait->live;
	const struct ar_process *old = &live->before->process;
	bool ends = live->fast || live->loading == AR_LOADING_RESTART;

	if (!live->before->seen || !ends || wait->killed || live->loading == AR_LOADING_RELOAD)
		return 0;
	if (!ar_process_alive(old)) {
		wait->killed = true;
		return 0;
	}
	if (tell_to_end(wait, old, err) != 0)
		return -1;
	if (ar_process_listens(old, ar_server_port(live->local->manifest.pod)))
		return 0;
	if (!wait->deaf) {
		wait->deaf = true;
		wait->deaf_ms = ar__wait_ms(wait);
		done(wait, "old-deaf", "the old process has stopped listening");
	}
	if (ar__wait_ms(wait) - wait->deaf_ms < DEAF_MS)
		return 0;
	wait->killed = true;
	ar_session_log(wait->live->session,
		       "the old API server's process, which no longer listened, is ended");
	return ar_process_signal(old, SIGKILL, err);
}

/* --- the parts of the proof ------------------------------------------------------------------ */

static bool same_process(const struct ar_process *a, const struct ar_process *b)
{
	return a->pid == b->pid && a->start_ticks == b->start_ticks;
}

/* Is what runs now something else than before, and what is wanted? */
static bool is_new(const struct ar__wait *wait)
{
	const struct ar_live *live = wait->live;
	const struct ar_running *now = &live->local->running;

	if (!now->seen || (live->before->seen && live->loading != AR_LOADING_RELOAD &&
			   same_process(&now->process, &live->before->process)))
		return false;
	if (!live->flag_path)
		return !now->flag;
	return now->flag && strcmp(now->config, live->flag_path) == 0;
}

/* A pod that was not there before; or, in a run that comes late, the one whose process is right. */
static bool see_pod(struct ar__wait *wait)
{
	const struct ar_running *now = &wait->live->local->running;

	if (wait->live->loading != AR_LOADING_POD)
		return true;
	for (size_t i = 0; i < now->pod_count; i++)
		if (!ar_running_has_pod(wait->live->before, now->pods[i])) {
			snprintf(wait->pod, sizeof wait->pod, "%s", now->pods[i]);
			done(wait, "pod", "the kubelet made a new pod");
			return true;
		}
	return is_new(wait);
}

static bool see_process(struct ar__wait *wait)
{
	const struct ar_running *now = &wait->live->local->running;
	char text[100];

	if (!is_new(wait))
		return false;
	if (wait->live->loading != AR_LOADING_RELOAD) {
		snprintf(text, sizeof text, "a new process runs %s the flag (pid %ld)",
			 wait->live->flag_path ? "with" : "without", (long)now->process.pid);
		done(wait, "process", text);
	}
	wait->server.pid = now->process.pid;
	wait->server.start_ticks = now->process.start_ticks;
	snprintf(wait->pod, sizeof wait->pod, "%s", now->uid);
	ar_watch_process(wait->live->watch, &wait->server);
	return true;
}

static bool see_ready(struct ar__wait *wait)
{
	const struct ar_local *local = wait->live->local;

	if (!is_new(wait) || (wait->live->creds->api && local->ready.state != AR_READY_YES))
		return false;
	/* Without credentials its own word has to do: that it serves. */
	if (!wait->live->creds->api && wait->live->flag_path && !wait->result->listened)
		return false;
	if (!wait->live->creds->api &&
	    !ar_process_listens(&local->running.process, ar_server_port(local->manifest.pod)))
		return false;
	wait->ready_ms = ar__wait_ms(wait);
	done(wait, "ready",
	     wait->live->creds->api ? "its /readyz says ok"
				    : "it says that it serves (no credentials to ask it)");
	return true;
}

static bool see_loaded(struct ar__wait *wait)
{
	const struct ar_local *local = wait->live->local;

	if (!wait->live->flag_path || !wait->live->content)
		return true;
	bool silent = wait->live->creds->api && !local->measured;
	if (silent && ar__wait_ms(wait) - wait->ready_ms < METRICS_MS)
		return false;
	if (silent ? !ar_local_started_later(local) : local->server.load != AR_LOAD_CURRENT)
		return false;
	done(wait, "loaded",
	     silent ? "it started after the file was written (its /metrics cannot be read)"
	     : local->measured && local->loaded.has_hash
		     ? "the hash that it reports is the file's own"
		     : "it started after the file was written (it reports no hash)");
	return true;
}

static bool (*const parts[AR__PARTS])(struct ar__wait *) = {
	[AR__POD] = see_pod,
	[AR__PROCESS] = see_process,
	[AR__READY] = see_ready,
	[AR__LOADED] = see_loaded,
};
static const char *const waits[AR__PARTS] = {
	[AR__POD] = "waiting for the kubelet to make a new pod",
	[AR__PROCESS] = "waiting for the new process",
	[AR__READY] = "waiting for its /readyz",
	[AR__LOADED] = "waiting until it has loaded the file",
};

static void begin_part(const struct ar__wait *wait)
{
	const bool again = wait->part == AR__PROCESS && wait->live->loading == AR_LOADING_RESTART;

	if (wait->part < AR__PARTS)
		ar_events_say(wait->live->events, AR_EVENT_BEGIN, "wait", ar__wait_ms(wait), "%s%s",
			      waits[wait->part],
			      again ? " (the kubelet starts a container again after 10 s, and "
				      "twice as long each time within 10 minutes)"
				    : "");
}

/* A process that was new and is gone again: what it said does not count any more. */
static void start_over(struct ar__wait *wait)
{
	if (wait->part <= AR__PROCESS || is_new(wait))
		return;
	wait->part = AR__PROCESS;
	wait->ended++;
	begin_part(wait);
}

static void advance(struct ar__wait *wait)
{
	start_over(wait);
	while (wait->part < AR__PARTS && parts[wait->part](wait)) {
		wait->part++;
		begin_part(wait);
	}
}

/* A server with the change runs, be it new or one that an earlier run brought up. */
static bool has_change(const struct ar__wait *wait)
{
	const struct ar_running *now = &wait->live->local->running;

	return wait->live->flag_path && now->seen && now->flag &&
	       strcmp(now->config, wait->live->flag_path) == 0;
}

/* --- looking --------------------------------------------------------------------------------- */

static int set_stage(struct ar__wait *wait, struct ar_err *err)
{
	struct ar_record *record = wait->live->record;

	if (!wait->result->listened || !record || !record->id[0] ||
	    record->stage >= AR_STAGE_LISTENING)
		return 0;
	record->stage = AR_STAGE_LISTENING;
	return ar_record_update(&wait->live->session->host, record, err);
}

/* The process always; the API only when there is somebody to answer, and not too often. */
static int look(struct ar__wait *wait, struct ar_err *err)
{
	struct ar_local *local = wait->live->local;
	int64_t now = ar_watch_clock_ms();
	int64_t every = wait->live->loading == AR_LOADING_RELOAD ? RELOAD_MS : ASK_MS;
	bool ask = wait->part >= AR__READY && now - wait->asked_ms >= every;

	if (ask) {
		wait->asked_ms = now;
		if (ar_local_look_server(wait->live->session, wait->live->creds, local, err) != 0)
			return -1;
	} else {
		/* What was said to an earlier question is not of this moment. */
		local->ready = (struct ar_ready){ .state = AR_READY_AWAY };
		local->measured = false;
		local->server.load = AR_LOAD_UNKNOWN;
		ar_running_done(&local->running);
		if (ar_server_look(wait->live->session, local->manifest.pod, &local->running,
				   err) != 0)
			return -1;
	}
	if (has_change(wait))
		ar__wait_note_listening(wait);
	return set_stage(wait, err);
}

static int one_round(struct ar__wait *wait, bool *ret_over, struct ar_err *err)
{
	if (look(wait, err) != 0 || ar__wait_end_old(wait, err) != 0)
		return -1;
	advance(wait);
	*ret_over = wait->part == AR__PARTS;
	if (*ret_over) {
		wait->result->end = AR_LIVE_PROVED;
		return 0;
	}
	wait->result->end = AR_LIVE_FAILED;
	if (ar__wait_judge(wait, ret_over, err) != 0 || *ret_over)
		return *ret_over ? 0 : -1;
	if (ar__wait_ms(wait) < ar__wait_limit_ms(wait))
		return 0;
	*ret_over = true;
	return ar__wait_give_up(wait, err);
}

static int wait_for_it(struct ar__wait *wait, struct ar_err *err)
{
	enum ar_watch_event event = AR_WATCH_TIME;
	bool over = false;

	begin_part(wait);
	for (;;) {
		if (one_round(wait, &over, err) != 0)
			return -1;
		if (over)
			return 0;
		if (wait->live->events->tick)
			wait->live->events->tick(wait->live->events, ar__wait_ms(wait));
		if (ar_watch_wait(wait->live->watch, LOOK_MS, &event, err) != 0)
			return -1;
		if (event == AR_WATCH_STOP) {
			wait->result->end = AR_LIVE_STOPPED;
			return 0;
		}
	}
}

/* --- the canary ------------------------------------------------------------------------------ */

/* Whatever comes of it: a healthy server is never sent back because of a canary. */
static int send_canary(const struct ar__wait *wait, struct ar_err *err)
{
	const struct ar_live *live = wait->live;
	struct ar_canary canary = { .result = AR_CANARY_OK };
	char host[256] = "";

	if (!live->canary || !live->creds->api)
		return 0;
	gethostname(host, sizeof host - 1);
	if (ar_canary_run(live->creds->api, host, &canary, err) != 0)
		return -1;
	if (canary.result == AR_CANARY_OK)
		done(wait, "canary", "a canary Secret was written, read back and removed");
	else
		ar_events_say(live->events, AR_EVENT_NOTE,
			      canary.result == AR_CANARY_DENIED ? "canary-denied" : "canary-failed",
			      ar__wait_ms(wait), "the canary Secret %s: %s",
			      canary.result == AR_CANARY_DENIED ? "was denied" : "failed",
			      canary.text);
	return 0;
}

int ar_live_load(const struct ar_live *live, struct ar_live_result *ret, struct ar_err *err)
{
	struct ar__wait wait = {
		.live = live,
		.result = ret,
		.part = live->loading == AR_LOADING_POD ? AR__POD : AR__PROCESS,
		.start_ms = ar_watch_clock_ms(),
		.log_number = -1,
	};

	if (live->before->seen)
		wait.last_log = ar__last_log(live);
	ar_secret_forget(); /* a long wait: nothing of a key stays on the stack */
	ar_watch_folder(live->watch, AR_POD_LOGS);
	if (live->before->seen)
		ar_watch_process(live->watch, &live->before->process);
	if (wait_for_it(&wait, err) != 0)
		return -1;
	return ret->end == AR_LIVE_PROVED ? send_canary(&wait, err) : 0;
}
