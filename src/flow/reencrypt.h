/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/rewrite.h"
#include "flow/events.h"
#include "flow/scan.h"
#include "host/watch.h"

/*
 * Re-encrypts what is stored: names of stale values from the census, an empty patch for each
 * through this node's API server, and the census again, until it says that all is the writer's or
 * that what is left is refused. Only what etcd shows counts. Nothing is remembered: a run that was
 * killed anywhere is gone on with by asking the census.
 *
 * Meanwhile etcd's size is watched (brake.h): a rewrite adds a revision of every value, and the
 * old ones go only with the API server's own compaction.
 */

enum ar_engine { AR_ENGINE_PATCH, AR_ENGINE_SVM };

struct ar_refusal {       /* one object that could not be rewritten */
	char object[600]; /* "secrets default/a", printable */
	char reason[64];  /* the server's: "Forbidden", "Invalid" */
	char message[400];
};

#define AR_REFUSALS_MAX 1000

struct ar_reencrypt {
	const struct ar_session *session;
	struct ar_events *events;
	struct ar_watch *watch; /* open: its STOPs end the run */
	struct ar_creds *creds;
	struct ar_local *local;
	struct ar_scan *scan;
	enum ar_engine engine;
	size_t in_flight; /* 1..256 */
	double rate;      /* per second; 0: none */
	bool several;     /* the ladder has seen to the other API servers */
};

struct ar_reencrypt_part {    /* of the forecast: one item of the scope */
	int64_t stale, total; /* values; -1: not to be seen, or not to be counted */
	const char *cannot;   /* why it cannot be rewritten, NULL: it can */
};

struct ar_reencrypt_forecast {
	int64_t stale, total; /* values that can be rewritten; -1: not to be seen, or not to be
			       * counted, as neither etcd nor the API could be asked */
	struct ar_reencrypt_part *parts;   /* one for each item of the scope; malloc'ed */
	int64_t revision;                  /* at which they were counted; 0: they were not */
	int64_t bytes;                     /* that etcd will grow by until it is compacted */
	int64_t db_size, db_in_use, quota; /* of the fullest member; 0: not known */
	bool brakes;                       /* it will have to wait for compaction */
};

#define AR_REENCRYPT_FORECAST_INIT \
	{                          \
		.parts = NULL      \
	}
#define AR_REENCRYPT_FORECAST_AUTO __attribute__((cleanup(ar_reencrypt_forecast_done)))
/* Releases its parts. */
void ar_reencrypt_forecast_done(struct ar_reencrypt_forecast *forecast);

struct ar_reencrypt_result {
	/* Values; -1 where they could not be counted. */
	int64_t stale_before, stale_after, total;
	int64_t rewritten, gone, refused, failed, retries;
	int64_t current; /* without etcd: answered, and not written, because nothing was stale */
	bool proved;     /* etcd was asked, at `revision`: nothing is stale */
	bool seen;       /* etcd was asked at all */
	int64_t revision;
	int64_t elapsed_ms, held_ms; /* held: waited for compaction */
	struct ar_refusal *refusals; /* AR_REFUSALS_MAX at most; malloc'ed */
	size_t refusal_count;
};

#define AR_REENCRYPT_RESULT_INIT \
	{                        \
		.refusals = NULL \
	}
#define AR_REENCRYPT_RESULT_AUTO __attribute__((cleanup(ar_reencrypt_result_done)))
/* Releases the refusals. */
void ar_reencrypt_result_done(struct ar_reencrypt_result *result);

/* What must hold before: this node's API server has loaded the config whose key is to be written,
 * is ready, and is the only one (several: refused, class AR_FAILED). */
int ar_reencrypt_may(const struct ar_reencrypt *run, struct ar_err *err);
/* How many, how much etcd grows. Changes nothing. */
int ar_reencrypt_forecast(struct ar_reencrypt *run, struct ar_reencrypt_forecast *ret,
			  struct ar_err *err);
/* Does it. 0: nothing is stale any more (or, where etcd cannot be seen, every object was answered);
 * else -1 with class AR_RESUMABLE (stopped, refused objects, away) or AR_FAILED (nothing was done).
 * `ret` is filled either way. Events: begin/done/fail/note as enable has them; progress of a
 * running rewrite by events->progress. */
int ar_reencrypt_run(struct ar_reencrypt *run, struct ar_reencrypt_result *ret, struct ar_err *err);
