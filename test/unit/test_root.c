/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

Suite *root_suite(void);

static ssize_t read_in_root(const char *path, char *buf, size_t size)
{
	int fd = ar_host_openat(&host, path, O_RDONLY, 0);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (fd >= 0)
		close(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

static void expect_in_root(const char *path, const char *want)
{
	char got[64] = "";

	ck_assert_msg(read_in_root(path, got, sizeof got) >= 0, "%s: %s", path, strerror(errno));
	ck_assert_str_eq(got, want);
}

START_TEST(an_absolute_symlink_stays_inside_the_root)
{
	make_dir("/etc", 0755);
	put("/etc/passwd", "inside", 0600);
	ck_assert_int_eq(symlink("/etc/passwd", in_world("/link")), 0);
	ck_assert_int_eq(symlink("/etc", in_world("/folder")), 0);
	expect_in_root("/link", "inside");
	expect_in_root("/folder/passwd", "inside");
}
END_TEST

START_TEST(dots_do_not_lead_out_of_the_root)
{
	make_dir("/etc", 0755);
	put("/etc/passwd", "inside", 0600);
	ck_assert_int_eq(symlink("../../../../../../etc/passwd", in_world("/etc/link")), 0);
	expect_in_root("../../../../../etc/passwd", "inside");
	expect_in_root("/etc/../../../etc/passwd", "inside");
	expect_in_root("/etc/link", "inside");
}
END_TEST

START_TEST(a_relative_path_begins_at_the_root)
{
	put("/file", "inside", 0600);
	ck_assert_int_eq(chdir("/"), 0);
	expect_in_root("file", "inside");
}
END_TEST

START_TEST(nothing_outside_can_be_created)
{
	char name[64];

	snprintf(name, sizeof name, "../../tmp/atrest-outside.%ld", (long)getpid());
	int fd = ar_host_openat(&host, name, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(without_a_root_paths_are_the_machines_own)
{
	struct ar_host own;
	struct ar_err err = AR_ERR_INIT;

	put("/file", "x", 0600);
	ck_assert_int_eq(ar_host_open(NULL, false, &own, &err), 0);
	int fd = ar_host_openat(&own, in_world("/file"), O_RDONLY, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	ck_assert_int_eq(chdir(world), 0);
	fd = ar_host_openat(&own, "file", O_RDONLY, 0);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ar_host_close(&own);
}
END_TEST

START_TEST(descriptors_are_not_inherited)
{
	put("/file", "x", 0600);
	int fd = ar_host_openat(&host, "/file", O_RDONLY, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(host.root_fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}
END_TEST

START_TEST(a_missing_root_is_named)
{
	struct ar_host none;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_host_open(in_world("/none"), false, &none, &err), -1);
	expect_error(&err, "cannot open the folder given with --root: No such file", "");
	ck_assert_str_eq(err.path, in_world("/none"));
}
END_TEST

START_TEST(a_kernel_without_openat2_is_refused_and_not_worked_around)
{
	struct ar_host none;
	struct ar_err err = AR_ERR_INIT;

	break_call(SYS_openat2, 4, 0, 0, ENOSYS);
	ck_assert_int_eq(ar_host_open(world, false, &none, &err), -1);
	expect_error(&err, "this kernel cannot keep paths inside --root", "Linux 5.6");
	ck_assert_int_eq(ar_host_open(NULL, false, &none, &err), 0);
}
END_TEST

START_TEST(the_parent_and_the_name_are_told_apart)
{
	static const struct {
		const char *path, *name;
	} cases[] = {
		{ "/etc/a", "a" }, { "a", "a" }, { "/a", "a" }, { "/etc/", "" }, { "etc/./a", "a" }
	};
	const char *name;

	make_dir("/etc", 0755);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int fd = ar_host_parent(&host, cases[i].path, &name);
		ck_assert_msg(fd >= 0, "%s: %s", cases[i].path, strerror(errno));
		ck_assert_str_eq(name, cases[i].name);
		close(fd);
	}
	ck_assert_int_eq(ar_host_parent(&host, "/none/a", &name), -1);
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

START_TEST(a_folder_is_made_root_only_whatever_the_umask)
{
	struct ar_err err = AR_ERR_INIT;

	umask(0777);
	ck_assert_int_eq(ar_host_mkdir(&host, "/var/lib/atrest", &err), 0);
	ck_assert_uint_eq(mode_of("/var"), 0755);
	ck_assert_uint_eq(mode_of("/var/lib"), 0755);
	ck_assert_uint_eq(mode_of("/var/lib/atrest"), 0700);
	umask(0);
	ck_assert_int_eq(ar_host_mkdir(&host, "/var/lib/atrest/records", &err), 0);
	ck_assert_uint_eq(mode_of("/var/lib/atrest/records"), 0700);
}
END_TEST

START_TEST(a_folder_that_is_there_is_left_as_it_is)
{
	struct ar_err err = AR_ERR_INIT;

	make_dir("/real", 0751);
	ck_assert_int_eq(symlink("/real", in_world("/link")), 0);
	ck_assert_int_eq(ar_host_mkdir(&host, "/real", &err), 0);
	ck_assert_int_eq(ar_host_mkdir(&host, "/link", &err), 0);
	ck_assert_uint_eq(mode_of("/real"), 0751);
	ck_assert_int_eq(ar_host_mkdir(&host, "/link/below", &err), 0);
	ck_assert_uint_eq(mode_of("/real/below"), 0700);
}
END_TEST

START_TEST(a_file_in_the_way_of_a_folder_is_named)
{
	struct ar_err err = AR_ERR_INIT;

	put("/var", "no folder", 0600);
	ck_assert_int_eq(ar_host_mkdir(&host, "/var/lib", &err), -1);
	expect_error(&err, "cannot make the folder: Not a directory", "no folder");
	ck_assert_str_eq(err.path, "/var");
}
END_TEST

Suite *root_suite(void)
{
	Suite *suite = suite_create("root");
	TCase *tests = tcase_create("inside the root");

	tcase_add_checked_fixture(tests, world_begin, world_end);
	tcase_add_test(tests, an_absolute_symlink_stays_inside_the_root);
	tcase_add_test(tests, dots_do_not_lead_out_of_the_root);
	tcase_add_test(tests, a_relative_path_begins_at_the_root);
	tcase_add_test(tests, nothing_outside_can_be_created);
	tcase_add_test(tests, without_a_root_paths_are_the_machines_own);
	tcase_add_test(tests, descriptors_are_not_inherited);
	tcase_add_test(tests, a_missing_root_is_named);
	tcase_add_test(tests, a_kernel_without_openat2_is_refused_and_not_worked_around);
	tcase_add_test(tests, the_parent_and_the_name_are_told_apart);
	tcase_add_test(tests, a_folder_is_made_root_only_whatever_the_umask);
	tcase_add_test(tests, a_folder_that_is_there_is_left_as_it_is);
	tcase_add_test(tests, a_file_in_the_way_of_a_folder_is_named);
	suite_add_tcase(suite, tests);
	return suite;
}
