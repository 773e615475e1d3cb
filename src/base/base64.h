/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/*
 * base64 by the rules of Go's encoding/base64.StdEncoding, which decide what the API server
 * takes for a key: standard alphabet, padding required, CR and LF ignored anywhere, non-zero
 * trailing bits accepted; blanks, tabs, the URL-safe alphabet and missing padding refused.
 */

#define AR_BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Decodes `len` bytes of text. `out` may be NULL to only measure; else it has room for
 * len / 4 * 3 bytes. Returns the number of bytes, or -1 when the text is not base64 (then
 * *ret_at, if not NULL, is the offset of the first byte that cannot be). */
long ar_base64_decode(const char *text, size_t len, uint8_t *out, size_t *ret_at);

/* Writes AR_BASE64_LEN(len) characters and a NUL to `out`. Runs in constant time. */
void ar_base64_encode(const uint8_t *data, size_t len, char *out);
