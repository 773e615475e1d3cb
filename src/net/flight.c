/* SPDX-License-Identifier: Apache-2.0 */
#include "net/flight.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/scope.h"
#include "net/http_impl.h"

#define MAX_LANES 256
#define MAX_BODY  ((size_t)64 << 10) /* of an answer, where the request has no limit of its own */
/* One is what is used. When it breaks, libcurl (seen with 7.88) would else open one for each lane.
 * A server that has HTTP/1 only gets as many requests at once. */
#define MAX_CONNECTIONS 4L

struct lane {
	struct ar__easy easy;
	void *tag;
	bool busy;
	struct lane *next; /* of those that are free */
};

/* Connections of its own: with those of `http`, a single request beside it would have to answer for
 * what ends meanwhile. */
struct ar_flight {
	CURLM *multi;
	struct sigaction before; /* of SIGPIPE */
	size_t busy, count;
	struct lane *free;
	struct lane lanes[];
};

/* --- lanes -------------------------------------------------------------------------------------
 */

static void put_back(struct ar_flight *flight, struct lane *lane)
{
	lane->next = flight->free;
	flight->free = lane;
}

/* Small buffers: there are many lanes, and a request and its answer are short. SIGPIPE is ignored
 * for as long as a flight is open, so libcurl need not do it for each lane each time it is called:
 * that was a sixth of all CPU time. */
static bool set_lane(struct lane *lane)
{
	CURL *curl = lane->easy.curl;

	/* To wait for the first connection rather than make one for each lane. */
	return curl_easy_setopt(curl, CURLOPT_PIPEWAIT, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 8192L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 16384L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_PRIVATE, lane) == CURLE_OK;
}

static int open_lane(struct lane *lane, const struct ar_http *http, struct ar_err *err)
{
	if (ar__easy_open(&lane->easy, http, err) != 0)
		return -1;
	if (!set_lane(lane))
		return ar_err_set(err, "libcurl does not take requests to %s", http->peer);
	return 0;
}

static int set_multi(CURLM *multi, size_t lanes, struct ar_err *err)
{
	if (curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)lanes) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, MAX_CONNECTIONS) != CURLM_OK)
		return ar_err_set(err, "libcurl does not take many requests at once");
	return 0;
}

int ar_flight_open(struct ar_http *http, size_t lanes, struct ar_flight **ret, struct ar_err *err)
{
	if (lanes == 0 || lanes > MAX_LANES)
		return ar_err_set(err, "%zu requests in flight are not possible: 1 to %d are",
				  lanes, MAX_LANES);
	AR_FLIGHT_AUTO struct ar_flight *flight = calloc(1,
							 sizeof *flight +
								 lanes * sizeof flight->lanes[0]);
	const struct sigaction unheeded = { .sa_handler = SIG_IGN };

	if (!flight || !(flight->multi = curl_multi_init()))
		return ar_err_oom(err);
	sigaction(SIGPIPE, &unheeded, &flight->before);
	if (set_multi(flight->multi, lanes, err) != 0)
		return -1;
	for (; flight->count < lanes; flight->count++) {
		struct lane *lane = &flight->lanes[flight->count];

		if (open_lane(lane, http, err) != 0) {
			ar__easy_done(&lane->easy);
			return -1;
		}
		put_back(flight, lane);
	}
	*ret = AR_TAKE(flight);
	return 0;
}

void ar_flight_close(struct ar_flight *flight)
{
	if (!flight)
		return;
	for (size_t i = 0; i < flight->count; i++) {
		struct lane *lane = &flight->lanes[i];

		if (lane->busy)
			curl_multi_remove_handle(flight->multi, lane->easy.curl);
		ar__easy_done(&lane->easy);
	}
	if (flight->multi) {
		curl_multi_cleanup(flight->multi);
		sigaction(SIGPIPE, &flight->before, NULL);
	}
	free(flight);
}

size_t ar_flight_free(const struct ar_flight *flight)
{
	return flight->count - flight->busy;
}

size_t ar_flight_busy(const struct ar_flight *flight)
{
	return flight->busy;
}

/* --- requests ----------------------------------------------------------------------------------
 */

int ar_flight_send(struct ar_flight *flight, const struct ar_http_request *request, void *tag,
		   struct ar_err *err)
{
	struct lane *lane = flight->free;
	struct ar_http_request own = *request;

	if (!lane)
		return ar_err_set(err, "all %zu requests are in flight", flight->count);
	own.max_body = own.max_body ? own.max_body : MAX_BODY;
	assert(!own.enough && !own.fresh && !own.secret);
	if (ar__easy_ask(&lane->easy, &own, err) != 0)
		return -1;
	if (curl_multi_add_handle(flight->multi, lane->easy.curl) != CURLM_OK)
		return ar_err_oom(err);
	flight->free = lane->next;
	flight->busy++;
	lane->busy = true;
	lane->tag = tag;
	return 0;
}

static void answer_of(struct lane *lane, CURLcode code, struct ar_flight_answer *ret)
{
	struct ar_http_response response = AR_HTTP_RESPONSE_INIT;

	*ret = (struct ar_flight_answer){ .tag = lane->tag, .body = &lane->easy.body };
	if (code == CURLE_OK) {
		ar__easy_read(&lane->easy, &response);
		ret->status = response.status;
		ret->retry_after_s = response.retry_after_s;
		return;
	}
	ar__easy_explain(&lane->easy, code, &ret->err);
	ar_buf_reset(&lane->easy.body);
}

static size_t collect(struct ar_flight *flight, struct ar_flight_answer *ret, size_t max)
{
	const CURLMsg *message;
	size_t count = 0;
	int left;

	while (count < max && (message = curl_multi_info_read(flight->multi, &left))) {
		struct lane *lane = NULL;
		const CURLcode code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &lane);
		/* Before it is taken out, which ends the message. */
		answer_of(lane, code, &ret[count++]);
		curl_multi_remove_handle(flight->multi, lane->easy.curl);
		lane->busy = false;
		flight->busy--;
		put_back(flight, lane);
	}
	return count;
}

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

int ar_flight_wait(struct ar_flight *flight, int timeout_ms, struct ar_flight_answer *ret,
		   size_t max, size_t *ret_count, struct ar_err *err)
{
	const long long end = now_ms() + timeout_ms;
	long long left = timeout_ms;
	CURLMcode code = CURLM_OK;
	size_t count = 0;
	int running;

	while (flight->busy > 0) {
		code = curl_multi_perform(flight->multi, &running);
		if (code != CURLM_OK || (count = collect(flight, ret, max)) > 0 || left <= 0)
			break;
		code = curl_multi_poll(flight->multi, NULL, 0, (int)left, NULL);
		if (code != CURLM_OK)
			break;
		left = end - now_ms();
	}
	if (code != CURLM_OK)
		return ar_err_set(err, "libcurl cannot go on: %s", curl_multi_strerror(code));
	*ret_count = count;
	return 0;
}
