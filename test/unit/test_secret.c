/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "base/digest.h"
#include "base/secret.h"
#include "base/wipe.h"

Suite *secret_suite(void);

static void setup(void)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_secret_setup(&err), 0);
}

START_TEST(law_7_no_core_file_is_written)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_max, 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
}
END_TEST

START_TEST(law_7_guarded_memory_has_an_end)
{
	char *data = ar_secret_alloc(32);

	ck_assert_ptr_nonnull(data);
	memset(data, 'x', 32);
	((volatile char *)data)[32] = 'x';
	ar_secret_free(data);
}
END_TEST

START_TEST(guarded_memory_is_writable_wiped_and_released)
{
	char *data = ar_secret_alloc(100);

	memset(data, 'x', 100);
	ar_secret_wipe(data, 100);
	for (size_t i = 0; i < 100; i++)
		ck_assert_int_eq(data[i], 0);
	ar_secret_free(data);
	ar_secret_free(NULL);
}
END_TEST

START_TEST(random_bytes_differ_each_time)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 };

	ar_secret_random(a, sizeof a);
	ar_secret_random(b, sizeof b);
	ck_assert_int_ne(memcmp(a, b, sizeof a), 0);
}
END_TEST

START_TEST(sha256_is_lower_case_hex)
{
	char hex[AR_SHA256_HEX];

	ar_sha256_hex("abc", 3, hex);
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

Suite *secret_suite(void)
{
	Suite *suite = suite_create("secret");
	TCase *tests = tcase_create("secret");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, law_7_no_core_file_is_written);
	/* A sanitizer reports the fault and exits where a plain build dies of the signal. */
	if (ar_wipe_works())
		tcase_add_test_raise_signal(tests, law_7_guarded_memory_has_an_end, SIGSEGV);
	tcase_add_test(tests, guarded_memory_is_writable_wiped_and_released);
	tcase_add_test(tests, random_bytes_differ_each_time);
	tcase_add_test(tests, sha256_is_lower_case_hex);
	return suite;
}
