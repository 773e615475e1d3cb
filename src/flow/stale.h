/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Names of stale values, as a census tells them, packed: 50,000 of them take some 2.5 MB.
 *
 * Sorted by item, then by name, as etcd lists them. A name is what stands behind the folder in the
 * key: "default/a", or "a".
 */

enum ar_stale_state { AR_STALE_NEW, AR_STALE_DONE, AR_STALE_REFUSED };

struct ar_stale_entry {
	uint32_t at;     /* of the name in `names`, NUL-terminated */
	uint32_t growth; /* of etcd's file, by rewriting it */
	uint16_t item;   /* of the scope */
	uint8_t state;   /* enum ar_stale_state */
};

struct ar_stale {
	struct ar_buf names;
	struct ar_stale_entry *list;
	size_t count, cap;
	int64_t growth; /* of all of them */
};

#define AR_STALE_INIT                 \
	{                             \
		.names = AR_BUF_INIT, \
	}
#define AR_STALE_AUTO __attribute__((cleanup(ar_stale_done)))
/* Releases it; it is AR_STALE_INIT again. */
void ar_stale_done(struct ar_stale *stale);

/* Adds a name behind the last one. One of the same item that does not come behind the last one says
 * that its census began anew: what was added of that item is dropped first. */
int ar_stale_add(struct ar_stale *stale, const struct ar_stale_entry *entry, const char *name,
		 size_t len, struct ar_err *err);
const char *ar_stale_name(const struct ar_stale *stale, size_t index);
/* Is the name among them? */
bool ar_stale_has(const struct ar_stale *stale, size_t item, const char *name, size_t len);
/* What both have, of `more` those in that state only, becomes `stale`. */
int ar_stale_merge(struct ar_stale *stale, const struct ar_stale *more, enum ar_stale_state state,
		   struct ar_err *err);
