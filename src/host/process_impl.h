/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "host/process.h"

/* Inside of processes only. */

/* A file of /proc/PID, its first 256 KiB at most, with a NUL behind it; malloc'ed. Empty where it
 * cannot be read; NULL when memory is out. */
char *ar_process_text(pid_t pid, const char *name, size_t *ret_len);
