/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/rewrite_impl.h"

Suite *rewrite_suite(void);

#define HEAD "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{"

/* In memory of its own length, so that a sanitizer sees what is read behind it. */
static bool head(const char *text, size_t len, char version[64])
{
	char *data = malloc(len + 1);

	ck_assert_ptr_nonnull(data);
	memcpy(data, text, len);
	data[len] = '\0';
	const struct ar_buf body = { .data = data, .len = len, .cap = len + 1 };
	const bool table = ar__table_head(&body, version);
	free(data);
	return table;
}

START_TEST(a_table_tells_its_version)
{
	static const struct {
		const char *text, *version;
		bool table;
	} rows[] = {
		{ HEAD "\"resourceVersion\":\"4711\"},\"rows\":[]}", "4711", true },
		{ HEAD "\"selfLink\":\"/a\",\"resourceVersion\":\"5\"}}", "5", true },
		{ HEAD "}}", "", true },
		{ HEAD "},\"resourceVersion\":\"5\"}", "", true },
		{ HEAD "\"resourceVersion\":\"5x\"}}", "", true },
		{ HEAD "\"resourceVersion\":\"\"}}", "", true },
		{ HEAD "\"resourceVersion\":\"5", "", true },
		{ HEAD "\"resourceVersion\":5}}", "", true },
		{ "{\"kind\":\"Secret\",\"metadata\":{\"resourceVersion\":\"5\"}}", "", false },
		{ "{}", "", false },
		{ "", "", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char version[64] = "before";
		ck_assert_int_eq(head(rows[i].text, strlen(rows[i].text), version), rows[i].table);
		ck_assert_str_eq(version, rows[i].version);
	}
}
END_TEST

START_TEST(a_head_may_end_anywhere)
{
	static const char text[] = HEAD "\"resourceVersion\":\"4711\"},\"rows\":[]}";

	for (size_t len = 0; len < sizeof text; len++) {
		char version[64];
		const bool table = head(text, len, version);
		ck_assert_int_eq(table, len >= sizeof HEAD - 1);
		ck_assert_str_eq(version, strchr(text, '}') < text + len ? "4711" : "");
	}
}
END_TEST

START_TEST(what_an_answer_means)
{
	static const struct {
		int status;
		const char *body;
		enum ar__verdict verdict;
		enum ar_rewritten end;
	} rows[] = {
		{ 200, HEAD "\"resourceVersion\":\"1\"}}", AR__ENDED, AR_REWRITTEN_OK },
		{ 200, "no table", AR__ENDED, AR_REWRITTEN_OK },
		{ 404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"s not found\"}",
		  AR__ENDED, AR_REWRITTEN_GONE },
		{ 404,
		  "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"the server could not "
		  "find the requested resource\"}",
		  AR__ENDED, AR_REWRITTEN_REFUSED },
		{ 404, "404 page not found", AR__ENDED, AR_REWRITTEN_REFUSED },
		{ 400, "", AR__ENDED, AR_REWRITTEN_REFUSED },
		{ 401, "", AR__AGAIN, AR_REWRITTEN_FAILED },
		{ 403, "", AR__ENDED, AR_REWRITTEN_REFUSED },
		{ 408, "", AR__AGAIN, AR_REWRITTEN_FAILED },
		{ 409, "", AR__ENDED, AR_REWRITTEN_REFUSED },
		{ 422, "", AR__ENDED, AR_REWRITTEN_REFUSED },
		{ 429, "", AR__SLOWER, AR_REWRITTEN_FAILED },
		{ 500, "", AR__AGAIN, AR_REWRITTEN_FAILED },
		{ 503, "", AR__AWAY, AR_REWRITTEN_FAILED },
		{ 504, "", AR__AGAIN, AR_REWRITTEN_FAILED },
		{ 301, "", AR__ENDED, AR_REWRITTEN_REFUSED },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
		struct ar_rewrite_result result = { .tries = 3 };
		unsigned after;
		ar_buf_adds(&body, rows[i].body);
		const struct ar_flight_answer answer = { .status = rows[i].status, .body = &body };
		ck_assert_int_eq(ar__rewrite_judge(&answer, &result, &after), rows[i].verdict);
		ck_assert_int_eq(result.end, rows[i].end);
		ck_assert_int_eq(result.status, rows[i].status);
		ck_assert_uint_eq(result.tries, 3);
	}
}
END_TEST

START_TEST(what_no_answer_means)
{
	static const struct {
		int sys;
		enum ar__verdict verdict;
	} rows[] = {
		{ ECONNREFUSED, AR__AWAY }, { ECONNRESET, AR__AWAY }, { ETIMEDOUT, AR__AWAY },
		{ ETIME, AR__AGAIN },       { EFBIG, AR__ENDED },     { ENOMEM, AR__HOPELESS },
		{ 0, AR__HOPELESS },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ar_flight_answer answer = { .status = 0 };
		struct ar_rewrite_result result = { .status = 500, .reason = "old" };
		unsigned after = 7;
		ar_err_set(&answer.err, "it went wrong");
		answer.err.sys = rows[i].sys;
		ck_assert_int_eq(ar__rewrite_judge(&answer, &result, &after), rows[i].verdict);
		ck_assert_int_eq(result.end, AR_REWRITTEN_FAILED);
		ck_assert_str_eq(result.message, "it went wrong");
		ck_assert_str_eq(result.reason, "");
		ck_assert_int_eq(result.status, 0);
		ck_assert_uint_eq(after, 0);
	}
}
END_TEST

START_TEST(the_longer_wish_counts)
{
	AR_BUF_AUTO struct ar_buf body = AR_BUF_INIT;
	struct ar_rewrite_result result = { .tries = 0 };
	unsigned after;

	ar_buf_adds(&body, "{\"kind\":\"Status\",\"details\":{\"retryAfterSeconds\":4}}");
	struct ar_flight_answer answer = { .status = 429, .body = &body, .retry_after_s = 9 };
	ar__rewrite_judge(&answer, &result, &after);
	ck_assert_uint_eq(after, 9);
	answer.retry_after_s = 0;
	ar__rewrite_judge(&answer, &result, &after);
	ck_assert_uint_eq(after, 4);
}
END_TEST

START_TEST(those_that_wait_come_by_their_time)
{
	static const double due[] = { 3, 1, 2, 1, 5, 0 }, sorted[] = { 0, 1, 1, 2, 3, 5 };
	struct ar__item items[6];
	struct ar__queue queue = { .items = items };

	for (size_t i = 0; i < 6; i++) {
		struct ar__item *item = ar__queue_new(&queue);
		ck_assert_ptr_eq(item, &items[i]);
		item->due = due[i];
		ar__queue_wait(&queue, item);
	}
	for (size_t i = 0; i < 6; i++) {
		struct ar__item *item = ar__queue_take(&queue);
		ck_assert_double_eq(item->due, sorted[i]);
		ck_assert(sorted[i] != 1 || item == &items[i == 1 ? 1 : 3]);
		ck_assert_uint_eq(queue.count, 5 - i);
		ar__queue_put_back(&queue, item);
	}
	ck_assert_ptr_eq(ar__queue_new(&queue), &items[4]);
	ck_assert_uint_eq(queue.used, 6);
}
END_TEST

START_TEST(a_429_halves_what_is_in_flight_once_for_a_wave)
{
	const struct ar_rewrite_ask ask = { .in_flight = 32 };
	struct ar__pace pace;

	ar__pace_begin(&pace, &ask, 100);
	ck_assert(ar__pace_lets(&pace, 31, 100) && !ar__pace_lets(&pace, 32, 100));
	ar__pace_slower(&pace, 100, 0);
	ar__pace_slower(&pace, 100.5, 5);
	ck_assert(!ar__pace_lets(&pace, 0, 105.4) && ar__pace_lets(&pace, 15, 105.6));
	ck_assert(ar__pace_is_full(&pace, 16));
	ck_assert_double_eq_tol(ar__pace_from(&pace, 101), 105.5, 1e-9);
	ar__pace_slower(&pace, 200, 1000); /* as long as is obeyed */
	ck_assert(!ar__pace_lets(&pace, 0, 229) && ar__pace_lets(&pace, 0, 231));
	for (size_t i = 0; i < 1000; i++)
		ar__pace_faster(&pace);
	ck_assert(ar__pace_lets(&pace, 31, 231) && ar__pace_is_full(&pace, 32));
	for (size_t i = 0; i < 20; i++)
		ar__pace_slower(&pace, 300 + 100 * (double)i, 1);
	ck_assert(!ar__pace_is_full(&pace, 0)); /* one at least */
}
END_TEST

START_TEST(a_rate_lets_one_through_when_its_time_comes)
{
	const struct ar_rewrite_ask ask = { .in_flight = 32, .rate = 10 };
	struct ar__pace pace;

	ar__pace_begin(&pace, &ask, 100);
	ck_assert(ar__pace_lets(&pace, 0, 100));
	ar__pace_sent(&pace);
	ar__pace_fill(&pace, 100.05);
	ck_assert(!ar__pace_lets(&pace, 0, 100.05));
	ck_assert_double_eq_tol(ar__pace_from(&pace, 100.05), 100.1, 1e-9);
	ar__pace_fill(&pace, 100.1001);
	ck_assert(ar__pace_lets(&pace, 0, 100.1001));
	/* What was not used is not saved up. */
	ar__pace_fill(&pace, 1000);
	ar__pace_sent(&pace);
	ck_assert(!ar__pace_lets(&pace, 0, 1000));
}
END_TEST

Suite *rewrite_suite(void)
{
	Suite *suite = suite_create("rewrite");
	TCase *tcase = tcase_create("all");

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, a_table_tells_its_version);
	tcase_add_test(tcase, a_head_may_end_anywhere);
	tcase_add_test(tcase, what_an_answer_means);
	tcase_add_test(tcase, what_no_answer_means);
	tcase_add_test(tcase, the_longer_wish_counts);
	tcase_add_test(tcase, those_that_wait_come_by_their_time);
	tcase_add_test(tcase, a_429_halves_what_is_in_flight_once_for_a_wave);
	tcase_add_test(tcase, a_rate_lets_one_through_when_its_time_comes);
	return suite;
}
