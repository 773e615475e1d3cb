/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Values as Go's library reads them, where the API server leaves the verdict to it: durations
 * (time.ParseDuration), endpoints (net/url), capital letters (strings.ToLower).
 */

/* Nanoseconds of "3s", "1.5h3m", "-2ms", "0". False where it is no duration: no unit, unknown unit,
 * too large. */
bool ar_go_duration(const char *text, size_t len, int64_t *ret_ns);

struct ar_go_url {
	bool parses;
	bool unix_scheme;          /* scheme is `unix`, in any case */
	const char *host, *path;   /* into the text; the host is "" where none */
	size_t host_len, path_len; /* before percent decoding */
};

/* Takes an endpoint apart. `parses` is what url.Parse says; other fields hold only where it does.
 */
struct ar_go_url ar_go_url_parse(const char *text, size_t len);

/* Does lower-casing change the text? Malformed UTF-8 counts as changed. */
bool ar_go_has_capital(const char *text, size_t len);
