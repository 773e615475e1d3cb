/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kubeadmconf.h"

#include <stdlib.h>
#include <string.h>

#include <cyaml/cyaml.h>

#include "base/scope.h"
#include "kube/typed.h"

#define GROUP        "kubeadm.k8s.io/"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- libcyaml's side ------------------------------------------------------------------------ */

#define TEXT(type, member)                                                                         \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, \
			       CYAML_UNLIMITED)

static const cyaml_schema_field_t arg_fields[] = {
	TEXT(struct ar_kubeadm_arg, name),
	TEXT(struct ar_kubeadm_arg, value),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t arg_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct ar_kubeadm_arg, arg_fields),
};

static const cyaml_schema_field_t volume_fields[] = {
	TEXT(struct ar_kubeadm_volume, name),
	TEXT(struct ar_kubeadm_volume, host_path),
	TEXT(struct ar_kubeadm_volume, mount_path),
	TEXT(struct ar_kubeadm_volume, path_type),
	CYAML_FIELD_BOOL("read_only", CYAML_FLAG_OPTIONAL, struct ar_kubeadm_volume, read_only),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t volume_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct ar_kubeadm_volume, volume_fields),
};

static const cyaml_schema_field_t conf_fields[] = {
	TEXT(struct ar_kubeadmconf, api_version),
	TEXT(struct ar_kubeadmconf, kubernetes_version),
	TEXT(struct ar_kubeadmconf, endpoint),
	TEXT(struct ar_kubeadmconf, certificates_dir),
	CYAML_FIELD_SEQUENCE_COUNT("args", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct ar_kubeadmconf, args, arg_count, &arg_value, 0,
				   CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("volumes", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct ar_kubeadmconf, volumes, volume_count, &volume_value, 0,
				   CYAML_UNLIMITED),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t conf_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct ar_kubeadmconf, conf_fields),
};
static const cyaml_config_t config = { .mem_fn = cyaml_mem, .flags = CYAML_CFG_NO_ALIAS };

void ar_kubeadmconf_free(struct ar_kubeadmconf *conf)
{
	if (conf)
		cyaml_free(&config, &conf_value, conf, 0);
}

static int load(const struct ar_buf *json, struct ar_kubeadmconf **ret_conf, struct ar_err *err)
{
	cyaml_data_t *data = NULL;
	cyaml_err_t result = cyaml_load_data((const uint8_t *)json->data, json->len, &config,
					     &conf_value, &data, NULL);

	if (result == CYAML_ERR_OOM || result == CYAML_ERR_LIBYAML_PARSER_INIT)
		return ar_err_oom(err);
	if (result != CYAML_OK || !data)
		return ar_err_set(err, "the kubeadm config cannot be typed: %s: a bug in atrest",
				  cyaml_strerror(result));
	*ret_conf = data;
	return 0;
}

/* --- the documents -------------------------------------------------------------------------- */

/* The version of a kubeadm document ("v1beta4"), NULL when the document is none. */
static const char *version_of(const struct ar_tree *tree, const struct ar_node *root,
			      size_t *ret_len)
{
	const struct ar_node *version = ar_map_get(tree, root, "apiVersion");
	size_t len;

	if (!version || version->kind != AR_SCALAR)
		return NULL;
	const char *text = ar_node_text(tree, version, &len);
	if (len <= sizeof GROUP - 1 || memcmp(text, GROUP, sizeof GROUP - 1) != 0)
		return NULL;
	*ret_len = len - (sizeof GROUP - 1);
	return text + sizeof GROUP - 1;
}

bool ar_kubeadmconf_is(const struct ar_tree *tree)
{
	size_t len;

	for (size_t i = 0; i < ar_tree_documents(tree); i++)
		if (version_of(tree, ar_tree_root(tree, i), &len))
			return true;
	return false;
}

/* The forms that kubeadm's API versions have. */
static const struct form {
	const char *version;
	enum ar_kubeadm_form form;
} forms[] = {
	{ "v1beta1", AR_KUBEADM_MAP },
	{ "v1beta2", AR_KUBEADM_MAP },
	{ "v1beta3", AR_KUBEADM_MAP },
	{ "v1beta4", AR_KUBEADM_LIST },
};

static int check_version(const struct ar_tree *tree, const struct ar_node *root,
			 const struct form **ret_form, struct ar_err *err)
{
	size_t len;
	const char *version = version_of(tree, root, &len);

	for (size_t i = 0; i < COUNT(forms); i++)
		if (ar_text_is(version, len, forms[i].version)) {
			*ret_form = &forms[i];
			return 0;
		}
	ar_node_err(err, tree, ar_map_get(tree, root, "apiVersion"),
		    "apiVersion '%s%.*s' is not one that is understood "
		    "here; expected v1beta1 to v1beta4",
		    GROUP, (int)(len < 32 ? len : 32), version);
	return ar_err_hint(err, len > 7 && memcmp(version, "v1alpha", 7) == 0
					? "turn it into a newer one with the kubeadm of its time: "
					  "kubeadm config migrate --old-config FILE"
					: "take an apiVersion that this version of atrest knows");
}

struct found {
	const struct ar_node *cluster,
		*other; /* the ClusterConfiguration; else the first kubeadm document */
	const struct form *form;
};

static int look_at(const struct ar_tree *tree, const struct ar_node *root, struct found *found,
		   struct ar_err *err)
{
	const struct ar_node *kind = ar_map_get(tree, root, "kind");
	const struct form *form = NULL;
	size_t len;

	if (!version_of(tree, root, &len))
		return 0;
	if (check_version(tree, root, &form, err) != 0)
		return -1;
	bool cluster = kind && kind->kind == AR_SCALAR &&
		       ar_node_is(tree, kind, "ClusterConfiguration");
	if (cluster && found->cluster) {
		ar_node_err(err, tree, root,
			    "a second ClusterConfiguration; the first is in line %zu",
			    ar_text_place(ar_tree_text(tree), found->cluster->start).line);
		return ar_err_hint(err, "keep one of them: kubeadm takes only one");
	}
	if (cluster)
		found->cluster = root;
	if (cluster || !found->other) {
		found->form = form;
		found->other = root;
	}
	return 0;
}

static int find_documents(const struct ar_tree *tree, struct found *found, struct ar_err *err)
{
	for (size_t i = 0; i < ar_tree_documents(tree); i++)
		if (look_at(tree, ar_tree_root(tree, i), found, err) != 0)
			return -1;
	if (found->other)
		return 0;
	ar_err_at(err, ar_tree_text(tree), 0, "no document of " GROUP " here");
	return ar_err_hint(
		err, "name a file for kubeadm init --config; in a kind config, put the same under "
		     "kubeadmConfigPatches by hand");
}

/* --- the parts ------------------------------------------------------------------------------ */

/* A mapping or list below `key`, NULL where it is absent or null. */
static int take(const struct ar_tree *tree, const struct ar_node *map, const char *key,
		enum ar_kind kind, const struct ar_node **ret_value)
{
	const struct ar_node *value = ar__value(tree, map, key);

	*ret_value = NULL;
	if (!value || (value->kind == AR_SCALAR && ar_node_is_null(tree, value)))
		return 0;
	*ret_value = value;
	return value->kind == kind || value->kind == AR_ALIAS ? 0 : -1;
}

static int take_checked(const struct ar_tree *tree, const struct ar_node *map, const char *key,
			enum ar_kind kind, const struct ar_node **ret_value, struct ar_err *err)
{
	int fits = take(tree, map, key, kind, ret_value);

	if (!*ret_value)
		return 0;
	if (fits == 0)
		return kind == AR_MAPPING ? ar__is_mapping(tree, *ret_value, err)
					  : ar__is_list(tree, *ret_value, err);
	bool list = kind == AR_SEQUENCE;
	ar_node_err(err, tree, *ret_value, "'%s' is %s; expected %s", key,
		    ar__kind_name(tree, *ret_value), list ? "a list" : "a mapping");
	if (strcmp(key, "extraArgs") != 0)
		return -1;
	return ar_err_hint(err, list ? "v1beta4 has a list of {name, value}"
				     : "a list of {name, value} is what v1beta4 has; up to "
				       "v1beta3 it is a mapping");
}

struct parts {
	const struct ar_tree *tree;
	const struct ar_node *cluster, *api_server, *args, *volumes;
	enum ar_kubeadm_form form;
};

static int find_parts(struct parts *parts, struct ar_err *err)
{
	const struct ar_tree *tree = parts->tree;
	const struct ar_node *path[4];

	if (!parts->cluster)
		return 0;
	if (ar__is_mapping(tree, parts->cluster, err) != 0 ||
	    take_checked(tree, parts->cluster, "apiServer", AR_MAPPING, &parts->api_server, err) !=
		    0)
		return -1;
	if (parts->api_server &&
	    (take_checked(tree, parts->api_server, "extraArgs",
			  parts->form == AR_KUBEADM_MAP ? AR_MAPPING : AR_SEQUENCE, &parts->args,
			  err) != 0 ||
	     take_checked(tree, parts->api_server, "extraVolumes", AR_SEQUENCE, &parts->volumes,
			  err) != 0))
		return -1;
	memcpy(path,
	       (const struct ar_node *[4]){ parts->cluster, parts->api_server, parts->args,
					    parts->volumes },
	       sizeof path);
	for (size_t i = 0; i < COUNT(path); i++)
		if (path[i] && ar__not_shared(tree, path[i], err) != 0)
			return -1;
	return 0;
}

static int write_map_args(const struct parts *parts, struct ar_buf *json, struct ar_err *err)
{
	const struct ar_tree *tree = parts->tree;
	const struct ar_node *key = ar_node_first(tree, parts->args);
	size_t len;

	for (; key; key = ar_node_next(tree, ar_node_next(tree, key))) {
		const struct ar_node *value = ar_node_next(tree, key);

		if (ar__is_string(tree, value, err) != 0)
			return -1;
		const char *text = ar_node_text(tree, ar_node_resolve(tree, key), &len);
		ar__typed_open(json, '{');
		ar__typed_string(json, "name", text, len);
		text = ar_node_text(tree, ar_node_resolve(tree, value), &len);
		ar__typed_string(json, "value", text, len);
		ar_buf_addc(json, '}');
	}
	return 0;
}

static int write_items(const struct ar_tree *tree, const struct ar_node *list,
		       const struct ar_field *fields, size_t count, struct ar_buf *json,
		       struct ar_err *err)
{
	for (const struct ar_node *item = list ? ar_node_first(tree, list) : NULL; item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *map = ar_node_resolve(tree, item);

		if (ar__is_mapping(tree, map, err) != 0)
			return -1;
		ar__typed_open(json, '{');
		if (ar__typed_fields(tree, map, fields, count, json, err) != 0)
			return -1;
		ar_buf_addc(json, '}');
	}
	return 0;
}

static int write_args(const struct parts *parts, struct ar_buf *json, struct ar_err *err)
{
	static const struct ar_field fields[] = {
		{ .key = "name", .as = "name", .required = true },
		{ .key = "value", .as = "value" },
	};

	if (parts->args && parts->form == AR_KUBEADM_MAP)
		return write_map_args(parts, json, err);
	return write_items(parts->tree, parts->args, fields, COUNT(fields), json, err);
}

static int write_model(const struct parts *parts, const struct ar_node *version_doc,
		       struct ar_buf *json, struct ar_err *err)
{
	static const struct ar_field version[] = { { .key = "apiVersion", .as = "api_version" } };
	static const struct ar_field texts[] = {
		{ .key = "kubernetesVersion", .as = "kubernetes_version" },
		{ .key = "controlPlaneEndpoint", .as = "endpoint" },
		{ .key = "certificatesDir", .as = "certificates_dir" },
	};
	static const struct ar_field volume[] = {
		{ .key = "name", .as = "name", .required = true },
		{ .key = "hostPath", .as = "host_path", .required = true },
		{ .key = "mountPath", .as = "mount_path", .required = true },
		{ .key = "pathType", .as = "path_type" },
		{ .key = "readOnly", .as = "read_only", .type = AR_FIELD_BOOL },
	};

	ar_buf_addc(json, '{');
	if (ar__typed_fields(parts->tree, version_doc, version, COUNT(version), json, err) != 0)
		return -1;
	if (parts->cluster &&
	    ar__typed_fields(parts->tree, parts->cluster, texts, COUNT(texts), json, err) != 0)
		return -1;
	ar__typed_key(json, "args");
	ar_buf_addc(json, '[');
	if (write_args(parts, json, err) != 0)
		return -1;
	ar_buf_addc(json, ']');
	ar__typed_key(json, "volumes");
	ar_buf_addc(json, '[');
	if (write_items(parts->tree, parts->volumes, volume, COUNT(volume), json, err) != 0)
		return -1;
	ar_buf_adds(json, "]}");
	return ar_buf_check(json, err);
}

/* Gives each typed item the node it was made from: both are in document order. */
static void attach(struct ar_kubeadmconf *conf, const struct parts *parts)
{
	const struct ar_tree *tree = parts->tree;
	const struct ar_node *item = parts->args ? ar_node_first(tree, parts->args) : NULL;

	conf->tree = tree;
	conf->cluster = parts->cluster;
	conf->form = parts->form;
	conf->api_server_key = ar_map_key(tree, parts->cluster, "apiServer");
	conf->args_key = ar_map_key(tree, parts->api_server, "extraArgs");
	conf->volumes_key = ar_map_key(tree, parts->api_server, "extraVolumes");
	for (size_t i = 0; item; i++) {
		bool map = parts->form == AR_KUBEADM_MAP;
		const struct ar_node *value = map ? ar_node_next(tree, item)
						  : ar__value(tree, ar_node_resolve(tree, item),
							      "value");

		conf->args[i].node = item;
		conf->args[i].value_node = value;
		item = ar_node_next(tree, map ? value : item);
	}
	item = parts->volumes ? ar_node_first(tree, parts->volumes) : NULL;
	for (size_t i = 0; item; item = ar_node_next(tree, item))
		conf->volumes[i++].node = item;
}

static int check_template(const struct ar_tree *tree, const struct ar_node *node, const char *text,
			  struct ar_err *err)
{
	const char *marker = text ? ar__template(text) : NULL;

	if (!marker)
		return 0;
	ar_node_err(
		err, tree, node,
		"'%s' marks a template; what this file will say is known only once it is rendered",
		marker);
	return ar_err_hint(
		err,
		"patch the rendered file, or put argument and volume into the template by hand");
}

static int check_templates(const struct ar_kubeadmconf *conf, struct ar_err *err)
{
	for (size_t i = 0; i < conf->arg_count; i++)
		if (check_template(conf->tree, conf->args[i].node, conf->args[i].name, err) != 0 ||
		    check_template(conf->tree, conf->args[i].node, conf->args[i].value, err) != 0)
			return -1;
	for (size_t i = 0; i < conf->volume_count; i++)
		if (check_template(conf->tree, conf->volumes[i].node, conf->volumes[i].host_path,
				   err) != 0 ||
		    check_template(conf->tree, conf->volumes[i].node, conf->volumes[i].mount_path,
				   err) != 0)
			return -1;
	return 0;
}

int ar_kubeadmconf_read(const struct ar_tree *tree, struct ar_kubeadmconf **ret_conf,
			struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf json = AR_BUF_INIT;
	AR_KUBEADMCONF_AUTO struct ar_kubeadmconf *conf = NULL;
	struct found found = { .form = forms };

	if (find_documents(tree, &found, err) != 0)
		return -1;
	struct parts parts = { .tree = tree, .cluster = found.cluster, .form = found.form->form };
	if (find_parts(&parts, err) != 0 || write_model(&parts, found.other, &json, err) != 0 ||
	    load(&json, &conf, err) != 0)
		return -1;
	attach(conf, &parts);
	if (check_templates(conf, err) != 0)
		return -1;
	*ret_conf = AR_TAKE(conf);
	return 0;
}
