/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>

#include "base/err.h"

/*
 * Guarded memory for key bytes and key-bearing files, and random bytes.
 *
 * The memory is libsodium's: between guard pages, locked where the limits allow it, left out
 * of core files, wiped when released. Costs some 30 us and four mappings each, so it is for
 * keys and whole key-bearing files, not for every string.
 */

/* Once, at the start of main, before anything secret exists: libsodium, no core files, not
 * dumpable. (Freed heap is wiped too: base/wipe.h.) */
int ar_secret_setup(struct ar_err *err);

/* NULL when memory is out. Contents are not zero. */
void *ar_secret_alloc(size_t len);
/* Accepts NULL. Wipes. */
void ar_secret_free(void *data);
void ar_secret_wipe(void *data, size_t len);
/* Cryptographically secure random bytes; cannot fail after setup. */
void ar_secret_random(void *data, size_t len);

/* Before a prompt or a long wait: overwrites what returned functions left on the stack, and copies
 * in the processor's vector registers: both are part of a process image. */
void ar_secret_forget(void);
