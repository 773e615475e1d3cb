/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_FILE AR_STATE_DIR "/lock"

/* What the holder wrote about itself: one printable line. */
static void read_holder(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	for (char *c = buf; *c; c++)
		if ((unsigned char)*c < 0x20)
			*c = c[1] ? ' ' : '\0';
}

static int refuse(int fd, struct ar_err *err)
{
	char holder[200];

	read_holder(fd, holder, sizeof holder);
	ar_err_set(err, "another atrest is at work here: %s", holder[0] ? holder : "(it has not said who it is)");
	return ar_err_hint(err, "wait until it has ended; the lock is released when it ends, however it ends");
}

static int lock_fd(int fd, const char *who, struct ar_err *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? refuse(fd, err) : ar_err_sys(err, LOCK_FILE, "cannot lock");
	/* Only a courtesy to the next one: the lock itself is the kernel's. */
	if (ftruncate(fd, 0) != 0 || pwrite(fd, who, strlen(who), 0) < 0)
		return ar_err_sys(err, LOCK_FILE, "cannot write who holds it");
	return 0;
}

int ar_lock_take(const struct ar_host *host, const char *who, int *ret_fd, struct ar_err *err)
{
	if (ar_host_mkdir(host, AR_STATE_DIR, err) != 0)
		return -1;
	int fd = ar_host_openat(host, LOCK_FILE, O_RDWR | O_CREAT, 0600);
	if (fd < 0)
		return ar_err_sys(err, LOCK_FILE, "cannot open");
	if (lock_fd(fd, who, err) != 0) {
		close(fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

void ar_lock_release(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
