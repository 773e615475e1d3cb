/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "api/names.h"
#include "flow/reencrypt_impl.h"

/* Without etcd nobody says what is stale: every object that the API lists is asked for, and the
 * server writes those that are. */

struct listing {
	struct ar__job *job;
	size_t item;
};

static int take_name(void *user, const char *namespace, const char *name, struct ar_err *err)
{
	const struct listing *l = user;
	const struct ar_stale_entry entry = { .item = (uint16_t)l->item };
	char key[600];

	const int len = snprintf(key, sizeof key, "%s%s%s", namespace ? namespace : "",
				 namespace && namespace[0] ? "/" : "", name);
	if (len < 0 || (size_t)len >= sizeof key)
		return ar_err_set(err, "a name of an object is too long");
	return ar_stale_add(&l->job->stale, &entry, key, (size_t)len, err);
}

static int list_item(struct ar__job *job, size_t item, struct ar_names *ret, struct ar_err *err)
{
	struct listing l = { .job = job, .item = item };
	const struct ar_names_ask ask = {
		.served = job->served[item],
		.namespace = job->run->scan->namespace,
		.each = take_name,
		.user = &l,
	};

	if (ar_names_read(job->run->creds->api, &ask, ret, err) != 0)
		return -1;
	job->census[item].total = ret->count;
	return 0;
}

int ar__count_blind(struct ar__job *job, struct ar_err *err)
{
	struct ar_names names;

	for (size_t i = 0; i < job->run->scan->scope.count; i++) {
		if (ar__rewrites(job, i) && list_item(job, i, &names, err) != 0)
			return -1;
		ar_stale_done(&job->stale);
	}
	return 0;
}

static int run_item(struct ar__job *job, size_t item, struct ar_err *err)
{
	struct ar_names names = { .count = 0 };
	char resource[400];

	ar_stale_done(&job->stale);
	if (list_item(job, item, &names, err) != 0)
		return -1;
	ar_resource_name(&ar__item(job, item)->resource, resource, sizeof resource);
	job->newer_than = names.resource_version;
	job->total += names.count;
	ar_events_say(job->run->events, AR_EVENT_BEGIN, "rewrite", -1,
		      "asking the API server for each of %lld %s", (long long)names.count,
		      resource);
	const int ran = ar__rewrite(job, err);
	job->newer_than = NULL;
	if (ran != 0 || ar_err_is_set(&job->stop))
		return ran;
	ar_events_say(job->run->events, AR_EVENT_DONE, "rewrite", ar__job_ms(job),
		      "%lld %s were answered, all in all %lld were written anew",
		      (long long)names.count, resource, (long long)job->result->rewritten);
	return 0;
}

int ar__run_blind(struct ar__job *job, struct ar_err *err)
{
	ar_events_say(job->run->events, AR_EVENT_NOTE, "unproved", -1,
		      "etcd cannot be asked, so nothing will be proved: %.300s",
		      job->run->scan->store.why);
	for (size_t i = 0; i < job->run->scan->scope.count && !ar_err_is_set(&job->stop); i++)
		if (ar__rewrites(job, i) && run_item(job, i, err) != 0)
			return ar_err_class(err, AR_RESUMABLE);
	job->result->total = job->total;
	return 0;
}
