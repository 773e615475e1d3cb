/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "base/buf.h"
#include "host/root.h"

/*
 * The end of a file that somebody else goes on writing: a log.
 *
 * Symlinks are followed, as in the kubelet's log folders; what is no regular file in the end is
 * never opened. Nothing waits.
 */

/* A log held open: what it says can still be read when its writer has removed it, folder and all.
 */
struct ar_tail {
	int fd;
	int64_t at; /* what was read so far ends here */
};
#define AR_TAIL_INIT     \
	{                \
		.fd = -1 \
	}
#define AR_TAIL_AUTO __attribute__((cleanup(ar_tail_close)))

/* Opens it at its start. -1 with errno: there is none, or it is no regular file (EINVAL). */
int ar_tail_open(const struct ar_host *host, const char *path, struct ar_tail *ret);
/* Appends what came since the last time, at most the last `max` bytes of it, to `out`. A file that
 * has become smaller was begun anew, and is read from its start. Its size then. */
int64_t ar_tail_more(struct ar_tail *tail, size_t max, struct ar_buf *out);
/* Accepts one that is not open. */
void ar_tail_close(struct ar_tail *tail);

/* All of it in one: appends what stands behind byte `from`, at most the last `max` bytes of it, to
 * `out`. The file's size then, for the next time. Missing, or no regular file: nothing, size 0. */
int64_t ar_tail_read(const struct ar_host *host, const char *path, int64_t from, size_t max,
		     struct ar_buf *out);
