/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/storage.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "kube/resources.h"

/* Built-in resources that do not lie under their plural. */
static const struct special {
	const char *resource, *group, *folder;
} specials[] = {
	{ "endpoints", "", "services/endpoints" },
	{ "ingresses", "networking.k8s.io", "ingress" },
	{ "ingresses", "extensions", "ingress" },
	{ "nodes", "", "minions" },
	{ "replicationcontrollers", "", "controllers" },
	{ "services", "", "services/specs" },
};

#define SPECIALS (sizeof specials / sizeof *specials)

/* Built in, but served as custom resources are: by the servers that are chained to the main one. */
static const char *const own_folder_groups[] = { "apiextensions.k8s.io", "apiregistration.k8s.io" };

/* What no request of the API rewrites. */
static const struct {
	const char *resource, *group, *why;
} no_rewrite[] = {
	{ "events", "", "events expire by themselves, within an hour" },
	{ "events", "events.k8s.io", "events expire by themselves, within an hour" },
	{ "apiserveripinfo", "", "the API server rewrites it by itself, every few seconds" },
	{ "serviceipallocations", "", "the API server rewrites it by itself, with each Service" },
	{ "servicenodeportallocations", "",
	  "the API server rewrites it by itself, with each Service" },
};

static bool is_own_folder_group(const char *group, size_t len)
{
	for (size_t i = 0; i < sizeof own_folder_groups / sizeof *own_folder_groups; i++)
		if (ar_text_is(group, len, own_folder_groups[i]))
			return true;
	return false;
}

/* The prefix as Go's path.Join("/", prefix) has it, and a slash behind: "/registry/". -1: it does
 * not fit. */
static int clean_prefix(const char *prefix, char *buf, size_t size)
{
	size_t len = 1;

	if (size < 2)
		return -1;
	buf[0] = '/';
	for (const char *at = prefix; *at;) {
		size_t part = strcspn(at, "/");
		if (part == 2 && at[0] == '.' && at[1] == '.') {
			while (len > 1 && buf[--len - 1] != '/')
				;
		} else if (part && !(part == 1 && *at == '.')) {
			if (len + part + 2 > size)
				return -1;
			memcpy(buf + len, at, part);
			len += part;
			buf[len++] = '/';
		}
		at += part + (at[part] == '/');
	}
	buf[len] = '\0';
	return 0;
}

static const struct special *special_of(const char *resource, size_t resource_len,
					const char *group, size_t group_len)
{
	for (size_t i = 0; i < SPECIALS; i++)
		if (ar_text_is(resource, resource_len, specials[i].resource) &&
		    ar_text_is(group, group_len, specials[i].group))
			return &specials[i];
	return NULL;
}

const char *ar_resource_name(const struct ar_resource *resource, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", resource->resource, resource->group[0] ? "." : "",
		 resource->group);
	return buf;
}

bool ar_storage_folder(const char *etcd_prefix, const struct ar_resource *resource, char *buf,
		       size_t size)
{
	char prefix[AR_STORAGE_MAX];
	const char *name = resource->resource, *group = resource->group;
	const struct special *special = special_of(name, strlen(name), group, strlen(group));
	bool own = resource->custom || is_own_folder_group(group, strlen(group));

	if (clean_prefix(etcd_prefix, prefix, sizeof prefix) != 0)
		return false;
	int len = special && !resource->custom
			  ? snprintf(buf, size, "%s%s/", prefix, special->folder)
			  : snprintf(buf, size, "%s%s%s%s/", prefix, own ? group : "",
				     own ? "/" : "", name);
	return len > 0 && (size_t)len < size;
}

bool ar_storage_split(const char *folder, const char *key, size_t len, struct ar_storage_key *ret)
{
	size_t start = strlen(folder);

	if (len <= start || memcmp(key, folder, start) != 0)
		return false;
	const char *rest = key + start;
	size_t left = len - start;
	const char *slash = memchr(rest, '/', left);
	if (!slash) {
		*ret = (struct ar_storage_key){ rest, rest, 0, left };
		return true;
	}
	size_t namespace = (size_t)(slash - rest), name = left - namespace - 1;
	if (namespace == 0 || name == 0 || memchr(slash + 1, '/', name))
		return false;
	*ret = (struct ar_storage_key){ rest, slash + 1, namespace, name };
	return true;
}

/* --- from a key to its resource -------------------------------------------------------------- */

static bool put(struct ar_resource *ret, struct ar_group_resource name, bool custom)
{
	if (name.resource_len >= sizeof ret->resource || name.group_len >= sizeof ret->group ||
	    memchr(name.resource, '\0', name.resource_len) ||
	    memchr(name.group, '\0', name.group_len))
		return false;
	*ret = (struct ar_resource){ .custom = custom };
	memcpy(ret->resource, name.resource, name.resource_len);
	memcpy(ret->group, name.group, name.group_len);
	return true;
}

/* Does `rest` begin with `folder` and a slash? Then how long that is, 0 else. */
static size_t begins(const char *rest, size_t len, const char *folder)
{
	size_t own = strlen(folder);

	return len > own && rest[own] == '/' && memcmp(rest, folder, own) == 0 ? own + 1 : 0;
}

static size_t find_special(const char *rest, size_t len, struct ar_resource *ret)
{
	for (size_t i = 0; i < SPECIALS; i++) {
		size_t folder = begins(rest, len, specials[i].folder);
		struct ar_group_resource name = { specials[i].resource, specials[i].group,
						  strlen(specials[i].resource),
						  strlen(specials[i].group) };
		if (folder && put(ret, name, false))
			return folder;
	}
	return 0;
}

static size_t find_builtin(const char *rest, size_t len, struct ar_resource *ret)
{
	const char *slash = memchr(rest, '/', len);
	size_t plural = slash ? (size_t)(slash - rest) : 0;
	const char *row;

	for (size_t i = 0; plural && (row = ar_resource_builtin(i)) != NULL; i++) {
		struct ar_group_resource name = ar_group_resource_split(row);
		if (name.resource_len == plural && memcmp(name.resource, rest, plural) == 0 &&
		    !is_own_folder_group(name.group, name.group_len) &&
		    !special_of(name.resource, name.resource_len, name.group, name.group_len))
			return put(ret, name, false) ? plural + 1 : 0;
	}
	return 0;
}

/* GROUP/PLURAL/, of custom resources and of the two groups. */
static size_t find_by_group(const char *rest, size_t len, struct ar_resource *ret)
{
	const char *end = rest + len, *slash = memchr(rest, '/', len);

	if (!slash || !memchr(rest, '.', (size_t)(slash - rest)))
		return 0;
	const char *plural = slash + 1, *behind = memchr(plural, '/', (size_t)(end - plural));
	if (!behind || behind == plural)
		return 0;
	struct ar_group_resource name = { plural, rest, (size_t)(behind - plural),
					  (size_t)(slash - rest) };
	return put(ret, name, true) ? (size_t)(behind + 1 - rest) : 0;
}

bool ar_storage_resource(const char *etcd_prefix, const char *key, size_t len,
			 struct ar_resource *ret, size_t *ret_folder_len)
{
	char prefix[AR_STORAGE_MAX];
	struct ar_resource resource;

	if (clean_prefix(etcd_prefix, prefix, sizeof prefix) != 0)
		return false;
	size_t start = strlen(prefix);
	if (len <= start || memcmp(key, prefix, start) != 0)
		return false;
	const char *rest = key + start;
	size_t folder = find_special(rest, len - start, &resource);
	if (!folder)
		folder = find_builtin(rest, len - start, &resource);
	if (!folder)
		folder = find_by_group(rest, len - start, &resource);
	if (!folder || start + folder == len)
		return false;
	*ret = resource;
	*ret_folder_len = start + folder;
	return true;
}

const char *ar_storage_cannot_rewrite(const struct ar_resource *resource)
{
	for (size_t i = 0; i < sizeof no_rewrite / sizeof *no_rewrite; i++)
		if (strcmp(resource->resource, no_rewrite[i].resource) == 0 &&
		    strcmp(resource->group, no_rewrite[i].group) == 0)
			return no_rewrite[i].why;
	return NULL;
}
