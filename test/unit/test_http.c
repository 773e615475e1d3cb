/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "net/http_impl.h"

Suite *http_suite(void);

static char peer[] = "cp1:6443", host[] = "cp1", ca_from[] = "/a.conf", user_from[] = "/u.conf";
static char cert[] = "PEM";
static const struct ar_http plain = {
	.peer = peer, .host = host, .ca_from = ca_from, .user_from = user_from
};
static const struct ar_http with_cert = {
	.peer = peer, .host = host, .ca_from = ca_from, .user_from = user_from, .cert = cert
};

static const struct {
	struct ar_http_failure failure;
	const char *msg, *hint;
	bool away, maybe, listened;
} failures[] = {
	{ { .code = CURLE_COULDNT_RESOLVE_HOST }, "no such host: 'cp1'", "/u.conf", 0, 0, 0 },
	{ { .code = CURLE_COULDNT_CONNECT, .sys = ECONNREFUSED },
	  "nothing listens on cp1:6443: connection refused",
	  "crictl",
	  1,
	  0,
	  0 },
	{ { .code = CURLE_COULDNT_CONNECT, .sys = EHOSTUNREACH },
	  "cp1:6443 cannot be reached: No route to host",
	  "crictl",
	  1,
	  0,
	  0 },
	{ { .code = CURLE_OPERATION_TIMEDOUT, .timeout_ms = 1500 },
	  "within 1.5 s",
	  "firewall",
	  1,
	  0,
	  0 },
	{ { .code = CURLE_OPERATION_TIMEDOUT, .connected = true }, "within", "", 1, 1, 1 },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION,
	    .verify = 1,
	    .text = "SSL: no alternative certificate subject name matches",
	    .names = "DNS:b" },
	  "the certificate of cp1:6443 is not valid for 'cp1'; it is for DNS:b",
	  "certSANs",
	  0,
	  0,
	  0 },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION,
	    .text = "SSL: unable to obtain common name from peer certificate" },
	  "the certificate of cp1:6443 is not valid for 'cp1'",
	  "certSANs",
	  0,
	  0,
	  0 },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, .verify = 20 },
	  "is not signed by the CA of /a.conf",
	  "another cluster",
	  0,
	  0,
	  0 },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, .verify = 10 },
	  "has expired",
	  "renew",
	  0,
	  0,
	  0 },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, .verify = 9 },
	  "is not valid yet",
	  "clock",
	  0,
	  0,
	  0 },
	{ { .code = CURLE_PEER_FAILED_VERIFICATION, .verify = 26, .text = "unsuitable purpose" },
	  "is not accepted: unsuitable purpose",
	  "openssl s_client",
	  0,
	  0,
	  0 },
	{ { .code = CURLE_RECV_ERROR, .text = "tlsv13 alert certificate required" },
	  "it asks for one, and there is none",
	  "check-expiration",
	  0,
	  0,
	  0 },
	{ { .code = CURLE_RECV_ERROR }, "broke the connection off", "try again", 1, 1, 0 },
	{ { .code = CURLE_WRITE_ERROR, .too_large = true, .max_body = 2048 },
	  "is larger than 2 KiB",
	  "",
	  0,
	  1,
	  0 },
	{ { .code = CURLE_WRITE_ERROR }, "memory is out", "", 0, 0, 0 },
	{ { .code = CURLE_OUT_OF_MEMORY }, "memory is out", "", 0, 0, 0 },
	{ { .code = CURLE_BAD_FUNCTION_ARGUMENT, .text = "so" },
	  "the request to cp1:6443 failed: so",
	  "",
	  0,
	  0,
	  0 },
};

START_TEST(a_failure_says_what_it_is)
{
	struct ar_http_failure failure = failures[_i].failure;
	struct ar_err err = AR_ERR_INIT;

	failure.text = failure.text ? failure.text : "";
	failure.names = failure.names ? failure.names : "";
	ck_assert_int_eq(ar_http_explain(&plain, &failure, &err), -1);
	ck_assert_msg(strstr(err.msg, failures[_i].msg), "%s", err.msg);
	ck_assert_msg(strstr(err.hint, failures[_i].hint), "%s", err.hint);
	ck_assert_int_eq(ar_http_is_away(&err), failures[_i].away);
	ck_assert_int_eq(ar_http_may_be_done(&err), failures[_i].maybe);
	ck_assert_int_eq(ar_http_listened(&err), failures[_i].listened);
}
END_TEST

START_TEST(a_certificate_that_was_shown_is_refused)
{
	const struct ar_http_failure failure = { .code = CURLE_RECV_ERROR,
						 .text = "sslv3 alert bad certificate",
						 .names = "" };
	struct ar_err err = AR_ERR_INIT;

	ar_http_explain(&with_cert, &failure, &err);
	ck_assert_str_eq(err.msg, "cp1:6443 refuses the client certificate of /u.conf: sslv3 alert "
				  "bad certificate");
	ck_assert(!ar_http_is_away(&err));
}
END_TEST

START_TEST(the_first_error_wins)
{
	const struct ar_http_failure failure = { .code = CURLE_RECV_ERROR,
						 .text = "",
						 .names = "" };
	struct ar_err err = AR_ERR_INIT;

	ar_err_set(&err, "first");
	ar_http_explain(&plain, &failure, &err);
	ck_assert_str_eq(err.msg, "first");
	ck_assert_int_eq(err.sys, 0);
}
END_TEST

static const struct {
	struct ar_http_base base;
	const char *msg;
} bases[] = {
	{ { .host = "", .port = 1 }, "no host name or address" },
	{ { .host = "a b", .port = 1 }, "no host name or address" },
	{ { .host = "a/b", .port = 1 }, "no host name or address" },
	{ { .host = "a", .port = 1, .address = "x@y" }, "no host name or address" },
	{ { .host = "a", .port = 0 }, "0 is no port" },
	{ { .host = "a", .port = 65536 }, "65536 is no port" },
	{ { .host = "a", .port = 1, .ca = { "", 0 } }, "/a.conf has no CA" },
	{ { .host = "a", .port = 1, .token = { "a\nb", 3 } }, "/u.conf has characters" },
	{ { .host = "a", .port = 1, .token = { "a\0b", 3 } }, "/u.conf has characters" },
	{ { .host = "a", .port = 1, .cert = { "x", 1 } }, "but not both" },
	{ { .host = "a", .port = 1, .key = { "x", 1 } }, "but not both" },
};

START_TEST(what_cannot_be_a_server_is_refused)
{
	struct ar_http_base base = bases[_i].base;
	struct ar_err err = AR_ERR_INIT;
	struct ar_http *http = NULL;

	base.ca_from = ca_from;
	base.user_from = user_from;
	if (!base.ca.data)
		base.ca = (struct ar_bytes){ "x", 1 };
	ck_assert_int_eq(ar_http_open(&base, &http, &err), -1);
	ck_assert_ptr_null(http);
	ck_assert_msg(strstr(err.msg, bases[_i].msg), "%s", err.msg);
}
END_TEST

START_TEST(addresses_of_both_kinds_and_what_is_kept)
{
	const struct ar_http_base base = { .host = "fd00::1",
					   .port = 6443,
					   .address = "10.0.0.1",
					   .ca = { "x", 1 },
					   .token = { "abc", 3 },
					   .ca_from = ca_from,
					   .user_from = user_from };
	struct ar_err err = AR_ERR_INIT;
	AR_HTTP_AUTO struct ar_http *http = NULL;

	ck_assert_int_eq(setenv("SSLKEYLOGFILE", "/nowhere", 1), 0);
	ck_assert_msg(ar_http_open(&base, &http, &err) == 0, "%s", err.msg);
	ck_assert_ptr_null(getenv("SSLKEYLOGFILE"));
	ck_assert_str_eq(http->origin, "https://[fd00::1]:6443");
	ck_assert_str_eq(http->peer, "[fd00::1]:6443 (at 10.0.0.1)");
	ck_assert_str_eq(http->connect_to, "[fd00::1]:6443:10.0.0.1:6443");
	ck_assert_str_eq(http->authorization, "Authorization: Bearer abc");
}
END_TEST

Suite *http_suite(void)
{
	Suite *suite = suite_create("http");
	TCase *tests = tcase_create("http");

	tcase_add_loop_test(tests, a_failure_says_what_it_is, 0,
			    sizeof failures / sizeof *failures);
	tcase_add_test(tests, a_certificate_that_was_shown_is_refused);
	tcase_add_test(tests, the_first_error_wins);
	tcase_add_loop_test(tests, what_cannot_be_a_server_is_refused, 0,
			    sizeof bases / sizeof *bases);
	tcase_add_test(tests, addresses_of_both_kinds_and_what_is_kept);
	suite_add_tcase(suite, tests);
	return suite;
}
