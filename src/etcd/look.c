/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "etcd/client_impl.h"

/* A member that drops packets must not hold up the others for long; and alarms are asked of the
 * majority, which may not be there: etcd itself gives up after seven seconds. */
#define STATUS_MS 5000
#define ALARMS_MS 10000

/* A Status is no large answer. */
#define STATUS_MAX ((size_t)1 << 20)

static int ask_status(struct ar_etcd *etcd, struct ar__etcd_peer *peer, struct ar_grpc_reply *ret,
		      struct ar_err *err)
{
	const struct ar_buf nothing = AR_BUF_INIT;
	const struct ar__etcd_call call = { .method = "Maintenance/Status",
					    .message = &nothing,
					    .timeout_ms = STATUS_MS,
					    .max = STATUS_MAX };

	return peer ? ar__etcd_ask(etcd, peer, &call, ret, err)
		    : ar__etcd_call(etcd, &call, ret, err);
}

/* The Status of a peer, or with NULL of the first that answers. */
static int take_status(struct ar_etcd *etcd, struct ar__etcd_peer *peer, struct ar_etcd_member *ret,
		       unsigned *ret_alarms, struct ar_err *err)
{
	AR_GRPC_REPLY_AUTO struct ar_grpc_reply reply = AR_GRPC_REPLY_INIT;
	struct ar__etcd_header header;
	struct ar_etcd_member member = { .id = 0 };

	if (ask_status(etcd, peer, &reply, err) != 0 ||
	    ar__etcd_take_status(&reply.body, &member, ret_alarms, &header, err) != 0 ||
	    ar__etcd_believe(etcd, &header, false, err) != 0)
		return -1;
	member.id = header.member;
	member.answered = true;
	*ret = member;
	return 0;
}

int ar__etcd_status(struct ar_etcd *etcd, struct ar_etcd_member *ret, struct ar_err *err)
{
	unsigned alarms;

	return take_status(etcd, NULL, ret, &alarms, err);
}

/* --- who there is ------------------------------------------------------------------------------
 */

static int ask_members(struct ar_etcd *etcd, struct ar_etcd_state *state, struct ar_err *err)
{
	AR_GRPC_REPLY_AUTO struct ar_grpc_reply reply = AR_GRPC_REPLY_INIT;
	const struct ar_buf nothing = AR_BUF_INIT;
	struct ar__etcd_header header;
	const struct ar__etcd_call call = { .method = "Cluster/MemberList",
					    .message = &nothing,
					    .timeout_ms = STATUS_MS,
					    .max = STATUS_MAX };

	if (ar__etcd_call(etcd, &call, &reply, err) != 0)
		return -1;
	if (ar__etcd_take_members(&reply.body, state, &header, err) == 0 &&
	    ar__etcd_believe(etcd, &header, false, err) == 0)
		return 0;
	state->count = 0;
	return -1;
}

/* Keeps what was not told, in words: the first of it. */
static void tell(char *why, size_t size, const struct ar_err *err)
{
	if (!*why)
		snprintf(why, size, "%.*s", (int)size - 1, err->msg);
}

static bool same_server(const struct ar_etcd_server *a, const struct ar_etcd_server *b)
{
	return a->port == b->port && strcmp(a->host, b->host) == 0;
}

/* --- each of them ------------------------------------------------------------------------------
 */

static void merge(struct ar_etcd_member *into, const struct ar_etcd_member *status)
{
	struct ar_etcd_member member = *status;

	memcpy(member.name, into->name, sizeof member.name);
	member.client = into->client;
	member.learner = status->learner || into->learner;
	*into = member;
}

static struct ar_etcd_member *member_of(struct ar_etcd_state *state, uint64_t id)
{
	for (size_t i = 0; i < state->count; i++)
		if (state->members[i].id == id)
			return &state->members[i];
	return NULL;
}

/* Where the cluster does not tell its members, the servers that were given are all there is. */
static void add_server(struct ar_etcd_state *state, const struct ar_etcd_server *server,
		       const struct ar_etcd_member *status, const struct ar_err *err)
{
	if (state->count == AR_ETCD_MEMBERS)
		return;
	struct ar_etcd_member *member = &state->members[state->count++];
	*member = *status;
	member->client = *server;
	if (!status->answered)
		tell(member->why, sizeof member->why, err);
}

/* What a server that was given says: to the member that it is; or, where it is away, to the one
 * that has its address. */
static int take_server(struct ar_etcd *etcd, struct ar__etcd_peer *peer,
		       struct ar_etcd_state *state)
{
	struct ar_err own = AR_ERR_INIT;
	struct ar_etcd_member status = { .answered = false };
	unsigned alarms = 0;
	const int result = take_status(etcd, peer, &status, &alarms, &own);

	state->alarms |= alarms;
	peer->down = ar_http_is_away(&own);
	struct ar_etcd_member *member = result == 0 ? member_of(state, status.id) : NULL;
	if (member)
		merge(member, &status);
	else if (!state->members_told)
		add_server(state, &peer->server, &status, &own);
	else if (result == 0)
		tell(state->why, sizeof state->why,
		     &(struct ar_err){ .msg = "a server that answers is none of the members" });
	for (size_t i = 0; result != 0 && i < state->count; i++)
		if (same_server(&state->members[i].client, &peer->server))
			tell(state->members[i].why, sizeof state->members[i].why, &own);
	return result;
}

/* Asks a member at the address that the cluster tells. */
static int take_member(struct ar_etcd *etcd, struct ar_etcd_member *member, unsigned *alarms)
{
	struct ar__etcd_peer peer = { .server = member->client };
	struct ar_etcd_member status;
	struct ar_err own = AR_ERR_INIT;
	unsigned its = 0;

	ar__etcd_name(&peer);
	int result = take_status(etcd, &peer, &status, &its, &own);
	if (result == 0 && status.id != member->id)
		result = ar_err_set(&own, "another member answers at its address %s", peer.name);
	ar_http_close(peer.http);
	if (result != 0) {
		tell(member->why, sizeof member->why, &own);
		return -1;
	}
	merge(member, &status);
	*alarms |= its;
	return 0;
}

static size_t take_members(struct ar_etcd *etcd, struct ar_etcd_state *state)
{
	const struct ar_err nowhere = { .msg = "it has no https address for clients (yet)" };
	size_t answered = 0;

	for (size_t i = 0; i < etcd->count; i++)
		answered += take_server(etcd, &etcd->peers[i], state) == 0;
	for (size_t i = 0; i < state->count; i++) {
		struct ar_etcd_member *member = &state->members[i];
		if (member->answered || member->why[0])
			continue;
		if (!member->client.port)
			tell(member->why, sizeof member->why, &nowhere);
		else
			answered += take_member(etcd, member, &state->alarms) == 0;
	}
	return answered;
}

static int ask_alarms(struct ar_etcd *etcd, unsigned *ret, struct ar_err *err)
{
	AR_GRPC_REPLY_AUTO struct ar_grpc_reply reply = AR_GRPC_REPLY_INIT;
	const struct ar_buf nothing = AR_BUF_INIT;
	const struct ar__etcd_call call = { .method = "Maintenance/Alarm",
					    .message = &nothing,
					    .timeout_ms = ALARMS_MS,
					    .max = STATUS_MAX };

	return ar__etcd_call(etcd, &call, &reply, err) == 0
		       ? ar__etcd_take_alarms(&reply.body, ret, err)
		       : -1;
}

int ar_etcd_look(struct ar_etcd *etcd, struct ar_etcd_state *ret, struct ar_err *err)
{
	struct ar_err members = AR_ERR_INIT, alarms = AR_ERR_INIT;
	unsigned told = 0;

	memset(ret, 0, sizeof *ret);
	ret->members_told = ask_members(etcd, ret, &members) == 0;
	if (!ret->members_told)
		tell(ret->why, sizeof ret->why, &members);
	if (take_members(etcd, ret) == 0 && !ret->members_told) {
		*err = ar_err_is_set(err) ? *err : members;
		return -1;
	}
	ret->cluster = etcd->cluster;
	ret->alarms_told = ask_alarms(etcd, &told, &alarms) == 0;
	ret->alarms |= told;
	if (!ret->alarms_told)
		tell(ret->why, sizeof ret->why, &alarms);
	return 0;
}

int ar_etcd_who(struct ar_etcd *etcd, struct ar_etcd_state *ret, struct ar_err *err)
{
	memset(ret, 0, sizeof *ret);
	if (ask_members(etcd, ret, err) != 0)
		return -1;
	ret->members_told = true;
	ret->cluster = etcd->cluster;
	return 0;
}
