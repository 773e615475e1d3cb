/* SPDX-License-Identifier: Apache-2.0 */
#include "encconf_help.h"
#include "plan/keys.h"

Suite *keys_suite(void);

#define ENTRY(providers) HEAD "resources: [{resources: [secrets], providers: [" providers "]}]\n"
#define KEY(name, bytes) "{aescbc: {keys: [{name: " name ", secret: " bytes "}]}}"
#define TWO                 \
	"{aescbc: {keys: [" \
	"{name: a, secret: " KEY_A "}, {name: b, secret: " KEY_B "}]}}"

/* From, in, how many are lost, and the first one's name. */
static const struct {
	const char *from, *in;
	size_t count;
	const char *first;
} cases[] = {
	{ ENTRY(TWO), ENTRY(TWO), 0, "" },
	{ ENTRY(TWO), ENTRY(KEY("a", KEY_A)), 1, "b" },
	{ ENTRY(KEY("a", KEY_A)), ENTRY(TWO), 0, "" },
	/* The same name with other bytes, the same bytes under another name: both are lost. */
	{ ENTRY(KEY("a", KEY_A)), ENTRY(KEY("a", KEY_B)), 1, "a" },
	{ ENTRY(KEY("a", KEY_A)), ENTRY(KEY("c", KEY_A)), 1, "a" },
	/* Moved to another provider list, it is still there. */
	{ ENTRY(KEY("a", KEY_A)), ENTRY("{identity: {}}, " TWO), 0, "" },
	{ ENTRY(TWO), "", 2, "a" },
	{ "", ENTRY(TWO), 0, "" },
	{ ENTRY("{identity: {}}"), ENTRY(TWO), 0, "" },
};

START_TEST(tells_the_keys_that_are_lost)
{
	const struct ar_text from = encconf_text(cases[_i].from), in = encconf_text(cases[_i].in);
	struct ar_err err = AR_ERR_INIT;
	struct ar_lost_keys lost;

	ck_assert_int_eq(ar_keys_lost(&from, &in, &lost, &err), 0);
	ck_assert_uint_eq(lost.count, cases[_i].count);
	ck_assert_str_eq(lost.names[0], cases[_i].first);
}
END_TEST

Suite *keys_suite(void)
{
	Suite *suite = suite_create("keys");
	TCase *all = tcase_create("lost keys");

	tcase_add_loop_test(all, tells_the_keys_that_are_lost, 0, sizeof cases / sizeof cases[0]);
	suite_add_tcase(suite, all);
	return suite;
}
