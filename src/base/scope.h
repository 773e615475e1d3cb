/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdlib.h>

/* Release by scope, and handing over by name: the two halves of ownership without goto. */

static inline void ar_free_ptr(void *pointer)
{
	free(*(void **)pointer);
}

#define AR_FREE_AUTO __attribute__((cleanup(ar_free_ptr)))

/* The value of `pointer`, which is NULL from then on: its scope no longer releases it. */
#define AR_TAKE(pointer)                                \
	__extension__({                                 \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})
