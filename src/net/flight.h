/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "net/http.h"

/*
 * Many requests in flight over one connection of an ar_http (HTTP/2 streams), for one thread.
 *
 * A closed loop: as many lanes as may be in flight; a lane takes a request, and is free again when
 * its answer was collected. So a slow server slows its client. Lanes are made once and used again:
 * a request costs its own path and little else. What ar_http_request promises of TLS, proxies and
 * bounds holds here too. While one is open the process ignores SIGPIPE; of several the last one
 * that was opened is closed first.
 */

struct ar_flight;

/* `lanes`: 1..256. `http` outlives it, and may be used for single requests beside it. */
int ar_flight_open(struct ar_http *http, size_t lanes, struct ar_flight **ret, struct ar_err *err);
/* Drops what is in flight: it may or may not have been done. Accepts NULL. */
void ar_flight_close(struct ar_flight *flight);
static inline void ar_flight_close_ptr(struct ar_flight **flight)
{
	ar_flight_close(*flight);
}
#define AR_FLIGHT_AUTO __attribute__((cleanup(ar_flight_close_ptr)))

/* Lanes that are free; requests in flight. */
size_t ar_flight_free(const struct ar_flight *flight);
size_t ar_flight_busy(const struct ar_flight *flight);

/* Starts a request in a free lane (there must be one). The path is copied; method, content_type,
 * accept and body must live until it is answered. `enough`, `fresh` and `secret` are not for here.
 * `tag` comes back with the answer. */
int ar_flight_send(struct ar_flight *flight, const struct ar_http_request *request, void *tag,
		   struct ar_err *err);

struct ar_flight_answer {
	void *tag;
	int status;                /* HTTP's; 0: there was no answer, `err` says why */
	const struct ar_buf *body; /* borrowed until the next ar_flight_send or _wait */
	unsigned retry_after_s;    /* 0: none */
	struct ar_err err; /* as ar_http_request has it: ar_http_is_away() and so on apply */
};

/* Works until at least one request is answered or `timeout_ms` have passed, and collects up to
 * `max` answers; their lanes are free. -1: libcurl itself failed. With nothing in flight it returns
 * at once. */
int ar_flight_wait(struct ar_flight *flight, int timeout_ms, struct ar_flight_answer *ret,
		   size_t max, size_t *ret_count, struct ar_err *err);
