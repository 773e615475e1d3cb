/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>

/* SHA-256 as lower-case hex, the form in which the API server reports a loaded config. */

#define AR_SHA256_HEX 65

/* Writes the digest of `len` bytes as 64 hex digits and a NUL. */
void ar_sha256_hex(const void *data, size_t len, char ret_hex[AR_SHA256_HEX]);
