/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stddef.h>

/*
 * atrest's pure core, for other programs: bytes in, bytes and a verdict out. No function here reads
 * a file, a clock or the environment, and none keeps state; all may be called from several threads.
 *
 * Texts need not be NUL-terminated. What is returned through ret_data was made with malloc and
 * belongs to the caller.
 */

#ifdef __cplusplus
extern "C" {
#endif

/* What is wrong, where, and what to do about it. Fixed storage: needs no release. Never holds key
 * bytes. */
struct ar_message {
	size_t line, column; /* 1-based, 0: no place */
	char text[512];      /* lower case, no full stop */
	char hint[512];      /* the remedy, may be empty */
};

/*
 * Gives a kube-apiserver static pod manifest the flag --encryption-provider-config=PATH, and the
 * volumeMount and hostPath volume that show the file at `config_path` (absolute) in the container.
 * All other bytes stay what they are.
 *
 * Returns 1 with the new manifest; 0 when there is nothing to do (*ret_data is NULL); -1 with
 * `message` when the manifest is refused.
 */
int ar_manifest_patch(const char *data, size_t len, const char *config_path, char **ret_data,
		      size_t *ret_len, struct ar_message *message);

/* Takes exactly these out again. Results as above. */
int ar_manifest_unpatch(const char *data, size_t len, const char *config_path, char **ret_data,
			size_t *ret_len, struct ar_message *message);

/*
 * Would a kube-apiserver of Kubernetes 1.`minor` (-1: the newest known) take this
 * EncryptionConfiguration?
 *
 * Returns the number of reasons why not: 0 means that it would. Calls `each` (may be NULL) for
 * every reason, and for every lint with `lint` set. -1: memory is out.
 */
typedef void ar_config_visit(void *context, const char *field_path,
			     const struct ar_message *message, int lint);

int ar_config_check(const char *data, size_t len, int minor, ar_config_visit *each, void *context);

#ifdef __cplusplus
}
#endif
