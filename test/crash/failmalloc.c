/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * To be preloaded: the allocation number FAILMALLOC_AT fails, and with FAILMALLOC_ALL all that
 * follow, too. The number of allocations is written to the file FAILMALLOC_COUNT at the end.
 *
 * What counts: malloc, calloc, realloc and their aligned kin, and anonymous mmap, which is where
 * guarded memory comes from. atrest has a realloc of its own, which ends in __libc_realloc: that is
 * caught here as well.
 */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *__libc_realloc(void *data, size_t size);

static unsigned long number, failing;
static bool all;

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAILMALLOC_AT");

	failing = at ? strtoul(at, NULL, 10) : 0;
	all = getenv("FAILMALLOC_ALL") != NULL;
	number = 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAILMALLOC_COUNT");
	char text[32];

	if (!path)
		return;
	const unsigned long count = number;
	int fd = open(path, O_WRONLY | O_TRUNC);
	int len = snprintf(text, sizeof text, "%lu\n", count);
	if (fd < 0 || write(fd, text, (size_t)len) != len)
		abort();
	close(fd);
}

static bool fails(void)
{
	number++;
	if (failing == 0 || (all ? number < failing : number != failing))
		return false;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

/* The program's own realloc asks malloc for room where it moves, and this for the rest. */
void *__libc_realloc(void *data, size_t size)
{
	static void *(*real)(void *, size_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "__libc_realloc");
	return fails() ? NULL : real(data, size);
}

void *realloc(void *data, size_t size)
{
	return __libc_realloc(data, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	void *data = fails() ? NULL : __libc_memalign(alignment, size);

	if (!data)
		return ENOMEM;
	*ret = data;
	return 0;
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}

void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
	static void *(*real)(void *, size_t, int, int, int, off_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "mmap");
	if ((flags & MAP_ANONYMOUS) && fails())
		return MAP_FAILED;
	return real(at, len, protection, flags, fd, offset);
}
