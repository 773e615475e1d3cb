/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Requests over HTTPS to one server. The only place that knows libcurl (7.85 or newer).
 *
 * What holds for every request, with no switch for it: the server's certificate is verified, its
 * chain against the CA given here and nothing else (not the system's), its name against `host`;
 * TLS 1.2 at least; no proxy, whatever the environment says; no redirect is followed; no .netrc, no
 * key log, no other protocol. Bodies and times are bounded. HTTP/2 where the server has it; one
 * connection serves many requests, one at a time.
 *
 * Credentials are copied: keys and tokens to guarded memory. A request's copies in libcurl end with
 * the request, and are wiped with all freed memory (base/wipe.h); TLS keeps the parsed client key
 * for as long as a connection is open.
 */

/* Bytes that somebody else owns; data may be NULL when len is 0. */
struct ar_bytes {
	const char *data;
	size_t len;
};

/* What the server is: remedies name its files and commands. */
enum ar_http_kind { AR_HTTP_APISERVER, AR_HTTP_ETCD };

/* A server, and who we are to it. All of it is copied by ar_http_open. */
struct ar_http_base {
	const char *host;      /* a name or an address (IPv6 without brackets): what is verified */
	unsigned port;         /* 1..65535 */
	const char *address;   /* connect to this instead; NULL: to `host` */
	struct ar_bytes ca;    /* PEM certificates that may have signed the server's */
	struct ar_bytes cert;  /* PEM, the client's; none: no client certificate */
	struct ar_bytes key;   /* PEM, belongs to cert */
	struct ar_bytes token; /* bearer token; none: no Authorization header */
	const char *ca_from;   /* where the CA was read, for messages: a file's name */
	const char *user_from; /* where the client's credentials were read, for messages */
	enum ar_http_kind kind;
};

struct ar_http_request {
	const char *method; /* "GET", "POST", "PATCH", "PUT", "DELETE" */
	const char *path;   /* begins with '/', escaped, with its query */
	struct ar_bytes body;
	const char *content_type; /* of the body; NULL where there is none */
	const char *accept;       /* NULL: application/json */
	unsigned timeout_ms;      /* for all of it; 0: 30 s. Connecting has 10 s of it at most */
	/* Asked as the body grows: is this all of it that is wanted? The rest is then left. NULL:
	 * no */
	bool (*enough)(const char *data, size_t len);
	size_t max_body; /* of the answer, in bytes; 0: 16 MiB */
	bool fresh;      /* on a new connection: says whether the server listens now */
	bool secret;     /* the answer bears secrets: its body goes to guarded memory, its
			  * connection is not kept (buffers of TLS hold parts of it) */
};

struct ar_http_response {
	int status;             /* 100..599 */
	struct ar_buf body;     /* what came, NUL-terminated */
	unsigned retry_after_s; /* the server's wish, 0: none */
	bool http2;
};

#define AR_HTTP_RESPONSE_INIT         \
	{                             \
		.status = 0,          \
		.body = {             \
			.data = NULL, \
		},                    \
	}
#define AR_HTTP_RESPONSE_AUTO __attribute__((cleanup(ar_http_response_done)))

struct ar_http;

/* Version of the library behind it: "7.88.1". */
const char *ar_http_library(void);

/* Makes a client; nothing is sent yet. The first call takes SSLKEYLOGFILE out of the environment
 * and sets libcurl up, so it has to come before there is a second thread. Fails where libcurl is
 * too old or has no TLS, or where host, port, address or token could not stand in a request. */
int ar_http_open(const struct ar_http_base *base, struct ar_http **ret, struct ar_err *err);
/* Closes its connections, wipes the credentials. Accepts NULL. */
void ar_http_close(struct ar_http *http);
static inline void ar_http_close_ptr(struct ar_http **http)
{
	ar_http_close(*http);
}
#define AR_HTTP_AUTO __attribute__((cleanup(ar_http_close_ptr)))

/* Sends one request and waits for the whole answer. 0: the server answered, whatever the status
 * (3xx and 5xx too). -1: it did not, and `err` says in words why, and what to do about it.
 *
 * `ret` begins as AR_HTTP_RESPONSE_INIT or as a response that was released; its owner releases it.
 * It is set on success only. */
int ar_http_request(struct ar_http *http, const struct ar_http_request *request,
		    struct ar_http_response *ret, struct ar_err *err);

/* Is this error of ar_http_request one that a server shows while it is down or restarts: refused,
 * unreachable, reset, out of time? Not: an unknown name, certificates, an answer too large. */
bool ar_http_is_away(const struct ar_err *err);
/* After such an error: may the request have reached the server, so that what it asks for may be
 * done? Not where nothing listened or no connection came about. */
bool ar_http_may_be_done(const struct ar_err *err);
/* After such an error: had the server been met and verified, but gave no whole answer in time? */
bool ar_http_listened(const struct ar_err *err);

/* Releases the body; the response can be used again. */
void ar_http_response_done(struct ar_http_response *response);
