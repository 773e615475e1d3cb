/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>

/*
 * Freed heap is wiped, everywhere in the process.
 *
 * libyaml keeps each scalar it parses, keys of an EncryptionConfiguration among them, in heap
 * blocks of its own, and releases them as they are. glibc's M_PERTURB does not help: small blocks
 * go to a per-thread cache before it is looked at. So free() and realloc() are ours, and wipe
 * first.
 */

/* Does this build wipe? Not one with a sanitizer's own allocator. */
bool ar_wipe_works(void);
