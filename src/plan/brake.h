/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/*
 * When a rewrite has to wait for etcd. Pure.
 *
 * Each rewritten value is one more revision: etcd's file grows by it, and etcd refuses every write
 * of the cluster (alarm NOSPACE) once the size of its file and a request together pass the quota.
 * That size counts free pages. Pages of old revisions become free only by compaction; they are then
 * used again, but the file never shrinks by itself. (etcd: server/storage/quota.go, backend.go.)
 *
 * So what may be written until the next look at etcd is a credit, in bytes of its file. Up to 80 %
 * of the quota it may simply grow. Beyond, new values have to go where pages are free; but a large
 * one needs many free pages side by side, and small ones lie scattered among them: after a
 * compaction more or less of the free pages are of use, and nobody can tell. So the file may grow a
 * little more there, a quarter of what is left to 97 % of the quota, each time that compaction made
 * room; when it has, the rest waits for the next one. However wrong all of it is, a look never
 * allows more than half of what is left to that line.
 */

#define AR_BRAKE_QUOTA ((int64_t)2 << 30) /* etcd's default */

struct ar_brake_seen {
	int64_t db_size, db_in_use, quota; /* of one member */
	int64_t live;    /* in use when it began: with all of the old compacted it is so again */
	int64_t went_on; /* db_size when it began, or went on last; not heeded while it holds */
	int64_t pending; /* growth by what was sent, and may not show in db_size yet */
	int64_t ahead;   /* growth by what is still to be sent */
	bool holding;
	bool waited; /* it holds, and has for so long that no more is to be expected */
};

/* Growth that may be sent until the next look; 0: wait for compaction. */
int64_t ar_brake_credit(const struct ar_brake_seen *seen);
/* The file is so large that compaction cannot help: it would have to shrink. */
bool ar_brake_hopeless(int64_t db_size, int64_t quota);
/* By how much a rewritten value of `bytes` makes etcd's file grow, pages and all. */
int64_t ar_brake_growth(int64_t bytes);
