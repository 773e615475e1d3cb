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

/* At most AR_ETCD_COMPARES. */
void ar__etcd_put_compare(const struct ar_etcd_compare *list, size_t count, struct ar_buf *out);
/* The answer to so many. */
int ar__etcd_take_compare(const struct ar_buf *body, size_t count, struct ar_etcd_compared *ret,
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
/* Copies a text without anything that steers a terminal, cut where it does not fit. */
void ar__etcd_show(const char *data, size_t len, char *buf, size_t size);
/* States that an answer is not what it should be. Always returns -1. */
int ar__etcd_not_so(struct ar_err *err, const char *what);
