/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "drive.h"
#include "net/flight.h"
#include "net/grpc.h"

static int call(struct ar_http *http, const struct ar_grpc_call *call)
{
	AR_GRPC_REPLY_AUTO struct ar_grpc_reply reply = AR_GRPC_REPLY_INIT;
	struct ar_err err = AR_ERR_INIT;

	if (ar_grpc_unary(http, call, &reply, &err) != 0)
		return drive_fail(&err);
	printf("code: %d message: [%s] guarded: %d length: %zu [%.99s]\n", reply.code,
	       reply.message, reply.body.secret, reply.body.len, ar_buf_text(&reply.body));
	return 0;
}

int drive_grpc(struct ar_http *http, const struct drive_args *args)
{
	AR_BUF_AUTO struct ar_buf message = AR_BUF_INIT;
	const struct ar_grpc_call wanted = { .method = args->request.method,
					     .message = &message,
					     .timeout_ms = args->request.timeout_ms,
					     .max = args->request.max_body,
					     .secret = args->request.secret };
	int result = 0;

	ar_buf_adds(&message, args->request.path);
	for (long i = 0; i < args->repeat && result == 0; i++)
		result = call(http, &wanted);
	return result;
}

struct totals {
	size_t sent, answered, failed;
};

/* As many as there are lanes for. The tag of each is its path. */
static int fill(struct ar_flight *flight, const struct drive_args *args, struct totals *totals,
		struct ar_err *err)
{
	static char paths[256][200];
	struct ar_http_request request = args->request;

	while (totals->sent < (size_t)args->repeat && ar_flight_free(flight) > 0) {
		size_t at = 0;

		while (paths[at][0])
			at++;
		snprintf(paths[at], sizeof paths[at], "%s%zu", args->request.path, totals->sent);
		request.path = paths[at];
		if (ar_flight_send(flight, &request, paths[at], err) != 0)
			return -1;
		totals->sent++;
	}
	return 0;
}

static void show(const struct ar_flight_answer *answer, const struct drive_args *args,
		 struct totals *totals)
{
	char *path = answer->tag;

	totals->answered++;
	totals->failed += answer->status == 0;
	if (!args->quiet && answer->status)
		printf("%s status: %d retry: %u length: %zu [%.99s]\n", path, answer->status,
		       answer->retry_after_s, answer->body->len, ar_buf_text(answer->body));
	else if (!args->quiet)
		printf("%s error: %s away: %d maybe: %d\n", path, answer->err.msg,
		       ar_http_is_away(&answer->err), ar_http_may_be_done(&answer->err));
	path[0] = '\0';
}

static int fly(struct ar_flight *flight, const struct drive_args *args, struct totals *totals,
	       struct ar_err *err)
{
	struct ar_flight_answer answers[8];
	size_t count;

	while (totals->answered < (size_t)args->repeat) {
		if (fill(flight, args, totals, err) != 0 ||
		    ar_flight_wait(flight, 1000, answers, 8, &count, err) != 0)
			return -1;
		for (size_t i = 0; i < count; i++)
			show(&answers[i], args, totals);
	}
	return 0;
}

static double cpu_ms(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

int drive_flight(struct ar_http *http, const struct drive_args *args)
{
	AR_FLIGHT_AUTO struct ar_flight *flight = NULL;
	struct ar_err err = AR_ERR_INIT;
	struct totals totals = { .sent = 0 };

	if (ar_flight_open(http, args->lanes, &flight, &err) != 0)
		return drive_fail(&err);
	const double before = cpu_ms();
	if (fly(flight, args, &totals, &err) != 0)
		return drive_fail(&err);
	printf("answered: %zu failed: %zu busy: %zu free: %zu cpu ms each: %.3f\n", totals.answered,
	       totals.failed, ar_flight_busy(flight), ar_flight_free(flight),
	       (cpu_ms() - before) / (double)totals.answered);
	return 0;
}
