/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "net/http_impl.h"

/* X509_V_ERR_* of OpenSSL's x509_vfy.h: libcurl hands them through as numbers. */
enum {
	BAD_SIGNATURE = 7,
	NOT_YET_VALID = 9,
	EXPIRED = 10,
	SELF_SIGNED = 18,
	SELF_SIGNED_IN_CHAIN = 19,
	NO_ISSUER = 20,
	NO_FIRST_ISSUER = 21,
};

/* What remedies name. */
static const struct {
	const char *program, *what, *ca, *certs, *sans, *client;
} kinds[] = {
	[AR_HTTP_APISERVER] = { .program = "kube-apiserver",
				.what = "an API server",
				.ca = "/etc/kubernetes/pki/ca.crt",
				.certs = "apiserver",
				.sans = "apiServer.certSANs",
				.client = "'kubeadm kubeconfig user' or 'kubeadm init phase "
					  "kubeconfig' makes new ones" },
	[AR_HTTP_ETCD] = { .program = "etcd",
			   .what = "etcd",
			   .ca = "/etc/kubernetes/pki/etcd/ca.crt",
			   .certs = "etcd-server",
			   .sans = "etcd.local.serverCertSANs",
			   .client = "'kubeadm init phase certs etcd-healthcheck-client' makes "
				     "new ones" },
};

typedef int explain_fn(const struct ar_http *http, const struct ar_http_failure *failure,
		       struct ar_err *err);

/* States the fact, and the errno that callers go by. */
__attribute__((format(printf, 3, 4))) static void fact(struct ar_err *err, int sys, const char *fmt,
						       ...)
{
	char text[sizeof err->msg];
	va_list args;

	if (ar_err_is_set(err))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	ar_err_set(err, "%s", text);
	err->sys = sys;
}

/* libcurl's own words, where it has some. */
static const char *words(const struct ar_http_failure *failure)
{
	return failure->text[0] ? failure->text : curl_easy_strerror(failure->code);
}

static int no_host(const struct ar_http *http, const struct ar_http_failure *failure,
		   struct ar_err *err)
{
	(void)failure;
	fact(err, 0, "no such host: '%s'", http->host);
	return ar_err_hint(err, "correct the name in %s, or the DNS and /etc/hosts of this machine",
			   http->user_from);
}

static int no_connection(const struct ar_http *http, const struct ar_http_failure *failure,
			 struct ar_err *err)
{
	int sys = failure->sys ? (int)failure->sys : ECONNREFUSED;

	if (sys == ECONNREFUSED)
		fact(err, sys, "nothing listens on %s: connection refused", http->peer);
	else
		fact(err, sys, "%s cannot be reached: %s", http->peer, strerror(sys));
	return ar_err_hint(err,
			   "see whether %s runs: crictl ps -a --name %s, and its log under "
			   "/var/log/pods",
			   kinds[http->kind].program, kinds[http->kind].program);
}

static int too_slow(const struct ar_http *http, const struct ar_http_failure *failure,
		    struct ar_err *err)
{
	fact(err, failure->connected ? ETIME : ETIMEDOUT,
	     "%s did not give a whole answer within %g s", http->peer,
	     failure->timeout_ms / 1000.0);
	return ar_err_hint(err,
			   "a firewall that drops packets, or a server under heavy load, looks "
			   "like this; try again");
}

/* A server that wants another client certificate, or any, says so by a TLS alert: with TLS 1.3
 * only after the handshake, when the first answer is read. Go, and so Kubernetes, sends
 * bad_certificate for most of it. */
bool ar__refuses_us(const char *text)
{
	static const char *const alerts[] = {
		"alert bad certificate",     "certificate required",   "alert certificate expired",
		"alert certificate unknown", "alert unknown ca",       "alert certificate revoked",
		"alert access denied",       "alert unsupported cert",
	};

	for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
		if (strstr(text, alerts[i]))
			return true;
	return false;
}

static int refused_certificate(const struct ar_http *http, const struct ar_http_failure *failure,
			       struct ar_err *err)
{
	fact(err, EACCES, "%s refuses the client certificate of %s: %s", http->peer,
	     http->user_from, http->cert ? words(failure) : "it asks for one, and there is none");
	return ar_err_hint(err, "it may have expired ('kubeadm certs check-expiration' shows it, "
				"'kubeadm certs renew' mends it), or belong to another cluster");
}

static int broken_off(const struct ar_http *http, const struct ar_http_failure *failure,
		      struct ar_err *err)
{
	if (ar__refuses_us(failure->text))
		return refused_certificate(http, failure, err);
	fact(err, ECONNRESET, "%s broke the connection off: %s", http->peer, words(failure));
	return ar_err_hint(err, "a server that is just stopping does this; try again");
}

static int handshake(const struct ar_http *http, const struct ar_http_failure *failure,
		     struct ar_err *err)
{
	static const char *const not_tls[] = { "wrong version number", "packet length too long",
					       "http request", "record layer failure" };

	for (size_t i = 0; i < sizeof not_tls / sizeof *not_tls; i++) {
		if (!strstr(failure->text, not_tls[i]))
			continue;
		fact(err, 0, "%s does not speak TLS", http->peer);
		return ar_err_hint(err,
				   "something else than %s listens there, or a proxy in between; "
				   "correct address and port",
				   kinds[http->kind].what);
	}
	if (strstr(failure->text, "protocol version") ||
	    strstr(failure->text, "unsupported protocol")) {
		fact(err, 0, "%s offers no TLS 1.2 or newer", http->peer);
		return ar_err_hint(err, "correct --tls-min-version and --tls-cipher-suites of that "
					"server");
	}
	return broken_off(http, failure, err);
}

static int wrong_name(const struct ar_http *http, const struct ar_http_failure *failure,
		      struct ar_err *err)
{
	fact(err, 0, "the certificate of %s is not valid for '%s'%s%s", http->peer, http->host,
	     failure->names[0] ? "; it is for " : "", failure->names);
	return ar_err_hint(err,
			   "use an address that it is valid for, or make a new one that has this "
			   "name: %s in kubeadm's configuration",
			   kinds[http->kind].sans);
}

static int not_ours(const struct ar_http *http, struct ar_err *err)
{
	fact(err, 0, "the certificate of %s is not signed by the CA of %s", http->peer,
	     http->ca_from);
	return ar_err_hint(err,
			   "either %s is from another cluster, or another machine answers at "
			   "this address: nothing was sent to it",
			   http->ca_from);
}

/* Which of them is told by libcurl in words alone: its number stays as it was before the check. */
static bool is_about_the_name(const struct ar_http_failure *failure)
{
	return strstr(failure->text, "subject name") || strstr(failure->text, "common name");
}

/* The server's certificate is not accepted. */
static int not_verified(const struct ar_http *http, const struct ar_http_failure *failure,
			struct ar_err *err)
{
	if (is_about_the_name(failure))
		return wrong_name(http, failure, err);
	switch (failure->verify) {
	case BAD_SIGNATURE:
	case SELF_SIGNED:
	case SELF_SIGNED_IN_CHAIN:
	case NO_ISSUER:
	case NO_FIRST_ISSUER: return not_ours(http, err);
	case EXPIRED:
		fact(err, 0, "the certificate of %s, or its CA's, has expired", http->peer);
		return ar_err_hint(err,
				   "'kubeadm certs check-expiration' shows which, 'kubeadm certs "
				   "renew %s' mends it; or this machine's clock is wrong",
				   kinds[http->kind].certs);
	case NOT_YET_VALID:
		fact(err, 0, "the certificate of %s is not valid yet", http->peer);
		return ar_err_hint(err, "compare this machine's clock with that of the server");
	default:
		fact(err, 0, "the certificate of %s is not accepted: %s", http->peer,
		     words(failure));
		return ar_err_hint(err, "look at it with 'openssl s_client -connect %s'",
				   http->peer);
	}
}

static int bad_credentials(const struct ar_http *http, const struct ar_http_failure *failure,
			   struct ar_err *err)
{
	fact(err, 0, "the client certificate and key of %s cannot be used: %s", http->user_from,
	     words(failure));
	return ar_err_hint(err, "both must be PEM, and belong together; %s",
			   kinds[http->kind].client);
}

static int bad_ca(const struct ar_http *http, const struct ar_http_failure *failure,
		  struct ar_err *err)
{
	(void)failure;
	fact(err, 0, "the CA of %s cannot be used: it holds no PEM certificate", http->ca_from);
	return ar_err_hint(err, "it should be that of %s", kinds[http->kind].ca);
}

static int not_taken(const struct ar_http *http, const struct ar_http_failure *failure,
		     struct ar_err *err)
{
	if (!failure->too_large)
		return ar_err_oom(err);
	fact(err, EFBIG, "the answer of %s is larger than %zu KiB", http->peer,
	     failure->max_body >> 10);
	return ar_err_hint(err, "this is not what such a request is answered with; see what "
				"listens there");
}

static int no_memory(const struct ar_http *http, const struct ar_http_failure *failure,
		     struct ar_err *err)
{
	(void)http, (void)failure;
	return ar_err_oom(err);
}

static int not_http(const struct ar_http *http, const struct ar_http_failure *failure,
		    struct ar_err *err)
{
	fact(err, 0, "%s does not answer in HTTP: %s", http->peer, words(failure));
	return ar_err_hint(err, "something else than %s listens there; correct address and port",
			   kinds[http->kind].what);
}

static int otherwise(const struct ar_http *http, const struct ar_http_failure *failure,
		     struct ar_err *err)
{
	fact(err, 0, "the request to %s failed: %s", http->peer, words(failure));
	return -1;
}

static const struct {
	CURLcode code;
	explain_fn *explain;
} causes[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, no_host },
	{ CURLE_COULDNT_CONNECT, no_connection },
	{ CURLE_OPERATION_TIMEDOUT, too_slow },
	{ CURLE_SSL_CONNECT_ERROR, handshake },
	{ CURLE_PEER_FAILED_VERIFICATION, not_verified },
	{ CURLE_SSL_CERTPROBLEM, bad_credentials },
	{ CURLE_SSL_CLIENTCERT, refused_certificate },
	{ CURLE_SSL_CACERT_BADFILE, bad_ca },
	{ CURLE_WRITE_ERROR, not_taken },
	{ CURLE_OUT_OF_MEMORY, no_memory },
	{ CURLE_RECV_ERROR, broken_off },
	{ CURLE_SEND_ERROR, broken_off },
	{ CURLE_GOT_NOTHING, broken_off },
	{ CURLE_PARTIAL_FILE, broken_off },
	{ CURLE_HTTP2, broken_off },
	{ CURLE_HTTP2_STREAM, broken_off },
	{ CURLE_WEIRD_SERVER_REPLY, not_http },
	{ CURLE_UNSUPPORTED_PROTOCOL, not_http },
};

int ar_http_explain(const struct ar_http *http, const struct ar_http_failure *failure,
		    struct ar_err *err)
{
	for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
		if (causes[i].code == failure->code)
			return causes[i].explain(http, failure, err);
	return otherwise(http, failure, err);
}

bool ar_http_is_away(const struct ar_err *err)
{
	static const int away[] = { ECONNREFUSED, ECONNRESET, ETIMEDOUT, ETIME,       EHOSTUNREACH,
				    ENETUNREACH,  EHOSTDOWN,  ENETDOWN,  ECONNABORTED };

	for (size_t i = 0; i < sizeof away / sizeof *away; i++)
		if (err->sys == away[i])
			return true;
	return false;
}

bool ar_http_may_be_done(const struct ar_err *err)
{
	return err->sys == ECONNRESET || err->sys == ETIME || err->sys == EFBIG;
}

bool ar_http_listened(const struct ar_err *err)
{
	return err->sys == ETIME;
}
