/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>

#include "plan/brake.h"

Suite *brake_suite(void);

#define MB INT64_C(1000000)

/* 819 MB are four fifths of it, 992 the line that is never reached. */
static struct ar_brake_seen seen(int64_t size, int64_t in_use)
{
	return (struct ar_brake_seen){ .db_size = size * MB,
				       .db_in_use = in_use * MB,
				       .quota = 1024 * MB,
				       .live = in_use * MB,
				       .went_on = size * MB,
				       .ahead = 100000 * MB };
}

static int64_t credit_mb(const struct ar_brake_seen *s)
{
	return ar_brake_credit(s) / MB;
}

START_TEST(an_empty_etcd_gives_half_of_its_room_at_a_time)
{
	struct ar_brake_seen s = seen(100, 100);

	ck_assert_int_eq(credit_mb(&s), 446);
	s.pending = 300 * MB; /* what is on its way takes its part */
	ck_assert_int_eq(credit_mb(&s), 296);
	s.pending = 700 * MB;
	ck_assert_int_eq(credit_mb(&s), 19);
}
END_TEST

START_TEST(it_waits_at_four_fifths_of_the_quota)
{
	struct ar_brake_seen s = seen(500, 500);

	s.db_size = s.db_in_use = 719 * MB;
	ck_assert_int_eq(credit_mb(&s), 100);
	s.db_size = s.db_in_use = 813 * MB; /* less than what a look is worth */
	ck_assert_int_eq(credit_mb(&s), 0);
	s.db_size = s.db_in_use = 820 * MB;
	ck_assert_int_eq(credit_mb(&s), 0);
	s = seen(1200, 1200); /* a quota that was lowered */
	ck_assert_int_eq(credit_mb(&s), 0);
	s = seen(990, 100);
	ck_assert_int_eq(credit_mb(&s), 0);
	ck_assert(ar_brake_hopeless(990 * MB, 1024 * MB));
	ck_assert(!ar_brake_hopeless(900 * MB, 1024 * MB));
}
END_TEST

/* A file that is large from of old, with most of it free. */
START_TEST(beyond_it_the_file_may_grow_a_little_and_use_free_pages)
{
	struct ar_brake_seen s = seen(892, 400);

	ck_assert_int_eq(credit_mb(&s), 50); /* a quarter of 100, and as much of free pages */
	s.db_in_use = 880 * MB;
	ck_assert_int_eq(credit_mb(&s), 31); /* and half of 12 */
	s.db_size = 910 * MB;                /* it grew, so the free pages are of little use */
	ck_assert_int_eq(credit_mb(&s), 14);
	s.db_size = 917 * MB;
	ck_assert_int_eq(credit_mb(&s), 0);
}
END_TEST

START_TEST(it_goes_on_when_all_of_the_old_is_compacted)
{
	struct ar_brake_seen s = seen(842, 842);

	s.live = 500 * MB;
	s.went_on = 500 * MB;
	s.holding = true;
	ck_assert_int_eq(credit_mb(&s), 0);
	s.db_in_use = 700 * MB; /* a part of it */
	ck_assert_int_eq(credit_mb(&s), 0);
	s.waited = true;
	ck_assert_int_eq(credit_mb(&s), 75);
	s.waited = false;
	s.db_in_use = 510 * MB;
	ck_assert_int_eq(credit_mb(&s), 75); /* half of the room to the line */
	s.holding = false;                   /* it went on, and the file did not grow */
	s.went_on = s.db_size;
	ck_assert_int_eq(credit_mb(&s), 75);
}
END_TEST

/* Seen with 400 values of 700 KB: it stood at 422 of 480 MB, of it 142 free, and no compaction
 * would have made that better. */
START_TEST(what_compaction_cannot_better_is_not_waited_for)
{
	struct ar_brake_seen s = { .db_size = 422 * MB,
				   .db_in_use = 280 * MB,
				   .quota = 480 * MB,
				   .live = 280 * MB,
				   .went_on = 313 * MB,
				   .ahead = 126 * MB,
				   .holding = true };

	ck_assert_int_gt(credit_mb(&s), 20);
	s.db_size = 459 * MB;
	ck_assert_int_eq(credit_mb(&s), 0);
	ck_assert(ar_brake_hopeless(459 * MB, 480 * MB));
}
END_TEST

START_TEST(the_last_few_do_not_wait)
{
	struct ar_brake_seen s = seen(892, 892);

	s.went_on = 500 * MB;
	s.ahead = 25 * MB;
	ck_assert_int_eq(credit_mb(&s), 25);
	ck_assert_int_gt(ar_brake_credit(&s), s.ahead);
	s.ahead = 26 * MB;
	ck_assert_int_eq(credit_mb(&s), 0);
	s = seen(100, 100);
	s.ahead = 0; /* and what nobody has to send is never waited for */
	ck_assert_int_gt(ar_brake_credit(&s), 0);
}
END_TEST

/* Whatever etcd makes of it, all free pages of no use included: the line is not reached. */
START_TEST(the_quota_is_never_reached)
{
	struct ar_brake_seen s = seen(100, 50);
	int64_t before = 0, sent = 0;

	for (int look = 0; look < 10000; look++) {
		s.db_in_use = s.db_size / 2;
		s.pending = before;
		s.live = s.db_in_use;
		const int64_t credit = ar_brake_credit(&s);
		if (s.holding && credit > 0)
			s.went_on = s.db_size;
		s.holding = credit == 0;
		sent += credit;
		s.db_size += before; /* shows one look later, all of it new */
		before = credit;
		ck_assert_int_lt(s.db_size + before, 992 * MB);
	}
	ck_assert_int_gt(sent, 800 * MB);
	ck_assert(ar_brake_hopeless(s.db_size, s.quota));
}
END_TEST

START_TEST(no_quota_is_etcds_own)
{
	struct ar_brake_seen s = { .db_size = 1 << 20, .db_in_use = 1 << 20, .ahead = INT64_MAX };

	ck_assert_int_gt(ar_brake_credit(&s), INT64_C(1) << 29);
	ck_assert_int_lt(ar_brake_credit(&s), AR_BRAKE_QUOTA);
}
END_TEST

/* 20,000 values of 1 to 4 KB, 51.1 MB, made a file of 76.4 MB (measured, etcd 3.4). */
START_TEST(growth_is_what_was_measured)
{
	int64_t sum = 0;

	for (int64_t i = 0; i < 20000; i++)
		sum += ar_brake_growth(1024 + i * 3072 / 20000);
	ck_assert_int_gt(sum, 70 * MB);
	ck_assert_int_lt(sum, 100 * MB);
	ck_assert_int_gt(ar_brake_growth(0), 200);
	ck_assert_int_lt(ar_brake_growth(300000), 306000);
	ck_assert_int_ge(ar_brake_growth(300000), 300200);
}
END_TEST

Suite *brake_suite(void)
{
	Suite *suite = suite_create("brake");
	TCase *tc = tcase_create("brake");

	tcase_add_test(tc, an_empty_etcd_gives_half_of_its_room_at_a_time);
	tcase_add_test(tc, it_waits_at_four_fifths_of_the_quota);
	tcase_add_test(tc, beyond_it_the_file_may_grow_a_little_and_use_free_pages);
	tcase_add_test(tc, it_goes_on_when_all_of_the_old_is_compacted);
	tcase_add_test(tc, what_compaction_cannot_better_is_not_waited_for);
	tcase_add_test(tc, the_last_few_do_not_wait);
	tcase_add_test(tc, the_quota_is_never_reached);
	tcase_add_test(tc, no_quota_is_etcds_own);
	tcase_add_test(tc, growth_is_what_was_measured);
	suite_add_tcase(suite, tc);
	return suite;
}
