/* SPDX-License-Identifier: Apache-2.0 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"

/*
 * Every release of heap memory is a wipe (base/wipe.h says why). These take the place of libc's own
 * for the whole process, shared libraries included, since the program's symbols are found first.
 *
 * Sanitizers bring their own allocator, which must not be bypassed; there the wipe is left out.
 */

#if defined(__SANITIZE_ADDRESS__)
#	define AR_HAS_OWN_ALLOCATOR 1
#elif defined(__has_feature)
#	if __has_feature(address_sanitizer)
#		define AR_HAS_OWN_ALLOCATOR 1
#	endif
#endif

#ifndef AR_HAS_OWN_ALLOCATOR

/* glibc's names for what it would have done itself. */
void __libc_free(void *data);
void *__libc_realloc(void *data, size_t size);

/* Above this, glibc moves pages instead of copying bytes, and leaves nothing behind. */
#	define MOVED_BY_PAGES ((size_t)128 << 10)

void free(void *data)
{
	if (data)
		explicit_bzero(data, malloc_usable_size(data));
	__libc_free(data);
}

void *realloc(void *data, size_t size)
{
	size_t have = data ? malloc_usable_size(data) : 0;

	if (!data || size == 0 || have >= MOVED_BY_PAGES || size <= have)
		return __libc_realloc(data, size);
	void *moved = malloc(size);
	if (!moved)
		return NULL;
	memcpy(moved, data, have);
	free(data);
	return moved;
}

#endif

bool ar_wipe_works(void)
{
#ifdef AR_HAS_OWN_ALLOCATOR
	return false;
#else
	return true;
#endif
}
