/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/pb.h"
#include "etcd/client.h"

/*
 * etcd's messages, written and read. Pure: bytes in, structs out. What an answer says of itself is
 * checked here against what was asked; what only earlier answers can tell (cluster, revision) is
 * the client's to check.
 *
 * Forms: etcd's api/etcdserverpb/rpc.proto and api/mvccpb/kv.proto, 3.4 to 3.7. Field names below
 * are theirs. Fields that are not known here are passed over, as protobuf has it.
 */

struct ar__etcd_header {
	uint64_t cluster, member;
	int64_t revision;
	uint64_t term;
};

/* Appends the request's message. */
void ar__etcd_put_range(const struct ar_etcd_range *range, struct ar_buf *out);
/* Reads page->body into the rest of the page. -1: not the form of an answer to `range`, or one that
 * contradicts itself or what was asked. */
int ar__etcd_take_range(const struct ar_etcd_range *range, struct ar_etcd_page *page,
			struct ar__etcd_header *ret_header, struct ar_err *err);

/* Which key has the least value (or the greatest) of those that break a bound, asked for together
 * with the comparison that they break. */
enum ar__etcd_side { AR_ETCD_BELOW, AR_ETCD_ABOVE };

/* At most AR_ETCD_COMPARES. `blame`, NULL but for a list of one with one bound: asks for the key
 * too that breaks it most. */
void ar__etcd_put_compare(const struct ar_etcd_compare *list, size_t count,
			  const enum ar__etcd_side *blame, struct ar_buf *out);
/* What was compared. */
struct ar__etcd_asked {
	const struct ar_etcd_compare *list;
	size_t count;
};
/* `ret_blamed`: the answer for `blame`, with the page's body made of that part of `body`; count 0
 * where the range is empty, or the comparison holds. NULL where it was not asked for. */
int ar__etcd_take_compare(const struct ar_buf *body, const struct ar__etcd_asked *asked,
			  struct ar_etcd_compared *ret, struct ar_etcd_page *ret_blamed,
			  struct ar__etcd_header *ret_header, struct ar_err *err);

/* Fills what a member says of itself. */
int ar__etcd_take_status(const struct ar_buf *body, struct ar_etcd_member *member,
			 unsigned *ret_alarms, struct ar__etcd_header *ret_header,
			 struct ar_err *err);
int ar__etcd_take_members(const struct ar_buf *body, struct ar_etcd_state *state,
			  struct ar__etcd_header *ret_header, struct ar_err *err);
int ar__etcd_take_alarms(const struct ar_buf *body, unsigned *ret_alarms, struct ar_err *err);

/* The same for a compaction. */
void ar__etcd_put_compaction(int64_t revision, struct ar_buf *out);
/* Answers of which only the header counts. */
int ar__etcd_take_header(const struct ar_buf *body, struct ar__etcd_header *ret_header,
			 struct ar_err *err);

/* Shared by the files of messages. */

/* Where a field goes. Of one that stands twice the last counts. */
struct ar__etcd_slot {
	uint32_t number;
	uint64_t *number_to; /* one of the two */
	struct ar_pb_field *bytes_to;
};
/* false: broken, or a field of another wire type than the slot's. */
bool ar__etcd_read(struct ar_pb pb, const struct ar__etcd_slot *slots, size_t count);
/* A ResponseHeader; false where it is broken or not there. */
bool ar__etcd_read_header(const struct ar_pb_field *field, struct ar__etcd_header *ret);
/* Room for that many key-values in the page's list, which is used again where it is large enough.
 */
int ar__etcd_make_room(struct ar_etcd_page *page, size_t count, struct ar_err *err);
/* Fills the list, which has room, with the key-values of page->body, none newer than `newest`.
 * NULL, or what is wrong with them. */
const char *ar__etcd_read_kvs(const struct ar_etcd_range *range, struct ar_etcd_page *page,
			      int64_t newest);
/* Copies a text without anything that steers a terminal, cut where it does not fit. */
void ar__etcd_show(const char *data, size_t len, char *buf, size_t size);
/* States that an answer is not what it should be. Always returns -1. */
int ar__etcd_not_so(struct ar_err *err, const char *what);
