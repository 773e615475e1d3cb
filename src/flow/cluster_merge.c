/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/cluster.h"

#define HASH_SINCE 34 /* Kubernetes 1.34 reports the hash of the config that is loaded */
/* The same start, told by two: by the clock as it went then, and as it goes now. No API server is
 * ended and there again within this. */
#define START_SLACK_S 2

/* --- who there is ---------------------------------------------------------------------------- */

static bool knows(const struct ar_cluster_server *server, const char *word)
{
	return word && word[0] && ar_member_knows(server->known_as, word);
}

static void learn(struct ar_cluster_server *server, const char *word)
{
	const size_t used = strlen(server->known_as);

	if (!word || !word[0] || strchr(word, ' ') || knows(server, word) ||
	    used + strlen(word) + 2 > sizeof server->known_as)
		return;
	snprintf(server->known_as + used, sizeof server->known_as - used, "%s%s", used ? " " : "",
		 word);
}

/* By where it listens before by what it is called: a name may be another's, too. */
static struct ar_cluster_server *find(struct ar_cluster *cluster, const char *host,
				      const char *address)
{
	const char *const words[] = { address, host };

	for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
		for (size_t i = 0; i < cluster->count; i++)
			if (knows(&cluster->list[i], words[w]))
				return &cluster->list[i];
	return NULL;
}

static struct ar_cluster_server *another(struct ar_cluster *cluster, struct ar_err *err)
{
	if (cluster->count == AR_CLUSTER_SERVERS) {
		ar_err_set(err,
			   "more than %d API servers belong to this cluster, by what is left "
			   "of them",
			   AR_CLUSTER_SERVERS);
		return NULL;
	}
	struct ar_cluster_server *server = &cluster->list[cluster->count++];
	*server = (struct ar_cluster_server){ .version = { .minor = -1 }, .lag_s = -1 };
	return server;
}

static int note(struct ar_cluster *cluster, unsigned source, const char *host, const char *address,
		struct ar_err *err)
{
	struct ar_cluster_server *server = find(cluster, host, address);

	if (!server)
		server = another(cluster, err);
	if (!server)
		return -1;
	if (host && !server->host[0])
		snprintf(server->host, sizeof server->host, "%s", host);
	if (address && !server->address[0])
		snprintf(server->address, sizeof server->address, "%.63s", address);
	learn(server, host);
	learn(server, address);
	server->sources |= source;
	if (source == AR_MEMBER_HERE)
		server->self = true;
	return 0;
}

static int add_members(struct ar_cluster *cluster, const struct ar_members *members,
		       struct ar_err *err)
{
	for (size_t i = 0; i < members->count; i++) {
		const struct ar_member *member = &members->list[i];
		struct ar_cluster_server *server = another(cluster, err);

		if (!server)
			return -1;
		server->sources = member->sources;
		memcpy(server->host, member->host, sizeof server->host);
		memcpy(server->address, member->address, sizeof server->address);
		memcpy(server->known_as, member->known_as, sizeof server->known_as);
	}
	return 0;
}

/* A member that has not started yet has no name and no address: whoever is joining right now. */
static int add_etcd(struct ar_cluster *cluster, const struct ar_etcd_state *etcd,
		    struct ar_err *err)
{
	for (size_t i = 0; i < etcd->count; i++) {
		const struct ar_etcd_member *member = &etcd->members[i];
		char joining[40];

		snprintf(joining, sizeof joining, "etcd-member-%" PRIx64, member->id);
		if (note(cluster, AR_MEMBER_ETCD, member->name[0] ? member->name : joining,
			 member->client.host[0] ? member->client.host : NULL, err) != 0)
			return -1;
	}
	return 0;
}

static int by_host(const void *a, const void *b)
{
	const struct ar_cluster_server *one = a, *two = b;
	const int order = strcmp(one->host, two->host);

	return order ? order : strcmp(one->address, two->address);
}

int ar_cluster_merge(const struct ar_cluster_facts *facts, struct ar_cluster *ret,
		     struct ar_err *err)
{
	ret->count = 0;
	if (add_members(ret, facts->members, err) != 0 ||
	    (facts->etcd && add_etcd(ret, facts->etcd, err) != 0) ||
	    note(ret, AR_MEMBER_HERE, facts->host, facts->address, err) != 0)
		return -1;
	qsort(ret->list, ret->count, sizeof ret->list[0], by_host);
	for (size_t i = 0; i < ret->count; i++)
		if (ret->list[i].self)
			ret->self = i;
	return 0;
}

const char *ar_cluster_name(const struct ar_cluster_server *server)
{
	return server->host[0] ? server->host : server->address;
}

/* --- what it has ----------------------------------------------------------------------------- */

/* Did its node tell of this very process, since it last read a file? */
static bool told_of_it(const struct ar_cluster_server *server, const struct ar_told_node *told)
{
	const struct ar_loaded *metrics = &server->metrics;
	const int64_t start = metrics->has_start ? (int64_t)metrics->start : 0;
	const int64_t reload = metrics->has_reload_success ? (int64_t)metrics->reload_success : 0;

	return told && told->loaded && start && told->reload == reload &&
	       llabs((long long)(told->start - start)) <= START_SLACK_S;
}

static void have(struct ar_cluster_server *server, const char *sha256)
{
	server->load = sha256[0] ? AR_CLUSTER_FILE : AR_CLUSTER_PLAIN;
	snprintf(server->hash, sizeof server->hash, "%s", sha256);
}

void ar_cluster_judge(struct ar_cluster_server *server, const struct ar_told_node *told)
{
	server->load = AR_CLUSTER_UNKNOWN;
	server->hash[0] = '\0';
	server->by_node = false;
	if (server->metrics.has_start)
		server->start = (int64_t)server->metrics.start;
	if (!server->answered)
		return;
	if (server->metrics.has_hash) {
		have(server, server->metrics.hash);
	} else if (server->version.minor >= HASH_SINCE && server->metrics.says_all) {
		have(server, "");
	} else if (told_of_it(server, told)) {
		have(server, told->sha256);
		server->by_node = true;
	} else {
		snprintf(
			server->why, sizeof server->why,
			"an API server of 1.%d does not say what it has loaded: atrest has to look "
			"on that node",
			server->version.minor);
	}
}

const struct ar_told_file *ar_cluster_meaning(const struct ar_cluster *cluster, size_t server)
{
	const struct ar_cluster_server *one = &cluster->list[server];

	return one->load == AR_CLUSTER_FILE ? ar_told_file(&cluster->told, one->hash) : NULL;
}

size_t ar_cluster_reads(const struct ar_cluster *cluster, size_t server,
			const struct ar_resource *resource, const char **ret, size_t max)
{
	const struct ar_told_file *file = ar_cluster_meaning(cluster, server);

	if (file)
		return ar_told_reads(file, resource, ret, max);
	if (cluster->list[server].load != AR_CLUSTER_PLAIN)
		return 0;
	if (max > 0)
		ret[0] = AR_TOLD_PLAIN;
	return 1;
}
