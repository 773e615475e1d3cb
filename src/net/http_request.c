/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_impl.h"

int ar_http_request(struct ar_http *http, const struct ar_http_request *request,
		    struct ar_http_response *ret, struct ar_err *err)
{
	AR_EASY_AUTO struct ar__easy easy = { .http = http };

	if (ar__easy_open(&easy, http, err) != 0 || ar__easy_ask(&easy, request, err) != 0)
		return -1;
	CURLcode code = ar__easy_run(&easy);
	if (code != CURLE_OK && !easy.enough)
		return ar__easy_explain(&easy, code, err);
	ar__easy_read(&easy, ret);
	ret->body = easy.body;
	easy.body = (struct ar_buf)AR_BUF_INIT;
	return 0;
}

void ar_http_response_done(struct ar_http_response *response)
{
	ar_buf_done(&response->body);
	response->status = 0;
}
