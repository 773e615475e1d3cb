/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/cluster_impl.h"
#include "host/machine.h"
#include "host/watch.h"

#define ETCD_MANIFEST "/etc/kubernetes/manifests/etcd.yaml"

void ar_cluster_done(struct ar_cluster *cluster)
{
	ar_lease_done(&cluster->lease);
	ar_told_done(&cluster->told);
	*cluster = (struct ar_cluster)AR_CLUSTER_INIT;
}

/* A look, while it is taken. */
struct look {
	const struct ar_session *session;
	const struct ar_cluster_ask *ask;
	struct ar_cluster *to;
	struct ar_api *api; /* whom to ask who there is */
	char host[256];     /* this node's name */
};

__attribute__((format(printf, 2, 3))) static void miss(struct ar_cluster *cluster, const char *fmt,
						       ...)
{
	const size_t used = strlen(cluster->missing);
	va_list args;

	cluster->all_told = false;
	snprintf(cluster->missing + used, sizeof cluster->missing - used, "%s", used ? "; " : "");
	const size_t at = strlen(cluster->missing);
	va_start(args, fmt);
	vsnprintf(cluster->missing + at, sizeof cluster->missing - at, fmt, args);
	va_end(args);
}

/* --- who there is ---------------------------------------------------------------------------- */

static bool is_here(const struct look *look, const char *host)
{
	const struct ar_api_where *where = look->ask->where;

	return strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
	       strncmp(host, "127.", 4) == 0 || strcmp(host, look->host) == 0 ||
	       (where->address && strcmp(host, where->address) == 0);
}

/* Does etcd stand beside the API servers? Where that cannot be told, it does: then nobody is
 * forgotten. */
static bool is_stacked(const struct look *look)
{
	const struct ar_store *store = look->ask->store;
	const int fd = ar_host_openat(&look->session->host, ETCD_MANIFEST, O_PATH, 0);

	if (fd >= 0)
		close(fd);
	if (fd >= 0 || !store || store->conf.server_count == 0)
		return true;
	for (size_t i = 0; i < store->conf.server_count; i++)
		if (is_here(look, store->conf.servers[i].host))
			return true;
	return false;
}

/* *ret_told: `ret` has them. */
static int look_etcd(const struct look *look, struct ar_etcd_state *ret, bool *ret_told,
		     struct ar_err *err)
{
	struct ar_store *store = look->ask->store;
	struct ar_err unread = AR_ERR_INIT;

	*ret_told = false;
	if (!look->to->stacked)
		return 0;
	if (!store || !store->etcd) {
		miss(look->to, "etcd was not asked for its members: %.200s",
		     store ? store->why : "no one did");
		return 0;
	}
	*ret_told = ar_etcd_who(store->etcd, ret, &unread) == 0;
	if (*ret_told)
		return 0;
	miss(look->to, "etcd does not tell its members: %.200s", unread.msg);
	return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
}

static int look_who(const struct look *look, struct ar_err *err)
{
	AR_MEMBERS_AUTO struct ar_members members = AR_MEMBERS_INIT;
	struct ar_cluster *to = look->to;
	struct ar_etcd_state etcd;
	bool told;

	to->all_told = true;
	to->missing[0] = '\0';
	to->stacked = is_stacked(look);
	if (ar_members_read(look->api, &members, err) != 0)
		return ar_err_wrap(err, "it cannot be told which API servers there are");
	if (members.asked != AR_MEMBER_ALL)
		miss(to, "%.300s", members.missing);
	if (look_etcd(look, &etcd, &told, err) != 0)
		return -1;
	const struct ar_cluster_facts facts = { .members = &members,
						.etcd = told ? &etcd : NULL,
						.host = look->host,
						.address = look->ask->where->address };
	return ar_cluster_merge(&facts, to, err);
}

static int look_lease(const struct look *look, struct ar_err *err)
{
	const struct ar_cluster_ask *ask = look->ask;
	struct ar_cluster *to = look->to;
	struct ar_err unread = AR_ERR_INIT;

	to->lease_seen = ar_lease_read(look->api, &to->lease, &unread) == 0;
	if (!to->lease_seen && unread.sys == ENOMEM)
		return ar_err_oom(err);
	if (ar_told_read(to->lease_seen ? to->lease.annotations : NULL, &to->told, err) != 0)
		return -1;
	if (!to->lease_seen)
		snprintf(to->told.odd, sizeof to->told.odd, "%.290s", unread.msg);
	return ask->conf ? ar_told_learn(&to->told, ask->local->config.file.sha256, ask->conf, err)
			 : 0;
}

/* --- what each has --------------------------------------------------------------------------- */

static void judge_own_load(struct ar_cluster_server *server, const struct ar_local *local)
{
	const bool reports = local->measured && local->loaded.has_hash;

	switch (local->server.load) {
	case AR_LOAD_NOTHING:
		if (local->running.seen)
			server->load = AR_CLUSTER_PLAIN;
		else
			snprintf(server->why, sizeof server->why, "no API server runs");
		break;
	case AR_LOAD_CURRENT:
		server->load = AR_CLUSTER_FILE;
		memcpy(server->hash, local->config.file.sha256, sizeof server->hash);
		break;
	case AR_LOAD_OTHER:
		server->load = reports ? AR_CLUSTER_FILE : AR_CLUSTER_UNKNOWN;
		if (reports)
			memcpy(server->hash, local->loaded.hash, sizeof server->hash);
		else
			snprintf(server->why, sizeof server->why,
				 "it has an older file than the one that lies here");
		break;
	case AR_LOAD_UNKNOWN: break;
	}
}

/* Of what was looked at already; its version alone is asked for. */
static void look_own(const struct look *look)
{
	const struct ar_local *local = look->ask->local;
	struct ar_cluster_server *server = &look->to->list[look->to->self];
	struct ar_err unread = AR_ERR_INIT;

	server->ready = local->ready.state;
	server->metrics = local->loaded;
	server->start = local->running.seen ? local->running.process.started_ns / 1000000000 : 0;
	server->answered = local->ready.state != AR_READY_AWAY && local->measured &&
			   ar_api_version(look->ask->creds->api, &server->version, &unread) == 0;
	if (!server->answered)
		snprintf(server->why, sizeof server->why, "%.390s",
			 local->unseen[0] ? local->unseen : unread.msg);
	judge_own_load(server, local);
}

static void judge(struct ar_cluster *cluster, const struct ar_local *local)
{
	const struct ar_snapshot *file = &local->config.file;

	for (size_t i = 0; i < cluster->count; i++) {
		struct ar_cluster_server *server = &cluster->list[i];

		if (!server->self)
			ar_cluster_judge(server, ar_told_node(&cluster->told, server->host));
		server->current = server->load == AR_CLUSTER_FILE && file->exists &&
				  strcmp(server->hash, file->sha256) == 0;
		server->lag_s = -1;
		if (server->load != AR_CLUSTER_UNKNOWN && !server->current && file->exists)
			server->lag_s = (ar_watch_now_ns() - file->mtime_ns) / 1000000000;
	}
}

/* --- those that are gone --------------------------------------------------------------------- */

static int accept_gone(struct ar_cluster *cluster, const char *name, struct ar_err *err)
{
	for (size_t i = 0; i < cluster->count; i++) {
		struct ar_cluster_server *server = &cluster->list[i];

		if (!ar_member_knows(server->known_as, name))
			continue;
		if (server->self || server->ready != AR_READY_AWAY) {
			ar_err_set(err, "the API server '%.100s' is not gone: it %s", name,
				   server->self ? "is this node's" : "answers");
			return ar_err_hint(err, "leave out '--accept server-gone=%.100s'", name);
		}
		server->gone = true;
	}
	return 0; /* none of them: it is gone from everywhere else, too */
}

/* --- all of it ------------------------------------------------------------------------------- */

static int look_all(const struct look *look, struct ar_err *err)
{
	const struct ar_cluster_ask *ask = look->ask;

	if (look_who(look, err) != 0 || look_lease(look, err) != 0 ||
	    ar__cluster_ask(look->session, ask, look->to, err) != 0)
		return -1;
	look_own(look);
	judge(look->to, ask->local);
	for (size_t i = 0; i < ask->gone_count; i++)
		if (accept_gone(look->to, ask->gone[i], err) != 0)
			return -1;
	ar_trace(look->session, "%zu API server(s)%s%s", look->to->count,
		 look->to->all_told ? "" : "; ", look->to->missing);
	return 0;
}

int ar_cluster_look(const struct ar_session *session, const struct ar_cluster_ask *ask,
		    struct ar_cluster *ret, struct ar_err *err)
{
	struct look look = { .session = session, .ask = ask, .to = ret, .api = ask->creds->api };
	struct ar_creds other = { .api = NULL };

	if (!look.api)
		return ar_err_set(err, "%.380s", ask->creds->why);
	if (gethostname(look.host, sizeof look.host) != 0)
		return ar_err_sys(err, "", "cannot tell this machine's name");
	look.host[sizeof look.host - 1] = '\0';
	if (ask->local->ready.state != AR_READY_AWAY)
		return look_all(&look, err);
	/* This node's server is away: whichever the kubeconfig itself means. */
	if (ar_creds_open(session, ask->creds->file, NULL, &other, err) != 0)
		return -1;
	look.api = other.api;
	const int result = look_all(&look, err);
	ar_creds_done(&other);
	return result;
}

void ar_cluster_own(const struct ar_cluster *cluster, const struct ar_local *local,
		    struct ar_told_node *ret)
{
	const struct ar_cluster_server *self = &cluster->list[cluster->self];
	const struct ar_snapshot *file = &local->config.file;
	const bool plain = local->server.load == AR_LOAD_NOTHING;

	*ret = (struct ar_told_node){ .start = self->start };
	ret->loaded = plain ? local->running.seen : local->server.load == AR_LOAD_CURRENT;
	if (local->measured && local->loaded.has_reload_success)
		ret->reload = (int64_t)local->loaded.reload_success;
	snprintf(ret->host, sizeof ret->host, "%s", ar_cluster_name(self));
	if (!plain && file->exists)
		snprintf(ret->sha256, sizeof ret->sha256, "%s", file->sha256);
	snprintf(ret->path, sizeof ret->path, "%.511s", file->path ? file->path : "");
	ar_machine_now(ret->at, sizeof ret->at);
}
