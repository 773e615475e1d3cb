/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#include "base/digest.h"

/*
 * What a server's /metrics (Prometheus text format) say of the encryption config that it has
 * loaded.
 *
 * Metrics' names: k8s.io/apiserver, server/options/encryptionconfig/metrics. The hash is there from
 * 1.34 on, and from then on also without reloading; reload times from 1.28 on, and only after the
 * first reload.
 */

struct ar_loaded {
	bool has_hash, has_start, has_reload_success, has_reload_failure;
	char hash[AR_SHA256_HEX];              /* of the file's bytes, lower hex */
	double start;                          /* of the process; seconds since 1970 */
	double reload_success, reload_failure; /* the last ones; seconds since 1970 */
	double reload_failures;                /* how many, 0 where none is told */
	bool says_all; /* no metric is switched off (--disabled-metrics): one that is not there is
			  not */
};

/* Reads them from `len` bytes of text. What is not there, or cannot be understood, is left unset.
 */
void ar_loaded_read(const char *text, size_t len, struct ar_loaded *ret);

/* Is the beginning of a text all that ar_loaded_read() needs of it but the process's start?
 * Families come sorted by name, and ours stand early among thousands of lines. */
bool ar_loaded_enough(const char *text, size_t len);
