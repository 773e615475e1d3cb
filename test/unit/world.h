/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/secret.h"
#include "host/root.h"

/* A folder that a test takes for the root, and a look at what is in it. Every test is a process of
 * its own (Check forks), so what is here belongs to one test. */

static char world[64];
static struct ar_host host = { .root_fd = -1 };

static inline const char *in_world(const char *path)
{
	static char full[4][512];
	static unsigned next;
	char *to = full[next++ % 4];

	snprintf(to, sizeof full[0], "%s%s", world, path);
	return to;
}

static inline void world_begin(void)
{
	struct ar_err err = AR_ERR_INIT;

	umask(022);
	ck_assert_int_eq(ar_secret_setup(&err), 0);
	snprintf(world, sizeof world, "/tmp/atrest-unit.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(world));
	ck_assert_int_eq(chmod(world, 0755), 0);
	ck_assert_int_eq(ar_host_open(world, false, &host, &err), 0);
}

static inline int world_remove(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static inline void world_end(void)
{
	if (geteuid() != getuid())
		ck_assert_int_eq(seteuid(getuid()), 0);
	ar_host_close(&host);
	nftw(world, world_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void make_dir(const char *path, mode_t mode)
{
	ck_assert_int_eq(mkdir(in_world(path), 0700), 0);
	ck_assert_int_eq(chmod(in_world(path), mode), 0);
}

static inline void put_bytes(const char *path, const char *data, size_t len, mode_t mode)
{
	int fd = open(in_world(path), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, data, len), (ssize_t)len);
	ck_assert_int_eq(fchmod(fd, mode), 0);
	ck_assert_int_eq(close(fd), 0);
}

static inline void put(const char *path, const char *text, mode_t mode)
{
	put_bytes(path, text, strlen(text), mode);
}

static inline void expect_text(const char *path, const char *want)
{
	char got[4096];
	int fd = open(in_world(path), O_RDONLY);

	ck_assert_msg(fd >= 0, "%s: %s", path, strerror(errno));
	ssize_t n = read(fd, got, sizeof got - 1);
	ck_assert_int_ge(n, 0);
	got[n] = '\0';
	close(fd);
	ck_assert_str_eq(got, want);
}

static inline bool is_there(const char *path)
{
	struct stat st;

	return lstat(in_world(path), &st) == 0;
}

static inline mode_t mode_of(const char *path)
{
	struct stat st;

	ck_assert_msg(lstat(in_world(path), &st) == 0, "%s: %s", path, strerror(errno));
	return st.st_mode & 07777;
}

/* Entries of a folder, those with a dot too. */
static inline unsigned entries_in(const char *path)
{
	DIR *dir = opendir(in_world(path));
	const struct dirent *entry;
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL)
		n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return n;
}

static inline void expect_error(const struct ar_err *err, const char *msg, const char *hint)
{
	ck_assert_msg(strstr(err->msg, msg) != NULL, "'%s' is not in '%s'", msg, err->msg);
	ck_assert_msg(strstr(err->hint, hint) != NULL, "'%s' is not in the hint '%s'", hint,
		      err->hint);
}

/* From here on the kernel answers `sys` to system call `number` where argument `arg`, masked, is
 * `value`; 4 for any. There is no way back. */
static inline void break_call(unsigned number, unsigned arg, unsigned mask, unsigned value, int sys)
{
	const unsigned at = arg < 4 ? (unsigned)offsetof(struct seccomp_data, args) + 8 * arg : 0;
	const unsigned tested = arg < 4 ? value & mask : number;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, arg < 4 ? mask : ~0U),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, tested, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)sys),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { .len = sizeof code / sizeof code[0], .filter = code };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

/* The number that the next descriptor gets. */
static inline unsigned next_fd(void)
{
	int fd = dup(0);

	ck_assert_int_ge(fd, 0);
	close(fd);
	return (unsigned)fd;
}

/* Goes on as a user without rights; false where the test is one already. */
static inline bool become_nobody(void)
{
	return geteuid() == 0 && seteuid(65534) == 0;
}
