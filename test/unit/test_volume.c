/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#include "host/volume.h"

Suite *volume_suite(void);

static struct ar_volume_state look(const char *path)
{
	struct ar_volume_state state = { .fs_type = "?" };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_volume_look(&host, path, &state, &err) == 0, "%s: %s", path, err.msg);
	return state;
}

/* A mount namespace of the test's own, with a file system on /mount; false where that is not
 * allowed. */
static bool mount_on(const char *type, const char *options, unsigned long flags)
{
	struct ar_err err = AR_ERR_INIT;

	make_dir("/mount", 0755);
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", in_world("/mount"), type, flags, options) != 0)
		return false;
	ar_host_close(&host); /* its root was opened in the other namespace */
	ck_assert_int_eq(ar_host_open(world, false, &host, &err), 0);
	return true;
}

static void mount_off(void)
{
	ck_assert_int_eq(umount(in_world("/mount")), 0);
}

/* Sets or takes a bit of a file or folder; false where the file system, or who runs this, cannot.
 */
static bool set_flag(const char *path, int flag, bool on)
{
	int fd = open(in_world(path), O_RDONLY), flags = 0;
	bool done = fd >= 0 && ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0;

	flags = on ? flags | flag : flags & ~flag;
	done = done && ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
	close(fd);
	return done;
}

START_TEST(room_is_what_the_system_says)
{
	struct ar_volume_state state;

	if (!mount_on("tmpfs", "size=1m,nr_inodes=20,mode=755", 0))
		return;
	state = look("/mount/file");
	ck_assert_str_eq(state.fs_type, "tmpfs");
	ck_assert(!state.read_only);
	ck_assert_uint_eq(state.free_bytes, 1 << 20);
	const uint64_t inodes = state.free_inodes;
	ck_assert_uint_lt(inodes, 20);
	put("/mount/file", "x", 0600);
	state = look("/mount/file");
	ck_assert_uint_lt(state.free_bytes, 1 << 20);
	ck_assert_uint_eq(state.free_inodes, inodes - 1);
	mount_off();
}
END_TEST

START_TEST(a_system_without_a_count_has_plenty)
{
	struct ar_volume_state state;

	if (!mount_on("tmpfs", "size=0,nr_inodes=0", 0))
		return;
	state = look("/mount/file");
	ck_assert_uint_eq(state.free_bytes, UINT64_MAX);
	ck_assert_uint_eq(state.free_inodes, UINT64_MAX);
	mount_off();
}
END_TEST

START_TEST(a_read_only_mount_is_seen)
{
	if (!mount_on("tmpfs", NULL, MS_RDONLY))
		return;
	ck_assert(look("/mount/file").read_only);
	ck_assert(!look("/file").read_only);
	mount_off();
}
END_TEST

START_TEST(an_unknown_system_has_a_number)
{
	struct ar_volume_state state;

	if (!mount_on("proc", NULL, 0))
		return;
	state = look("/mount/file");
	ck_assert_str_eq(state.fs_type, "0x9fa0");
	mount_off();
}
END_TEST

START_TEST(an_immutable_file_is_seen)
{
	struct ar_volume_state state, link;

	put("/file", "x", 0600);
	state = look("/file");
	ck_assert(!state.immutable && !state.append_only && !state.folder_immutable);
	if (!set_flag("/file", FS_IMMUTABLE_FL, true))
		return;
	ck_assert_int_eq(symlink("file", in_world("/link")), 0);
	state = look("/file");
	link = look("/link");
	ck_assert(set_flag("/file", FS_IMMUTABLE_FL, false));
	ck_assert(state.immutable && !state.folder_immutable && !state.append_only);
	ck_assert(!link.immutable);
}
END_TEST

START_TEST(an_append_only_file_is_seen)
{
	struct ar_volume_state state;

	put("/file", "x", 0600);
	if (!set_flag("/file", FS_APPEND_FL, true))
		return;
	state = look("/file");
	ck_assert(set_flag("/file", FS_APPEND_FL, false));
	ck_assert(state.append_only && !state.folder_append_only && !state.immutable);
}
END_TEST

START_TEST(a_folder_with_such_a_bit_holds_for_what_is_in_it)
{
	const int flag = _i == 0 ? FS_IMMUTABLE_FL : FS_APPEND_FL;
	struct ar_volume_state state, missing;

	make_dir("/folder", 0755);
	put("/folder/file", "x", 0600);
	if (!set_flag("/folder", flag, true))
		return;
	state = look("/folder/file");
	missing = look("/folder/other");
	ck_assert(set_flag("/folder", flag, false));
	ck_assert(state.immutable == (_i == 0) && state.append_only == (_i == 1));
	ck_assert(state.folder_immutable == (_i == 0) && state.folder_append_only == (_i == 1));
	ck_assert(missing.immutable == (_i == 0) && missing.append_only == (_i == 1));
}
END_TEST

START_TEST(labels_are_read)
{
	static const char one[] = "system_u:object_r:etc_t:s0";
	static const char two[] = "system_u:object_r:kubernetes_file_t:s0";
	struct ar_volume_state state;

	make_dir("/folder", 0755);
	put("/folder/file", "x", 0600);
	/* The kernel stores the NUL, or does not, as it was given. */
	if (setxattr(in_world("/folder"), "security.selinux", one, sizeof one, 0) != 0 ||
	    setxattr(in_world("/folder/file"), "security.selinux", two, sizeof two - 1, 0) != 0)
		return;
	state = look("/folder/file");
	ck_assert_str_eq(state.folder_selinux, one);
	ck_assert_str_eq(state.selinux, two);
	state = look("/folder/other");
	ck_assert_str_eq(state.folder_selinux, one);
	ck_assert_str_eq(state.selinux, "");
}
END_TEST

START_TEST(a_place_that_is_not_there_is_judged_by_the_folder_above)
{
	struct ar_volume_state state;

	if (!mount_on("tmpfs", NULL, MS_RDONLY))
		return;
	state = look("/mount/a/b/file");
	ck_assert(state.read_only);
	ck_assert_str_eq(state.fs_type, "tmpfs");
	ck_assert(!look("/no/such/folder").read_only);
	ck_assert(look("/mount/a/").read_only);
	mount_off();
}
END_TEST

START_TEST(what_is_no_folder_is_named)
{
	struct ar_volume_state state = { .read_only = true };
	struct ar_err err = AR_ERR_INIT;

	put("/file", "x", 0600);
	ck_assert_int_eq(ar_volume_look(&host, "/file/x", &state, &err), -1);
	expect_error(&err, "cannot look at its file system", "no folder");
	ck_assert_str_eq(err.path, "/file/x");
	ck_assert(state.read_only);
}
END_TEST

START_TEST(a_path_without_a_folder_is_in_the_one_we_are_in)
{
	const struct ar_host machine = { .root_fd = -1 };
	struct ar_volume_state state = { .fs_type = "" };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(chdir(world), 0);
	ck_assert_int_eq(ar_volume_look(&machine, "file", &state, &err), 0);
	ck_assert_str_ne(state.fs_type, "");
	ck_assert_int_eq(ar_volume_look(&machine, "no/such/file", &state, &err), 0);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(nothing_but_folders_is_opened)
{
	struct ar_volume_state state;

	ck_assert_int_eq(mkfifo(in_world("/fifo"), 0600), 0);
	ck_assert_int_eq(symlink("/nothing", in_world("/link")), 0);
	const unsigned fd = next_fd();
	state = look("/fifo");
	ck_assert(!state.immutable);
	state = look("/link");
	ck_assert(!state.immutable);
	ck_assert_uint_eq(next_fd(), fd);
}
END_TEST

Suite *volume_suite(void)
{
	Suite *suite = suite_create("volume");
	TCase *tests = tcase_create("volume");

	tcase_add_checked_fixture(tests, world_begin, world_end);
	tcase_add_test(tests, room_is_what_the_system_says);
	tcase_add_test(tests, a_system_without_a_count_has_plenty);
	tcase_add_test(tests, a_read_only_mount_is_seen);
	tcase_add_test(tests, an_unknown_system_has_a_number);
	tcase_add_test(tests, an_immutable_file_is_seen);
	tcase_add_test(tests, an_append_only_file_is_seen);
	tcase_add_loop_test(tests, a_folder_with_such_a_bit_holds_for_what_is_in_it, 0, 2);
	tcase_add_test(tests, labels_are_read);
	tcase_add_test(tests, a_place_that_is_not_there_is_judged_by_the_folder_above);
	tcase_add_test(tests, what_is_no_folder_is_named);
	tcase_add_test(tests, a_path_without_a_folder_is_in_the_one_we_are_in);
	tcase_add_test(tests, nothing_but_folders_is_opened);
	suite_add_tcase(suite, tests);
	return suite;
}
