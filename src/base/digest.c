/* SPDX-License-Identifier: Apache-2.0 */
#include "base/digest.h"

#include <sodium.h>

_Static_assert(AR_SHA256_HEX == crypto_hash_sha256_BYTES * 2 + 1, "hex and NUL");

void ar_sha256_hex(const void *data, size_t len, char ret_hex[AR_SHA256_HEX])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, data, len);
	sodium_bin2hex(ret_hex, AR_SHA256_HEX, hash, sizeof hash);
}
