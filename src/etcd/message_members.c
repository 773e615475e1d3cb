/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "etcd/message.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* --- members -----------------------------------------------------------------------------------
 */

static bool read_client(struct ar_pb pb, struct ar_etcd_server *ret)
{
	struct ar_etcd_server server = { .port = 0 };
	struct ar_pb_field field;
	char url[sizeof server.host + 32];

	while (ar_pb_next(&pb, &field)) {
		if (field.number != 4 || server.port)
			continue;
		if (field.wire != AR_PB_BYTES)
			return false;
		/* What is no https URL is passed over: only TLS is spoken. etcd takes none without
		 * a port. */
		if (!ar_pb_text(&field, url, sizeof url) ||
		    !ar_etcd_server_read(url, field.len, 0, &server))
			server = (struct ar_etcd_server){ .port = 0 };
	}
	*ret = server;
	return true;
}

static bool read_member(const struct ar_pb_field *field, struct ar_etcd_member *ret)
{
	struct ar_pb_field name = { .data = NULL };
	uint64_t learner = 0;
	const struct ar__etcd_slot slots[] = {
		{ .number = 1, .number_to = &ret->id },
		{ .number = 2, .bytes_to = &name },
		{ .number = 5, .number_to = &learner },
	};

	if (!ar__etcd_read(ar_pb_in(field), slots, COUNT(slots)) || ret->id == 0)
		return false;
	ar__etcd_show((const char *)name.data, name.len, ret->name, sizeof ret->name);
	ret->learner = learner;
	return read_client(ar_pb_in(field), &ret->client);
}

static bool is_known(const struct ar_etcd_state *state, uint64_t id)
{
	for (size_t i = 0; i < state->count; i++)
		if (state->members[i].id == id)
			return true;
	return false;
}

int ar__etcd_take_members(const struct ar_buf *body, struct ar_etcd_state *state,
			  struct ar__etcd_header *ret_header, struct ar_err *err)
{
	struct ar_pb pb = ar_pb_over(body->data, body->len);
	struct ar_pb_field field;

	if (ar__etcd_take_header(body, ret_header, err) != 0)
		return -1;
	state->count = 0;
	while (ar_pb_next(&pb, &field)) {
		struct ar_etcd_member member = { .id = 0 };

		if (field.number != 2)
			continue;
		if (state->count == AR_ETCD_MEMBERS)
			return ar__etcd_not_so(err, "it has more members than a cluster can have");
		if (!read_member(&field, &member) || is_known(state, member.id))
			return ar__etcd_not_so(err, "a member in it is broken, or there twice");
		state->members[state->count++] = member;
	}
	return state->count ? 0 : ar__etcd_not_so(err, "it has no members");
}

/* --- the state of one --------------------------------------------------------------------------
 */

/* A member tells its alarms in words, too: "memberID:123 alarm:NOSPACE". */
static unsigned alarms_in(struct ar_pb pb)
{
	struct ar_pb_field field;
	unsigned alarms = 0;

	while (ar_pb_next(&pb, &field)) {
		if (field.number != 8 || field.wire != AR_PB_BYTES)
			continue;
		if (memmem(field.data, field.len, "alarm:NOSPACE", 13))
			alarms |= 1U << AR_ETCD_ALARM_NOSPACE;
		if (memmem(field.data, field.len, "alarm:CORRUPT", 13))
			alarms |= 1U << AR_ETCD_ALARM_CORRUPT;
	}
	return alarms;
}

int ar__etcd_take_status(const struct ar_buf *body, struct ar_etcd_member *member,
			 unsigned *ret_alarms, struct ar__etcd_header *ret_header,
			 struct ar_err *err)
{
	struct ar_pb_field version = { .data = NULL };
	uint64_t size = 0, in_use = 0, quota = 0, learner = 0;
	const struct ar__etcd_slot slots[] = {
		{ .number = 2, .bytes_to = &version },
		{ .number = 3, .number_to = &size },
		{ .number = 4, .number_to = &member->leader },
		{ .number = 6, .number_to = &member->raft_term },
		{ .number = 7, .number_to = &member->raft_applied },
		{ .number = 9, .number_to = &in_use },
		{ .number = 10, .number_to = &learner },
		{ .number = 12, .number_to = &quota },
	};
	const struct ar_pb pb = ar_pb_over(body->data, body->len);

	if (ar__etcd_take_header(body, ret_header, err) != 0)
		return -1;
	if (!ar__etcd_read(pb, slots, COUNT(slots)) || version.len == 0)
		return ar__etcd_not_so(err, "it is broken");
	if (size > INT64_MAX || in_use > INT64_MAX)
		return ar__etcd_not_so(err, "the sizes in it cannot be");
	ar__etcd_show((const char *)version.data, version.len, member->version,
		      sizeof member->version);
	member->db_size = (int64_t)size;
	/* The two are read one after the other while the file grows. */
	member->db_in_use = (int64_t)(in_use < size ? in_use : size);
	/* A quota below zero is etcd's way to have none. */
	member->db_quota = quota > INT64_MAX ? 0 : (int64_t)quota;
	member->learner = learner;
	member->revision = ret_header->revision;
	*ret_alarms = alarms_in(pb);
	return 0;
}

/* The one answer without a header that could be believed: etcd leaves its ids out. */
int ar__etcd_take_alarms(const struct ar_buf *body, unsigned *ret_alarms, struct ar_err *err)
{
	struct ar_pb pb = ar_pb_over(body->data, body->len);
	struct ar_pb_field field;
	unsigned alarms = 0;

	while (ar_pb_next(&pb, &field)) {
		uint64_t alarm = 0;
		const struct ar__etcd_slot slots[] = { { .number = 2, .number_to = &alarm } };

		if (field.number != 2)
			continue;
		if (!ar__etcd_read(ar_pb_in(&field), slots, COUNT(slots)))
			return ar__etcd_not_so(err, "an alarm in it is broken");
		if (alarm > 0 && alarm < 32)
			alarms |= 1U << alarm;
	}
	if (pb.bad)
		return ar__etcd_not_so(err, "it is broken");
	*ret_alarms = alarms;
	return 0;
}
