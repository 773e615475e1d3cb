/* SPDX-License-Identifier: Apache-2.0 */
#include "api/lease.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/scope.h"

#define FOLDER     "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
#define WRITER     "?fieldManager=atrest"
#define TRIES      5 /* others write now and then, each a single small request */
#define TIMEOUT_MS 10000u
#define LONGEST_S  600u /* whoever wrote a longer duration is not waited for any longer */

void ar_lease_done(struct ar_lease *lease)
{
	json_decref(lease->annotations);
	*lease = (struct ar_lease)AR_LEASE_INIT;
}

/* --- time --------------------------------------------------------------------------------------
 */

static struct timespec now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time;
}

/* It goes on while the machine sleeps: what slept through its Lease has lost it. */
static int64_t forward_ms(void)
{
	const struct timespec time = now(CLOCK_BOOTTIME);

	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* As Kubernetes' MicroTime: six digits behind the second. */
static void write_now(char buf[40])
{
	const struct timespec time = now(CLOCK_REALTIME);
	char second[24];
	struct tm utc;

	if (!gmtime_r(&time.tv_sec, &utc) ||
	    strftime(second, sizeof second, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
		snprintf(second, sizeof second, "1970-01-01T00:00:00");
	snprintf(buf, 40, "%s.%06ldZ", second, time.tv_nsec / 1000);
}

/* 0 for what is no time. The server always writes UTC. */
static int64_t read_time(const char *text)
{
	struct tm utc = { .tm_isdst = 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &utc);

	return end ? (int64_t)timegm(&utc) : 0;
}

enum ar_lease_whose ar_lease_whose(const struct ar_lease *lease, const char *us, int64_t forward,
				   int64_t wall_s)
{
	const int64_t duration_ms = (int64_t)lease->duration_s * 1000;

	if (!lease->exists || !lease->holder[0])
		return AR_LEASE_FREE;
	if (strcmp(lease->holder, us) == 0)
		return AR_LEASE_OURS;
	if (lease->renewed_s && wall_s - lease->renewed_s > AR_LEASE_STALE_S)
		return AR_LEASE_FREE;
	return forward - lease->since_ms >= duration_ms ? AR_LEASE_FREE : AR_LEASE_THEIRS;
}

static enum ar_lease_whose whose_now(const struct ar_lease *lease, const char *us)
{
	return ar_lease_whose(lease, us, forward_ms(), (int64_t)now(CLOCK_REALTIME).tv_sec);
}

/* --- reading -----------------------------------------------------------------------------------
 */

static bool take_text(const json_t *text, char *to, size_t size)
{
	const char *value = json_string_value(text);
	const size_t len = value ? strlen(value) : 0;

	if (len >= size)
		return false;
	memcpy(to, value ? value : "", len + 1);
	return true;
}

static unsigned duration_of(const json_t *spec)
{
	const json_int_t seconds = json_integer_value(json_object_get(spec,
								      "leaseDurationSeconds"));

	if (seconds <= 0)
		return AR_LEASE_SECONDS;
	return seconds < LONGEST_S ? (unsigned)seconds : LONGEST_S;
}

static bool take_fields(const json_t *json, struct ar_lease *to)
{
	const json_t *spec = json_object_get(json, "spec");

	to->exists = true;
	to->duration_s = duration_of(spec);
	to->transitions = json_integer_value(json_object_get(spec, "leaseTransitions"));
	return take_text(AR_DIG(json, "metadata", "resourceVersion"), to->resource_version,
			 sizeof to->resource_version) &&
	       take_text(AR_DIG(json, "metadata", "uid"), to->uid, sizeof to->uid) &&
	       take_text(json_object_get(spec, "holderIdentity"), to->holder, sizeof to->holder) &&
	       take_text(json_object_get(spec, "acquireTime"), to->acquired, sizeof to->acquired) &&
	       take_text(json_object_get(spec, "renewTime"), to->renewed, sizeof to->renewed) &&
	       to->resource_version[0] && to->uid[0];
}

/* What the server says now, in place of what it said before. */
static int take_object(const struct ar_buf *body, struct ar_lease *lease, struct ar_err *err)
{
	AR_LEASE_AUTO struct ar_lease found = AR_LEASE_INIT;
	json_auto_t *json = NULL;

	if (ar_answer_json(body, &json, err) != 0)
		return -1;
	if (!take_fields(json, &found))
		return ar_err_set(err, "Lease kube-system/atrest is not as a Lease should be");
	json_t *annotations = AR_DIG(json, "metadata", "annotations");
	found.annotations = json_is_object(annotations) ? json_incref(annotations) : NULL;
	found.renewed_s = read_time(found.renewed);
	const bool same = lease->exists && strcmp(lease->uid, found.uid) == 0 &&
			  strcmp(lease->holder, found.holder) == 0 &&
			  strcmp(lease->renewed, found.renewed) == 0;
	found.since_ms = same ? lease->since_ms : forward_ms();
	ar_lease_done(lease);
	*lease = found;
	found = (struct ar_lease)AR_LEASE_INIT;
	return 0;
}

int ar_lease_read(struct ar_api *api, struct ar_lease *lease, struct ar_err *err)
{
	static const struct ar_http_request request = { .method = "GET",
							.path = AR_LEASE_PATH,
							.timeout_ms = TIMEOUT_MS };
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_answer answer;

	if (ar_api_call(api, &request, &response, &answer, err) != 0)
		return -1;
	if (answer.kind == AR_ANSWER_OK)
		return take_object(&response.body, lease, err);
	if (answer.kind != AR_ANSWER_NOT_FOUND)
		return ar_api_refused(api, &answer, "read Lease kube-system/atrest", err);
	ar_lease_done(lease);
	return 0;
}

/* --- writing -----------------------------------------------------------------------------------
 */

/* A new object takes no null. */
static json_t *without_nulls(const json_t *changes)
{
	json_t *kept = json_object();
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)changes, name, value)
	{
		if (kept && !json_is_null(value) && json_object_set(kept, name, value) != 0) {
			json_decref(kept);
			return NULL;
		}
	}
	return kept;
}

/* The object, or what of it changes: only if it is still the one that was read. */
static json_t *body_of(const struct ar_lease *lease, json_t *spec, const json_t *changes)
{
	json_auto_t *annotations = !changes        ? NULL
				   : lease->exists ? json_deep_copy(changes)
						   : without_nulls(changes);

	if (changes && !annotations)
		return NULL;
	if (lease->exists)
		return json_pack("{s:{s:s, s:s, s:O*}, s:O*}", "metadata", "resourceVersion",
				 lease->resource_version, "uid", lease->uid, "annotations",
				 annotations, "spec", spec);
	return json_pack("{s:s, s:s, s:{s:s, s:s, s:{s:s}, s:O*}, s:O*}", "apiVersion",
			 "coordination.k8s.io/v1", "kind", "Lease", "metadata", "name", "atrest",
			 "namespace", "kube-system", "labels", "app.kubernetes.io/managed-by",
			 "atrest", "annotations", annotations, "spec", spec);
}

static int judge(struct ar_api *api, const struct ar_answer *answer, const struct ar_buf *body,
		 struct ar_lease *lease, enum ar_put *ret, struct ar_err *err)
{
	switch (answer->kind) {
	case AR_ANSWER_OK: *ret = AR_PUT_DONE; return take_object(body, lease, err);
	case AR_ANSWER_EXISTS:
	case AR_ANSWER_CONFLICT: *ret = AR_PUT_CONFLICT; return 0;
	case AR_ANSWER_NOT_FOUND: *ret = AR_PUT_GONE; return 0;
	default: return ar_api_refused(api, answer, "write Lease kube-system/atrest", err);
	}
}

/* One try. An answer that got lost is a conflict, too: reading again tells which. */
static int put(struct ar_api *api, struct ar_lease *lease, json_t *spec, const json_t *changes,
	       enum ar_put *ret, struct ar_err *err)
{
	json_auto_t *json = body_of(lease, spec, changes);
	AR_FREE_AUTO char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_err cause = AR_ERR_INIT;
	struct ar_answer answer;

	if (!text)
		return ar_err_oom(err);
	const struct ar_http_request request = {
		.method = lease->exists ? "PATCH" : "POST",
		.path = lease->exists ? AR_LEASE_PATH WRITER : FOLDER WRITER,
		.body = { text, strlen(text) },
		.content_type = lease->exists ? "application/merge-patch+json" : "application/json",
		.timeout_ms = TIMEOUT_MS,
		.fresh = true,
	};
	if (ar_api_call(api, &request, &response, &answer, &cause) == 0)
		return judge(api, &answer, &response.body, lease, ret, err);
	if (ar_http_may_be_done(&cause)) {
		*ret = AR_PUT_CONFLICT;
		return 0;
	}
	*err = ar_err_is_set(err) ? *err : cause;
	return -1;
}

/* The holder's fields, as they are when `us` takes or renews it. */
static json_t *held(const struct ar_lease *lease, const char *us)
{
	const bool ours = lease->exists && strcmp(lease->holder, us) == 0;
	const bool first = !ours || !lease->acquired[0];
	const json_int_t transitions = lease->transitions + (lease->exists && !ours ? 1 : 0);
	char time[40];

	write_now(time);
	return json_pack("{s:s, s:s, s:s, s:i, s:I}", "holderIdentity", us, "acquireTime",
			 first ? time : lease->acquired, "renewTime", time, "leaseDurationSeconds",
			 AR_LEASE_SECONDS, "leaseTransitions", transitions);
}

static int kept_changing(struct ar_err *err)
{
	ar_err_set(err, "Lease kube-system/atrest is written by others all the time");
	err->sys = EAGAIN;
	return ar_err_hint(err, "run the same command again");
}

/* A renewal is tried first with what is known: the holder wrote last, usually. */
static int hold(struct ar_api *api, const char *us, struct ar_lease *lease, bool renew,
		enum ar_lease_whose *ret, struct ar_err *err)
{
	for (int i = 0; i < TRIES; i++) {
		enum ar_put done = AR_PUT_CONFLICT;

		if ((i > 0 || !renew) && ar_lease_read(api, lease, err) != 0)
			return -1;
		const enum ar_lease_whose whose = whose_now(lease, us);
		if (whose == AR_LEASE_THEIRS || (renew && whose == AR_LEASE_FREE)) {
			*ret = whose;
			return 0;
		}
		json_auto_t *spec = held(lease, us);
		if (!spec)
			return ar_err_oom(err);
		if (put(api, lease, spec, NULL, &done, err) != 0)
			return -1;
		if (done == AR_PUT_DONE) {
			*ret = AR_LEASE_OURS;
			return 0;
		}
	}
	return kept_changing(err);
}

int ar_lease_take(struct ar_api *api, const char *us, struct ar_lease *lease,
		  enum ar_lease_whose *ret, struct ar_err *err)
{
	return hold(api, us, lease, false, ret, err);
}

int ar_lease_renew(struct ar_api *api, const char *us, struct ar_lease *lease,
		   enum ar_lease_whose *ret, struct ar_err *err)
{
	return hold(api, us, lease, true, ret, err);
}

int ar_lease_release(struct ar_api *api, const char *us, struct ar_lease *lease, struct ar_err *err)
{
	json_auto_t *spec = json_pack("{s:n, s:n, s:n}", "holderIdentity", "acquireTime",
				      "renewTime");

	if (!spec)
		return ar_err_oom(err);
	for (int i = 0; i < TRIES; i++) {
		enum ar_put done = AR_PUT_CONFLICT;

		if (i > 0 && ar_lease_read(api, lease, err) != 0)
			return -1;
		if (!lease->exists || strcmp(lease->holder, us) != 0)
			return 0;
		if (put(api, lease, spec, NULL, &done, err) != 0)
			return -1;
		if (done == AR_PUT_DONE)
			return 0;
	}
	return kept_changing(err);
}

int ar_lease_annotate(struct ar_api *api, struct ar_lease *lease, const json_t *changes,
		      enum ar_put *ret, struct ar_err *err)
{
	return put(api, lease, NULL, changes, ret, err);
}
