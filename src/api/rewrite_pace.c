/* SPDX-License-Identifier: Apache-2.0 */
#include "api/rewrite_impl.h"

#define STEADY 0.05 /* s of a rate: what may be sent at once */

void ar__pace_begin(struct ar__pace *pace, const struct ar_rewrite_ask *ask, double now)
{
	*pace = (struct ar__pace){ .in_flight = (double)ask->in_flight,
				   .rate = ask->rate,
				   .window = (double)ask->in_flight,
				   .tokens = 1,
				   .filled = now };
}

void ar__pace_fill(struct ar__pace *pace, double now)
{
	const double room = ar__most(1, ar__least(pace->in_flight, pace->rate * STEADY));

	pace->tokens = ar__least(room, pace->tokens + (now - pace->filled) * pace->rate);
	pace->filled = now;
}

void ar__pace_sent(struct ar__pace *pace)
{
	pace->tokens -= 1;
}

bool ar__pace_is_full(const struct ar__pace *pace, size_t busy)
{
	return (double)busy + 1 > pace->window;
}

bool ar__pace_lets(const struct ar__pace *pace, size_t busy, double now)
{
	return !ar__pace_is_full(pace, busy) && now >= pace->paused_until &&
	       (pace->rate <= 0 || pace->tokens >= 1);
}

double ar__pace_from(const struct ar__pace *pace, double now)
{
	const double at = pace->rate > 0 ? now + (1 - pace->tokens) / pace->rate : 0;

	return ar__most(at, pace->paused_until);
}

void ar__pace_slower(struct ar__pace *pace, double now, unsigned after_s)
{
	/* Those that were in flight with the first are of the same wave. */
	if (now >= pace->paused_until)
		pace->window = ar__most(1, pace->window / 2);
	pace->paused_until = ar__most(pace->paused_until,
				      now + ar__most(1, ar__least((double)after_s, AR__AFTER_MAX)));
}

void ar__pace_faster(struct ar__pace *pace)
{
	pace->window = ar__least(pace->in_flight, pace->window + 1 / ar__most(1, pace->window));
}
