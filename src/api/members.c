/* SPDX-License-Identifier: Apache-2.0 */
#include "api/members.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT "limit=500"

/* What an item of a list says about one server. */
struct trace {
	const char *host; /* NULL: not known */
	const char *address;
	const json_t *names; /* status.addresses of a Node, may be NULL */
};

/* --- who is who --------------------------------------------------------------------------------
 */

bool ar_member_knows(const char *known_as, const char *word)
{
	const size_t len = strlen(word);

	for (const char *at = known_as; *at;) {
		const size_t n = strcspn(at, " "), least = n < len ? n : len;
		const char rest = n < len ? word[n] : at[len];

		if (least > 0 && memcmp(at, word, least) == 0 && (n == len || rest == '.'))
			return true;
		at += n + (at[n] == ' ');
	}
	return false;
}

static void learn(struct ar_member *member, const char *word)
{
	const size_t used = strlen(member->known_as), len = strlen(word);

	if (len == 0 || strchr(word, ' ') || ar_member_knows(member->known_as, word) ||
	    used + len + 2 > sizeof member->known_as)
		return;
	snprintf(member->known_as + used, sizeof member->known_as - used, "%s%s", used ? " " : "",
		 word);
}

static struct ar_member *known(struct ar_members *members, const struct trace *trace)
{
	const char *word = trace->host ? trace->host : trace->address;

	for (size_t i = 0; i < members->count; i++)
		if (ar_member_knows(members->list[i].known_as, word))
			return &members->list[i];
	return NULL;
}

/* One that this source has not spoken of yet, a server with a Lease before others. */
static struct ar_member *unclaimed(struct ar_members *members, unsigned source)
{
	struct ar_member *found = NULL;

	for (size_t i = 0; i < members->count; i++) {
		struct ar_member *member = &members->list[i];
		if (member->sources & source)
			continue;
		if (!found ||
		    (!(found->sources & AR_MEMBER_LEASE) && (member->sources & AR_MEMBER_LEASE)))
			found = member;
	}
	return found;
}

static struct ar_member *another(struct ar_members *members)
{
	struct ar_member *list = reallocarray(members->list, members->count + 1, sizeof *list);

	if (!list)
		return NULL;
	members->list = list;
	list[members->count] = (struct ar_member){ .sources = 0 };
	return &list[members->count++];
}

static void note(struct ar_member *member, unsigned source, const struct trace *trace)
{
	size_t i;
	const json_t *entry;

	/* Where it listens is better than a Node's address; a Node's name than a Lease's. */
	if (trace->host && !member->host[0])
		snprintf(member->host, sizeof member->host, "%s", trace->host);
	if (trace->address && (source == AR_MEMBER_ENDPOINT || !member->address[0]))
		snprintf(member->address, sizeof member->address, "%s", trace->address);
	if (trace->host)
		learn(member, trace->host);
	if (trace->address)
		learn(member, trace->address);
	json_array_foreach(trace->names, i, entry) learn(member, AR_DIG_TEXT(entry, "address"));
	member->sources |= source;
}

/* --- what the lists say ------------------------------------------------------------------------
 */

/* Those that are known by what they are called come first, and only then are the others given to
 * who is left: else a stranger could take a known server's place. */
enum pass { BY_NAME, THE_REST };

static int add(struct ar_members *members, unsigned source, const struct trace *trace,
	       enum pass pass)
{
	const char *word = trace->host ? trace->host : trace->address;

	if (!word || !word[0])
		return 0;
	struct ar_member *member = known(members, trace);
	if (!member && pass == BY_NAME)
		return 0;
	if (!member)
		member = unclaimed(members, source);
	if (!member)
		member = another(members);
	if (!member)
		return -1;
	note(member, source, trace);
	return 0;
}

static const char *internal_address(const json_t *addresses)
{
	size_t i;
	const json_t *entry;

	json_array_foreach(addresses, i, entry)
	{
		if (strcmp(AR_DIG_TEXT(entry, "type"), "InternalIP") == 0)
			return AR_DIG_TEXT(entry, "address");
	}
	return NULL;
}

static int add_node(struct ar_members *members, const json_t *item, enum pass pass)
{
	const json_t *addresses = AR_DIG(item, "status", "addresses");
	const struct trace trace = { .host = AR_DIG_TEXT(item, "metadata", "name"),
				     .address = internal_address(addresses),
				     .names = addresses };

	return add(members, AR_MEMBER_NODE, &trace, pass);
}

/* Before 1.27 a restart made a new Lease: the host tells that both are of one server. */
static int add_lease(struct ar_members *members, const json_t *item, enum pass pass)
{
	const char *host = AR_DIG_TEXT(item, "metadata", "labels", "kubernetes.io/hostname");
	const struct trace trace = { .host = host[0] ? host
						     : AR_DIG_TEXT(item, "metadata", "name") };

	return add(members, AR_MEMBER_LEASE, &trace, pass);
}

static int add_addresses(struct ar_members *members, const json_t *addresses, enum pass pass)
{
	size_t i;
	const json_t *entry;
	int result = 0;

	json_array_foreach(addresses, i, entry)
	{
		/* An EndpointSlice has texts, Endpoints has objects. */
		const char *text = json_string_value(entry);
		const struct trace trace = { .address = text ? text : AR_DIG_TEXT(entry, "ip") };
		result |= add(members, AR_MEMBER_ENDPOINT, &trace, pass);
	}
	return result;
}

/* Of an EndpointSlice, or Endpoints: these have no list around them. */
static int add_endpoints(struct ar_members *members, const json_t *item, enum pass pass)
{
	size_t i;
	const json_t *part;
	int result = 0;

	json_array_foreach(json_object_get(item, "endpoints"), i, part)
		result |= add_addresses(members, json_object_get(part, "addresses"), pass);
	json_array_foreach(json_object_get(item, "subsets"), i, part)
		result |= add_addresses(members, json_object_get(part, "addresses"), pass);
	return result;
}

static int by_host(const void *a, const void *b)
{
	const struct ar_member *one = a, *two = b;
	const int order = strcmp(one->host, two->host);

	return order ? order : strcmp(one->address, two->address);
}

int ar_members_add(struct ar_members *members, unsigned source, const json_t *list,
		   struct ar_err *err)
{
	const json_t *items = json_object_get(list, "items"), *item;
	int (*one)(struct ar_members *, const json_t *, enum pass) = source == AR_MEMBER_NODE
									     ? add_node
								     : source == AR_MEMBER_LEASE
									     ? add_lease
									     : add_endpoints;
	int result = 0;
	size_t i;

	for (enum pass pass = BY_NAME; pass <= THE_REST; pass++) {
		if (!items)
			result |= one(members, list, pass);
		json_array_foreach(items, i, item) result |= one(members, item, pass);
	}
	members->asked |= source;
	if (members->count > 0)
		qsort(members->list, members->count, sizeof *members->list, by_host);
	return result ? ar_err_oom(err) : 0;
}

/* --- asking ------------------------------------------------------------------------------------
 */

static const struct source {
	unsigned source;
	const char *path, *before; /* before: where an old server, which says 404, has it */
	const char *what;
} sources[] = {
	{ AR_MEMBER_NODE,
	  "/api/v1/nodes?" LIMIT "&labelSelector=node-role.kubernetes.io%2Fcontrol-plane", NULL,
	  "list the control-plane Nodes" },
	{ AR_MEMBER_LEASE,
	  "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases?" LIMIT
	  "&labelSelector=apiserver.kubernetes.io%2Fidentity%3Dkube-apiserver",
	  NULL, "list the API servers' Leases" },
	{ AR_MEMBER_ENDPOINT,
	  "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?" LIMIT
	  "&labelSelector=kubernetes.io%2Fservice-name%3Dkubernetes",
	  "/api/v1/namespaces/default/endpoints/kubernetes", "list the API servers' addresses" },
};

static int read_source(struct ar_api *api, const struct source *source, struct ar_members *to,
		       struct ar_err *err)
{
	json_auto_t *list = NULL;
	struct ar_err old = AR_ERR_INIT;

	if (ar_api_get(api, source->path, source->what, &list, err) != 0) {
		if (!source->before || err->sys != ENOENT ||
		    ar_api_get(api, source->before, source->what, &list, &old) != 0)
			return -1;
		*err = (struct ar_err)AR_ERR_INIT;
	}
	if (AR_DIG_TEXT(list, "metadata", "continue")[0])
		return ar_err_set(err, "cannot %s: there are more than 500", source->what);
	return ar_members_add(to, source->source, list, err);
}

static void miss(struct ar_members *members, const char *why)
{
	const size_t used = strlen(members->missing);

	snprintf(members->missing + used, sizeof members->missing - used, "%s%s", used ? "; " : "",
		 why);
}

int ar_members_read(struct ar_api *api, struct ar_members *ret, struct ar_err *err)
{
	AR_MEMBERS_AUTO struct ar_members found = AR_MEMBERS_INIT;

	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		struct ar_err cause = AR_ERR_INIT;
		const int result = read_source(api, &sources[i], &found, &cause);

		const bool last = i + 1 == sizeof sources / sizeof *sources;

		if (result != 0)
			miss(&found, cause.msg);
		if (result != 0 &&
		    (cause.sys == ENOMEM || ar_http_is_away(&cause) || (last && !found.asked))) {
			*err = cause;
			return -1;
		}
	}
	*ret = found;
	found = (struct ar_members)AR_MEMBERS_INIT;
	return 0;
}

void ar_members_done(struct ar_members *members)
{
	free(members->list);
	*members = (struct ar_members)AR_MEMBERS_INIT;
}
