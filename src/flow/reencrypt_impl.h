/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/rewrite.h"
#include "flow/brake.h"
#include "flow/reencrypt.h"
#include "flow/stale.h"

/* For reencrypt*.c only: one run, with its parts. */

#define AR__SPEEDS 16 /* moments of the last seconds, for the speed */

struct ar__speed {
	struct {
		int64_t ms, done;
	} at[AR__SPEEDS];
	size_t count;
	int64_t told_ms;
};

struct ar__job {
	struct ar_reencrypt *run;
	struct ar_reencrypt_result *result;
	struct ar_stale stale;           /* what this round rewrites */
	struct ar_stale refused;         /* of all rounds: not asked for again */
	const struct ar_served **served; /* of each item; NULL: nobody serves it */
	struct ar_census *census;        /* of each item, the last one */
	struct ar_brake brake;
	struct ar__speed speed;
	struct ar_err stop;     /* why it was stopped; not set: it was not */
	const char *newer_than; /* without etcd: resourceVersion of the list */
	int64_t total;          /* to rewrite, of all rounds; for the progress */
	int64_t start_ms, watched_ms;
	bool interrupted;
};

#define AR__JOB_AUTO __attribute__((cleanup(ar__job_done)))
/* To be released, whatever it returns. `result` NULL: a forecast. */
int ar__job_open(struct ar_reencrypt *run, struct ar_reencrypt_result *result, struct ar__job *ret,
		 struct ar_err *err);
void ar__job_done(struct ar__job *job);
int64_t ar__job_ms(const struct ar__job *job);
const struct ar_scope_item *ar__item(const struct ar__job *job, size_t item);
/* May the item be rewritten through the API at all? */
bool ar__rewrites(const struct ar__job *job, size_t item);

/* --- reencrypt_count.c: what is stale ----------------------------------------------------------
 */

/* Counts every item into job->census, and gathers the names of what is to be rewritten. */
int ar__count(struct ar__job *job, struct ar_err *err);
/* The same, but asks etcd first to compare: where all is well no value is read. */
int ar__count_fast(struct ar__job *job, struct ar_err *err);
/* Sums over the items that can be rewritten. */
int64_t ar__sum_stale(const struct ar__job *job);
int64_t ar__sum_total(const struct ar__job *job);
int64_t ar__revision(const struct ar__job *job);

/* --- reencrypt_round.c: rewriting --------------------------------------------------------------
 */

/* Rewrites job->stale. What the run ends with by itself (an alarm, no room, interrupted, the server
 * stayed away) is in job->stop. */
int ar__rewrite(struct ar__job *job, struct ar_err *err);
void ar__tell_progress(struct ar__job *job, int64_t done, int64_t total, int64_t failed);

/* --- reencrypt_blind.c, reencrypt_svm.c: the other ways -----------------------------------------
 */

/* Without etcd: every object that the API lists. */
int ar__run_blind(struct ar__job *job, struct ar_err *err);
/* How many objects there are, item by item, by the API's lists; into job->census. */
int ar__count_blind(struct ar__job *job, struct ar_err *err);
/* The cluster's own engine does it; job->census is counted. */
int ar__run_svm(struct ar__job *job, struct ar_err *err);
