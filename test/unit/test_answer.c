/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "api/answer.h"

Suite *answer_suite(void);

static void fill(struct ar_buf *body, const char *text)
{
	ar_buf_adds(body, text);
	ck_assert(!body->failed);
}

static struct ar_answer read_answer(int code, const char *text)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	struct ar_answer answer;

	fill(&body, text);
	ar_answer_read(code, &body, &answer);
	return answer;
}

static const struct {
	int code;
	const char *body;
	enum ar_answer_kind kind;
	const char *reason, *message;
} answers[] = {
	{ 200, "{\"kind\":\"Secret\",\"message\":\"no\"}", AR_ANSWER_OK, "", "" },
	{ 201, "{", AR_ANSWER_OK, "", "" },
	{ 302, "moved", AR_ANSWER_STRANGE, "", "moved" },
	{ 401,
	  "{\"kind\":\"Status\",\"message\":\"Unauthorized\",\"reason\":\"Unauthorized\",\"code\":"
	  "401}",
	  AR_ANSWER_UNAUTHORIZED, "Unauthorized", "Unauthorized" },
	{ 403, "{\"kind\":\"Status\",\"message\":\"no \\u0007bell\",\"reason\":\"Forbidden\"}",
	  AR_ANSWER_FORBIDDEN, "Forbidden", "no \\x07bell" },
	{ 404, "404 page not found\n", AR_ANSWER_NOT_FOUND, "", "404 page not found" },
	{ 409, "{\"kind\":\"Status\",\"reason\":\"AlreadyExists\"}", AR_ANSWER_EXISTS,
	  "AlreadyExists", "" },
	{ 409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"a\\nb\"}",
	  AR_ANSWER_CONFLICT, "Conflict", "a b" },
	{ 422, "{\"kind\":\"Status\",\"reason\":\"Invalid\"}", AR_ANSWER_REFUSED, "Invalid", "" },
	{ 429, "Too many requests, please try again later.\n", AR_ANSWER_BUSY, "",
	  "Too many requests, please try again later." },
	{ 500, "{\"kind\":\"Pod\",\"message\":\"a\"}", AR_ANSWER_BROKEN, "",
	  "{\"kind\":\"Pod\",\"message\":\"a\"}" },
	{ 500, "{\"kind\":\"Status\",\"kind\":\"Status\"}", AR_ANSWER_BROKEN, "",
	  "{\"kind\":\"Status\",\"kind\":\"Status\"}" },
	{ 503, "", AR_ANSWER_BUSY, "", "" },
	{ 504, "", AR_ANSWER_BUSY, "", "" },
};

START_TEST(an_answer_is_what_its_code_and_status_say)
{
	const struct ar_answer answer = read_answer(answers[_i].code, answers[_i].body);

	ck_assert_int_eq(answer.code, answers[_i].code);
	ck_assert_int_eq(answer.kind, answers[_i].kind);
	ck_assert_str_eq(answer.reason, answers[_i].reason);
	ck_assert_str_eq(answer.message, answers[_i].message);
}
END_TEST

START_TEST(the_wish_of_a_busy_server_is_bounded)
{
	static const struct {
		const char *number;
		unsigned seconds;
	} wishes[] = { { "7", 7 }, { "-1", 0 }, { "99999999999", 3600 }, { "\"7\"", 0 } };

	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		AR_BUF_AUTO struct ar_buf text = AR_BUF_INIT;
		ar_buf_adds(&text, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":");
		ar_buf_addf(&text, "%s}}", wishes[i].number);
		ck_assert_uint_eq(read_answer(429, ar_buf_text(&text)).retry_after_s,
				  wishes[i].seconds);
	}
}
END_TEST

START_TEST(a_long_message_is_cut_on_a_character)
{
	AR_BUF_AUTO struct ar_buf text = AR_BUF_INIT;

	for (int i = 0; i < 1000; i++)
		ar_buf_adds(&text, "ä");
	const struct ar_answer answer = read_answer(500, ar_buf_text(&text));
	const size_t len = strlen(answer.message);
	ck_assert_uint_lt(len, sizeof answer.message);
	ck_assert_uint_gt(len, sizeof answer.message - 8);
	ck_assert_str_eq(answer.message + len - strlen("ä…"), "ä…");
}
END_TEST

START_TEST(what_may_bear_secrets_is_not_shown)
{
	AR_BUF_AUTO struct ar_buf body = { .secret = true };
	struct ar_answer answer;

	fill(&body, "some text from wherever");
	ar_answer_read(500, &body, &answer);
	ck_assert_str_eq(answer.message, "");
	ar_buf_reset(&body);
	fill(&body, "{\"kind\":\"Status\",\"message\":\"of the server\"}");
	ar_answer_read(500, &body, &answer);
	ck_assert_str_eq(answer.message, "of the server");
}
END_TEST

static const struct {
	int code;
	const char *body, *msg, *hint;
	int sys;
} refusals[] = {
	{ 401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}",
	  "cannot read it as 'admin' of /a.conf: the API server does not believe who this is "
	  "(401): "
	  "Unauthorized",
	  "kubeadm certs check-expiration", 0 },
	{ 403, "", "cannot read it as 'admin' of /a.conf: it is forbidden (403)",
	  "super-admin.conf", 0 },
	{ 404, "", "it does not exist (404)", "", ENOENT },
	{ 409, "", "somebody else changed it meanwhile (409)", "again", 0 },
	{ 429, "", "the API server is busy (429)", "try again", EAGAIN },
	{ 500, "", "the API server failed (500)", "/var/log/pods", 0 },
	{ 302, "", "no API server answers so (302)", "proxy", 0 },
	{ 422, "", "the API server refuses it (422)", "", 0 },
};

START_TEST(a_refusal_says_who_what_and_the_remedy)
{
	static const struct ar_asked asked = { .what = "read it",
					       .user = "admin",
					       .from = "/a.conf" };
	const struct ar_answer answer = read_answer(refusals[_i].code, refusals[_i].body);
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_answer_err(&answer, &asked, &err), -1);
	ck_assert_msg(strstr(err.msg, refusals[_i].msg), "%s", err.msg);
	ck_assert_msg(strstr(err.hint, refusals[_i].hint), "%s", err.hint);
	ck_assert_int_eq(err.hint[0] != '\0', refusals[_i].hint[0] != '\0');
	ck_assert_int_eq(err.sys, refusals[_i].sys);
}
END_TEST

START_TEST(a_user_without_a_name)
{
	static const struct ar_asked asked = { .what = "read it", .user = "", .from = "/a.conf" };
	const struct ar_answer answer = read_answer(403, "");
	struct ar_err err = AR_ERR_INIT;

	ar_answer_err(&answer, &asked, &err);
	ck_assert_str_eq(err.msg, "cannot read it as the user of /a.conf: it is forbidden (403)");
	ck_assert_int_eq(ar_answer_err(&answer, &asked, &err), -1);
	ck_assert_int_eq(err.sys, 0);
}
END_TEST

START_TEST(json_is_taken_whole_or_not_at_all)
{
	static const char *const bad[] = { "", "{", "{} x", "{\"a\":1,\"a\":2}",
					   "{\"a\":\"\xff\"}" };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
		struct ar_err err = AR_ERR_INIT;
		json_t *json = NULL;

		fill(&body, bad[i]);
		ck_assert_int_eq(ar_answer_json(&body, &json, &err), -1);
		ck_assert_ptr_null(json);
		ck_assert_msg(strstr(err.msg, "is no JSON"), "%s", err.msg);
	}
}
END_TEST

START_TEST(values_are_found_by_their_keys)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;
	json_auto_t *json = NULL;

	fill(&body, "{\"metadata\":{\"labels\":{\"a/b.c\":\"x\"}},\"n\":1}");
	ck_assert_int_eq(ar_answer_json(&body, &json, &err), 0);
	ck_assert_str_eq(AR_DIG_TEXT(json, "metadata", "labels", "a/b.c"), "x");
	ck_assert_str_eq(AR_DIG_TEXT(json, "metadata", "labels", "a"), "");
	ck_assert_str_eq(AR_DIG_TEXT(json, "n"), "");
	ck_assert_str_eq(AR_DIG_TEXT(json, "n", "o"), "");
	ck_assert_str_eq(AR_DIG_TEXT(NULL, "n"), "");
	ck_assert_int_eq(json_integer_value(AR_DIG(json, "n")), 1);
}
END_TEST

Suite *answer_suite(void)
{
	Suite *suite = suite_create("answer");
	TCase *tests = tcase_create("answer");

	tcase_add_loop_test(tests, an_answer_is_what_its_code_and_status_say, 0,
			    sizeof answers / sizeof *answers);
	tcase_add_test(tests, the_wish_of_a_busy_server_is_bounded);
	tcase_add_test(tests, a_long_message_is_cut_on_a_character);
	tcase_add_test(tests, what_may_bear_secrets_is_not_shown);
	tcase_add_loop_test(tests, a_refusal_says_who_what_and_the_remedy, 0,
			    sizeof refusals / sizeof *refusals);
	tcase_add_test(tests, a_user_without_a_name);
	tcase_add_test(tests, json_is_taken_whole_or_not_at_all);
	tcase_add_test(tests, values_are_found_by_their_keys);
	suite_add_tcase(suite, tests);
	return suite;
}
