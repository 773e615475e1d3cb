/* SPDX-License-Identifier: Apache-2.0 */
#include "api/configmap.h"

#include <stdio.h>
#include <string.h>

const struct ar_configmap_at ar_kubeadm_configmap = {
	.namespace = "kube-system",
	.name = "kubeadm-config",
	.key = "ClusterConfiguration",
};

/* Room for the two names, and the query. */
struct path {
	char text[700];
};

static struct path path_of(const struct ar_configmap_at *at, const char *query)
{
	struct path path;

	snprintf(path.text, sizeof path.text, "/api/v1/namespaces/%s/configmaps/%s%s",
		 at->namespace, at->name, query);
	return path;
}

static struct path what_of(const char *verb, const struct ar_configmap_at *at)
{
	struct path what;

	snprintf(what.text, sizeof what.text, "%s ConfigMap %s/%s", verb, at->namespace, at->name);
	return what;
}

/* A field of the object's metadata that the write back depends on. */
static int take_field(const json_t *json, const char *field, char ret[64], struct ar_err *err)
{
	const char *text = AR_DIG_TEXT(json, "metadata", field);

	if (!text[0] || strlen(text) >= 64)
		return ar_err_set(err, "an answer of the API server has no proper '%s'", field);
	memcpy(ret, text, strlen(text) + 1);
	return 0;
}

static int take_object(const struct ar_buf *body, const struct ar_configmap_at *at,
		       struct ar_configmap *to, struct ar_err *err)
{
	json_auto_t *json = NULL;

	if (ar_answer_json(body, &json, err) != 0 ||
	    take_field(json, "resourceVersion", to->resource_version, err) != 0 ||
	    take_field(json, "uid", to->uid, err) != 0)
		return -1;
	const json_t *text = AR_DIG(json, "data", at->key);
	to->exists = true;
	to->has_key = json_is_string(text);
	if (to->has_key)
		ar_buf_add(&to->text, json_string_value(text), json_string_length(text));
	return ar_buf_check(&to->text, err);
}

int ar_configmap_read(struct ar_api *api, const struct ar_configmap_at *at,
		      struct ar_configmap *ret, struct ar_err *err)
{
	const struct path path = path_of(at, "");
	const struct ar_http_request request = { .method = "GET",
						 .path = path.text,
						 .secret = at->secret };
	AR_CONFIGMAP_AUTO struct ar_configmap found = { .text = { .secret = at->secret } };
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_answer answer;

	if (ar_api_call(api, &request, &response, &answer, err) != 0)
		return -1;
	if (answer.kind != AR_ANSWER_OK && answer.kind != AR_ANSWER_NOT_FOUND)
		return ar_api_refused(api, &answer, what_of("read", at).text, err);
	if (answer.kind == AR_ANSWER_OK && take_object(&response.body, at, &found, err) != 0)
		return ar_err_wrap(err, "ConfigMap %s/%s", at->namespace, at->name);
	*ret = found;
	found = (struct ar_configmap)AR_CONFIGMAP_INIT;
	return 0;
}

void ar_configmap_done(struct ar_configmap *configmap)
{
	ar_buf_done(&configmap->text);
	configmap->exists = configmap->has_key = false;
}

/* --- writing -----------------------------------------------------------------------------------
 */

static int append(const char *data, size_t len, void *to)
{
	ar_buf_add(to, data, len);
	return 0;
}

/* Straight to where it is kept: jansson's own text would lie on the heap during the request. */
static int make_patch(const struct ar_configmap_at *at, const struct ar_configmap *old,
		      struct ar_bytes text, struct ar_buf *out, struct ar_err *err)
{
	json_auto_t *value = json_stringn(text.data ? text.data : "", text.len);

	if (!value)
		return ar_err_set(err, "what is to be written to ConfigMap %s/%s is not UTF-8",
				  at->namespace, at->name);
	json_auto_t *patch = json_pack("{s:{s:s,s:s},s:{s:O}}", "metadata", "resourceVersion",
				       old->resource_version, "uid", old->uid, "data", at->key,
				       value);
	if (!patch || json_dump_callback(patch, append, out, JSON_COMPACT) != 0)
		return ar_err_oom(err);
	return ar_buf_check(out, err);
}

/* What came back is metadata alone. */
static int take_written(const struct ar_buf *body, struct ar_configmap *old, struct ar_buf *next,
			struct ar_err *err)
{
	json_auto_t *json = NULL;

	if (ar_answer_json(body, &json, err) != 0 ||
	    take_field(json, "resourceVersion", old->resource_version, err) != 0)
		return ar_err_class(err, AR_LOOK);
	ar_buf_done(&old->text);
	old->text = *next;
	*next = (struct ar_buf){ .secret = next->secret };
	return 0;
}

/* The answer got lost: was it done? */
static int lost(const struct ar_configmap_at *at, struct ar_err *err)
{
	ar_err_wrap(err, "it is not known whether ConfigMap %s/%s was written", at->namespace,
		    at->name);
	return ar_err_class(err, AR_LOOK);
}

int ar_configmap_write(struct ar_api *api, const struct ar_configmap_at *at,
		       struct ar_configmap *old, struct ar_bytes text, enum ar_put *ret,
		       struct ar_err *err)
{
	const struct path path = path_of(at, "?fieldManager=atrest");
	AR_BUF_AUTO struct ar_buf patch = { .secret = at->secret };
	AR_BUF_AUTO struct ar_buf next = { .secret = at->secret };
	AR_HTTP_RESPONSE_AUTO struct ar_http_response response = AR_HTTP_RESPONSE_INIT;
	struct ar_answer answer;

	ar_buf_add(&next, text.data ? text.data : "", text.len);
	if (ar_buf_check(&next, err) != 0 || make_patch(at, old, text, &patch, err) != 0)
		return -1;
	/* On a connection of its own: libcurl sends again what it sent into a dead one, and the
	 * second would meet the first as a conflict. */
	const struct ar_http_request request = {
		.method = "PATCH",
		.path = path.text,
		.body = { patch.data, patch.len },
		.content_type = "application/merge-patch+json",
		.accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
		.fresh = true,
		.secret = at->secret,
	};
	if (ar_api_call(api, &request, &response, &answer, err) != 0)
		return ar_http_may_be_done(err) ? lost(at, err) : -1;
	if (answer.kind == AR_ANSWER_CONFLICT || answer.kind == AR_ANSWER_NOT_FOUND) {
		*ret = answer.kind == AR_ANSWER_CONFLICT ? AR_PUT_CONFLICT : AR_PUT_GONE;
		return 0;
	}
	if (answer.kind != AR_ANSWER_OK)
		ar_api_refused(api, &answer, what_of("write", at).text, err);
	if (answer.kind != AR_ANSWER_OK)
		return answer.code == 504 ? lost(at, err) : -1;
	if (take_written(&response.body, old, &next, err) != 0)
		return -1;
	*ret = AR_PUT_DONE;
	return 0;
}
