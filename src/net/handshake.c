/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "net/http_impl.h"

#define HANDSHAKE_MS 5000L

/* A reset on a connection that was new. */
static bool may_be_refused(const struct ar__easy *easy, CURLcode code)
{
	long connects = 0;

	curl_easy_getinfo(easy->curl, CURLINFO_NUM_CONNECTS, &connects);
	return connects > 0 && !ar__refuses_us(easy->text) &&
	       (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING ||
		code == CURLE_HTTP2);
}

bool ar__easy_ask_why(const struct ar__easy *easy, CURLcode code, char text[CURL_ERROR_SIZE])
{
	AR_EASY_AUTO struct ar__easy again = { .http = NULL };
	struct ar_err unused = AR_ERR_INIT;

	if (!may_be_refused(easy, code) || ar__easy_open(&again, easy->http, &unused) != 0)
		return false;
	again.text[0] = '\0';
	if (curl_easy_setopt(again.curl, CURLOPT_URL, easy->http->origin) != CURLE_OK ||
	    curl_easy_setopt(again.curl, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK ||
	    curl_easy_setopt(again.curl, CURLOPT_TIMEOUT_MS, HANDSHAKE_MS) != CURLE_OK ||
	    curl_easy_setopt(again.curl, CURLOPT_SSLVERSION,
			     (long)CURL_SSLVERSION_TLSv1_2 | (long)CURL_SSLVERSION_MAX_TLSv1_2) !=
		    CURLE_OK ||
	    curl_easy_perform(again.curl) == CURLE_OK || !ar__refuses_us(again.text))
		return false;
	memcpy(text, again.text, CURL_ERROR_SIZE);
	return true;
}
