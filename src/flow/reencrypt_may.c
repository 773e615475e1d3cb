/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/cluster.h"
#include "flow/reencrypt_impl.h"
#include "plan/brake.h"

/* --- may it be done -------------------------------------------------------------------------- */

static int check_loaded(const struct ar_local *local, struct ar_err *err)
{
	switch (local->server.load) {
	case AR_LOAD_CURRENT: return 0;
	case AR_LOAD_NOTHING:
		ar_err_set(err, local->running.seen
					? "the API server runs without an EncryptionConfiguration"
					: "no API server of this node runs");
		return ar_err_hint(err, "'atrest enable' turns encryption on");
	case AR_LOAD_OTHER:
		ar_err_set(err, "the API server has not loaded the config as it lies there: it "
				"would write with another key");
		return ar_err_hint(err, "'atrest enable' makes it load the file; with reloading, "
					"wait a minute");
	case AR_LOAD_UNKNOWN: break;
	}
	ar_err_set(err, "it cannot be told what the API server has loaded");
	return ar_err_hint(err, "run it on a control-plane node, as root, without --root");
}

static int check_ready(const struct ar_reencrypt *run, struct ar_err *err)
{
	const struct ar_local *local = run->local;

	if (!run->creds->api) {
		ar_err_set(err, "there are no credentials for the API server: %.300s",
			   run->creds->why);
		return ar_err_hint(err, "name a kubeconfig that may patch these resources "
					"(--kubeconfig)");
	}
	if (local->ready.state == AR_READY_YES)
		return 0;
	ar_err_set(err, "the API server is not ready: %.300s",
		   local->ready.why[0] ? local->ready.why : local->unseen);
	return ar_err_hint(err, "'atrest doctor' says more; run it again when it is well");
}

static int has_other(const struct ar_cluster_server *server, struct ar_err *err)
{
	ar_err_set(err, "the API server of %s %s, so nothing is rewritten", ar_cluster_name(server),
		   server->load == AR_CLUSTER_UNKNOWN ? "does not say what it has loaded"
						      : "has not loaded the file that lies here");
	return ar_err_hint(err, "%s",
			   server->load == AR_CLUSTER_UNKNOWN && server->why[0]
				   ? server->why
				   : "'atrest status' shows what each has; 'atrest "
				     "continue' brings them together");
}

/* One that has another config reads nothing of what is written now, and writes with its own key. So
 * where there are several each must have loaded the very file that lies here. */
static int check_others(const struct ar_reencrypt *run, struct ar_err *err)
{
	AR_CLUSTER_AUTO struct ar_cluster cluster = AR_CLUSTER_INIT;
	struct ar_err unread = AR_ERR_INIT;
	struct ar_found found;

	if (run->several)
		return 0;
	if (ar_local_find(run->session, run->local->manifest.file.path, NULL, &found, err) != 0)
		return -1;
	const struct ar_cluster_ask ask = { .creds = run->creds,
					    .where = &found.address,
					    .local = run->local,
					    .conf = run->scan->conf };
	if (ar_cluster_look(run->session, &ask, &cluster, &unread) != 0) {
		if (unread.sys == ENOMEM)
			return ar_err_oom(err);
		ar_events_say(run->events, AR_EVENT_NOTE, "members-unseen", -1,
			      "whether there are other API servers cannot be seen: %.300s",
			      unread.msg);
		return 0;
	}
	for (size_t i = 0; i < cluster.count; i++)
		if (!cluster.list[i].self && !cluster.list[i].current)
			return has_other(&cluster.list[i], err);
	return 0;
}

int ar_reencrypt_may(const struct ar_reencrypt *run, struct ar_err *err)
{
	if (check_loaded(run->local, err) != 0 || check_ready(run, err) != 0)
		return -1;
	return check_others(run, err);
}

/* --- the forecast ---------------------------------------------------------------------------- */

void ar_reencrypt_forecast_done(struct ar_reencrypt_forecast *forecast)
{
	free(forecast->parts);
	*forecast = (struct ar_reencrypt_forecast)AR_REENCRYPT_FORECAST_INIT;
}

static const char *why_not(const struct ar__job *job, size_t item)
{
	const char *cannot = ar__item(job, item)->cannot_rewrite;

	if (cannot || ar__rewrites(job, item))
		return cannot;
	return job->run->scan->discovery.count == 0 ? "the API server was not asked what it serves"
						    : "the API server does not serve it";
}

static int fill_parts(const struct ar__job *job, struct ar_reencrypt_forecast *ret,
		      struct ar_err *err)
{
	const size_t count = job->run->scan->scope.count;
	const bool seen = job->run->scan->store.etcd != NULL;

	ret->parts = calloc(count + 1, sizeof *ret->parts);
	if (!ret->parts)
		return ar_err_oom(err);
	for (size_t i = 0; i < count; i++)
		/* The API lists what it can rewrite, and nothing else. */
		ret->parts[i] = (struct ar_reencrypt_part){
			.stale = seen ? job->census[i].stale : -1,
			.total = seen || ar__rewrites(job, i) ? job->census[i].total : -1,
			.cannot = why_not(job, i),
		};
	return 0;
}

/* Of all parts; nothing that is known is as good as nothing. */
static int64_t sum_total(const struct ar__job *job, const struct ar_reencrypt_forecast *forecast)
{
	bool counted = job->run->scan->store.etcd != NULL;

	for (size_t i = 0; i < job->run->scan->scope.count && !counted; i++)
		counted = forecast->parts[i].total >= 0;
	return counted ? ar__sum_total(job) : -1;
}

/* The fullest member; that it cannot be seen is no reason to stop. */
static void look_at_space(const struct ar__job *job, struct ar_reencrypt_forecast *ret)
{
	const struct ar_store *store = &job->run->scan->store;
	struct ar_etcd_state state = { .count = 0 };
	struct ar_err ignored = AR_ERR_INIT;

	if (ar_etcd_look(store->etcd, &state, &ignored) != 0)
		return;
	const struct ar_brake_space space = ar_brake_space_of(store, &state);
	if (!space.known)
		return;
	ret->db_size = space.db_size;
	ret->db_in_use = space.db_in_use;
	ret->quota = space.quota;
	const struct ar_brake_seen seen = { .db_size = space.db_size,
					    .db_in_use = space.db_in_use,
					    .quota = space.quota,
					    .live = space.db_in_use,
					    .went_on = space.db_size,
					    .ahead = ret->bytes };
	ret->brakes = ret->bytes > 0 && ar_brake_credit(&seen) < ret->bytes;
}

int ar_reencrypt_forecast(struct ar_reencrypt *run, struct ar_reencrypt_forecast *ret,
			  struct ar_err *err)
{
	AR__JOB_AUTO struct ar__job job;

	ar_reencrypt_forecast_done(ret);
	if (ar__job_open(run, NULL, &job, err) != 0)
		return -1;
	const bool seen = run->scan->store.etcd != NULL;
	if ((seen ? ar__count_fast(&job, err) : ar__count_blind(&job, err)) != 0 ||
	    fill_parts(&job, ret, err) != 0)
		return -1;
	ret->total = sum_total(&job, ret);
	ret->stale = seen ? ar__sum_stale(&job) : -1;
	ret->revision = seen ? ar__revision(&job) : 0;
	ret->bytes = job.stale.growth;
	if (seen)
		look_at_space(&job, ret);
	return 0;
}
