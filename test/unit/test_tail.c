/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "host/tail.h"

Suite *tail_suite(void);

static struct ar_buf out;

static void end(void)
{
	ar_buf_done(&out);
	world_end();
}

static void append(const char *path, const char *text)
{
	int fd = open(in_world(path), O_WRONLY | O_APPEND);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* Reads, and expects this, as the only thing. */
static int64_t expect_read(const char *path, int64_t from, size_t max, const char *want)
{
	int64_t size = -1;

	ar_buf_reset(&out);
	size = ar_tail_read(&host, path, from, max, &out);
	ck_assert_str_eq(ar_buf_text(&out), want);
	return size;
}

START_TEST(what_stands_behind_a_place_is_read)
{
	put("/log", "one\ntwo\n", 0600);
	ck_assert_int_eq(expect_read("/log", 0, 100, "one\ntwo\n"), 8);
	ck_assert_int_eq(expect_read("/log", 4, 100, "two\n"), 8);
	ck_assert_int_eq(expect_read("/log", 8, 100, ""), 8);
	append("/log", "three\n");
	ck_assert_int_eq(expect_read("/log", 8, 100, "three\n"), 14);
}
END_TEST

START_TEST(no_more_than_the_end_of_it)
{
	put("/log", "one\ntwo\n", 0600);
	ck_assert_int_eq(expect_read("/log", 0, 5, "\ntwo\n"), 8);
	ck_assert_int_eq(expect_read("/log", 6, 5, "o\n"), 8);
	ck_assert_int_eq(expect_read("/log", 0, 0, ""), 8);
}
END_TEST

START_TEST(one_that_became_smaller_was_begun_anew)
{
	put("/log", "new\n", 0600);
	ck_assert_int_eq(expect_read("/log", 100, 100, "new\n"), 4);
	ck_assert_int_eq(expect_read("/log", -1, 100, "new\n"), 4);
}
END_TEST

START_TEST(a_long_one_is_read_whole)
{
	enum { BYTES = 100000 };
	static char text[BYTES + 1];

	for (size_t i = 0; i < BYTES; i++)
		text[i] = (char)('a' + i % 23);
	put("/log", text, 0600);
	expect_read("/log", 0, BYTES, text);
	expect_read("/log", 0, BYTES - 1, text + 1);
}
END_TEST

START_TEST(a_symlink_is_followed_inside_the_root)
{
	put("/log", "text", 0600);
	ck_assert_int_eq(symlink("/log", in_world("/link")), 0);
	ck_assert_int_eq(symlink("/etc/passwd", in_world("/out")), 0);
	ck_assert_int_eq(expect_read("/link", 0, 100, "text"), 4);
	ck_assert_int_eq(expect_read("/out", 0, 100, ""), 0);
}
END_TEST

START_TEST(nothing_but_a_regular_file_is_opened)
{
	static const struct {
		const char *path;
		int sys;
	} others[] = { { "/fifo", EINVAL },    { "/folder", EINVAL },     { "/missing", ENOENT },
		       { "/to-fifo", EINVAL }, { "/to-nothing", ENOENT }, { "/a/b", ENOENT } };
	struct ar_tail tail = AR_TAIL_INIT;

	ck_assert_int_eq(mkfifo(in_world("/fifo"), 0600), 0);
	make_dir("/folder", 0755);
	ck_assert_int_eq(symlink("fifo", in_world("/to-fifo")), 0);
	ck_assert_int_eq(symlink("nothing", in_world("/to-nothing")), 0);
	const unsigned fd = next_fd();
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		ck_assert_int_eq(expect_read(others[i].path, 0, 100, ""), 0);
		ck_assert_int_eq(ar_tail_open(&host, others[i].path, &tail), -1);
		ck_assert_int_eq(errno, others[i].sys);
		ck_assert_int_eq(tail.fd, -1);
	}
	ck_assert_uint_eq(next_fd(), fd);
}
END_TEST

START_TEST(one_held_open_outlives_its_folder)
{
	AR_TAIL_AUTO struct ar_tail tail = AR_TAIL_INIT;

	make_dir("/pod", 0755);
	put("/pod/0.log", "one\n", 0600);
	int writer = open(in_world("/pod/0.log"), O_WRONLY | O_APPEND);
	ck_assert_int_eq(ar_tail_open(&host, "/pod/0.log", &tail), 0);
	ck_assert_int_eq(ar_tail_more(&tail, 100, &out), 4);
	ck_assert_int_eq(write(writer, "two\n", 4), 4);
	ck_assert_int_eq(unlink(in_world("/pod/0.log")), 0);
	ck_assert_int_eq(rmdir(in_world("/pod")), 0);
	ck_assert_int_eq(ar_tail_more(&tail, 100, &out), 8);
	ck_assert_int_eq(ar_tail_more(&tail, 100, &out), 8);
	ck_assert_str_eq(ar_buf_text(&out), "one\ntwo\n");
	ck_assert_int_eq(ftruncate(writer, 0), 0);
	ck_assert_int_eq(write(writer, "new\n", 4), 4);
	ck_assert_int_eq(ar_tail_more(&tail, 100, &out), 4);
	ck_assert_str_eq(ar_buf_text(&out), "one\ntwo\nnew\n");
	close(writer);
	ar_tail_close(&tail);
	ck_assert_int_eq(tail.fd, -1);
}
END_TEST

Suite *tail_suite(void)
{
	Suite *suite = suite_create("tail");
	TCase *tests = tcase_create("tail");

	tcase_add_checked_fixture(tests, world_begin, end);
	tcase_add_test(tests, what_stands_behind_a_place_is_read);
	tcase_add_test(tests, no_more_than_the_end_of_it);
	tcase_add_test(tests, one_that_became_smaller_was_begun_anew);
	tcase_add_test(tests, a_long_one_is_read_whole);
	tcase_add_test(tests, a_symlink_is_followed_inside_the_root);
	tcase_add_test(tests, nothing_but_a_regular_file_is_opened);
	tcase_add_test(tests, one_held_open_outlives_its_folder);
	suite_add_tcase(suite, tests);
	return suite;
}
