/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/cluster_impl.h"
#include "net/flight.h"

#define ANSWER_MS   5000u
#define METRICS_MAX ((size_t)64 << 20)
#define TURN_MS     2 /* each server's connection is looked after in its turn */

enum what { VERSION, READY, METRICS, WHATS };

static const struct ar_http_request requests[WHATS] = {
	[VERSION] = { .method = "GET", .path = "/version", .timeout_ms = ANSWER_MS },
	[READY] = { .method = "GET", .path = "/readyz", .timeout_ms = ANSWER_MS },
	[METRICS] = { .method = "GET",
		      .path = "/metrics",
		      .accept = "text/plain;version=0.0.4",
		      .timeout_ms = ANSWER_MS,
		      .max_body = METRICS_MAX },
};

static const char *const called[WHATS] = {
	[VERSION] = "read its version",
	[READY] = "ask whether it is ready",
	[METRICS] = "read its metrics",
};

/* One server that is being asked. */
struct talk {
	struct ar_cluster_server *server;
	struct ar_creds creds;
	struct ar_flight *flight; /* NULL: it cannot be asked */
	struct ar_flight_answer answers[WHATS];
	bool got[WHATS];
};

static void end_talks(struct talk *talks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		ar_flight_close(talks[i].flight);
		ar_creds_done(&talks[i].creds);
	}
	free(talks);
}

/* The first reason stays. */
static void say_why(struct ar_cluster_server *server, const char *text)
{
	if (!server->why[0])
		snprintf(server->why, sizeof server->why, "%.390s", text);
}

static int begin(const struct ar_session *session, const struct ar_cluster_ask *ask,
		 struct talk *talk, struct ar_err *err)
{
	static const enum what tags[WHATS] = { VERSION, READY, METRICS };
	const struct ar_api_where where = { .address = talk->server->address,
					    .port = ask->where->port };

	if (!talk->server->address[0]) {
		say_why(talk->server, "nobody tells at which address it is");
		return 0;
	}
	if (ar_creds_open(session, ask->creds->file, &where, &talk->creds, err) != 0 ||
	    ar_flight_open(ar_api_http(talk->creds.api), WHATS, &talk->flight, err) != 0)
		return -1;
	for (int i = 0; i < WHATS; i++)
		if (ar_flight_send(talk->flight, &requests[i], (void *)(uintptr_t)&tags[i], err) !=
		    0)
			return -1;
	return 0;
}

static void refused(struct talk *talk, const struct ar_flight_answer *from, enum what what)
{
	const struct ar_asked asked = { .what = called[what], .from = talk->creds.file };
	struct ar_err why = AR_ERR_INIT;
	struct ar_answer answer;

	ar_answer_read(from->status, from->body, &answer);
	ar_answer_err(&answer, &asked, &why);
	say_why(talk->server, why.msg);
}

static void take_version(struct talk *talk, const struct ar_buf *body)
{
	struct ar_err why = AR_ERR_INIT;
	json_auto_t *json = NULL;

	talk->got[VERSION] = ar_answer_json(body, &json, &why) == 0 &&
			     ar_api_version_take(json, &talk->server->version, &why) == 0;
	if (!talk->got[VERSION])
		say_why(talk->server, why.msg);
}

static void take(struct talk *talk, const struct ar_flight_answer *answer)
{
	const enum what what = *(const enum what *)answer->tag;
	struct ar_cluster_server *server = talk->server;

	if (answer->status == 0) {
		say_why(server, answer->err.msg);
		return;
	}
	if (what == READY) { /* a refusal is an answer, too */
		server->ready = answer->status == 200 ? AR_READY_YES : AR_READY_NOT;
		return;
	}
	if (answer->status != 200) {
		refused(talk, answer, what);
		return;
	}
	if (what == VERSION)
		take_version(talk, answer->body);
	if (what == METRICS) {
		ar_loaded_read(ar_buf_text(answer->body), answer->body->len, &server->metrics);
		talk->got[METRICS] = true;
	}
}

static int turn(struct talk *talk, struct ar_err *err)
{
	size_t count = 0;

	if (ar_flight_wait(talk->flight, TURN_MS, talk->answers, WHATS, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		take(talk, &talk->answers[i]);
	return 0;
}

/* Every request has its own time limit, so this ends. */
static int converse(struct talk *talks, size_t count, struct ar_err *err)
{
	for (bool busy = true; busy;) {
		busy = false;
		for (size_t i = 0; i < count; i++) {
			if (!talks[i].flight || ar_flight_busy(talks[i].flight) == 0)
				continue;
			busy = true;
			if (turn(&talks[i], err) != 0)
				return -1;
		}
	}
	return 0;
}

static int begin_all(const struct ar_session *session, const struct ar_cluster_ask *ask,
		     struct ar_cluster *cluster, struct talk *talks, struct ar_err *err)
{
	for (size_t i = 0; i < cluster->count; i++) {
		struct ar_err cause = AR_ERR_INIT;

		talks[i].server = &cluster->list[i];
		if (talks[i].server->self || begin(session, ask, &talks[i], &cause) == 0)
			continue;
		if (cause.sys == ENOMEM)
			return ar_err_oom(err);
		ar_flight_close(talks[i].flight);
		talks[i].flight = NULL;
		say_why(talks[i].server, cause.msg);
	}
	return 0;
}

int ar__cluster_ask(const struct ar_session *session, const struct ar_cluster_ask *ask,
		    struct ar_cluster *cluster, struct ar_err *err)
{
	struct talk *talks = calloc(cluster->count + 1, sizeof *talks);

	if (!talks)
		return ar_err_oom(err);
	int result = begin_all(session, ask, cluster, talks, err);
	if (result == 0)
		result = converse(talks, cluster->count, err);
	for (size_t i = 0; result == 0 && i < cluster->count; i++)
		if (!cluster->list[i].self)
			cluster->list[i].answered = talks[i].got[VERSION] && talks[i].got[METRICS];
	end_talks(talks, cluster->count);
	return result;
}
