/* SPDX-License-Identifier: Apache-2.0 */
#include "host/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/impl.h"

/* Looks at what the path leads to before it opens just that: opening a device may do something. */
int ar_tail_open(const struct ar_host *host, const char *path, struct ar_tail *ret)
{
	AR_FD_AUTO int place = ar_host_openat(host, path, O_PATH, 0);
	char self[40];
	struct stat st;

	if (place < 0 || fstat(place, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	snprintf(self, sizeof self, "/proc/self/fd/%d", place);
	int fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -1;
	*ret = (struct ar_tail){ .fd = fd };
	return 0;
}

void ar_tail_close(struct ar_tail *tail)
{
	ar_fd_close(&tail->fd);
}

static void copy(int fd, int64_t at, int64_t end, struct ar_buf *out)
{
	char part[16384];

	while (at < end) {
		size_t want = end - at < (int64_t)sizeof part ? (size_t)(end - at) : sizeof part;
		ssize_t n = pread(fd, part, want, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		ar_buf_add(out, part, (size_t)n);
		at += n;
	}
}

int64_t ar_tail_more(struct ar_tail *tail, size_t max, struct ar_buf *out)
{
	struct stat st;
	int64_t from = tail->at;

	if (fstat(tail->fd, &st) != 0)
		return tail->at;
	if (from < 0 || from > st.st_size)
		from = 0;
	if ((uint64_t)(st.st_size - from) > max)
		from = st.st_size - (int64_t)max;
	copy(tail->fd, from, st.st_size, out);
	tail->at = st.st_size;
	return tail->at;
}

int64_t ar_tail_read(const struct ar_host *host, const char *path, int64_t from, size_t max,
		     struct ar_buf *out)
{
	AR_TAIL_AUTO struct ar_tail tail = AR_TAIL_INIT;

	if (ar_tail_open(host, path, &tail) != 0)
		return 0;
	tail.at = from;
	return ar_tail_more(&tail, max, out);
}
