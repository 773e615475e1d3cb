/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "host/root.h"

/*
 * One atrest at a time on this host (or root): flock on /var/lib/atrest/lock. The holder writes who
 * it is into the file, so the other can say whom it met. Released by the kernel when the process
 * ends, however it ends; the line stays and means nothing without the lock.
 *
 * Runs that only look take no lock.
 */

#define AR_STATE_DIR "/var/lib/atrest"

/* Makes the state folder where it is missing, and takes the lock without waiting. `who` is a line
 * for the other side: "pid 123, atrest patch, by alice since 2026-11-24T04:55:00Z". Returns the
 * descriptor to be closed by ar_lock_release. Errors: held (names the holder), the state folder is
 * open to others. */
int ar_lock_take(const struct ar_host *host, const char *who, int *ret_fd, struct ar_err *err);
void ar_lock_release(int *fd);
