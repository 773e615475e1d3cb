/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "host/root.h"

/* Another program, asked a question: journalctl. */

/* Runs argv[0] (an absolute path; no shell, no search) in a process group of its own, with nothing
 * on standard input, a minimal environment, no signal held back and standard error thrown away, and
 * appends what it prints to `out`, at most `max` bytes. Ended with its whole group after `limit_ms`
 * (which counts until its end, not only until the end of what it prints), or once it has printed
 * `max` bytes. Its exit code, or -1: it could not be run, was ended, or the run is under --root,
 * where nothing of this machine is asked. What it had printed by then is in `out` all the same. */
int ar_spawn_read(const struct ar_host *host, const char *const *argv, int limit_ms, size_t max,
		  struct ar_buf *out);
