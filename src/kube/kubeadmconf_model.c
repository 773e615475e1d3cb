/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kubeadmconf_impl.h"

#include <cyaml/cyaml.h>

#include "kube/typed.h"

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

int ar__kubeadm_load(const struct ar_buf *json, struct ar_kubeadmconf **ret_conf,
		     struct ar_err *err)
{
	cyaml_data_t *data = NULL;
	cyaml_err_t result = cyaml_load_data((const uint8_t *)json->data, json->len, &config,
					     &conf_value, &data, NULL);

	/* The text is our own and well formed: libyaml fails on it only for want of memory. */
	if (result == CYAML_ERR_OOM || result == CYAML_ERR_LIBYAML_PARSER_INIT ||
	    result == CYAML_ERR_LIBYAML_PARSER)
		return ar_err_oom(err);
	if (result != CYAML_OK || !data)
		return ar_err_set(err, "the kubeadm config cannot be typed: %s: a bug in atrest",
				  cyaml_strerror(result));
	*ret_conf = data;
	return 0;
}

/* --- the tree's side ------------------------------------------------------------------------ */

static int write_map_args(const struct ar__kubeadm_parts *parts, struct ar_buf *json,
			  struct ar_err *err)
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

static int write_args(const struct ar__kubeadm_parts *parts, struct ar_buf *json,
		      struct ar_err *err)
{
	static const struct ar_field fields[] = {
		{ .key = "name", .as = "name", .required = true },
		{ .key = "value", .as = "value" },
	};

	if (parts->args && parts->form == AR_KUBEADM_MAP)
		return write_map_args(parts, json, err);
	return write_items(parts->tree, parts->args, fields, COUNT(fields), json, err);
}

int ar__kubeadm_write(const struct ar__kubeadm_parts *parts, const struct ar_node *version_doc,
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
