/* SPDX-License-Identifier: Apache-2.0 */
#include "api/rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/rewrite_impl.h"

/* Times are seconds. */
#define TIMEOUT_MS  60000u /* the server itself ends a patch after 34 s */
#define BODY_MAX    ((size_t)3 << 20)
#define ANSWERS     32 /* collected at once */
#define BACKOFF     0.25
#define BACKOFF_MAX 15.0
#define PROBE       0.5
#define AWAY_MAX    120.0
#define STOP_MAX    40.0
#define STARTING    60.0 /* this long after it was away a server may not know all rights yet */
#define LOOK        0.4  /* `go` is asked this often */

struct run {
	struct ar_api *api;
	const struct ar_rewrite_ask *ask;
	struct ar_flight *flight;
	struct ar__queue queue;
	struct ar_rewrite_sum sum;
	bool ended; /* there is no next object */
	struct ar__pace pace;
	/* Is anybody there? */
	bool away, silent, probing;
	double silent_since, silent_last, probe_at;
	double stop_at; /* when STOP does not wait any more; 0: not told to */
	struct ar_flight_answer answers[ANSWERS];
};

static double now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- objects -----------------------------------------------------------------------------------
 */

/* Tells how it ended, and forgets it. */
static void tell(struct run *run, struct ar__item *item)
{
	int64_t *const sums[] = {
		[AR_REWRITTEN_OK] = &run->sum.ok,
		[AR_REWRITTEN_GONE] = &run->sum.gone,
		[AR_REWRITTEN_REFUSED] = &run->sum.refused,
		[AR_REWRITTEN_FAILED] = &run->sum.failed,
	};

	*sums[item->result.end] += 1;
	item->result.tag = item->object.tag;
	item->busy = false;
	run->ask->done(run->ask->user, &item->result);
	ar__queue_put_back(&run->queue, item);
}

static struct ar__item *take_new(struct run *run)
{
	if (run->ended || run->queue.count >= AR__WAITING_MAX)
		return NULL;
	struct ar__item *item = ar__queue_new(&run->queue);
	if (run->ask->next(run->ask->user, &item->object))
		return item;
	run->ended = true;
	ar__queue_put_back(&run->queue, item);
	return NULL;
}

static bool is_finished(const struct run *run)
{
	return run->ended && run->queue.count == 0 && ar_flight_busy(run->flight) == 0;
}

/* --- sending -----------------------------------------------------------------------------------
 */

static bool may_send(const struct run *run, double now)
{
	if (ar_flight_free(run->flight) == 0 ||
	    !ar__pace_lets(&run->pace, ar_flight_busy(run->flight), now))
		return false;
	return !run->away || (!run->probing && now >= run->probe_at);
}

/* One whose time has come, else a new one. While the server is away, whichever has waited longest
 * is the question. */
static struct ar__item *choose(struct run *run, double now)
{
	if (run->queue.waiting && (run->away || run->queue.waiting->due <= now))
		return ar__queue_take(&run->queue);
	return take_new(run);
}

static int send_item(struct run *run, struct ar__item *item, struct ar_err *err)
{
	/* Without it the rows would have the metadata, and annotations may bear the data. */
	static const char query[] = "?includeObject=None";
	char path[sizeof item->object.path + sizeof query];
	const struct ar_http_request request = {
		.method = "PATCH",
		.path = path,
		.body = { "{}", 2 },
		.content_type = "application/merge-patch+json",
		.accept = "application/json;as=Table;g=meta.k8s.io;v=v1",
		.timeout_ms = TIMEOUT_MS,
		.max_body = BODY_MAX,
	};

	snprintf(path, sizeof path, "%s%s", item->object.path, query);
	if (ar_flight_send(run->flight, &request, item, err) != 0)
		return -1;
	item->busy = true;
	item->probe = run->away;
	run->probing = run->away;
	run->sum.retries += item->result.tries > 0;
	item->result.tries++;
	ar__pace_sent(&run->pace);
	return 0;
}

static int send_some(struct run *run, double now, struct ar_err *err)
{
	ar__pace_fill(&run->pace, now);
	while (may_send(run, now)) {
		struct ar__item *item = choose(run, now);
		if (!item)
			return 0;
		if (send_item(run, item, err) != 0)
			return -1;
	}
	return 0;
}

/* --- answers -----------------------------------------------------------------------------------
 */

static void note_life(struct run *run, const struct ar__item *item, enum ar__verdict verdict,
		      double now)
{
	if (item->probe)
		run->probing = false;
	if (item->result.status != 0 && verdict != AR__AWAY) {
		run->away = run->silent = false;
		return;
	}
	if (!run->silent)
		run->silent_since = now;
	run->silent = true;
	run->silent_last = now;
	if (verdict == AR__AWAY) {
		run->away = true;
		run->probe_at = now + PROBE;
	}
}

/* A server that has just started lets in and admits only once it has read who may do what. */
static bool may_be_starting(const struct run *run, const struct ar_rewrite_result *result,
			    double now)
{
	return result->end == AR_REWRITTEN_REFUSED &&
	       (result->status == 403 || result->status == 404) && run->silent_last > 0 &&
	       now - run->silent_last < STARTING;
}

/* A question to a server that is away is not the object's fault. */
static bool counts(const struct ar__item *item, const struct ar_flight_answer *answer,
		   enum ar__verdict verdict)
{
	return verdict != AR__AWAY ||
	       (!item->probe && (answer->status != 0 || ar_http_may_be_done(&answer->err)));
}

static void wait_again(struct run *run, struct ar__item *item, double now, unsigned after_s)
{
	const unsigned doubled = item->charged > 0 ? item->charged - 1 : 0;
	/* Not all at the same moment. */
	const double spread = 1 + (double)((item - run->queue.items) % 16) / 64;
	const double wait = ar__least(BACKOFF * (double)(1u << doubled), BACKOFF_MAX) * spread;

	item->busy = false;
	item->due = now + ar__most(wait, ar__least((double)after_s, AR__AFTER_MAX));
	ar__queue_wait(&run->queue, item);
}

/* Nobody is believed as we are: no object would fare better. */
static int not_believed(struct run *run, const struct ar_rewrite_result *result, struct ar_err *err)
{
	struct ar_answer told = { .code = 401, .kind = AR_ANSWER_UNAUTHORIZED };

	memcpy(told.message, result->message, sizeof told.message);
	return ar_api_refused(run->api, &told, "rewrite objects", err);
}

static int take_answer(struct run *run, const struct ar_flight_answer *answer, double now,
		       struct ar_err *err)
{
	struct ar__item *item = answer->tag;
	unsigned after_s;
	enum ar__verdict verdict = ar__rewrite_judge(answer, &item->result, &after_s);

	if (verdict == AR__HOPELESS) {
		*err = answer->err;
		return -1;
	}
	note_life(run, item, verdict, now);
	if (verdict == AR__ENDED && may_be_starting(run, &item->result, now))
		verdict = AR__AGAIN;
	if (verdict == AR__SLOWER)
		ar__pace_slower(&run->pace, now, after_s);
	if (verdict == AR__ENDED) {
		ar__pace_faster(&run->pace);
		tell(run, item);
		return 0;
	}
	item->charged += counts(item, answer, verdict);
	if (item->charged < AR_REWRITE_TRIES)
		wait_again(run, item, now, after_s);
	else if (item->result.status == 401)
		return not_believed(run, &item->result, err);
	else
		tell(run, item);
	return 0;
}

/* --- waiting -----------------------------------------------------------------------------------
 */

/* Until something can be sent, or `go` is to be asked. */
static double patience(const struct run *run, double now, bool sending)
{
	double at = now + LOOK;

	if (!sending || (run->away && run->probing) ||
	    ar__pace_is_full(&run->pace, ar_flight_busy(run->flight)))
		return LOOK;
	if (run->queue.waiting)
		at = ar__least(at, run->away ? now : run->queue.waiting->due);
	if (!run->ended && run->queue.count < AR__WAITING_MAX)
		at = now;
	if (run->away)
		at = ar__most(at, run->probe_at);
	at = ar__most(at, ar__pace_from(&run->pace, now));
	return ar__most(0.001, ar__least(at - now, LOOK));
}

static int wait_some(struct run *run, double seconds, struct ar_err *err)
{
	size_t count = 0;

	if (ar_flight_busy(run->flight) == 0) {
		const struct timespec pause = { .tv_nsec = (long)(seconds * 1e9) };
		nanosleep(&pause, NULL);
		return 0;
	}
	if (ar_flight_wait(run->flight, 1 + (int)(seconds * 1000), run->answers, ANSWERS, &count,
			   err) != 0)
		return -1;
	const double now = now_s();
	for (size_t i = 0; i < count; i++)
		if (take_answer(run, &run->answers[i], now, err) != 0)
			return -1;
	return 0;
}

/* --- the loop ----------------------------------------------------------------------------------
 */

/* Those that were begun and not ended. */
static void give_up(struct run *run, const char *why)
{
	char last[300];

	for (size_t i = 0; i < run->queue.used; i++)
		if (run->queue.items[i].busy)
			ar__queue_wait(&run->queue, &run->queue.items[i]);
	while (run->queue.waiting) {
		struct ar__item *item = ar__queue_take(&run->queue);
		struct ar_rewrite_result *result = &item->result;
		snprintf(last, sizeof last, "%s", result->message);
		snprintf(result->message, sizeof result->message, "%s%s%s", why,
			 last[0] ? "; last: " : "", last);
		result->end = AR_REWRITTEN_FAILED;
		result->given_up = true;
		tell(run, item);
	}
}

/* One round; false: it is over. */
static bool goes_on(struct run *run, enum ar_rewrite_go go, double now)
{
	if (is_finished(run))
		return false;
	run->sum.away = run->silent && now - run->silent_since >= AWAY_MAX;
	if (go == AR_REWRITE_STOP && run->stop_at <= 0)
		run->stop_at = now + STOP_MAX;
	run->sum.stopped = go == AR_REWRITE_STOP &&
			   (ar_flight_busy(run->flight) == 0 || now >= run->stop_at);
	return !run->sum.away && !run->sum.stopped;
}

static enum ar_rewrite_go ask_go(const struct run *run)
{
	return run->stop_at > 0 ? AR_REWRITE_STOP : run->ask->go(run->ask->user);
}

static int loop(struct run *run, struct ar_err *err)
{
	enum ar_rewrite_go go = ask_go(run);

	for (double now = now_s(); goes_on(run, go, now); now = now_s(), go = ask_go(run)) {
		if (go == AR_REWRITE_GO && send_some(run, now, err) != 0)
			return -1;
		if (!is_finished(run) &&
		    wait_some(run, patience(run, now, go == AR_REWRITE_GO), err) != 0)
			return -1;
	}
	if (run->sum.away)
		give_up(run, "the API server stayed away for two minutes");
	if (run->sum.stopped)
		give_up(run, "stopped before it was done");
	return 0;
}

static void run_free(struct run **run)
{
	if (!*run)
		return;
	ar_flight_close((*run)->flight);
	free((*run)->queue.items);
	free(*run);
}
#define RUN_AUTO __attribute__((cleanup(run_free)))

int ar_rewrite_run(struct ar_api *api, const struct ar_rewrite_ask *ask, struct ar_rewrite_sum *ret,
		   struct ar_err *err)
{
	RUN_AUTO struct run *run = calloc(1, sizeof *run);

	if (!run)
		return ar_err_oom(err);
	run->api = api;
	run->ask = ask;
	ar__pace_begin(&run->pace, ask, now_s());
	run->queue.items = calloc(AR__WAITING_MAX + ask->in_flight, sizeof *run->queue.items);
	if (!run->queue.items)
		return ar_err_oom(err);
	if (ar_flight_open(ar_api_http(api), ask->in_flight, &run->flight, err) != 0 ||
	    loop(run, err) != 0)
		return -1;
	*ret = run->sum;
	return 0;
}
