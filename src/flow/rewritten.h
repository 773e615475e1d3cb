/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "host/root.h"

/*
 * When each resource was last seen to be its writer's through and through, after a re-encryption:
 * what was stored before that moment (revisions, backups, snapshots) may hold what the rewrite took
 * away. /var/lib/atrest/rewritten.json, 0600. A hint for `verify`, never a proof: that is the
 * census.
 */

#define AR_REWRITTEN_MAX 128 /* resources that are remembered */

struct ar_rewritten_mark {
	char resource[400]; /* "secrets", "widgets.example.com" */
	char provider[32];  /* the writer's: "aescbc" */
	char key[256];      /* "key1"; "" for identity */
	int64_t revision;   /* at which etcd was counted */
	char when[32];      /* RFC 3339, UTC */
};

struct ar_rewritten_marks {
	struct ar_rewritten_mark *list; /* malloc'ed */
	size_t count;
};

#define AR_REWRITTEN_INIT    \
	{                    \
		.list = NULL \
	}
#define AR_REWRITTEN_AUTO __attribute__((cleanup(ar_rewritten_done)))
/* Releases the list. */
void ar_rewritten_done(struct ar_rewritten_marks *marks);

/* Reads them. No file, or one that cannot be understood, is none. -1: no memory, or it cannot be
 * read. */
int ar_rewritten_mark_read(const struct ar_host *host, struct ar_rewritten_marks *ret,
			   struct ar_err *err);
/* Puts `marks` in place of those of the same resources, and keeps the others. `when` is filled
 * where it is "". Needs the lock. */
int ar_rewritten_mark_write(const struct ar_host *host, struct ar_rewritten_mark *marks,
			    size_t count, struct ar_err *err);
/* The mark of a resource, NULL where there is none. */
const struct ar_rewritten_mark *ar_rewritten_find(const struct ar_rewritten_marks *marks,
						  const char *resource);
