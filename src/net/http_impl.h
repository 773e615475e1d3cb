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
};

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

/* States the failure in words, with what to do, and in err->sys the errno that ar_http_is_away goes
 * by. Always returns -1. */
int ar_http_explain(const struct ar_http *http, const struct ar_http_failure *failure,
		    struct ar_err *err);
