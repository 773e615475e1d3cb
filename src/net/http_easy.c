/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "net/http_impl.h"

/* Enough for what is asked of an API server in one request. */
#define MAX_BODY   ((size_t)16 << 20)
#define TIMEOUT_MS 30000u
#define CONNECT_MS 10000u
#define ACKED_MS   20000 /* what is sent must be acknowledged within */
#define MAX_IDLE   2L    /* connections kept */

static size_t receive(char *data, size_t one, size_t len, void *user)
{
	struct ar__easy *easy = user;
	struct ar_buf *body = &easy->body;

	if (len > body->max - body->len) {
		easy->too_large = true;
		return 0;
	}
	ar_buf_add(body, data, len);
	easy->enough = !body->failed && easy->wants_no_more &&
		       easy->wants_no_more(ar_buf_text(body), body->len);
	return body->failed || easy->enough ? 0 : one * len;
}

/* A connection that leads nowhere any more (a network cut, an address that moved) would otherwise
 * be used again and again, each request waiting until its time is over: the kernel gives up only
 * after a quarter of an hour. */
static int set_socket(void *user, curl_socket_t socket, curlsocktype purpose)
{
	const unsigned ms = ACKED_MS;

	(void)user, (void)purpose;
	return setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms) == 0
		       ? CURL_SOCKOPT_OK
		       : CURL_SOCKOPT_ERROR;
}

/* --- what holds for every request --------------------------------------------------------------
 */

/* Each returns whether all were taken: an option that is not would weaken what http.h promises. */

static bool set_rules(CURL *curl)
{
	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_USERAGENT, "atrest/" AR_VERSION) == CURLE_OK;
}

/* libcurl only reads what a blob points at. */
static struct curl_blob blob(const char *data, size_t len)
{
	return (struct curl_blob){ .data = (void *)(uintptr_t)data,
				   .len = len,
				   .flags = CURL_BLOB_NOCOPY };
}

static bool set_trust(CURL *curl, const struct ar_http *http)
{
	struct curl_blob ca = blob(http->ca, http->ca_len);

	/* Without the NULLs Debian's libcurl trusts the system's CAs besides ours. */
	return curl_easy_setopt(curl, CURLOPT_CAINFO, NULL) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &ca) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_CERTINFO, 1L) == CURLE_OK;
}

static bool set_identity(CURL *curl, const struct ar_http *http)
{
	struct curl_blob cert = blob(http->cert, http->cert_len);
	struct curl_blob key = blob(http->key, http->key_len);

	return !http->cert || (curl_easy_setopt(curl, CURLOPT_SSLCERT_BLOB, &cert) == CURLE_OK &&
			       curl_easy_setopt(curl, CURLOPT_SSLKEY_BLOB, &key) == CURLE_OK);
}

static bool set_connection(struct ar__easy *easy)
{
	CURL *curl = easy->curl;
	const long connect_ms = CONNECT_MS;

	easy->connect_to = (struct curl_slist){ .data = easy->http->connect_to };
	return (!easy->http->connect_to ||
		curl_easy_setopt(curl, CURLOPT_CONNECT_TO, &easy->connect_to) == CURLE_OK) &&
	       curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, set_socket) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK;
}

static bool set_results(struct ar__easy *easy)
{
	CURL *curl = easy->curl;

	return curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_WRITEDATA, easy) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, easy->text) == CURLE_OK;
}

static int not_taken(const struct ar_http *http, struct ar_err *err)
{
	return ar_err_set(err, "libcurl does not take a request to %s", http->peer);
}

int ar__easy_open(struct ar__easy *easy, const struct ar_http *http, struct ar_err *err)
{
	easy->http = http;
	easy->curl = curl_easy_init();
	if (!easy->curl)
		return ar_err_oom(err);
	if (!set_rules(easy->curl) || !set_trust(easy->curl, http) ||
	    !set_identity(easy->curl, http) || !set_connection(easy) || !set_results(easy))
		return not_taken(http, err);
	return 0;
}

void ar__easy_done(struct ar__easy *easy)
{
	curl_easy_cleanup(easy->curl);
	ar_buf_done(&easy->body);
	easy->curl = NULL;
}

/* --- one request -------------------------------------------------------------------------------
 */

static void add_header(struct ar__easy *easy, size_t *count, char *line)
{
	if (!line)
		return;
	easy->headers[*count] = (struct curl_slist){ .data = line };
	if (*count > 0)
		easy->headers[*count - 1].next = &easy->headers[*count];
	*count += 1;
}

static bool set_headers(struct ar__easy *easy, const struct ar_http_request *request)
{
	static char no_expect[] = "Expect:";
	size_t count = 0;

	snprintf(easy->accept, sizeof easy->accept, "Accept: %s",
		 request->accept ? request->accept : "application/json");
	snprintf(easy->content_type, sizeof easy->content_type, "Content-Type: %s",
		 request->content_type ? request->content_type : "");
	add_header(easy, &count, easy->accept);
	add_header(easy, &count, easy->content_type);
	add_header(easy, &count, no_expect);
	add_header(easy, &count, easy->also);
	add_header(easy, &count, easy->http->authorization);
	return curl_easy_setopt(easy->curl, CURLOPT_HTTPHEADER, easy->headers) == CURLE_OK;
}

static bool set_url(struct ar__easy *easy, const char *path)
{
	AR_BUF_AUTO struct ar_buf url = AR_BUF_INIT;

	ar_buf_adds(&url, easy->http->origin);
	ar_buf_adds(&url, path);
	return !url.failed &&
	       curl_easy_setopt(easy->curl, CURLOPT_URL, ar_buf_text(&url)) == CURLE_OK;
}

static bool set_body(CURL *curl, const struct ar_bytes *body)
{
	if (!body->data)
		return curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L) == CURLE_OK;
	return curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len) ==
		       CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data) == CURLE_OK;
}

static bool set_bounds(struct ar__easy *easy, const struct ar_http_request *request)
{
	CURL *curl = easy->curl;
	const long once = request->secret;

	easy->timeout_ms = request->timeout_ms ? request->timeout_ms : TIMEOUT_MS;
	return curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, (long)request->fresh) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, once) == CURLE_OK &&
	       curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)easy->timeout_ms) == CURLE_OK;
}

static void empty(struct ar__easy *easy, const struct ar_http_request *request)
{
	if (easy->body.secret != request->secret)
		ar_buf_done(&easy->body);
	easy->body.secret = request->secret;
	easy->body.max = request->max_body ? request->max_body : MAX_BODY;
	ar_buf_reset(&easy->body);
	easy->wants_no_more = request->enough;
	easy->too_large = easy->enough = false;
	easy->text[0] = '\0';
}

int ar__easy_ask(struct ar__easy *easy, const struct ar_http_request *request, struct ar_err *err)
{
	empty(easy, request);
	/* The method comes behind the body: what has one would be a POST. */
	if (!set_url(easy, request->path) || !set_body(easy->curl, &request->body) ||
	    curl_easy_setopt(easy->curl, CURLOPT_CUSTOMREQUEST, request->method) != CURLE_OK ||
	    !set_headers(easy, request) || !set_bounds(easy, request))
		return not_taken(easy->http, err);
	return 0;
}

/* --- the transfer ------------------------------------------------------------------------------
 */

static CURLcode result_of(CURLM *multi)
{
	CURLcode result = CURLE_RECV_ERROR;
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(multi, &left)))
		if (message->msg == CURLMSG_DONE)
			result = message->data.result;
	return result;
}

CURLcode ar__easy_run(struct ar__easy *easy)
{
	CURLM *multi = easy->http->multi;
	int running = 1;

	if (curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, MAX_IDLE) != CURLM_OK ||
	    curl_multi_add_handle(multi, easy->curl) != CURLM_OK)
		return CURLE_OUT_OF_MEMORY;
	CURLMcode code = CURLM_OK;
	while (code == CURLM_OK && running) {
		code = curl_multi_perform(multi, &running);
		if (code == CURLM_OK && running)
			code = curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	CURLcode result = code == CURLM_OK ? result_of(multi) : CURLE_OUT_OF_MEMORY;
	curl_multi_remove_handle(multi, easy->curl);
	return result;
}

void ar__easy_read(const struct ar__easy *easy, struct ar_http_response *response)
{
	long status = 0, version = 0;
	curl_off_t retry_after = 0;

	curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy->curl, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(easy->curl, CURLINFO_RETRY_AFTER, &retry_after);
	response->status = (int)status;
	response->http2 = version == CURL_HTTP_VERSION_2_0;
	response->retry_after_s = (unsigned)(retry_after > 3600 ? 3600 : retry_after);
}

/* The names in the server's certificate, as a list; "" where libcurl has none to tell. */
static void add_names(CURL *curl, struct ar_buf *out)
{
	static const char head[] = "X509v3 Subject Alternative Name:";
	const struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(curl, CURLINFO_CERTINFO, &info) != CURLE_OK || !info ||
	    info->num_of_certs < 1)
		return;
	for (const struct curl_slist *line = info->certinfo[0]; line; line = line->next)
		if (strncmp(line->data, head, sizeof head - 1) == 0)
			ar_buf_add_printable(out, line->data + sizeof head - 1,
					     strlen(line->data) - (sizeof head - 1));
}

/* Over a connection that was there before, nothing is connected: there the request's own bytes
 * tell. */
static bool has_connected(CURL *curl)
{
	curl_off_t connected_us = 0;
	long sent = 0;

	curl_easy_getinfo(curl, CURLINFO_APPCONNECT_TIME_T, &connected_us);
	curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &sent);
	return connected_us > 0 || sent > 0;
}

int ar__easy_explain(const struct ar__easy *easy, CURLcode code, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf names = AR_BUF_INIT;
	char refused[CURL_ERROR_SIZE];
	const bool is_refused = ar__easy_ask_why(easy, code, refused);
	struct ar_http_failure failure = { .code = code,
					   .text = is_refused ? refused : easy->text,
					   .too_large = easy->too_large,
					   .max_body = easy->body.max,
					   .timeout_ms = easy->timeout_ms,
					   .connected = has_connected(easy->curl) };

	curl_easy_getinfo(easy->curl, CURLINFO_SSL_VERIFYRESULT, &failure.verify);
	curl_easy_getinfo(easy->curl, CURLINFO_OS_ERRNO, &failure.sys);
	add_names(easy->curl, &names);
	failure.names = ar_buf_text(&names);
	return ar_http_explain(easy->http, &failure, err);
}
