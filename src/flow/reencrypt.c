/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/reencrypt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "flow/reencrypt_impl.h"
#include "flow/rewritten.h"

/* Others write meanwhile, and a server that is told late writes with the old key: a few rounds,
 * each over what the one before left. */
#define ROUNDS_MAX 5

void ar_reencrypt_result_done(struct ar_reencrypt_result *result)
{
	free(result->refusals);
	*result = (struct ar_reencrypt_result)AR_REENCRYPT_RESULT_INIT;
}

int64_t ar__job_ms(const struct ar__job *job)
{
	return ar_watch_clock_ms() - job->start_ms;
}

const struct ar_scope_item *ar__item(const struct ar__job *job, size_t item)
{
	return &job->run->scan->scope.items[item];
}

bool ar__rewrites(const struct ar__job *job, size_t item)
{
	return !ar__item(job, item)->cannot_rewrite && job->served[item];
}

/* --- the job --------------------------------------------------------------------------------- */

void ar__job_done(struct ar__job *job)
{
	ar_stale_done(&job->stale);
	ar_stale_done(&job->refused);
	free(job->served);
	free(job->census);
}

int ar__job_open(struct ar_reencrypt *run, struct ar_reencrypt_result *result, struct ar__job *ret,
		 struct ar_err *err)
{
	const struct ar_scan *scan = run->scan;

	*ret = (struct ar__job){ .run = run,
				 .result = result,
				 .stale = AR_STALE_INIT,
				 .refused = AR_STALE_INIT,
				 .start_ms = ar_watch_clock_ms() };
	ret->served = calloc(scan->scope.count + 1, sizeof(void *));
	ret->census = calloc(scan->scope.count + 1, sizeof *ret->census);
	if (!ret->served || !ret->census)
		return ar_err_oom(err);
	if (scan->scope.count > UINT16_MAX)
		return ar_err_set(err, "%zu resources are more than can be handled",
				  scan->scope.count);
	for (size_t i = 0; i < scan->scope.count; i++) {
		const struct ar_resource *resource = &scan->scope.items[i].resource;
		const struct ar_served *served = ar_discovery_find(&scan->discovery,
								   resource->resource,
								   resource->group);
		if (served && served->patch)
			ret->served[i] = served;
	}
	return 0;
}

/* --- rounds ---------------------------------------------------------------------------------- */

/* What is there and stays as it is, because no request can rewrite it. */
static void say_left(const struct ar__job *job)
{
	char name[400];

	for (size_t i = 0; i < job->run->scan->scope.count; i++) {
		const struct ar_scope_item *item = ar__item(job, i);
		if (ar__rewrites(job, i) || job->census[i].stale == 0)
			continue;
		ar_resource_name(&item->resource, name, sizeof name);
		ar_events_say(job->run->events, AR_EVENT_NOTE, "cannot-rewrite", -1,
			      "%lld values of %s stay as they are: %s",
			      (long long)job->census[i].stale, name,
			      item->cannot_rewrite ? item->cannot_rewrite
						   : "the API server does not serve them");
	}
}

static void say_round(const struct ar__job *job, int round)
{
	ar_events_say(job->run->events, AR_EVENT_BEGIN, "rewrite", -1,
		      round == 0 ? "re-encrypting %zu values"
				 : "re-encrypting %zu values that changed meanwhile",
		      job->stale.count);
}

static void say_rewritten(const struct ar__job *job)
{
	const struct ar_reencrypt_result *r = job->result;
	const int64_t ms = ar__job_ms(job);
	const int64_t answered = r->rewritten + r->gone + r->refused + r->failed;

	ar_events_say(job->run->events, AR_EVENT_DONE, "rewrite", ms,
		      "%lld values were re-encrypted%s, %.0f a second", (long long)r->rewritten,
		      r->gone ? " (others are deleted meanwhile)" : "",
		      ms > r->held_ms ? (double)answered * 1000 / (double)(ms - r->held_ms) : 0);
}

/* The census counts, not the answers. Counted also where the run was stopped by something else than
 * a signal: whoever reads it wants to know what is left. */
static int count_again(struct ar__job *job, struct ar_err *err)
{
	struct ar_err uncounted = AR_ERR_INIT;

	if (job->interrupted && ar_err_is_set(&job->stop))
		return 0;
	ar_events_say(job->run->events, AR_EVENT_BEGIN, "census", -1, "counting again in etcd");
	if (ar__count_fast(job, &uncounted) != 0) {
		if (!ar_err_is_set(&job->stop))
			*err = uncounted;
		return ar_err_is_set(&job->stop) ? 0 : ar_err_class(err, AR_RESUMABLE);
	}
	job->result->stale_after = ar__sum_stale(job);
	job->result->total = ar__sum_total(job);
	job->result->revision = ar__revision(job);
	job->result->proved = job->result->stale_after == 0;
	return 0;
}

static int rounds(struct ar__job *job, struct ar_err *err)
{
	job->total = (int64_t)job->stale.count;
	for (int round = 0; round < ROUNDS_MAX && job->stale.count > 0; round++) {
		const size_t before = job->stale.count;
		say_round(job, round);
		if (ar__rewrite(job, err) != 0)
			return ar_err_class(err, AR_RESUMABLE);
		if (!ar_err_is_set(&job->stop))
			say_rewritten(job);
		if (count_again(job, err) != 0)
			return -1;
		if (ar_err_is_set(&job->stop) || job->interrupted || job->stale.count >= before)
			break;
		job->total += (int64_t)job->stale.count;
	}
	return 0;
}

static int run_seen(struct ar__job *job, struct ar_err *err)
{
	ar_events_say(job->run->events, AR_EVENT_BEGIN, "census", -1,
		      "counting what is stored in etcd");
	if (ar__count_fast(job, err) != 0)
		return -1;
	struct ar_reencrypt_result *r = job->result;
	r->seen = true;
	r->stale_before = r->stale_after = ar__sum_stale(job);
	r->total = ar__sum_total(job);
	r->revision = ar__revision(job);
	r->proved = r->stale_before == 0;
	ar_events_say(job->run->events, AR_EVENT_DONE, "census", ar__job_ms(job),
		      "%lld of %lld values are not under their writer", (long long)r->stale_before,
		      (long long)r->total);
	say_left(job);
	if (job->stale.count == 0)
		return 0;
	r->stale_after = -1; /* until it is counted again */
	r->revision = 0;
	if (job->run->engine == AR_ENGINE_SVM)
		return ar__run_svm(job, err) != 0 ? -1 : count_again(job, err);
	return rounds(job, err);
}

/* --- the end --------------------------------------------------------------------------------- */

/* Of each resource that is its writer's now: what was stored before may hold the old. One that
 * needed nothing keeps the mark that it has. */
static int write_marks(const struct ar__job *job, struct ar_err *err)
{
	const struct ar_scan *scan = job->run->scan;
	AR_REWRITTEN_AUTO struct ar_rewritten_marks old = AR_REWRITTEN_INIT;
	AR_FREE_AUTO struct ar_rewritten_mark *marks = calloc(scan->scope.count + 1, sizeof *marks);
	size_t count = 0;

	if (!marks)
		return ar_err_oom(err);
	if (scan->namespace || ar_rewritten_mark_read(&job->run->session->host, &old, err) != 0)
		return scan->namespace ? 0 : -1;
	for (size_t i = 0; i < scan->scope.count; i++) {
		const struct ar_writer *writer = &scan->scope.items[i].writer;
		struct ar_rewritten_mark *mark = &marks[count];
		ar_resource_name(&scan->scope.items[i].resource, mark->resource,
				 sizeof mark->resource);
		const struct ar_rewritten_mark *is = ar_rewritten_find(&old, mark->resource);
		snprintf(mark->provider, sizeof mark->provider, "%s",
			 ar_provider_name(writer->provider));
		snprintf(mark->key, sizeof mark->key, "%s", writer->name);
		mark->revision = job->census[i].revision;
		const bool same = is && strcmp(is->provider, mark->provider) == 0 &&
				  strcmp(is->key, mark->key) == 0;
		if (job->census[i].stale == 0 && !(same && job->result->rewritten == 0))
			count++;
	}
	return count ? ar_rewritten_mark_write(&job->run->session->host, marks, count, err) : 0;
}

static void note_marks(const struct ar__job *job)
{
	struct ar_err failed = AR_ERR_INIT;

	if (job->result->seen && job->result->proved && write_marks(job, &failed) != 0)
		ar_events_say(job->run->events, AR_EVENT_NOTE, "mark", -1,
			      "when this was cannot be kept for 'atrest verify': %.300s",
			      failed.msg);
}

static const char *left_hint(const struct ar_reencrypt_result *r)
{
	if (r->refused + r->failed > 0)
		return "mend what the reasons say, then run the same command again: it goes on "
		       "with exactly those";
	if (r->rewritten + r->gone == 0)
		return "no request to this API server can rewrite them: see why above";
	return "somebody writes them without the key: see that every API server has loaded the "
	       "config, then run the same command again";
}

static int fail_left(const struct ar_reencrypt_result *r, struct ar_err *err)
{
	const int64_t told_no = r->refused + r->failed;

	if (told_no > 0)
		ar_err_set(err, "%lld values could not be re-encrypted", (long long)told_no);
	else
		ar_err_set(err, "%lld of %lld values are still not under their writer",
			   (long long)r->stale_after, (long long)r->total);
	ar_err_hint(err, "%s", left_hint(r));
	return ar_err_class(err, AR_RESUMABLE);
}

static int end(struct ar__job *job, struct ar_err *err)
{
	struct ar_reencrypt_result *r = job->result;

	if (ar_err_is_set(&job->stop)) {
		*err = job->stop;
		return -1;
	}
	if (r->seen ? !r->proved : r->refused + r->failed > 0)
		return fail_left(r, err);
	if (r->seen)
		ar_events_say(job->run->events, AR_EVENT_DONE, "proved", ar__job_ms(job),
			      "etcd was asked: nothing is stale at revision %lld",
			      (long long)r->revision);
	return 0;
}

int ar_reencrypt_run(struct ar_reencrypt *run, struct ar_reencrypt_result *ret, struct ar_err *err)
{
	AR__JOB_AUTO struct ar__job job;
	struct ar_reencrypt_result result = { .stale_before = -1, .stale_after = -1, .total = -1 };

	ar_reencrypt_result_done(ret);
	*ret = result;
	if (ar__job_open(run, ret, &job, err) != 0)
		return -1;
	int ran = 0;
	if (!run->creds->api || run->scan->discovery.count == 0) {
		ran = ar_err_set(err, "the API server could not be asked what it serves: %.300s",
				 run->creds->api ? run->scan->undiscovered : run->creds->why);
	} else {
		ran = run->scan->store.etcd ? run_seen(&job, err) : ar__run_blind(&job, err);
	}
	ret->elapsed_ms = ar__job_ms(&job);
	if (ran == 0)
		note_marks(&job);
	return ran == 0 ? end(&job, err) : -1;
}
