/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/events.h"

#include <stdarg.h>
#include <stdio.h>

void ar_events_say(struct ar_events *events, enum ar_event_kind kind, const char *id,
		   int64_t elapsed_ms, const char *fmt, ...)
{
	char text[600];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	const struct ar_event event = {
		.kind = kind, .id = id, .text = text, .elapsed_ms = elapsed_ms
	};
	events->event(events, &event);
}
