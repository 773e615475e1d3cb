/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

int ar_secret_setup(struct ar_err *err)
{
	const struct rlimit none = { 0, 0 };

	if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0) != 0)
		return ar_err_sys(err, "", "cannot switch core files off");
	if (sodium_init() < 0)
		return ar_err_set(err, "libsodium cannot start: no random numbers");
	return 0;
}

void *ar_secret_alloc(size_t len)
{
	/* The public API has no setup; without this sodium_malloc ends the process. Once is enough,
	 * and asking again costs nothing. */
	return sodium_init() < 0 ? NULL : sodium_malloc(len);
}

void ar_secret_free(void *data)
{
	sodium_free(data);
}

void ar_secret_wipe(void *data, size_t len)
{
	sodium_memzero(data, len);
}

void ar_secret_random(void *data, size_t len)
{
	randombytes_buf(data, len);
}

void ar_secret_forget(void)
{
	/* What functions that have returned left below this one: printf's own buffers, for example.
	 */
	sodium_stackzero(64 << 10);
	/* Sizes from small to large, so that each of memcpy's variants loads its registers anew. */
	static const volatile unsigned char zeros[4096];
	static volatile unsigned char sink[4096];

	for (size_t len = 1; len <= sizeof sink; len *= 2) {
		memcpy((void *)(uintptr_t)sink, (const void *)(uintptr_t)zeros, len);
		memmove((void *)(uintptr_t)sink, (const void *)(uintptr_t)zeros, len);
	}
}
