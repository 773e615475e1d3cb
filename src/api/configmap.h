/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/client.h"

/*
 * One string in a ConfigMap's data: read, and written back if nobody else was there meanwhile.
 *
 * Only that string is sent, as a merge patch with the resourceVersion that was read (and the uid):
 * the server keeps every other field, also those that this program has never heard of, and refuses
 * when the object has changed since.
 */

struct ar_configmap_at {
	const char *namespace, *name, *key;
	bool secret; /* the text may bear secrets: kept in guarded memory */
};

/* Where kubeadm keeps what it writes manifests from. */
extern const struct ar_configmap_at ar_kubeadm_configmap;

struct ar_configmap {
	bool exists, has_key;
	struct ar_buf text;
	char resource_version[64];
	char uid[64];
};

#define AR_CONFIGMAP_INIT             \
	{                             \
		.exists = false,      \
		.text = {             \
			.data = NULL, \
		},                    \
	}
#define AR_CONFIGMAP_AUTO __attribute__((cleanup(ar_configmap_done)))

/* Reads it. A missing object, or a missing key, is no error. `ret` begins as AR_CONFIGMAP_INIT, and
 * is released by ar_configmap_done. */
int ar_configmap_read(struct ar_api *api, const struct ar_configmap_at *at,
		      struct ar_configmap *ret, struct ar_err *err);
/* Wiped where secret; can be used again. */
void ar_configmap_done(struct ar_configmap *configmap);

enum ar_put {
	AR_PUT_DONE,
	AR_PUT_CONFLICT, /* changed or replaced since it was read: nothing was written; look again
			  */
	AR_PUT_GONE,     /* deleted since it was read: nothing was written */
};

/* Writes `text` (UTF-8) in place of what `old` read. On AR_PUT_DONE old's resource_version is the
 * new one, and old->text the new text. `old` has key and object. A write whose answer got lost is
 * an error of class AR_LOOK: reading again tells. */
int ar_configmap_write(struct ar_api *api, const struct ar_configmap_at *at,
		       struct ar_configmap *old, struct ar_bytes text, enum ar_put *ret,
		       struct ar_err *err);
