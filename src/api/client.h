/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>

#include "api/answer.h"
#include "base/buf.h"
#include "base/err.h"
#include "net/http.h"

/*
 * One API server, spoken to with a kubeconfig's credentials.
 *
 * A kubeconfig names the cluster's endpoint, which may be a load balancer. What a node's own server
 * does is asked of that server: `ar_api_where` names its address (the manifest's advertise
 * address), and its certificate is verified for that address. kubeadm's certificates have it; they
 * are not valid for 127.0.0.1.
 */

struct ar_api;
struct ar_kubeconfig;

/* Which server. */
struct ar_api_where {
	const char *address; /* NULL: the kubeconfig's own server */
	unsigned port;       /* with address; 0: 6443 */
};

/* Makes a client; nothing is sent yet. `where` may be NULL. The kubeconfig is copied from, and can
 * be released. Fails where it has no CA or no credentials that can be used here. */
int ar_api_open(const struct ar_kubeconfig *kubeconfig, const struct ar_api_where *where,
		struct ar_api **ret, struct ar_err *err);
/* Accepts NULL. */
void ar_api_close(struct ar_api *api);
static inline void ar_api_close_ptr(struct ar_api **api)
{
	ar_api_close(*api);
}
#define AR_API_AUTO __attribute__((cleanup(ar_api_close_ptr)))

/* Its connection, for many requests at once (net/flight.h). Borrowed. */
struct ar_http *ar_api_http(struct ar_api *api);

/* Sends a request and waits for the answer; the response is as ar_http_request says. 0 for any
 * answer, which *ret_answer classifies; -1 where there was none. A busy server (429, 503, 504) is
 * not asked again: the caller knows how long it can wait. */
int ar_api_call(struct ar_api *api, const struct ar_http_request *request,
		struct ar_http_response *response, struct ar_answer *ret_answer,
		struct ar_err *err);
/* Turns a refusal into an error; `what` says what was asked for ("read Secret a/b"). Always
 * returns -1. */
int ar_api_refused(const struct ar_api *api, const struct ar_answer *answer, const char *what,
		   struct ar_err *err);
/* GET `path` and parse it: a refusal is an error here. The caller releases the JSON. */
int ar_api_get(struct ar_api *api, const char *path, const char *what, json_t **ret,
	       struct ar_err *err);

enum ar_ready_state {
	AR_READY_AWAY, /* nobody listens, or the connection breaks */
	AR_READY_NOT,  /* it listens, and says no */
	AR_READY_YES,
};

struct ar_ready {
	enum ar_ready_state state;
	int status;    /* HTTP status, 0 while away */
	char why[400]; /* the checks that failed, or why there was no answer; "" when ready */
};

/* GET /readyz on a new connection, within 5 s. A server that is away or not ready is an answer, not
 * an error; errors are what waiting does not mend: a certificate that is not valid, an unknown
 * name. Credentials that the server does not (yet) believe are AR_READY_NOT with status 401. */
int ar_api_ready(struct ar_api *api, struct ar_ready *ret, struct ar_err *err);

/* GET /metrics, Prometheus text format, as far as ar_loaded_read() wants it (megabytes follow), 64
 * MiB at most. `out` is replaced. */
int ar_api_metrics(struct ar_api *api, struct ar_buf *out, struct ar_err *err);

struct ar_api_version {
	char git[64]; /* "v1.34.4" */
	int minor;    /* 34 */
};
/* GET /version */
int ar_api_version(struct ar_api *api, struct ar_api_version *ret, struct ar_err *err);
/* What such an answer says. Pure. */
int ar_api_version_take(const json_t *json, struct ar_api_version *ret, struct ar_err *err);
