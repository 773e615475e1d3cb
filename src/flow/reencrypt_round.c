/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/reencrypt_impl.h"

#define TELL_MS  250
#define WATCH_MS 20 /* signals are looked for that often, not before each request */
#define SPEED_MS 4000

struct round {
	struct ar__job *job;
	size_t cursor;
	struct ar_err err;
};

/* --- progress -------------------------------------------------------------------------------- */

/* Of the last four seconds: a pause shows, a burst does not. */
static double speed_of(struct ar__speed *speed, int64_t now, int64_t done)
{
	while (speed->count > 0 &&
	       (speed->count == AR__SPEEDS || now - speed->at[0].ms > SPEED_MS)) {
		speed->count--;
		memmove(speed->at, speed->at + 1, speed->count * sizeof speed->at[0]);
	}
	speed->at[speed->count].ms = now;
	speed->at[speed->count++].done = done;
	const int64_t ms = now - speed->at[0].ms;
	return ms > 0 ? (double)(done - speed->at[0].done) * 1000 / (double)ms : 0;
}

void ar__tell_progress(struct ar__job *job, int64_t done, int64_t total, int64_t failed)
{
	const int64_t now = ar_watch_clock_ms();

	job->speed.told_ms = now;
	const struct ar_headway progress = {
		.id = "reencrypt",
		.what = "values re-encrypted",
		.done = done,
		.total = total,
		.failed = failed,
		.per_second = speed_of(&job->speed, now, done),
		.elapsed_ms = ar__job_ms(job),
	};
	if (job->run->events->progress)
		job->run->events->progress(job->run->events, &progress);
}

static void tell(struct ar__job *job)
{
	const struct ar_reencrypt_result *r = job->result;
	const int64_t failed = r->refused + r->failed;

	ar__tell_progress(job, r->rewritten + r->gone + failed, job->total, failed);
}

/* --- stopping -------------------------------------------------------------------------------- */

static void look_for_signals(struct ar__job *job)
{
	enum ar_watch_event event = AR_WATCH_TIME;
	struct ar_err ignored = AR_ERR_INIT;

	if (!job->interrupted && ar_watch_wait(job->run->watch, 0, &event, &ignored) == 0)
		job->interrupted = event == AR_WATCH_STOP;
}

/* Said when what was on its way has been answered, too. */
static void note_interrupted(struct ar__job *job)
{
	const long long done = job->result->rewritten + job->result->gone;

	ar_err_set(&job->stop, "interrupted: %lld of %lld are re-encrypted", done,
		   (long long)job->total);
	ar_err_hint(&job->stop, "nothing is lost; run the same command again: it goes on with what "
				"is left");
	ar_err_class(&job->stop, AR_RESUMABLE);
}

static enum ar_rewrite_go may_go(void *user)
{
	static const enum ar_rewrite_go gos[] = {
		[AR_BRAKE_GO] = AR_REWRITE_GO,
		[AR_BRAKE_HOLD] = AR_REWRITE_HOLD,
		[AR_BRAKE_STOP] = AR_REWRITE_STOP,
	};
	struct round *round = user;
	struct ar__job *job = round->job;
	const int64_t now = ar_watch_clock_ms();

	if (now - job->watched_ms >= WATCH_MS) {
		job->watched_ms = now;
		look_for_signals(job);
	}
	if (job->interrupted || ar_err_is_set(&job->stop))
		return AR_REWRITE_STOP;
	if (now - job->speed.told_ms >= TELL_MS)
		tell(job);
	return gos[ar_brake_check(&job->brake, &job->stop)];
}

/* --- one object ------------------------------------------------------------------------------ */

/* Behind "secrets " the name as the census has it. */
static void name_of(const struct ar__job *job, size_t index, char *buf, size_t size)
{
	AR_BUF_AUTO struct ar_buf name = AR_BUF_INIT;
	const struct ar_stale_entry *entry = &job->stale.list[index];
	const char *key = ar_stale_name(&job->stale, index);
	char resource[400];

	ar_resource_name(&ar__item(job, entry->item)->resource, resource, sizeof resource);
	ar_buf_add_printable(&name, key, strlen(key));
	snprintf(buf, size, "%s %s", resource, ar_buf_text(&name));
}

static void add_refusal(struct ar__job *job, size_t index, const char *reason, const char *message)
{
	struct ar_reencrypt_result *r = job->result;

	if (r->refusal_count == AR_REFUSALS_MAX)
		return;
	if ((r->refusal_count & (r->refusal_count - 1)) == 0) { /* 0, 1, 2, 4, …: it is full */
		const size_t cap = r->refusal_count ? r->refusal_count * 2 : 1;
		struct ar_refusal *list = realloc(r->refusals, cap * sizeof *list);
		if (!list)
			return;
		r->refusals = list;
	}
	struct ar_refusal *refusal = &r->refusals[r->refusal_count++];
	name_of(job, index, refusal->object, sizeof refusal->object);
	snprintf(refusal->reason, sizeof refusal->reason, "%s", reason);
	snprintf(refusal->message, sizeof refusal->message, "%s", message);
}

/* "default/a" is in a namespace, "a" is not: as the resource has it. */
static bool path_of(const struct ar__job *job, size_t index, char *buf, size_t size)
{
	const struct ar_served *served = job->served[job->stale.list[index].item];
	const char *name = ar_stale_name(&job->stale, index);
	const char *slash = strchr(name, '/');
	char namespace[300] = "";

	if (served->namespaced != (slash != NULL))
		return false;
	if (slash && (size_t)snprintf(namespace, sizeof namespace, "%.*s", (int)(slash - name),
				      name) >= sizeof namespace)
		return false;
	return ar_served_path(served, namespace, slash ? slash + 1 : name, buf, size);
}

static bool next_object(void *user, struct ar_rewrite_object *ret)
{
	struct round *round = user;
	struct ar__job *job = round->job;

	while (round->cursor < job->stale.count) {
		const size_t index = round->cursor++;
		struct ar_stale_entry *entry = &job->stale.list[index];
		ar_brake_sent(&job->brake, entry->growth);
		if (path_of(job, index, ret->path, sizeof ret->path)) {
			ret->tag = index;
			return true;
		}
		entry->state = AR_STALE_REFUSED;
		job->result->failed++;
		ar_brake_answered(&job->brake, entry->growth);
		add_refusal(job, index, "NoSuchName", "its key in etcd is no name of an object");
	}
	return false;
}

/* Numbers without leading zeros: the longer one is the greater. */
static bool newer(const char *version, const char *than)
{
	const size_t a = strlen(version), b = strlen(than);

	return a != b ? a > b : strcmp(version, than) > 0;
}

static void note_refused(struct ar__job *job, size_t index, const struct ar_rewrite_result *result)
{
	char status[64];

	snprintf(status, sizeof status, result->status ? "HTTP %d" : "NoAnswer", result->status);
	job->stale.list[index].state = AR_STALE_REFUSED;
	add_refusal(job, index, result->reason[0] ? result->reason : status, result->message);
}

static void object_done(void *user, const struct ar_rewrite_result *result)
{
	struct round *round = user;
	struct ar__job *job = round->job;
	struct ar_reencrypt_result *r = job->result;
	struct ar_stale_entry *entry = &job->stale.list[result->tag];

	ar_brake_answered(&job->brake, entry->growth);
	if (result->given_up) /* the run ends, and says why */
		return;
	entry->state = AR_STALE_DONE;
	switch (result->end) {
	case AR_REWRITTEN_OK:
		if (!job->newer_than || newer(result->resource_version, job->newer_than))
			r->rewritten++;
		else
			r->current++;
		return;
	case AR_REWRITTEN_GONE: r->gone++; return;
	case AR_REWRITTEN_REFUSED: r->refused++; break;
	case AR_REWRITTEN_FAILED: r->failed++; break;
	}
	note_refused(job, result->tag, result);
}

/* --- a round --------------------------------------------------------------------------------- */

/* The etcds that are written to; mostly there is one. */
static int ready_brake(struct ar__job *job, struct ar_err *err)
{
	struct ar_brake *brake = &job->brake;
	struct ar_store *store = &job->run->scan->store;
	struct ar_etcd *etcd = NULL;
	size_t known, last = SIZE_MAX;

	brake->etcd_count = 0;
	for (size_t i = 0; store->etcd && i < job->stale.count; i++) {
		if (job->stale.list[i].item == last)
			continue;
		last = job->stale.list[i].item;
		if (ar_store_of(store, &ar__item(job, last)->resource, &etcd, err) != 0)
			return -1;
		for (known = 0; known < brake->etcd_count && brake->etcds[known] != etcd;)
			known++;
		if (known == brake->etcd_count && known < AR_BRAKE_ETCDS)
			brake->etcds[brake->etcd_count++] = etcd;
	}
	brake->events = job->run->events;
	brake->store = store;
	brake->ahead = job->stale.growth;
	brake->credit = 0;
	brake->next_ms = 0;
	return 0;
}

static void note_away(struct ar__job *job)
{
	ar_err_set(&job->stop, "the API server went away, and did not come back");
	ar_err_hint(&job->stop,
		    "nothing is lost; once it runs, run the same command again: it goes "
		    "on with what is left");
	ar_err_class(&job->stop, AR_RESUMABLE);
}

int ar__rewrite(struct ar__job *job, struct ar_err *err)
{
	struct round round = { .job = job };
	struct ar_rewrite_sum sum = { .ok = 0 };
	const struct ar_rewrite_ask ask = {
		.in_flight = job->run->in_flight,
		.rate = job->run->rate,
		.next = next_object,
		.done = object_done,
		.go = may_go,
		.user = &round,
	};

	if (ready_brake(job, err) != 0)
		return -1;
	const int ran = ar_rewrite_run(job->run->creds->api, &ask, &sum, err);
	ar_brake_end(&job->brake);
	tell(job);
	job->result->retries += sum.retries;
	job->result->held_ms = job->brake.held_ms;
	if (ran != 0)
		return -1;
	if (sum.away && !ar_err_is_set(&job->stop))
		note_away(job);
	if (job->interrupted && sum.stopped && !ar_err_is_set(&job->stop))
		note_interrupted(job);
	return ar_stale_merge(&job->refused, &job->stale, AR_STALE_REFUSED, err);
}
