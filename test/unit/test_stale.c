/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/stale.h"

Suite *stale_suite(void);

static void add(struct ar_stale *stale, size_t item, const char *name, enum ar_stale_state state)
{
	const struct ar_stale_entry entry = { .item = (uint16_t)item,
					      .growth = 10,
					      .state = (uint8_t)state };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_stale_add(stale, &entry, name, strlen(name), &err), 0);
}

static bool has(const struct ar_stale *stale, size_t item, const char *name)
{
	return ar_stale_has(stale, item, name, strlen(name));
}

START_TEST(names_are_kept_in_order_and_found)
{
	AR_STALE_AUTO struct ar_stale stale = AR_STALE_INIT;

	ck_assert(!has(&stale, 0, "a"));
	add(&stale, 0, "default/a", AR_STALE_NEW);
	add(&stale, 0, "default/a-b", AR_STALE_NEW);
	add(&stale, 0, "default/b", AR_STALE_NEW);
	add(&stale, 2, "a", AR_STALE_NEW);
	ck_assert_uint_eq(stale.count, 4);
	ck_assert_int_eq(stale.growth, 40);
	ck_assert_str_eq(ar_stale_name(&stale, 1), "default/a-b");
	ck_assert(has(&stale, 0, "default/a") && has(&stale, 0, "default/b"));
	ck_assert(has(&stale, 2, "a") && has(&stale, 0, "default/a-b"));
	ck_assert(!has(&stale, 1, "a") && !has(&stale, 2, "default/a") && !has(&stale, 0, ""));
	ck_assert(!has(&stale, 0, "default/") && !has(&stale, 0, "default/a-") &&
		  !has(&stale, 3, "a"));
}
END_TEST

START_TEST(a_census_that_begins_anew_drops_what_it_gave)
{
	AR_STALE_AUTO struct ar_stale stale = AR_STALE_INIT;

	add(&stale, 0, "z", AR_STALE_NEW);
	add(&stale, 1, "a", AR_STALE_NEW);
	add(&stale, 1, "b", AR_STALE_NEW);
	add(&stale, 1, "a", AR_STALE_NEW); /* again from its beginning */
	ck_assert_uint_eq(stale.count, 2);
	ck_assert_int_eq(stale.growth, 20);
	ck_assert(has(&stale, 0, "z") && has(&stale, 1, "a") && !has(&stale, 1, "b"));
	add(&stale, 1, "a", AR_STALE_NEW);
	ck_assert_uint_eq(stale.count, 2);
	ck_assert_str_eq(ar_stale_name(&stale, 0), "z");
	ck_assert_str_eq(ar_stale_name(&stale, 1), "a");
}
END_TEST

START_TEST(refused_ones_of_all_rounds_come_together)
{
	AR_STALE_AUTO struct ar_stale all = AR_STALE_INIT;
	AR_STALE_AUTO struct ar_stale round = AR_STALE_INIT;
	struct ar_err err = AR_ERR_INIT;

	add(&round, 0, "b", AR_STALE_REFUSED);
	add(&round, 0, "c", AR_STALE_DONE);
	add(&round, 1, "a", AR_STALE_REFUSED);
	ck_assert_int_eq(ar_stale_merge(&all, &round, AR_STALE_REFUSED, &err), 0);
	ck_assert_uint_eq(all.count, 2);
	ar_stale_done(&round);
	add(&round, 0, "a", AR_STALE_REFUSED);
	add(&round, 0, "b", AR_STALE_REFUSED); /* twice is once */
	add(&round, 0, "d", AR_STALE_NEW);
	add(&round, 2, "a", AR_STALE_REFUSED);
	ck_assert_int_eq(ar_stale_merge(&all, &round, AR_STALE_REFUSED, &err), 0);
	ck_assert_uint_eq(all.count, 4);
	ck_assert(has(&all, 0, "a") && has(&all, 0, "b") && has(&all, 1, "a") && has(&all, 2, "a"));
	ck_assert(!has(&all, 0, "c") && !has(&all, 0, "d"));
	ck_assert_int_eq(ar_stale_merge(&all, &(struct ar_stale)AR_STALE_INIT, AR_STALE_REFUSED,
					&err),
			 0);
	ck_assert_uint_eq(all.count, 4);
}
END_TEST

START_TEST(fifty_thousand_take_less_than_four_megabytes)
{
	AR_STALE_AUTO struct ar_stale stale = AR_STALE_INIT;
	char name[100];

	for (int i = 0; i < 50000; i++) {
		snprintf(name, sizeof name, "namespace-of-a-team/sh.helm.release.v1.app.v%07d", i);
		add(&stale, 0, name, AR_STALE_NEW);
	}
	ck_assert_uint_lt(stale.names.cap + stale.cap * sizeof *stale.list, 5 << 20);
	ck_assert_uint_lt(stale.names.len + stale.count * sizeof *stale.list, 4 << 20);
	ck_assert(has(&stale, 0, "namespace-of-a-team/sh.helm.release.v1.app.v0012345"));
}
END_TEST

Suite *stale_suite(void)
{
	Suite *suite = suite_create("stale");
	TCase *tc = tcase_create("stale");

	tcase_add_test(tc, names_are_kept_in_order_and_found);
	tcase_add_test(tc, a_census_that_begins_anew_drops_what_it_gave);
	tcase_add_test(tc, refused_ones_of_all_rounds_come_together);
	tcase_add_test(tc, fifty_thousand_take_less_than_four_megabytes);
	suite_add_tcase(suite, tc);
	return suite;
}
