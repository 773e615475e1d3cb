/* SPDX-License-Identifier: Apache-2.0 */
#include "api/migration.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/list_impl.h"
#include "base/scope.h"
#include "base/secret.h"

#define GROUP  "storagemigration.k8s.io"
#define PLURAL "storageversionmigrations"

/* Earlier ones have another spec, with a version in the resource. */
static const char *const versions[] = { "v1", "v1beta1" };

static bool is_known(const char *version)
{
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		if (strcmp(versions[i], version) == 0)
			return true;
	return false;
}

bool ar_migration_served(const struct ar_discovery *discovery, char ret_version[64])
{
	const struct ar_served *served = ar_discovery_find(discovery, PLURAL, GROUP);

	if (!served || !is_known(served->version))
		return false;
	snprintf(ret_version, 64, "%s", served->version);
	return true;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static bool has_condition(const json_t *json, const char *type, struct ar_migration *to)
{
	AR_BUF_AUTO struct ar_buf shown = AR_BUF_INIT;
	size_t i;
	const json_t *condition;

	json_array_foreach(AR_DIG(json, "status", "conditions"), i, condition)
	{
		if (strcmp(AR_DIG_TEXT(condition, "type"), type) != 0 ||
		    strcmp(AR_DIG_TEXT(condition, "status"), "True") != 0)
			continue;
		const char *message = AR_DIG_TEXT(condition, "message");
		ar_buf_add_printable(&shown, message, strlen(message));
		snprintf(to->message, sizeof to->message, "%s", ar_buf_text(&shown));
		return true;
	}
	return false;
}

static void read_state(const json_t *json, struct ar_migration *to)
{
	static const struct {
		const char *type;
		enum ar_migration_state state;
	} by_weight[] = {
		{ "Failed", AR_MIGRATION_FAILED },
		{ "Succeeded", AR_MIGRATION_SUCCEEDED },
		{ "Running", AR_MIGRATION_RUNNING },
	};

	to->state = AR_MIGRATION_PENDING;
	to->message[0] = '\0';
	for (size_t i = 0; i < sizeof by_weight / sizeof *by_weight; i++) {
		if (!has_condition(json, by_weight[i].type, to))
			continue;
		to->state = by_weight[i].state;
		return;
	}
}

static bool is_ours(const json_t *json, const struct ar_resource *resource)
{
	const char *name = AR_DIG_TEXT(json, "metadata", "name");

	return strncmp(name, AR_MIGRATION_PREFIX, sizeof AR_MIGRATION_PREFIX - 1) == 0 &&
	       strlen(name) < sizeof((struct ar_migration *)NULL)->name &&
	       strcmp(AR_DIG_TEXT(json, "spec", "resource", "resource"), resource->resource) == 0 &&
	       strcmp(AR_DIG_TEXT(json, "spec", "resource", "group"), resource->group) == 0;
}

static void take(const json_t *json, const char *version, struct ar_migration *to)
{
	snprintf(to->version, sizeof to->version, "%s", version);
	snprintf(to->name, sizeof to->name, "%s", AR_DIG_TEXT(json, "metadata", "name"));
	read_state(json, to);
}

static void path_of(const char *version, const char *name, struct ar_buf *out)
{
	ar_buf_addf(out, "/apis/" GROUP "/%s/" PLURAL, version);
	if (name)
		ar_buf_addc(out, '/');
	if (name)
		ar__path_add(out, name);
}

/* --- asking ------------------------------------------------------------------------------------
 */

int ar_migration_find(struct ar_api *api, const char *version, const struct ar_resource *resource,
		      struct ar_migration *ret, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf path = AR_BUF_INIT;
	struct ar_migration found = { .state = AR_MIGRATION_PENDING };
	json_auto_t *list = NULL;
	size_t i;
	const json_t *item;

	path_of(version, NULL, &path);
	if (ar_buf_check(&path, err) != 0 ||
	    ar_api_get(api, ar_buf_text(&path), "list StorageVersionMigrations", &list, err) != 0)
		return -1;
	json_array_foreach(json_object_get(list, "items"), i, item)
	{
		struct ar_migration one = { .state = AR_MIGRATION_PENDING };
		if (!is_ours(item, resource))
			continue;
		take(item, version, &one);
		if (one.state == AR_MIGRATION_PENDING || one.state == AR_MIGRATION_RUNNING)
			found = one;
	}
	*ret = found;
	return 0;
}

/* Sends a request about one migration; the JSON of its answer, unless ret is NULL. */
static int ask(struct ar_api *api, const struct ar_http_request *request, const char *what,
	       json_t **ret, struct ar_err *err)
{
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_answer answer;

	if (ar_api_call(api, request, &response, &answer, err) != 0)
		return -1;
	if (answer.kind != AR_ANSWER_OK)
		return ar_api_refused(api, &answer, what, err);
	return ret ? ar_answer_json(&response.body, ret, err) : 0;
}

static void name_it(const struct ar_resource *resource, char *name, size_t size)
{
	uint64_t random;

	ar_secret_random(&random, sizeof random);
	snprintf(name, size, AR_MIGRATION_PREFIX "%.80s-%016llx", resource->resource,
		 (unsigned long long)random);
}

int ar_migration_create(struct ar_api *api, const char *version, const struct ar_resource *resource,
			struct ar_migration *ret, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf path = AR_BUF_INIT, full = AR_BUF_INIT;
	struct ar_migration made = { .state = AR_MIGRATION_PENDING };
	json_auto_t *answer = NULL;

	name_it(resource, made.name, sizeof made.name);
	path_of(version, NULL, &path);
	ar_buf_addf(&full, GROUP "/%s", version);
	json_auto_t *json = json_pack("{s:s,s:s,s:{s:s},s:{s:{s:s,s:s}}}", "apiVersion",
				      ar_buf_text(&full), "kind", "StorageVersionMigration",
				      "metadata", "name", made.name, "spec", "resource", "group",
				      resource->group, "resource", resource->resource);
	AR_FREE_AUTO char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (!text || path.failed)
		return ar_err_oom(err);
	const struct ar_http_request request = { .method = "POST",
						 .path = ar_buf_text(&path),
						 .body = { text, strlen(text) },
						 .content_type = "application/json" };
	if (ask(api, &request, "make a StorageVersionMigration", &answer, err) != 0)
		return -1;
	if (strcmp(AR_DIG_TEXT(answer, "metadata", "name"), made.name) != 0)
		return ar_err_set(err, "the API server made another StorageVersionMigration than "
				       "it was asked for");
	take(answer, version, &made);
	*ret = made;
	return 0;
}

int ar_migration_look(struct ar_api *api, struct ar_migration *migration, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf path = AR_BUF_INIT;
	json_auto_t *json = NULL;

	path_of(migration->version, migration->name, &path);
	if (ar_buf_check(&path, err) != 0 ||
	    ar_api_get(api, ar_buf_text(&path), "read the StorageVersionMigration", &json, err) !=
		    0)
		return -1;
	read_state(json, migration);
	return 0;
}

int ar_migration_remove(struct ar_api *api, const struct ar_migration *migration,
			struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf path = AR_BUF_INIT;
	struct ar_err cause = AR_ERR_INIT;

	path_of(migration->version, migration->name, &path);
	if (ar_buf_check(&path, err) != 0)
		return -1;
	const struct ar_http_request request = { .method = "DELETE", .path = ar_buf_text(&path) };
	if (ask(api, &request, "remove the StorageVersionMigration", NULL, &cause) == 0 ||
	    cause.sys == ENOENT)
		return 0;
	*err = cause;
	return -1;
}
