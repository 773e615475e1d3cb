/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "flow/reencrypt_impl.h"
#include "plan/brake.h"

struct gather {
	struct ar__job *job;
	size_t item;
	size_t folder_len;
};

/* Names only; the value stays where it is. */
static int take_name(void *user, const struct ar_census_value *value, struct ar_err *err)
{
	const struct gather *g = user;
	const struct ar_etcd_kv *kv = value->kv;

	if (value->current || kv->key_len <= g->folder_len)
		return 0;
	const char *name = kv->key + g->folder_len;
	const size_t len = kv->key_len - g->folder_len;
	if (ar_stale_has(&g->job->refused, g->item, name, len))
		return 0;
	const struct ar_stale_entry entry = {
		.item = (uint16_t)g->item,
		.growth = (uint32_t)ar_brake_growth((int64_t)kv->value_len),
	};
	return ar_stale_add(&g->job->stale, &entry, name, len, err);
}

int ar__count(struct ar__job *job, struct ar_err *err)
{
	struct ar_scan *scan = job->run->scan;

	ar_stale_done(&job->stale);
	for (size_t i = 0; i < scan->scope.count; i++) {
		struct gather g = { .job = job,
				    .item = i,
				    .folder_len = strlen(scan->scope.items[i].folder) };
		const struct ar_census_ask ask = {
			.few = true,
			.each = ar__rewrites(job, i) ? take_name : NULL,
			.user = &g,
		};
		if (ar_scan_take(scan, i, &ask, &job->census[i], err) != 0)
			return -1;
	}
	return 0;
}

int ar__count_fast(struct ar__job *job, struct ar_err *err)
{
	bool holds = false;

	ar_stale_done(&job->stale);
	if (ar_scan_prove(job->run->scan, job->census, &holds, err) != 0)
		return -1;
	return holds ? 0 : ar__count(job, err);
}

int64_t ar__sum_stale(const struct ar__job *job)
{
	int64_t sum = 0;

	for (size_t i = 0; i < job->run->scan->scope.count; i++)
		sum += ar__item(job, i)->cannot_rewrite ? 0 : job->census[i].stale;
	return sum;
}

int64_t ar__sum_total(const struct ar__job *job)
{
	int64_t sum = 0;

	for (size_t i = 0; i < job->run->scan->scope.count; i++)
		sum += ar__item(job, i)->cannot_rewrite ? 0 : job->census[i].total;
	return sum;
}

/* Up to which all of it is true: the last of them. */
int64_t ar__revision(const struct ar__job *job)
{
	int64_t last = 0;

	for (size_t i = 0; i < job->run->scan->scope.count; i++)
		if (job->census[i].revision > last)
			last = job->census[i].revision;
	return last;
}
