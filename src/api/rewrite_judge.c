/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/rewrite_impl.h"

/* A refusal is some hundred bytes; of more only the beginning is shown. */
#define STATUS_MAX ((size_t)64 << 10)
/* Within these many bytes a Table tells its version. */
#define HEAD_MAX ((size_t)1024)

/* An API server writes the fields of a Table in this order, without blanks; up to 1.19 a selfLink
 * may stand before the version (apimachinery's meta/v1 types.go). */
bool ar__table_head(const struct ar_buf *body, char ret_version[64])
{
	static const char head[] = "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\","
				   "\"metadata\":{";
	static const char name[] = "\"resourceVersion\":\"";
	const size_t skip = sizeof head - 1;

	ret_version[0] = '\0';
	if (body->len < skip || memcmp(body->data, head, skip) != 0)
		return false;
	const size_t rest = body->len - skip;
	const char *from = body->data + skip;
	const char *end = memchr(from, '}', rest < HEAD_MAX ? rest : HEAD_MAX);
	const char *at = end ? memmem(from, (size_t)(end - from), name, sizeof name - 1) : NULL;
	if (!at)
		return true;
	at += sizeof name - 1;
	const size_t len = strspn(at, "0123456789");
	if (len < 64 && at[len] == '"')
		snprintf(ret_version, 64, "%.*s", (int)len, at);
	return true;
}

static enum ar__verdict judge_silence(const struct ar_err *err, struct ar_rewrite_result *result)
{
	result->end = AR_REWRITTEN_FAILED;
	snprintf(result->message, sizeof result->message, "%.399s", err->msg);
	if (err->sys == EFBIG)
		return AR__ENDED;
	if (!ar_http_is_away(err))
		return AR__HOPELESS;
	return ar_http_listened(err) ? AR__AGAIN : AR__AWAY;
}

/* A server that has no such resource at all says 404 too, with these words or without a Status. */
static bool is_about_the_object(const struct ar_answer *told)
{
	static const char no_resource[] = "the server could not find the requested resource";

	return strcmp(told->reason, "NotFound") == 0 &&
	       strncmp(told->message, no_resource, sizeof no_resource - 1) != 0;
}

static enum ar__verdict judge_status(const struct ar_answer *told, struct ar_rewrite_result *result)
{
	static const struct {
		int code;
		enum ar__verdict verdict;
	} later[] = {
		{ 401, AR__AGAIN }, /* a server that just starts may not know everybody yet */
		{ 408, AR__AGAIN },
		{ 429, AR__SLOWER },
		{ 503, AR__AWAY },
	};

	result->end = told->code / 100 == 5 ? AR_REWRITTEN_FAILED : AR_REWRITTEN_REFUSED;
	if (told->code == 404 && is_about_the_object(told))
		result->end = AR_REWRITTEN_GONE;
	for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
		if (later[i].code != told->code)
			continue;
		result->end = AR_REWRITTEN_FAILED;
		return later[i].verdict;
	}
	return result->end == AR_REWRITTEN_FAILED ? AR__AGAIN : AR__ENDED;
}

enum ar__verdict ar__rewrite_judge(const struct ar_flight_answer *answer,
				   struct ar_rewrite_result *result, unsigned *ret_after_s)
{
	struct ar_answer told;

	result->status = answer->status;
	result->resource_version[0] = result->reason[0] = result->message[0] = '\0';
	*ret_after_s = 0;
	if (answer->status == 0)
		return judge_silence(&answer->err, result);
	if (answer->status / 100 == 2) {
		/* Whatever else than a Table comes may bear the object: it is left unread. */
		ar__table_head(answer->body, result->resource_version);
		result->end = AR_REWRITTEN_OK;
		return AR__ENDED;
	}
	struct ar_buf head = *answer->body;
	head.len = head.len < STATUS_MAX ? head.len : STATUS_MAX;
	ar_answer_read(answer->status, &head, &told);
	snprintf(result->reason, sizeof result->reason, "%s", told.reason);
	snprintf(result->message, sizeof result->message, "%s", told.message);
	*ret_after_s = answer->retry_after_s > told.retry_after_s ? answer->retry_after_s
								  : told.retry_after_s;
	return judge_status(&told, result);
}
