/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/scope.h"
#include "net/http_impl.h"

/* Enough for what is asked of an API server in one request. */
#define MAX_BODY   ((size_t)16 << 20)
#define TIMEOUT_MS 30000u
#define CONNECT_MS 10000u
#define MAX_IDLE   2L /* connections kept */

/* One transfer. */
struct transfer {
	CURL *easy;
	struct ar_buf *body;
	bool (*wants_no_more)(const char *data, size_t len);
	bool too_large, enough;
	char text[CURL_ERROR_SIZE];
	struct curl_slist
		headers[5]; /* here, not libcurl's copies on the heap: one has the token */
	char content_type[128], accept[160];
	struct curl_slist connect_to;
};

static void transfer_done(struct transfer *transfer)
{
	curl_easy_cleanup(transfer->easy);
}

#define TRANSFER_AUTO __attribute__((cleanup(transfer_done)))

static size_t receive(char *data, size_t one, size_t len, void *user)
{
	struct transfer *transfer = user;
	struct ar_buf *body = transfer->body;

	if (len > body->max - body->len) {
		transfer->too_large = true;
		return 0;
	}
	ar_buf_add(body, data, len);
	transfer->enough = !body->failed && transfer->wants_no_more &&
			   transfer->wants_no_more(ar_buf_text(body), body->len);
	return body->failed || transfer->enough ? 0 : one * len;
}

/* --- options -----------------------------------------------------------------------------------
 */

/* Each returns whether all were taken: an option that is not would weaken what http.h promises. */

static bool set_rules(CURL *easy)
{
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS) ==
		       CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_USERAGENT, "atrest/" AR_VERSION) == CURLE_OK;
}

/* libcurl only reads what a blob points at. */
static struct curl_blob blob(const char *data, size_t len)
{
	return (struct curl_blob){ .data = (void *)(uintptr_t)data,
				   .len = len,
				   .flags = CURL_BLOB_NOCOPY };
}

static bool set_trust(CURL *easy, const struct ar_http *http)
{
	struct curl_blob ca = blob(http->ca, http->ca_len);

	/* Without the NULLs Debian's libcurl trusts the system's CAs besides ours. */
	return curl_easy_setopt(easy, CURLOPT_CAINFO, NULL) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) ==
		       CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L) == CURLE_OK;
}

static bool set_identity(CURL *easy, const struct ar_http *http)
{
	struct curl_blob cert = blob(http->cert, http->cert_len);
	struct curl_blob key = blob(http->key, http->key_len);

	return !http->cert || (curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &cert) == CURLE_OK &&
			       curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key) == CURLE_OK);
}

static void add_header(struct transfer *transfer, size_t *count, char *line)
{
	transfer->headers[*count].data = line;
	if (*count > 0)
		transfer->headers[*count - 1].next = &transfer->headers[*count];
	*count += 1;
}

static bool set_headers(struct transfer *transfer, const struct ar_http *http,
			const struct ar_http_request *request)
{
	static char no_expect[] = "Expect:";
	size_t count = 0;

	snprintf(transfer->accept, sizeof transfer->accept, "Accept: %s",
		 request->accept ? request->accept : "application/json");
	snprintf(transfer->content_type, sizeof transfer->content_type, "Content-Type: %s",
		 request->content_type ? request->content_type : "");
	add_header(transfer, &count, transfer->accept);
	add_header(transfer, &count, transfer->content_type);
	add_header(transfer, &count, no_expect);
	if (http->authorization)
		add_header(transfer, &count, http->authorization);
	return curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK;
}

static bool set_request(struct transfer *transfer, const struct ar_http *http,
			const struct ar_http_request *request)
{
	CURL *easy = transfer->easy;
	AR_BUF_AUTO struct ar_buf url = AR_BUF_INIT;
	const struct ar_bytes *body = &request->body;

	ar_buf_addf(&url, "%s%s", http->origin, request->path);
	if (url.failed || curl_easy_setopt(easy, CURLOPT_URL, ar_buf_text(&url)) != CURLE_OK)
		return false;
	if (body->data && (curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
					    (curl_off_t)body->len) != CURLE_OK ||
			   curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->data) != CURLE_OK))
		return false;
	return curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK &&
	       set_headers(transfer, http, request);
}

static bool set_connection(struct transfer *transfer, const struct ar_http *http,
			   const struct ar_http_request *request, unsigned timeout_ms)
{
	CURL *easy = transfer->easy;
	const long once = request->secret, connect_ms = CONNECT_MS;

	transfer->connect_to = (struct curl_slist){ .data = http->connect_to };
	return (!http->connect_to ||
		curl_easy_setopt(easy, CURLOPT_CONNECT_TO, &transfer->connect_to) == CURLE_OK) &&
	       curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)request->fresh) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, once) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_ms) == CURLE_OK;
}

static bool set_results(struct transfer *transfer)
{
	CURL *easy = transfer->easy;

	return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->text) == CURLE_OK;
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

static CURLcode run(CURLM *multi, CURL *easy)
{
	int running = 1;

	if (curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, MAX_IDLE) != CURLM_OK ||
	    curl_multi_add_handle(multi, easy) != CURLM_OK)
		return CURLE_OUT_OF_MEMORY;
	CURLMcode code = CURLM_OK;
	while (code == CURLM_OK && running) {
		code = curl_multi_perform(multi, &running);
		if (code == CURLM_OK && running)
			code = curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	CURLcode result = code == CURLM_OK ? result_of(multi) : CURLE_OUT_OF_MEMORY;
	curl_multi_remove_handle(multi, easy);
	return result;
}

/* The names in the server's certificate, as a list; "" where libcurl has none to tell. */
static void add_names(CURL *easy, struct ar_buf *out)
{
	static const char head[] = "X509v3 Subject Alternative Name:";
	const struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info ||
	    info->num_of_certs < 1)
		return;
	for (const struct curl_slist *line = info->certinfo[0]; line; line = line->next)
		if (strncmp(line->data, head, sizeof head - 1) == 0)
			ar_buf_add_printable(out, line->data + sizeof head - 1,
					     strlen(line->data) - (sizeof head - 1));
}

static int explain(const struct ar_http *http, struct transfer *transfer, CURLcode code,
		   unsigned timeout_ms, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf names = AR_BUF_INIT;
	curl_off_t connected_us = 0;
	struct ar_http_failure failure = { .code = code,
					   .text = transfer->text,
					   .too_large = transfer->too_large,
					   .max_body = transfer->body->max,
					   .timeout_ms = timeout_ms };

	curl_easy_getinfo(transfer->easy, CURLINFO_SSL_VERIFYRESULT, &failure.verify);
	curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &failure.sys);
	curl_easy_getinfo(transfer->easy, CURLINFO_APPCONNECT_TIME_T, &connected_us);
	failure.connected = connected_us > 0;
	add_names(transfer->easy, &names);
	failure.names = ar_buf_text(&names);
	return ar_http_explain(http, &failure, err);
}

static void read_results(CURL *easy, struct ar_http_response *response)
{
	long status = 0, version = 0;
	curl_off_t retry_after = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
	response->status = (int)status;
	response->http2 = version == CURL_HTTP_VERSION_2_0;
	response->retry_after_s = (unsigned)(retry_after > 3600 ? 3600 : retry_after);
}

int ar_http_request(struct ar_http *http, const struct ar_http_request *request,
		    struct ar_http_response *ret, struct ar_err *err)
{
	const unsigned timeout_ms = request->timeout_ms ? request->timeout_ms : TIMEOUT_MS;
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = {
		.body = { .secret = request->secret,
			  .max = request->max_body ? request->max_body : MAX_BODY },
	};
	TRANSFER_AUTO struct transfer transfer = { .easy = curl_easy_init(),
						   .wants_no_more = request->enough,
						   .body = &response.body };

	if (!transfer.easy)
		return ar_err_oom(err);
	if (!set_rules(transfer.easy) || !set_trust(transfer.easy, http) ||
	    !set_identity(transfer.easy, http) || !set_request(&transfer, http, request) ||
	    !set_connection(&transfer, http, request, timeout_ms) || !set_results(&transfer))
		return ar_err_set(err, "libcurl does not take a request to %s", http->peer);
	CURLcode code = run(http->multi, transfer.easy);
	if (code != CURLE_OK && !transfer.enough)
		return explain(http, &transfer, code, timeout_ms, err);
	read_results(transfer.easy, &response);
	*ret = response;
	response = (struct ar_http_response)AR_HTTP_RESPONSE_INIT;
	return 0;
}

void ar_http_response_done(struct ar_http_response *response)
{
	ar_buf_done(&response->body);
	response->status = 0;
}
