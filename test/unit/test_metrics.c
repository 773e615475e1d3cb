/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "kube/metrics.h"

Suite *metrics_suite(void);

#define C    "apiserver_encryption_config_controller_"
#define HASH "0000000000000000000000000000000000000000000000000000000000abcdef"
#define ID                            \
	"apiserver_id_hash=\"sha256:" \
	"1111111111111111111111111111111111111111111111111111111111111111\""

static struct ar_loaded read_text(const char *text)
{
	struct ar_loaded loaded;

	ar_loaded_read(text, strlen(text), &loaded);
	return loaded;
}

START_TEST(a_server_of_1_34_says_everything)
{
	struct ar_loaded loaded = read_text("# HELP " C
					    "last_config_info [ALPHA] Information\n# TYPE " C
					    "last_config_info gauge\n" C "last_config_info{" ID
					    ",hash=\"sha256:" HASH "\"} 1\n" C
					    "automatic_reload_last_timestamp_seconds{" ID
					    ",status=\"success\"} 1.7e+09\n" C
					    "automatic_reload_last_timestamp_seconds{" ID
					    ",status=\"failure\"} 1700000001.25\n" C
					    "automatic_reloads_total{" ID
					    ",status=\"failure\"} 3\n" C
					    "automatic_reloads_total{" ID ",status=\"success\"} 7\n"
					    "process_start_time_seconds 1.69999999925e+09\n");

	ck_assert(loaded.has_hash && loaded.has_start);
	ck_assert(loaded.has_reload_success && loaded.has_reload_failure);
	ck_assert_str_eq(loaded.hash, HASH);
	ck_assert_double_eq(loaded.start, 1699999999.25);
	ck_assert_double_eq(loaded.reload_success, 1700000000);
	ck_assert_double_eq(loaded.reload_failure, 1700000001.25);
	ck_assert_double_eq(loaded.reload_failures, 3);
	/* One that is switched off is not told from one that is not there, but for this. */
	ck_assert(!loaded.says_all);
	ck_assert(read_text("disabled_metrics_total 0\n").says_all);
	ck_assert(!read_text("disabled_metrics_total 1\n").says_all);
}
END_TEST

START_TEST(an_older_server_says_less)
{
	struct ar_loaded loaded = read_text(C "automatic_reload_failures_total 2\n" C
					      "automatic_reload_success_total 5\n"
					      "process_start_time_seconds 5 1700000000000\r\n");

	ck_assert(!loaded.has_hash && !loaded.has_reload_success && !loaded.has_reload_failure);
	ck_assert_double_eq(loaded.reload_failures, 2);
	ck_assert(loaded.has_start);
	ck_assert_double_eq(loaded.start, 5); /* what follows is the time of the sample */
}
END_TEST

static const char *const nothing[] = {
	"",
	"\n\n",
	"# " C "last_config_info{hash=\"sha256:" HASH "\"} 1\n",
	C "last_config_info{" ID "} 1\n", /* the other label's name ends in hash too */
	C "last_config_info{hash=\"sha256:0abc\"} 1\n",
	C "last_config_info{hash=\"sha256:" HASH "0\"} 1\n",
	C "last_config_info{hash=\"sha256:"
	  "0000000000000000000000000000000000000000000000000000000000ABCDEF\"} 1\n",
	C "last_config_info{hash=\"md5:" HASH "\"} 1\n",
	C "last_config_info{hash=\"sha256:" HASH "\"}\n",
	C "last_config_info{hash=\"sha256:" HASH,
	C "last_config_info_other{hash=\"sha256:" HASH "\"} 1\n",
	"x" C "last_config_info{hash=\"sha256:" HASH "\"} 1\n",
	"process_start_time_seconds\n",
	"process_start_time_seconds x\n",
	"process_start_time_seconds NaN\n",
	"process_start_time_seconds +Inf\n",
	"process_start_time_seconds_other 1\n",
	C "automatic_reload_last_timestamp_seconds{status=\"other\"} 1\n",
};

START_TEST(what_cannot_be_understood_is_left_unset)
{
	struct ar_loaded loaded = read_text(nothing[_i]);

	ck_assert(!loaded.has_hash && !loaded.has_start);
	ck_assert(!loaded.has_reload_success && !loaded.has_reload_failure);
	ck_assert_str_eq(loaded.hash, "");
}
END_TEST

START_TEST(a_long_text_is_read_to_its_end)
{
	const size_t size = (size_t)4 << 20;
	static const char last[] = "\nprocess_start_time_seconds 9";
	char *text = malloc(size);
	struct ar_loaded loaded;

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', size); /* one line that is far too long, with NULs in it */
	memset(text + 100, 0, 10);
	memcpy(text + size - (sizeof last - 1), last, sizeof last - 1);
	ar_loaded_read(text, size, &loaded);
	ck_assert(loaded.has_start && !loaded.has_hash);
	ck_assert_double_eq(loaded.start, 9);
	free(text);
}
END_TEST

/* The rest is left once a family behind ours has come whole: a name may still be cut. */
static const struct {
	const char *text;
	bool enough;
} beginnings[] = {
	{ "", false },
	{ "# HELP a b\na 1\n# HELP apiserver_a b\n", false },
	{ "# HELP a b\n# HELP apiserver_encryption_config_controller_last_config_info x\n", false },
	{ "# HELP a b\n# HELP apiserver_f", false },
	{ "# HELP a b\n# HELP apiserver_f x\n", true },
	{ "a 1\n# HELP workqueue x\nw 1\n", true },
};

START_TEST(knows_when_it_is_enough)
{
	ck_assert_int_eq(ar_loaded_enough(beginnings[_i].text, strlen(beginnings[_i].text)),
			 beginnings[_i].enough);
}
END_TEST

Suite *metrics_suite(void)
{
	Suite *suite = suite_create("metrics");
	TCase *tcase = tcase_create("metrics");

	tcase_add_test(tcase, a_server_of_1_34_says_everything);
	tcase_add_test(tcase, an_older_server_says_less);
	tcase_add_loop_test(tcase, what_cannot_be_understood_is_left_unset, 0,
			    sizeof nothing / sizeof *nothing);
	tcase_add_test(tcase, a_long_text_is_read_to_its_end);
	TCase *rest = tcase_create("the rest");
	tcase_add_loop_test(rest, knows_when_it_is_enough, 0,
			    sizeof beginnings / sizeof beginnings[0]);
	suite_add_tcase(suite, rest);
	suite_add_tcase(suite, tcase);
	return suite;
}
