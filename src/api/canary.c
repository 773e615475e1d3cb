/* SPDX-License-Identifier: Apache-2.0 */
#include "api/canary.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/digest.h"
#include "base/scope.h"
#include "base/secret.h"

#define SECRETS        "/api/v1/namespaces/" AR_CANARY_NAMESPACE "/secrets"
#define METADATA(kind) "application/json;as=" kind ";g=meta.k8s.io;v=v1"
/* Leftovers looked at in one run: each is a run that was killed within a second. */
#define LEFTOVERS "20"

/* A canary on its way. */
struct flight {
	struct ar_api *api;
	struct ar_canary *to;
	char host[17]; /* what leftovers of this host are known by */
	char name[40]; /* without the namespace */
	char path[128];
	char value[AR_BASE64_LEN(64) + 1];
	char uid[64];
	bool made; /* or may have been */
};

__attribute__((format(printf, 3, 4))) static void
say(struct ar_canary *canary, enum ar_canary_result result, const char *fmt, ...)
{
	const size_t used = strlen(canary->text);
	va_list args;

	if (canary->result == AR_CANARY_OK)
		canary->result = result;
	snprintf(canary->text + used, sizeof canary->text - used, used ? "; " : "%s", "");
	const size_t at = strlen(canary->text);
	va_start(args, fmt);
	vsnprintf(canary->text + at, sizeof canary->text - at, fmt, args);
	va_end(args);
}

static void to_hex(const unsigned char *bytes, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void name_it(struct flight *flight, const char *host)
{
	unsigned char random[8], value[32];
	char hex[17], text[65], digest[AR_SHA256_HEX];

	ar_secret_random(random, sizeof random);
	ar_secret_random(value, sizeof value);
	to_hex(random, sizeof random, hex);
	to_hex(value, sizeof value, text);
	ar_base64_encode((const uint8_t *)text, 64, flight->value);
	ar_sha256_hex(host, strlen(host), digest);
	memcpy(flight->host, digest, sizeof flight->host - 1);
	snprintf(flight->name, sizeof flight->name, AR_CANARY_PREFIX "%s", hex);
	snprintf(flight->path, sizeof flight->path, SECRETS "/%s", flight->name);
	snprintf(flight->to->name, sizeof flight->to->name, AR_CANARY_NAMESPACE "/%s",
		 flight->name);
}

/* Why there was no answer, as text; memory alone is an error. */
static int no_answer(struct flight *flight, const char *doing, const struct ar_err *cause,
		     struct ar_err *err)
{
	if (cause->sys == ENOMEM)
		return ar_err_oom(err);
	say(flight->to, AR_CANARY_FAILED, "%s: %s", doing, cause->msg);
	return 0;
}

static json_t *body_of(const struct flight *flight)
{
	return json_pack("{s:s,s:s,s:s,s:{s:s,s:s,s:{s:s,s:s}},s:{s:s}}", "apiVersion", "v1",
			 "kind", "Secret", "type", "Opaque", "metadata", "name", flight->name,
			 "namespace", AR_CANARY_NAMESPACE, "labels", "app.kubernetes.io/managed-by",
			 "atrest", "app.kubernetes.io/instance", flight->host, "data", "value",
			 flight->value);
}

/* Not let in: by RBAC, a quota, a policy, or a webhook, present or broken. Nothing of it comes from
 * the storage layer. */
static bool is_denied(const struct ar_answer *answer)
{
	return answer->kind == AR_ANSWER_FORBIDDEN || answer->kind == AR_ANSWER_REFUSED ||
	       answer->kind == AR_ANSWER_UNAUTHORIZED ||
	       (answer->kind == AR_ANSWER_BROKEN && strstr(answer->message, "webhook"));
}

static int create(struct flight *flight, struct ar_err *err)
{
	json_auto_t *json = body_of(flight);
	AR_FREE_AUTO char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_err cause = AR_ERR_INIT;
	struct ar_answer answer;

	if (!text)
		return ar_err_oom(err);
	const struct ar_http_request request = { .method = "POST",
						 .path = SECRETS "?fieldManager=atrest",
						 .body = { text, strlen(text) },
						 .content_type = "application/json",
						 .accept = METADATA("PartialObjectMetadata"),
						 .fresh = true };
	if (ar_api_call(flight->api, &request, &response, &answer, &cause) != 0) {
		flight->made = ar_http_may_be_done(&cause);
		return no_answer(flight, "it could not be made", &cause, err);
	}
	flight->made = answer.kind == AR_ANSWER_OK || answer.code == 504;
	if (answer.kind != AR_ANSWER_OK)
		say(flight->to, is_denied(&answer) ? AR_CANARY_DENIED : AR_CANARY_FAILED,
		    "it could not be made: %s (%d)", answer.message, answer.code);
	return 0;
}

static void compare(struct flight *flight, const struct ar_buf *body)
{
	struct ar_err ignored = AR_ERR_INIT;
	json_auto_t *json = NULL;

	if (ar_answer_json(body, &json, &ignored) != 0 ||
	    strcmp(AR_DIG_TEXT(json, "data", "value"), flight->value) != 0)
		say(flight->to, AR_CANARY_FAILED, "what was read back is not what was written");
	snprintf(flight->uid, sizeof flight->uid, "%s", AR_DIG_TEXT(json, "metadata", "uid"));
}

/* Without a resourceVersion the server asks etcd, not its cache: the value is decrypted. */
static int read_back(struct flight *flight, struct ar_err *err)
{
	const struct ar_http_request request = { .method = "GET", .path = flight->path };
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_err cause = AR_ERR_INIT;
	struct ar_answer answer;

	if (ar_api_call(flight->api, &request, &response, &answer, &cause) != 0)
		return no_answer(flight, "it could not be read back", &cause, err);
	if (answer.kind == AR_ANSWER_OK)
		compare(flight, &response.body);
	else
		say(flight->to, AR_CANARY_FAILED, "it could not be read back: %s (%d)",
		    answer.message, answer.code);
	return 0;
}

/* Removes the Secret if it is the one with this uid ("": whichever). Sets *ret_gone. */
static int remove_secret(struct ar_api *api, const char *path, const char *uid, bool *ret_gone,
			 struct ar_err *err)
{
	char body[192];
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_answer answer;

	snprintf(body, sizeof body, "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\"%s%s%s}",
		 uid[0] ? ",\"preconditions\":{\"uid\":\"" : "", uid, uid[0] ? "\"}" : "");
	const struct ar_http_request request = { .method = "DELETE",
						 .path = path,
						 .body = { body, strlen(body) },
						 .content_type = "application/json",
						 .accept = METADATA("PartialObjectMetadata") };
	if (ar_api_call(api, &request, &response, &answer, err) != 0)
		return -1;
	*ret_gone = answer.kind == AR_ANSWER_OK || answer.kind == AR_ANSWER_NOT_FOUND;
	return 0;
}

static int take_away(struct flight *flight, struct ar_err *err)
{
	struct ar_err cause = AR_ERR_INIT;
	bool gone = false;

	if (remove_secret(flight->api, flight->path, flight->uid, &gone, &cause) != 0 &&
	    cause.sys == ENOMEM)
		return ar_err_oom(err);
	flight->to->left_behind = !gone;
	if (!gone)
		say(flight->to, AR_CANARY_OK,
		    "it could not be removed; the next run tries again, or: kubectl -n "
		    "%s delete secret %s",
		    AR_CANARY_NAMESPACE, flight->name);
	return 0;
}

/* --- leftovers ---------------------------------------------------------------------------------
 */

static int is_plain(const char *text)
{
	return text[0] && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

static unsigned remove_listed(struct ar_api *api, const json_t *items, struct ar_err *err)
{
	unsigned removed = 0;
	size_t i;
	const json_t *item;

	json_array_foreach(items, i, item)
	{
		const char *name = AR_DIG_TEXT(item, "metadata", "name");
		const char *uid = AR_DIG_TEXT(item, "metadata", "uid");
		char path[160];
		bool gone = false;

		/* Whatever else carries the label is not a canary. */
		if (strncmp(name, AR_CANARY_PREFIX, sizeof AR_CANARY_PREFIX - 1) != 0 ||
		    !is_plain(name) || !is_plain(uid) || strlen(name) > 64 || strlen(uid) > 63)
			continue;
		snprintf(path, sizeof path, SECRETS "/%s", name);
		if (remove_secret(api, path, uid, &gone, err) == 0 && gone)
			removed++;
	}
	return removed;
}

/* What it cannot do is left for the next run: this one is about its own canary. */
static int remove_leftovers(struct flight *flight, struct ar_err *err)
{
	char path[256];
	struct ar_err cause = AR_ERR_INIT;
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	json_auto_t *json = NULL;
	struct ar_answer answer;

	snprintf(path, sizeof path,
		 SECRETS "?limit=" LEFTOVERS "&labelSelector=app.kubernetes.io%%2Fmanaged-by%%3D"
			 "atrest%%2Capp.kubernetes.io%%2Finstance%%3D%s",
		 flight->host);
	const struct ar_http_request request = { .method = "GET",
						 .path = path,
						 .accept = METADATA("PartialObjectMetadataList") };
	if (ar_api_call(flight->api, &request, &response, &answer, &cause) == 0 &&
	    answer.kind == AR_ANSWER_OK && ar_answer_json(&response.body, &json, &cause) == 0)
		flight->to->leftovers = remove_listed(flight->api, AR_DIG(json, "items"), &cause);
	return cause.sys == ENOMEM ? ar_err_oom(err) : 0;
}

int ar_canary_run(struct ar_api *api, const char *host, struct ar_canary *ret, struct ar_err *err)
{
	struct ar_canary canary = { .result = AR_CANARY_OK };
	struct flight flight = { .api = api, .to = &canary };

	name_it(&flight, host);
	if (remove_leftovers(&flight, err) != 0 || create(&flight, err) != 0)
		return -1;
	if (flight.made && canary.result == AR_CANARY_OK && read_back(&flight, err) != 0)
		return -1;
	if (flight.made && take_away(&flight, err) != 0)
		return -1;
	*ret = canary;
	return 0;
}
