/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "flow/live_impl.h"
#include "flow/logs.h"

#define SERVER_MS 500   /* the server's log, while none runs */
#define LOG_MS    2000  /* the kubelet's log, not more often */
#define AGAIN_MS  12000 /* longer than the kubelet waits between two tries */
#define QUIET_MS  3000  /* nothing wrong is looked for before */
#define STARTS    2     /* ended ones that make a crash loop */

static struct ar_text text_of(const char *name, const struct ar_buf *buf)
{
	return (struct ar_text){ .name = name, .data = ar_buf_text(buf), .len = buf->len };
}

/* The pod that is meant to run now; one that was there already when a run comes late. */
static const char *pod_of(const struct ar__wait *wait)
{
	const struct ar_running *now = &wait->live->local->running;

	if (wait->pod[0] || wait->live->loading != AR_LOADING_POD)
		return wait->pod[0] ? wait->pod : wait->live->before->uid;
	return !now->seen && now->pod_count == 1 ? now->pods[0] : "";
}

void ar__wait_note_listening(struct ar__wait *wait)
{
	AR_BUF_AUTO struct ar_buf log = AR_BUF_INIT;
	int number = -1;

	const struct ar_local *local = wait->live->local;

	if (wait->result->listened)
		return;
	ar_logs_server(wait->live->session, local->manifest.pod, local->running.uid, &log, &number);
	const struct ar_text text = text_of("log", &log);
	wait->log_number = number;
	wait->result->listened = ar_symptom_listening(&text) ||
				 local->ready.state != AR_READY_AWAY ||
				 (number < 0 &&
				  ar_process_listens(&local->running.process,
						     ar_server_port(local->manifest.pod)));
}

int ar__last_log(const struct ar_live *live)
{
	AR_BUF_AUTO struct ar_buf log = AR_BUF_INIT;
	int number = -1;

	ar_logs_server(live->session, live->local->manifest.pod, live->before->uid, &log, &number);
	return number;
}

/* Of a new pod the first one. The pod that ran before has logs of starts that were meant, and,
 * while it makes way for a new one, ends without that being a failure. */
static int first_log(const struct ar__wait *wait, int number)
{
	const struct ar_running *before = wait->live->before;

	if (!before->seen || strcmp(pod_of(wait), before->uid) != 0)
		return 0;
	if (wait->last_log < 0) /* they could not be read then: none of these counts */
		return number;
	return wait->live->loading == AR_LOADING_POD ? wait->last_log : wait->last_log + 1;
}

/* --- the container's log --------------------------------------------------------------------- */

static int scan_server(struct ar__wait *wait, int *ret_number, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf log = AR_BUF_INIT;
	const struct ar_local *local = wait->live->local;

	ar_logs_server(wait->live->session, local->manifest.pod, pod_of(wait), &log, ret_number);
	if (ar_buf_check(&log, err) != 0)
		return -1;
	const struct ar_text text = text_of("the API server's log", &log);
	ar_symptom_tail(&text, wait->result->log, sizeof wait->result->log);
	return ar_symptom_scan(&text, &wait->result->causes, err);
}

static int say(struct ar__wait *wait, const char *id, const char *what, struct ar_err *err)
{
	int said = ar_findings_say(&wait->result->causes, id, "kube-apiserver", "%s", what);

	return said != 0 ? ar_err_oom(err) : 0;
}

/* A start that ended: one whose log names the cause is enough, else a second one. */
static int judge_starts(struct ar__wait *wait, bool *ret_failed, struct ar_err *err)
{
	int number = -1;

	const int64_t now = ar__wait_ms(wait);
	if (wait->live->loading == AR_LOADING_RELOAD || wait->live->local->running.seen ||
	    !pod_of(wait)[0] || now < QUIET_MS || now - wait->looked_server_ms < SERVER_MS)
		return 0;
	wait->looked_server_ms = now;
	ar_findings_done(&wait->result->causes);
	if (scan_server(wait, &number, err) != 0)
		return -1;
	const int started = number - first_log(wait, number);
	const int ended = wait->ended > started ? wait->ended : started;
	if (ended <= 0)
		return 0;
	*ret_failed = wait->result->causes.count > 0 || ended >= STARTS;
	if (*ret_failed && wait->result->causes.count == 0)
		return say(wait, "crash-loop",
			   "it was started again and again, and ended each time", err);
	return 0;
}

/* --- the kubelet's log ----------------------------------------------------------------------- */

/* Those of its causes that no waiting mends. */
static bool is_final(const struct ar_findings *causes)
{
	static const char *const final[] = { "kubelet-refused", "hostpath-check", "mount-failed",
					     "image-missing", "container-create" };

	for (size_t j = 0; j < sizeof final / sizeof final[0]; j++)
		if (ar_findings_has(causes, final[j]))
			return true;
	return false;
}

static int scan_kubelet(struct ar__wait *wait, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf log = AR_BUF_INIT;
	const char *name = ar_logs_kubelet(wait->live->session, wait->live->written_ns, &log);

	if (ar_buf_check(&log, err) != 0)
		return -1;
	const struct ar_text text = text_of(name, &log);
	return ar_symptom_scan(&text, &wait->result->causes, err);
}

static int judge_kubelet(struct ar__wait *wait, bool *ret_failed, struct ar_err *err)
{
	int64_t now = ar__wait_ms(wait);

	if (wait->part > AR__PROCESS || wait->live->loading != AR_LOADING_POD || now < QUIET_MS ||
	    now - wait->looked_log_ms < LOG_MS)
		return 0;
	wait->looked_log_ms = now;
	ar_findings_done(&wait->result->causes);
	if (scan_kubelet(wait, err) != 0)
		return -1;
	if (!is_final(&wait->result->causes))
		return 0;
	/* Some of it the kubelet tries again: what is still so a while later stays so. */
	if (wait->final_ms == 0)
		wait->final_ms = now;
	*ret_failed = ar_findings_has(&wait->result->causes, "kubelet-refused") ||
		      ar_findings_has(&wait->result->causes, "hostpath-check") ||
		      now - wait->final_ms >= AGAIN_MS;
	return 0;
}

/* --- a reload -------------------------------------------------------------------------------- */

static int judge_reload(struct ar__wait *wait, bool *ret_failed, struct ar_err *err)
{
	const struct ar_loaded *loaded = &wait->live->local->loaded;
	int number = -1;

	if (wait->live->loading != AR_LOADING_RELOAD || !wait->live->local->measured ||
	    !loaded->has_reload_failure ||
	    loaded->reload_failure * 1e9 < (double)wait->live->local->config.file.mtime_ns)
		return 0;
	*ret_failed = true;
	if (scan_server(wait, &number, err) != 0)
		return -1;
	return wait->result->causes.count ? 0
					  : say(wait, "reload-rejected",
						"the server counts a reload that failed", err);
}

/* A server that reads its file once has read another: waiting changes nothing. */
static int judge_hash(struct ar__wait *wait, bool *ret_failed, struct ar_err *err)
{
	const struct ar_local *local = wait->live->local;

	if (wait->part != AR__LOADED || !local->measured || !local->loaded.has_hash ||
	    local->server.load != AR_LOAD_OTHER || local->running.reloads)
		return 0;
	*ret_failed = true;
	ar_findings_done(&wait->result->causes);
	return say(wait, "config-hash-differs",
		   "the file that the new server has loaded is not the one that was looked at",
		   err);
}

int ar__wait_judge(struct ar__wait *wait, bool *ret_failed, struct ar_err *err)
{
	static int (*const judges[])(struct ar__wait *, bool *,
				     struct ar_err *) = { judge_starts, judge_hash, judge_kubelet,
							  judge_reload };

	*ret_failed = false;
	for (size_t i = 0; i < sizeof judges / sizeof judges[0] && !*ret_failed; i++)
		if (judges[i](wait, ret_failed, err) != 0)
			return -1;
	return 0;
}

int ar__wait_give_up(struct ar__wait *wait, struct ar_err *err)
{
	static const char *const whats[AR__PARTS] = {
		[AR__POD] = "the kubelet made no new pod",
		[AR__PROCESS] = "no new process was seen",
		[AR__READY] = "its /readyz was not ok",
		[AR__LOADED] = "it did not load the file",
	};
	char what[120];
	int number = -1;

	ar_findings_done(&wait->result->causes);
	if (scan_server(wait, &number, err) != 0 || scan_kubelet(wait, err) != 0)
		return -1;
	snprintf(what, sizeof what, "%s within %d minutes", whats[wait->part],
		 (int)(ar__wait_limit_ms(wait) / 60000));
	if (say(wait, wait->part == AR__POD ? "kubelet-ignored" : "time-over", what, err) != 0)
		return -1;
	if (wait->live->local->ready.why[0])
		return say(wait, "health-timeout", wait->live->local->ready.why, err);
	return 0;
}
