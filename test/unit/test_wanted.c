/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "base/err.h"
#include "plan/wanted.h"

Suite *wanted_suite(void);

static struct ar_wanted_text text;
static struct ar_wanted wanted;

static int make(const char *config, const char *mount, const char *name, bool hot)
{
	struct ar_err err = AR_ERR_INIT;
	wanted = (struct ar_wanted){ .config = config, .name = name, .hot_reload = hot };
	int result = ar_wanted_derive(&wanted, mount, &text, &err);

	ck_assert_int_eq(result, ar_err_is_set(&err) ? -1 : 0);
	if (result != 0)
		ck_assert_int_eq(err.class, AR_USAGE);
	return result;
}

START_TEST(a_config_in_a_shared_folder_is_mounted_as_the_file)
{
	ck_assert_int_eq(make("/etc/kubernetes/enc.yaml", NULL, "encryption-config", false), 0);
	ck_assert_str_eq(wanted.mount_host, "/etc/kubernetes/enc.yaml");
	ck_assert_str_eq(wanted.mount_path, "/etc/kubernetes/enc.yaml");
	ck_assert_str_eq(wanted.flag_path, "/etc/kubernetes/enc.yaml");
	ck_assert_str_eq(wanted.mount_type, "File");
}
END_TEST

START_TEST(a_config_in_a_folder_of_its_own_is_mounted_as_the_folder)
{
	ck_assert_int_eq(make("/etc/kubernetes/enc/enc.yaml", NULL, "encryption-config", true), 0);
	ck_assert_str_eq(wanted.mount_host, "/etc/kubernetes/enc");
	ck_assert_str_eq(wanted.mount_path, "/etc/kubernetes/enc");
	ck_assert_str_eq(wanted.flag_path, "/etc/kubernetes/enc/enc.yaml");
	ck_assert_str_eq(wanted.mount_type, "Directory");
}
END_TEST

START_TEST(the_mount_path_decides_where_the_flag_points)
{
	ck_assert_int_eq(make("/etc/kubernetes/enc/enc.yaml", "/run/enc", "e", false), 0);
	ck_assert_str_eq(wanted.flag_path, "/run/enc/enc.yaml");
	ck_assert_int_eq(make("/etc/kubernetes/enc.yaml", "/run/e.yaml", "e", false), 0);
	ck_assert_str_eq(wanted.flag_path, "/run/e.yaml");
}
END_TEST

START_TEST(hot_reload_in_a_shared_folder_is_refused)
{
	ck_assert_int_eq(make("/etc/kubernetes/enc.yaml", NULL, "e", true), -1);
}
END_TEST

START_TEST(paths_that_are_not_absolute_and_clean_are_refused)
{
	static const char *const bad[] = { "enc.yaml", "/a/../b", "/a//b", "/a/./b", "/a/",
					   "/a b",     "/a,b",    "/a\nb", "/",      "/\xc3\xa4" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_int_eq(make(bad[i], NULL, "e", false), -1);
}
END_TEST

START_TEST(names_that_are_no_label_are_refused)
{
	static const char *const bad[] = { "", "-a", "a-", "A", "a_b", "a.b" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_int_eq(make("/etc/kubernetes/enc.yaml", NULL, bad[i], false), -1);
}
END_TEST

Suite *wanted_suite(void)
{
	Suite *s = suite_create("wanted");
	TCase *t = tcase_create("what follows from the config's path");

	tcase_add_test(t, a_config_in_a_shared_folder_is_mounted_as_the_file);
	tcase_add_test(t, a_config_in_a_folder_of_its_own_is_mounted_as_the_folder);
	tcase_add_test(t, the_mount_path_decides_where_the_flag_points);
	tcase_add_test(t, hot_reload_in_a_shared_folder_is_refused);
	tcase_add_test(t, paths_that_are_not_absolute_and_clean_are_refused);
	tcase_add_test(t, names_that_are_no_label_are_refused);
	suite_add_tcase(s, t);
	return s;
}
