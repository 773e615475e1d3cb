/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/impl.h"

#define LOCK_FILE AR_STATE_DIR "/lock"

/* What the holder wrote about itself: one line. */
static void read_holder(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}

static int refuse(int fd, struct ar_err *err)
{
	char holder[200];

	read_holder(fd, holder, sizeof holder);
	ar_err_set(err, "another atrest is at work here: %s",
		   holder[0] ? holder : "it has not said yet who it is");
	return ar_err_hint(err,
			   "wait until it has ended, or end it: the lock goes with the process, "
			   "however that ends");
}

/* Whoever may write there could put a file of their own in the place of a backup. */
static int check_folder(const struct ar_host *host, struct ar_err *err)
{
	AR_FD_AUTO int fd = ar_host_openat(host, AR_STATE_DIR, O_RDONLY | O_DIRECTORY, 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return ar_host_fail(err, AR_STATE_DIR, "cannot look at");
	if ((st.st_mode & 022) == 0 && (st.st_uid == 0 || st.st_uid == geteuid()))
		return 0;
	ar_host_refuse(err, AR_STATE_DIR, "others than root may write in this folder");
	return ar_err_hint(err, "look at what is in it, then: chown root: %s; chmod 700 %s",
			   AR_STATE_DIR, AR_STATE_DIR);
}

static int lock_fd(int fd, const char *who, struct ar_err *err)
{
	int result;

	do
		result = flock(fd, LOCK_EX | LOCK_NB);
	while (result != 0 && errno == EINTR);
	if (result != 0)
		return errno == EWOULDBLOCK ? refuse(fd, err)
					    : ar_host_fail(err, LOCK_FILE, "cannot lock");
	if (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0 ||
	    ar_fd_write(fd, who, strlen(who)) != 0 || ar_fd_write(fd, "\n", 1) != 0)
		return ar_host_fail(err, LOCK_FILE, "cannot write into it who holds it");
	return 0;
}

int ar_lock_take(const struct ar_host *host, const char *who, int *ret_fd, struct ar_err *err)
{
	if (ar_host_mkdir(host, AR_STATE_DIR, err) != 0 || check_folder(host, err) != 0)
		return -1;
	int fd = ar_host_openat(host, LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ar_host_fail(err, LOCK_FILE, "cannot open");
	if (lock_fd(fd, who, err) != 0) {
		ar_fd_close(&fd);
		return -1;
	}
	*ret_fd = fd;
	return 0;
}

void ar_lock_release(int *fd)
{
	ar_fd_close(fd);
}
