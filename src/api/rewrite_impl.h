/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/rewrite.h"
#include "net/flight.h"

/* What the parts of the rewrite share. */

enum ar__verdict {
	AR__ENDED,    /* the result says how */
	AR__AGAIN,    /* this object later */
	AR__SLOWER,   /* this object later, and all others too: 429 */
	AR__AWAY,     /* nobody is there to answer: refused, broken off, 503 */
	AR__HOPELESS, /* no object would fare better: the answer's `err` */
};

/* What an answer means for its object: fills the result's end (as it would be if it were the last
 * answer), status, version, reason and message. Pure. *ret_after_s is the server's wish, 0: none.
 */
enum ar__verdict ar__rewrite_judge(const struct ar_flight_answer *answer,
				   struct ar_rewrite_result *result, unsigned *ret_after_s);

/* Is this the JSON of a Table? Only its head is looked at: what else it is stays unread. The
 * resourceVersion of its metadata into ret, "" where it tells none. */
bool ar__table_head(const struct ar_buf *body, char ret_version[64]);

/* --- objects -----------------------------------------------------------------------------------
 */

/* Objects that wait to be tried again; at more nothing new is begun. */
#define AR__WAITING_MAX 1024

/* One that was begun and has not ended: in flight, or waiting. */
struct ar__item {
	struct ar__item *next; /* of the free ones, or of those that wait, by `due` */
	double due;
	unsigned charged; /* tries that count */
	bool busy, probe; /* in flight; sent while the server was away */
	struct ar_rewrite_object object;
	struct ar_rewrite_result result;
};

/* Places for all that can be begun at once, touched only as they are needed. */
struct ar__queue {
	struct ar__item *items, *free, *waiting;
	size_t used, count; /* places ever used; those that wait */
};

/* A place, which there must be; and giving it back. */
struct ar__item *ar__queue_new(struct ar__queue *queue);
void ar__queue_put_back(struct ar__queue *queue, struct ar__item *item);
/* Lets one wait until it is due; takes the one that is due first, which there must be. */
void ar__queue_wait(struct ar__queue *queue, struct ar__item *item);
struct ar__item *ar__queue_take(struct ar__queue *queue);

/* --- how much, how fast ------------------------------------------------------------------------
 */

#define AR__AFTER_MAX 30.0 /* s: the longest Retry-After that is obeyed */

static inline double ar__least(double a, double b)
{
	return a < b ? a : b;
}

static inline double ar__most(double a, double b)
{
	return a > b ? a : b;
}

/* Times are seconds. */
struct ar__pace {
	double in_flight, rate; /* as asked for; rate 0: none */
	double window; /* in flight at most: halved by a 429, growing again with each success */
	double tokens, filled, paused_until;
};

/* At the start of a run. */
void ar__pace_begin(struct ar__pace *pace, const struct ar_rewrite_ask *ask, double now);
/* What the rate lets through by now. */
void ar__pace_fill(struct ar__pace *pace, double now);
/* One was sent. */
void ar__pace_sent(struct ar__pace *pace);
/* Are as many on their way as may be? May one more be sent now? */
bool ar__pace_is_full(const struct ar__pace *pace, size_t busy);
bool ar__pace_lets(const struct ar__pace *pace, size_t busy, double now);
/* From when on pauses and the rate let one more through. */
double ar__pace_from(const struct ar__pace *pace, double now);
/* The server said 429; it answered. */
void ar__pace_slower(struct ar__pace *pace, double now, unsigned after_s);
void ar__pace_faster(struct ar__pace *pace);
