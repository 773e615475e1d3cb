/* SPDX-License-Identifier: Apache-2.0 */
#include "api/discovery.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/list_impl.h"
#include "api/names.h"
#include "base/scope.h"
#include "kube/resources.h"

#define AGGREGATED  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#define APISERVICES "/apis/apiregistration.k8s.io/v1/apiservices"
#define CRDS        "customresourcedefinitions"
#define CRD_GROUP   "apiextensions.k8s.io"

/* --- asking ------------------------------------------------------------------------------------
 */

/* What waiting for this part would not mend is said, and the rest goes on. */
static int miss(struct ar_discovery *to, const struct ar_err *cause, struct ar_err *err)
{
	if (cause->sys == ENOMEM || ar_http_is_away(cause)) {
		*err = *cause;
		return -1;
	}
	ar__missing_add(to->missing, sizeof to->missing, cause->msg);
	return 0;
}

/* Which groups have another server behind them. *ret stays NULL where it is not known. */
static int read_services(struct ar_api *api, struct ar_discovery *to, json_t **ret,
			 struct ar_err *err)
{
	struct ar_err cause = AR_ERR_INIT;

	if (ar_api_get(api, APISERVICES, "list APIServices", ret, &cause) == 0 ||
	    cause.sys == ENOENT)
		return 0;
	return miss(to, &cause, err);
}

/* All in one answer, 1.30 and newer. *ret stays NULL where the server has no such form. */
static int read_aggregated(struct ar_api *api, const char *path, json_t **ret, struct ar_err *err)
{
	const struct ar_http_request request = { .method = "GET",
						 .path = path,
						 .accept = AGGREGATED };
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_answer answer;
	json_auto_t *json = NULL;

	if (ar_api_call(api, &request, &response, &answer, err) != 0)
		return -1;
	if (answer.code == 406)
		return 0;
	if (answer.kind != AR_ANSWER_OK)
		return ar_api_refused(api, &answer, "ask which resources there are", err);
	if (ar_answer_json(&response.body, &json, err) != 0)
		return -1;
	if (strcmp(AR_DIG_TEXT(json, "kind"), "APIGroupDiscoveryList") == 0)
		*ret = AR_TAKE(json);
	return 0;
}

/* --- the older form ----------------------------------------------------------------------------
 */

static int read_version(struct ar_api *api, struct ar__adding *adding, struct ar_err *err)
{
	char path[400], what[400];
	struct ar_err cause = AR_ERR_INIT;
	json_auto_t *list = NULL;

	if (ar__is_remote(adding->services, adding->group, adding->version))
		return 0;
	snprintf(path, sizeof path, adding->group[0] ? "/apis/%s/%s" : "/api%s/%s", adding->group,
		 adding->version);
	snprintf(what, sizeof what, "ask for the resources of '%s/%s'", adding->group,
		 adding->version);
	if (ar_api_get(api, path, what, &list, &cause) != 0)
		return miss(adding->to, &cause, err);
	return ar__add_resources(adding, list, err);
}

/* The preferred version, then the others. */
static int read_group(struct ar_api *api, struct ar__adding *adding, const json_t *group,
		      struct ar_err *err)
{
	const char *first = AR_DIG_TEXT(group, "preferredVersion", "version");
	size_t i;
	const json_t *item;

	adding->group = AR_DIG_TEXT(group, "name");
	adding->version = first;
	if (first[0] && read_version(api, adding, err) != 0)
		return -1;
	json_array_foreach(json_object_get(group, "versions"), i, item)
	{
		adding->version = AR_DIG_TEXT(item, "version");
		if (strcmp(adding->version, first) != 0 && read_version(api, adding, err) != 0)
			return -1;
	}
	return 0;
}

static int read_one_by_one(struct ar_api *api, struct ar__adding *adding, struct ar_err *err)
{
	json_auto_t *groups = NULL;
	size_t i;
	const json_t *group;

	adding->group = "";
	adding->version = "v1";
	if (read_version(api, adding, err) != 0 ||
	    ar_api_get(api, "/apis", "ask which groups there are", &groups, err) != 0)
		return -1;
	json_array_foreach(json_object_get(groups, "groups"), i, group)
	{
		if (read_group(api, adding, group, err) != 0)
			return -1;
	}
	return 0;
}

static int read_all(struct ar_api *api, struct ar_discovery *to, struct ar_err *err)
{
	json_auto_t *services = NULL, *core = NULL, *groups = NULL;

	if (read_services(api, to, &services, err) != 0 ||
	    read_aggregated(api, "/api", &core, err) != 0 ||
	    (core && read_aggregated(api, "/apis", &groups, err) != 0))
		return -1;
	struct ar__adding adding = { .to = to, .services = services };
	if (!core || !groups)
		return read_one_by_one(api, &adding, err);
	return ar__add_groups(&adding, core, err) == 0 && ar__add_groups(&adding, groups, err) == 0
		       ? 0
		       : -1;
}

/* --- which are custom --------------------------------------------------------------------------
 */

static bool is_own_folder(const char *group)
{
	return strcmp(group, CRD_GROUP) == 0 || strcmp(group, "apiregistration.k8s.io") == 0;
}

/* Without the definitions: by the group alone, which takes groups of *.k8s.io for what Kubernetes
 * itself brings only where it does. */
static void guess_custom(struct ar_discovery *in)
{
	for (size_t i = 0; i < in->count; i++) {
		struct ar_resource *resource = &in->list[i].resource;
		char name[sizeof resource->resource + sizeof resource->group];
		ar_resource_name(resource, name, sizeof name);
		resource->custom = is_own_folder(resource->group) ||
				   ar_resource_sort_of(name, NULL) == AR_RESOURCE_CUSTOM;
	}
}

static int mark_custom(void *user, const char *namespace, const char *name, struct ar_err *err)
{
	struct ar_discovery *in = user;
	const struct ar_group_resource split = ar_group_resource_split(name);

	(void)namespace, (void)err;
	for (size_t i = 0; i < in->count; i++) {
		struct ar_resource *resource = &in->list[i].resource;
		if (ar_text_is(split.resource, split.resource_len, resource->resource) &&
		    ar_text_is(split.group, split.group_len, resource->group))
			resource->custom = true;
	}
	return 0;
}

/* A definition's name is PLURAL.GROUP. */
static int find_custom(struct ar_api *api, struct ar_discovery *in, struct ar_err *err)
{
	const struct ar_names_ask ask = { .served = ar_discovery_find(in, CRDS, CRD_GROUP),
					  .each = mark_custom,
					  .user = in };
	struct ar_err cause = AR_ERR_INIT;
	struct ar_names names;

	if (!ask.served || ar_names_read(api, &ask, &names, &cause) != 0) {
		guess_custom(in);
		return ask.served ? miss(in, &cause, err) : 0;
	}
	for (size_t i = 0; i < in->count; i++)
		if (is_own_folder(in->list[i].resource.group))
			in->list[i].resource.custom = true;
	return 0;
}

/* --- the list ----------------------------------------------------------------------------------
 */

void ar_discovery_done(struct ar_discovery *discovery)
{
	free(discovery->list);
	*discovery = (struct ar_discovery)AR_DISCOVERY_INIT;
}

static int by_name(const void *a, const void *b)
{
	const struct ar_served *one = a, *two = b;
	const int order = strcmp(one->resource.group, two->resource.group);

	return order ? order : strcmp(one->resource.resource, two->resource.resource);
}

int ar_discovery_read(struct ar_api *api, struct ar_discovery *ret, struct ar_err *err)
{
	AR_DISCOVERY_AUTO struct ar_discovery found = AR_DISCOVERY_INIT;

	if (read_all(api, &found, err) != 0)
		return -1;
	if (found.count == 0)
		return ar_err_set(err, "the API server tells of no resource that it stores%s%s",
				  found.missing[0] ? ": " : "", found.missing);
	qsort(found.list, found.count, sizeof *found.list, by_name);
	if (find_custom(api, &found, err) != 0)
		return -1;
	*ret = found;
	found = (struct ar_discovery)AR_DISCOVERY_INIT;
	return 0;
}

const struct ar_served *ar_discovery_find(const struct ar_discovery *discovery,
					  const char *resource, const char *group)
{
	for (size_t i = 0; i < discovery->count; i++) {
		const struct ar_served *one = &discovery->list[i];
		if (strcmp(one->resource.resource, resource) == 0 &&
		    strcmp(one->resource.group, group) == 0)
			return one;
	}
	return NULL;
}

/* --- paths -------------------------------------------------------------------------------------
 */

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("-._~", c);
}

void ar__path_add(struct ar_buf *out, const char *part)
{
	for (; *part; part++) {
		if (is_plain(*part))
			ar_buf_addc(out, *part);
		else
			ar_buf_addf(out, "%%%02X", (unsigned)(unsigned char)*part);
	}
}

static void add_part(struct ar_buf *out, const char *part)
{
	ar_buf_addc(out, '/');
	ar__path_add(out, part);
}

bool ar_served_path(const struct ar_served *served, const char *namespace, const char *name,
		    char *buf, size_t size)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	ar_buf_adds(&out, served->resource.group[0] ? "/apis" : "/api");
	if (served->resource.group[0])
		add_part(&out, served->resource.group);
	add_part(&out, served->version);
	if (namespace && namespace[0]) {
		ar_buf_adds(&out, "/namespaces");
		add_part(&out, namespace);
	}
	add_part(&out, served->resource.resource);
	if (name)
		add_part(&out, name);
	if (out.failed || out.len >= size)
		return false;
	memcpy(buf, ar_buf_text(&out), out.len + 1);
	return true;
}
