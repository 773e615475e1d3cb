/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "api/migration.h"
#include "flow/reencrypt_impl.h"

#define LOOK_MS    1000
#define COUNT_MS   3000
#define PENDING_MS 120000 /* so long nobody takes it up: no controller does */
#define AWAY_MS    120000

/* One resource's migration. */
struct watched {
	struct ar__job *job;
	size_t item;
	struct ar_migration migration;
	char resource[400];
	int64_t since_ms, seen_ms, count_ms; /* began; was answered; is counted next */
};

static int begin(struct watched *w, const char *version, struct ar_err *err)
{
	struct ar_api *api = w->job->run->creds->api;
	const struct ar_resource *resource = &ar__item(w->job, w->item)->resource;
	const int64_t stale = w->job->census[w->item].stale;

	if (ar_migration_find(api, version, resource, &w->migration, err) != 0)
		return -1;
	const bool found = w->migration.name[0] != '\0';
	if (!found && ar_migration_create(api, version, resource, &w->migration, err) != 0)
		return -1;
	ar_events_say(w->job->run->events, AR_EVENT_BEGIN, "rewrite", -1,
		      "%s StorageVersionMigration '%s': %lld %s to re-encrypt",
		      found ? "going on with" : "made", w->migration.name, (long long)stale,
		      w->resource);
	return 0;
}

/* The controller shows no progress: the census does, and takes a tenth of the time at most. */
static void count(struct watched *w, int64_t now)
{
	const struct ar_census_ask nothing = { .each = NULL };
	struct ar__job *job = w->job;
	struct ar_err ignored = AR_ERR_INIT;
	const int64_t before = job->census[w->item].stale;

	if (now < w->count_ms)
		return;
	if (ar_scan_take(job->run->scan, w->item, &nothing, &job->census[w->item], &ignored) == 0 &&
	    job->census[w->item].stale < before)
		job->result->rewritten += before - job->census[w->item].stale;
	const int64_t after = ar_watch_clock_ms();
	w->count_ms = after + (10 * (after - now) > COUNT_MS ? 10 * (after - now) : COUNT_MS);
	ar__tell_progress(job, job->result->rewritten, job->total, 0);
}

static int fail(struct watched *w, const char *what, const char *hint)
{
	ar_err_set(&w->job->stop, "StorageVersionMigration '%s': %.300s", w->migration.name, what);
	ar_err_hint(&w->job->stop, "%s", hint);
	return ar_err_class(&w->job->stop, AR_RESUMABLE);
}

/* false: it has ended, one way or another. */
static bool goes_on(struct watched *w, int64_t now)
{
	switch (w->migration.state) {
	case AR_MIGRATION_SUCCEEDED: return false;
	case AR_MIGRATION_FAILED:
		fail(w, w->migration.message[0] ? w->migration.message : "it failed",
		     "'atrest reencrypt' without --engine svm names the objects that are refused");
		return false;
	case AR_MIGRATION_PENDING:
		if (now - w->since_ms < PENDING_MS)
			return true;
		fail(w, "no controller takes it up",
		     "kube-controller-manager needs the feature gate StorageVersionMigrator; "
		     "'atrest reencrypt' without --engine svm needs none");
		return false;
	case AR_MIGRATION_RUNNING: break;
	}
	return true;
}

/* A server that is away for a moment comes back; a migration that somebody removed does not. */
static int look(struct watched *w, int64_t now, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;

	if (ar_migration_look(w->job->run->creds->api, &w->migration, &unread) == 0) {
		w->seen_ms = now;
		return 0;
	}
	if (unread.sys == ENOENT)
		return fail(w, "somebody removed it", "run the same command again");
	if (unread.sys != ENOMEM && now - w->seen_ms < AWAY_MS)
		return 0;
	*err = unread;
	return ar_err_class(err, AR_RESUMABLE);
}

static int stop(struct watched *w)
{
	ar_err_set(&w->job->stop,
		   "interrupted: StorageVersionMigration '%s' goes on in the cluster",
		   w->migration.name);
	ar_err_hint(&w->job->stop, "run the same command again: it goes on watching it");
	return ar_err_class(&w->job->stop, AR_RESUMABLE);
}

static int await(struct watched *w, struct ar_err *err)
{
	enum ar_watch_event event = AR_WATCH_TIME;

	w->since_ms = w->seen_ms = ar_watch_clock_ms();
	for (;;) {
		const int64_t now = ar_watch_clock_ms();
		if (look(w, now, err) != 0)
			return ar_err_is_set(&w->job->stop) ? 0 : -1;
		if (!goes_on(w, now))
			return 0;
		count(w, now);
		if (ar_watch_wait(w->job->run->watch, LOOK_MS, &event, err) != 0)
			return -1;
		if (event == AR_WATCH_STOP) {
			w->job->interrupted = true;
			stop(w);
			return 0;
		}
	}
}

static int migrate(struct ar__job *job, size_t item, const char *version, struct ar_err *err)
{
	struct watched w = { .job = job, .item = item };
	struct ar_err ignored = AR_ERR_INIT;

	ar_resource_name(&ar__item(job, item)->resource, w.resource, sizeof w.resource);
	if (begin(&w, version, err) != 0 || await(&w, err) != 0)
		return -1;
	if (w.migration.state == AR_MIGRATION_SUCCEEDED) {
		w.count_ms = 0;
		count(&w, ar_watch_clock_ms());
		ar_events_say(job->run->events, AR_EVENT_DONE, "rewrite", ar__job_ms(job),
			      "StorageVersionMigration '%s' has succeeded", w.migration.name);
		ar_migration_remove(job->run->creds->api, &w.migration, &ignored);
	}
	return 0;
}

int ar__run_svm(struct ar__job *job, struct ar_err *err)
{
	char version[64];

	if (!ar_migration_served(&job->run->scan->discovery, version)) {
		ar_err_set(err, "this API server serves no StorageVersionMigration");
		return ar_err_hint(err,
				   "it is beta from 1.35 on (storagemigration.k8s.io/v1beta1 has "
				   "to be turned on) and stable in 1.37; without --engine svm "
				   "'atrest reencrypt' needs none");
	}
	job->total = ar__sum_stale(job);
	for (size_t i = 0; i < job->run->scan->scope.count && !ar_err_is_set(&job->stop); i++)
		if (ar__rewrites(job, i) && job->census[i].stale > 0 &&
		    migrate(job, i, version, err) != 0)
			return ar_err_class(err, AR_RESUMABLE);
	return 0;
}
