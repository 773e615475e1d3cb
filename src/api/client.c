/* SPDX-License-Identifier: Apache-2.0 */
#include "api/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "kube/kubeconfig.h"
#include "kube/metrics.h"

#define DEFAULT_PORT 6443u
#define READY_MS     5000u
#define METRICS_MS   30000u
#define METRICS_MAX  ((size_t)64 << 20)

struct ar_api {
	struct ar_http *http;
	char *user; /* as the kubeconfig calls it, may be "" */
	char *from; /* the kubeconfig's path */
};

/* --- opening -----------------------------------------------------------------------------------
 */

static struct ar_bytes bytes_of(const struct ar_kubeconfig *conf, enum ar_kubeconfig_part part)
{
	return (struct ar_bytes){ conf->parts[part].data, conf->parts[part].len };
}

/* All that it has must be here, and it must have enough. */
static int check_parts(const struct ar_kubeconfig *conf, struct ar_err *err)
{
	for (int i = 0; i < AR_KUBECONFIG_PARTS; i++)
		if (!conf->parts[i].data && conf->parts[i].path[0])
			return ar_err_set(err, "%s names %s, which was not read", conf->from,
					  conf->parts[i].path);
	if (!conf->parts[AR_KUBECONFIG_CA].data) {
		ar_err_set(err, "%s has no CA to verify the server by", conf->from);
		return ar_err_hint(err, "its cluster needs certificate-authority-data: the CA of "
					"/etc/kubernetes/pki/ca.crt");
	}
	if (!conf->parts[AR_KUBECONFIG_CERT].data && !conf->parts[AR_KUBECONFIG_TOKEN].data) {
		ar_err_set(err, "the user '%s' of %s has no client certificate and no token",
			   conf->user, conf->from);
		return ar_err_hint(err, "name another file with --kubeconfig, for example "
					"/etc/kubernetes/admin.conf");
	}
	return 0;
}

static struct ar_http_base base_of(const struct ar_kubeconfig *conf,
				   const struct ar_api_where *where)
{
	const bool named = conf->server_name[0];
	struct ar_http_base base = { .host = named ? conf->server_name : conf->host,
				     .port = conf->port,
				     .address = named ? conf->host : NULL,
				     .ca = bytes_of(conf, AR_KUBECONFIG_CA),
				     .cert = bytes_of(conf, AR_KUBECONFIG_CERT),
				     .key = bytes_of(conf, AR_KUBECONFIG_KEY),
				     .token = bytes_of(conf, AR_KUBECONFIG_TOKEN),
				     .ca_from = conf->from,
				     .user_from = conf->from };

	if (where && where->address) {
		base.host = where->address;
		base.port = where->port ? where->port : DEFAULT_PORT;
		base.address = NULL;
	}
	return base;
}

int ar_api_open(const struct ar_kubeconfig *kubeconfig, const struct ar_api_where *where,
		struct ar_api **ret, struct ar_err *err)
{
	if (check_parts(kubeconfig, err) != 0)
		return -1;
	const struct ar_http_base base = base_of(kubeconfig, where);
	AR_API_AUTO struct ar_api *api = calloc(1, sizeof *api);
	if (!api)
		return ar_err_oom(err);
	if (ar_http_open(&base, &api->http, err) != 0)
		return -1;
	api->user = strdup(kubeconfig->user);
	api->from = strdup(kubeconfig->from);
	if (!api->user || !api->from)
		return ar_err_oom(err);
	*ret = AR_TAKE(api);
	return 0;
}

void ar_api_close(struct ar_api *api)
{
	if (!api)
		return;
	ar_http_close(api->http);
	free(api->user);
	free(api->from);
	free(api);
}

struct ar_http *ar_api_http(struct ar_api *api)
{
	return api->http;
}

/* --- asking ------------------------------------------------------------------------------------
 */

int ar_api_call(struct ar_api *api, const struct ar_http_request *request,
		struct ar_http_response *response, struct ar_answer *ret_answer, struct ar_err *err)
{
	if (ar_http_request(api->http, request, response, err) != 0)
		return -1;
	ar_answer_read(response->status, &response->body, ret_answer);
	if (response->retry_after_s > ret_answer->retry_after_s)
		ret_answer->retry_after_s = response->retry_after_s;
	return 0;
}

int ar_api_refused(const struct ar_api *api, const struct ar_answer *answer, const char *what,
		   struct ar_err *err)
{
	const struct ar_asked asked = { .what = what, .user = api->user, .from = api->from };

	return ar_answer_err(answer, &asked, err);
}

/* An answer of 2xx, or an error. */
static int fetch(struct ar_api *api, const struct ar_http_request *request, const char *what,
		 struct ar_http_response *ret, struct ar_err *err)
{
	struct ar_answer answer;

	if (ar_api_call(api, request, ret, &answer, err) != 0)
		return -1;
	return answer.kind == AR_ANSWER_OK ? 0 : ar_api_refused(api, &answer, what, err);
}

int ar_api_get(struct ar_api *api, const char *path, const char *what, json_t **ret,
	       struct ar_err *err)
{
	const struct ar_http_request request = { .method = "GET", .path = path };
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;

	if (fetch(api, &request, what, &response, err) != 0)
		return -1;
	return ar_answer_json(&response.body, ret, err);
}

/* --- ready -------------------------------------------------------------------------------------
 */

static void put_why(struct ar_ready *ready, const char *text, size_t len)
{
	const size_t used = strlen(ready->why);

	snprintf(ready->why + used, sizeof ready->why - used, "%s%.*s", used ? ", " : "", (int)len,
		 text);
}

/* The body lists a line per check: "[+]ping ok", "[-]etcd failed: reason withheld"
 * (apiserver pkg/server/healthz/healthz.go). */
static void put_checks(struct ar_ready *ready, const struct ar_buf *body)
{
	for (const char *line = ar_buf_text(body); *line;) {
		const size_t len = strcspn(line, "\n");
		const size_t name = strcspn(line, " \n");

		if (len > 3 && memcmp(line, "[-]", 3) == 0)
			put_why(ready, line + 3, name - 3);
		line += len + (line[len] == '\n');
	}
}

static void judge(struct ar_ready *ready, const struct ar_buf *body, const struct ar_answer *answer)
{
	AR_BUF_AUTO struct ar_buf shown = AR_BUF_INIT;

	ready->status = answer->code;
	ready->state = answer->code == 200 ? AR_READY_YES : AR_READY_NOT;
	if (ready->state == AR_READY_YES)
		return;
	put_checks(ready, body);
	if (ready->why[0])
		ar_buf_add_printable(&shown, ready->why, strlen(ready->why));
	else
		ar_buf_addf(&shown, "status %d%s%s", answer->code, answer->message[0] ? ": " : "",
			    answer->message);
	snprintf(ready->why, sizeof ready->why, "%s", ar_buf_text(&shown));
}

int ar_api_ready(struct ar_api *api, struct ar_ready *ret, struct ar_err *err)
{
	static const struct ar_http_request request = {
		.method = "GET", .path = "/readyz", .timeout_ms = READY_MS, .fresh = true
	};
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_ready ready = { .state = AR_READY_AWAY };
	struct ar_err cause = AR_ERR_INIT;
	struct ar_answer answer;

	if (ar_api_call(api, &request, &response, &answer, &cause) == 0) {
		judge(&ready, &response.body, &answer);
	} else if (ar_http_is_away(&cause)) {
		ready.state = ar_http_listened(&cause) ? AR_READY_NOT : AR_READY_AWAY;
		snprintf(ready.why, sizeof ready.why, "%s", cause.msg);
	} else {
		*err = ar_err_is_set(err) ? *err : cause;
		return -1;
	}
	*ret = ready;
	return 0;
}

/* --- metrics, version --------------------------------------------------------------------------
 */

int ar_api_metrics(struct ar_api *api, struct ar_buf *out, struct ar_err *err)
{
	static const struct ar_http_request request = { .method = "GET",
							.path = "/metrics",
							.accept = "text/plain;version=0.0.4",
							.timeout_ms = METRICS_MS,
							.enough = ar_loaded_enough,
							.max_body = METRICS_MAX };
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;

	if (fetch(api, &request, "read its metrics", &response, err) != 0)
		return -1;
	ar_buf_done(out);
	*out = response.body;
	response.body = (struct ar_buf)AR_BUF_INIT;
	return 0;
}

int ar_api_version_take(const json_t *json, struct ar_api_version *ret, struct ar_err *err)
{
	struct ar_api_version version;
	char *end = NULL;
	const char *git = AR_DIG_TEXT(json, "gitVersion");
	const long minor = strncmp(git, "v1.", 3) == 0 ? strtol(git + 3, &end, 10) : 0;

	if (!end || end == git + 3 || *end != '.' || minor < 0 || minor > 999 ||
	    strlen(git) >= sizeof version.git)
		return ar_err_set(err, "the API server tells no version that is known here");
	snprintf(version.git, sizeof version.git, "%s", git);
	version.minor = (int)minor;
	*ret = version;
	return 0;
}

int ar_api_version(struct ar_api *api, struct ar_api_version *ret, struct ar_err *err)
{
	json_auto_t *json = NULL;

	if (ar_api_get(api, "/version", "read its version", &json, err) != 0)
		return -1;
	return ar_api_version_take(json, ret, err);
}
