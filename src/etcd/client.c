/* SPDX-License-Identifier: Apache-2.0 */
#include "etcd/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "etcd/client_impl.h"

/* --- open and close ----------------------------------------------------------------------------
 */

void ar__etcd_name(struct ar__etcd_peer *peer)
{
	const bool v6 = strchr(peer->server.host, ':');

	snprintf(peer->name, sizeof peer->name, "%s%s%s:%u", v6 ? "[" : "", peer->server.host,
		 v6 ? "]" : "", peer->server.port);
}

static bool copy_base(struct ar_etcd *etcd, const struct ar_etcd_base *base)
{
	for (size_t i = 0; i < base->server_count; i++) {
		etcd->peers[i].server = base->servers[i];
		ar__etcd_name(&etcd->peers[i]);
	}
	etcd->count = base->server_count;
	etcd->ca = malloc(base->ca.len + 1);
	etcd->cert = malloc(base->cert.len + 1);
	etcd->key = ar_secret_alloc(base->key.len + 1);
	etcd->ca_from = strdup(base->ca_from);
	etcd->cert_from = strdup(base->cert_from);
	if (!etcd->ca || !etcd->cert || !etcd->key || !etcd->ca_from || !etcd->cert_from)
		return false;
	etcd->ca_len = base->ca.len;
	etcd->cert_len = base->cert.len;
	etcd->key_len = base->key.len;
	memcpy(etcd->ca, base->ca.data ? base->ca.data : "", base->ca.len);
	memcpy(etcd->cert, base->cert.data ? base->cert.data : "", base->cert.len);
	memcpy(etcd->key, base->key.data ? base->key.data : "", base->key.len);
	return true;
}

static int open_http(struct ar_etcd *etcd, struct ar__etcd_peer *peer, struct ar_err *err)
{
	const struct ar_http_base base = {
		.kind = AR_HTTP_ETCD,
		.host = peer->server.host,
		.port = peer->server.port,
		.ca = { .data = etcd->ca, .len = etcd->ca_len },
		.cert = { .data = etcd->cert, .len = etcd->cert_len },
		.key = { .data = etcd->key, .len = etcd->key_len },
		.ca_from = etcd->ca_from,
		.user_from = etcd->cert_from,
	};

	return peer->http ? 0 : ar_http_open(&base, &peer->http, err);
}

int ar_etcd_open(const struct ar_etcd_base *base, struct ar_etcd **ret, struct ar_err *err)
{
	if (base->server_count == 0)
		return ar_err_set(err, "there is no server of etcd to ask");
	if (base->server_count > AR_ETCD_SERVERS)
		return ar_err_set(err, "etcd has %zu servers; %d can be told apart here",
				  base->server_count, AR_ETCD_SERVERS);
	AR_ETCD_AUTO struct ar_etcd *etcd = calloc(1, sizeof *etcd);
	if (!etcd || !copy_base(etcd, base))
		return ar_err_oom(err);
	/* What could not stand in a request is told before anything is sent. */
	for (size_t i = 0; i < etcd->count; i++)
		if (open_http(etcd, &etcd->peers[i], err) != 0)
			return -1;
	*ret = AR_TAKE(etcd);
	return 0;
}

void ar_etcd_close(struct ar_etcd *etcd)
{
	if (!etcd)
		return;
	for (size_t i = 0; i < etcd->count; i++)
		ar_http_close(etcd->peers[i].http);
	ar_secret_free(etcd->key);
	ar_buf_done(&etcd->readable);
	char *const plain[] = { etcd->ca, etcd->cert, etcd->ca_from, etcd->cert_from };
	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
		free(plain[i]);
	free(etcd);
}

/* --- a call ------------------------------------------------------------------------------------
 */

int ar__etcd_ask(struct ar_etcd *etcd, struct ar__etcd_peer *peer, const struct ar__etcd_call *call,
		 struct ar_grpc_reply *ret, struct ar_err *err)
{
	char method[64];

	snprintf(method, sizeof method, "/etcdserverpb.%s", call->method);
	const struct ar_grpc_call grpc = {
		.method = method,
		.message = call->message,
		.timeout_ms = call->timeout_ms,
		.max = call->max,
		.secret = call->secret,
	};
	if (open_http(etcd, peer, err) != 0 || ar_grpc_unary(peer->http, &grpc, ret, err) != 0)
		return -1;
	if (ret->code == AR_GRPC_OK)
		return 0;
	ar__etcd_explain(peer, ret, err);
	ar_grpc_reply_done(ret);
	return -1;
}

/* What of several failures is told: the first that is more than a server that is away. */
static void keep(struct ar_err *told, const struct ar_err *next)
{
	if (!ar_err_is_set(told) || (ar_http_is_away(told) && !ar_http_is_away(next)))
		*told = *next;
}

/* Asks one; -1 with `told` where another may know better, -2 where not. */
static int attempt(struct ar_etcd *etcd, size_t index, const struct ar__etcd_call *call,
		   struct ar_grpc_reply *ret, struct ar_err *told)
{
	struct ar_err own = AR_ERR_INIT;
	struct ar__etcd_peer *peer = &etcd->peers[index];
	int result = ar__etcd_ask(etcd, peer, call, ret, &own);

	/* A connection that the server closed meanwhile, most of the time. All that is asked here
	 * can be asked twice. */
	if (result != 0 && own.sys == ECONNRESET) {
		own = (struct ar_err)AR_ERR_INIT;
		result = ar__etcd_ask(etcd, peer, call, ret, &own);
	}
	const bool away = result != 0 && ar_http_is_away(&own);

	peer->down = away;
	if (result == 0) {
		etcd->at = index;
		return 0;
	}
	/* Certificates are one server's matter; what etcd itself says no to is not. */
	const bool own_matter = away || own.sys == EAGAIN || own.sys == 0 || own.sys == EACCES;
	if (own_matter)
		keep(told, &own);
	else
		*told = own;
	return own_matter ? -1 : -2;
}

static int nobody_answers(const struct ar_etcd *etcd, struct ar_err *told, struct ar_err *err)
{
	if (ar_http_is_away(told)) {
		told->sys = EAGAIN;
		if (etcd->count > 1)
			ar_err_wrap(told, "none of etcd's %zu servers answers", etcd->count);
	}
	if (!ar_err_is_set(err))
		*err = *told;
	return -1;
}

int ar__etcd_call(struct ar_etcd *etcd, const struct ar__etcd_call *call, struct ar_grpc_reply *ret,
		  struct ar_err *err)
{
	struct ar_err told = AR_ERR_INIT;
	const size_t first = etcd->at;
	bool was_down[AR_ETCD_SERVERS];
	int result = -1;

	for (size_t i = 0; i < etcd->count; i++)
		was_down[i] = etcd->peers[i].down;
	/* Those that were away before come last. */
	for (unsigned last = 0; last < 2; last++)
		for (size_t i = 0; i < etcd->count && result == -1; i++) {
			const size_t index = (first + i) % etcd->count;
			if (was_down[index] == last)
				result = attempt(etcd, index, call, ret, &told);
		}
	return result == 0 ? 0 : nobody_answers(etcd, &told, err);
}

int ar__etcd_believe(struct ar_etcd *etcd, const struct ar__etcd_header *header, bool linearizable,
		     struct ar_err *err)
{
	if (etcd->cluster && header->cluster != etcd->cluster) {
		ar_err_set(err, "two clusters answer: etcd's cluster id was %llx, and now is %llx",
			   (unsigned long long)etcd->cluster, (unsigned long long)header->cluster);
		return ar_err_hint(err, "every server given has to be of the same cluster; nothing "
					"that was seen counts");
	}
	etcd->cluster = header->cluster;
	if (!linearizable)
		return 0;
	if (header->revision < etcd->revision) {
		ar_err_set(err, "etcd's revision went back, from %lld to %lld",
			   (long long)etcd->revision, (long long)header->revision);
		return ar_err_hint(err, "it may have been restored from a snapshot meanwhile; "
					"nothing that was seen counts: begin anew");
	}
	etcd->revision = header->revision;
	return 0;
}
