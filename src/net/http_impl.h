/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <curl/curl.h>

#include "net/http.h"

/* What the parts of src/net share. */

struct ar_http {
	CURLM *multi; /* keeps the connections */
	char *origin; /* "https://host:port" */
	char *peer;   /* "host:port", for messages; with the address where it is another */
	char *host;
	char *connect_to; /* CURLOPT_CONNECT_TO's form, NULL: none */
	char *ca, *cert;  /* not secret; PEM */
	size_t ca_len, cert_len;
	char *key; /* guarded */
	size_t key_len;
	char *authorization; /* guarded: the whole header line, NULL: none */
	char *ca_from, *user_from;
	enum ar_http_kind kind;
};

/* --- one transfer ------------------------------------------------------------------------------
 */

/* A handle of libcurl's with all that it points at: it must stay where it is while it is open. May
 * be used for one request after the other. */
struct ar__easy {
	const struct ar_http *http;
	CURL *curl;
	struct ar_buf body; /* what came */
	bool (*wants_no_more)(const char *data, size_t len);
	bool too_large, enough;
	unsigned timeout_ms;
	char *also; /* one header line more, NULL: none */
	char text[CURL_ERROR_SIZE];
	struct curl_slist
		headers[5]; /* here, not libcurl's copies on the heap: one has the token */
	char content_type[128], accept[160];
	struct curl_slist connect_to;
};

/* Makes the handle, with all that holds for every request. `easy` is all zero before, and needs
 * ar__easy_done whatever the result. */
int ar__easy_open(struct ar__easy *easy, const struct ar_http *http, struct ar_err *err);
/* Makes it ready for a request, and its body empty. */
int ar__easy_ask(struct ar__easy *easy, const struct ar_http_request *request, struct ar_err *err);
/* Lets it run, alone, over the connections of `http`. */
CURLcode ar__easy_run(struct ar__easy *easy);
/* What came, but for the body. */
void ar__easy_read(const struct ar__easy *easy, struct ar_http_response *response);
/* With TLS 1.3 a server refuses a client certificate only after the handshake, when the request is
 * on its way, and the reset that follows may overtake the alert that says why. So where a new
 * connection was reset the handshake is made once more with TLS 1.2, where the refusal is part of
 * it. True: the certificate is refused, and `text` is the alert. */
bool ar__easy_ask_why(const struct ar__easy *easy, CURLcode code, char text[CURL_ERROR_SIZE]);
/* States in words how it ended. Always returns -1. */
int ar__easy_explain(const struct ar__easy *easy, CURLcode code, struct ar_err *err);
void ar__easy_done(struct ar__easy *easy);
#define AR_EASY_AUTO __attribute__((cleanup(ar__easy_done)))

/* --- how it failed -----------------------------------------------------------------------------
 */

/* How a transfer ended that gave no answer. */
struct ar_http_failure {
	CURLcode code;
	long verify; /* OpenSSL's X509_V_* of the server's certificate, 0: fine or not reached */
	long sys;    /* errno of the connection, 0: none */
	const char *text; /* libcurl's own words, may be "" */
	const char
		*names; /* subject alternative names of the server's certificate, "": not known */
	bool connected; /* the server was verified: the request may have reached it */
	bool too_large; /* the answer passed the limit */
	size_t max_body;
	unsigned timeout_ms;
};

/* Does libcurl's text tell of an alert by which a server refuses our certificate? */
bool ar__refuses_us(const char *text);
/* States the failure in words, with what to do, and in err->sys the errno that ar_http_is_away goes
 * by. Always returns -1. */
int ar_http_explain(const struct ar_http *http, const struct ar_http_failure *failure,
		    struct ar_err *err);
