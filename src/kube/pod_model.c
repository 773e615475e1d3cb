/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/pod_model.h"

#include <cyaml/cyaml.h>
#include <string.h>

#include "kube/typed.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* libcyaml's side: the structs of kube/pod.h. Their node pointers are ours, set afterwards. */
static const cyaml_schema_field_t arg_fields[] = {
	CYAML_FIELD_STRING_PTR("text", CYAML_FLAG_POINTER, struct ar_arg, text, 0, CYAML_UNLIMITED),
	CYAML_FIELD_BOOL("in_args", CYAML_FLAG_DEFAULT, struct ar_arg, in_args),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t arg_value = { CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT,
								    struct ar_arg, arg_fields) };

#define TEXT(type, member)                                                                         \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, \
			       CYAML_UNLIMITED)

static const cyaml_schema_field_t mount_fields[] = {
	TEXT(struct ar_env_mount, mount_path),
	TEXT(struct ar_env_mount, name),
	TEXT(struct ar_env_mount, sub_path),
	CYAML_FIELD_BOOL("read_only", CYAML_FLAG_OPTIONAL, struct ar_env_mount, read_only),
	CYAML_FIELD_BOOL("sub_expr", CYAML_FLAG_OPTIONAL, struct ar_env_mount, sub_expr),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t mount_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct ar_env_mount, mount_fields),
};

static const cyaml_schema_field_t volume_fields[] = {
	TEXT(struct ar_volume, name),
	TEXT(struct ar_volume, host_path),
	TEXT(struct ar_volume, host_type),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t volume_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct ar_volume, volume_fields),
};

static const cyaml_schema_field_t pod_fields[] = {
	TEXT(struct ar_pod, name),
	TEXT(struct ar_pod, namespace),
	TEXT(struct ar_pod, image),
	TEXT(struct ar_pod, container_name),
	CYAML_FIELD_SEQUENCE_COUNT("args", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct ar_pod,
				   args, arg_count, &arg_value, 0, CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("mounts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct ar_pod, mounts, mount_count, &mount_value, 0,
				   CYAML_UNLIMITED),
	CYAML_FIELD_SEQUENCE_COUNT("volumes", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct ar_pod, volumes, volume_count, &volume_value, 0,
				   CYAML_UNLIMITED),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t pod_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct ar_pod, pod_fields),
};
static const cyaml_config_t config = { .mem_fn = cyaml_mem, .flags = CYAML_CFG_NO_ALIAS };

static int write_args(const struct ar_tree *tree, const struct ar_node *list, bool in_args,
		      struct ar_buf *json, struct ar_err *err)
{
	size_t len;

	if (!list)
		return 0;
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		if (ar__is_string(tree, item, err) != 0)
			return -1;
		const char *text = ar_node_text(tree, ar_node_resolve(tree, item), &len);
		ar__typed_open(json, '{');
		ar__typed_string(json, "text", text, len);
		ar__typed_key(json, "in_args");
		ar_buf_adds(json, in_args ? "true}" : "false}");
	}
	return 0;
}

/* An item of a list of mappings; an alias may stand for the whole of it. */
static int item_mapping(const struct ar_tree *tree, const struct ar_node *item,
			const struct ar_node **ret_map, struct ar_err *err)
{
	*ret_map = ar_node_resolve(tree, item);
	return ar__is_mapping(tree, *ret_map, err);
}

static int write_mount(const struct ar_tree *tree, const struct ar_node *item, struct ar_buf *json,
		       struct ar_err *err)
{
	static const struct ar_field fields[] = {
		{ .key = "mountPath", .as = "mount_path", .required = true },
		{ .key = "name", .as = "name", .required = true },
		{ .key = "subPath", .as = "sub_path" },
		{ .key = "readOnly", .as = "read_only", .type = AR_FIELD_BOOL },
	};
	const struct ar_node *map;

	if (item_mapping(tree, item, &map, err) != 0)
		return -1;
	ar__typed_open(json, '{');
	if (ar__typed_fields(tree, map, fields, COUNT(fields), json, err) != 0)
		return -1;
	if (ar_map_key(tree, map, "subPathExpr")) {
		ar__typed_key(json, "sub_expr");
		ar_buf_adds(json, "true");
	}
	ar_buf_addc(json, '}');
	return 0;
}

static int write_volume(const struct ar_tree *tree, const struct ar_node *item, struct ar_buf *json,
			struct ar_err *err)
{
	static const struct ar_field fields[] = {
		{ .key = "name", .as = "name", .required = true }
	};
	static const struct ar_field host_fields[] = {
		{ .key = "path", .as = "host_path", .required = true },
		{ .key = "type", .as = "host_type" },
	};
	const struct ar_node *map;

	if (item_mapping(tree, item, &map, err) != 0)
		return -1;
	ar__typed_open(json, '{');
	if (ar__typed_fields(tree, map, fields, COUNT(fields), json, err) != 0)
		return -1;
	const struct ar_node *host = ar_map_get(tree, map, "hostPath");
	if (host && !ar_node_is_null(tree, host) &&
	    (ar__is_mapping(tree, host, err) != 0 ||
	     ar__typed_fields(tree, host, host_fields, COUNT(host_fields), json, err) != 0))
		return -1;
	ar_buf_addc(json, '}');
	return 0;
}

static int write_list(const struct ar_tree *tree, const struct ar_node *list,
		      int (*write)(const struct ar_tree *, const struct ar_node *, struct ar_buf *,
				   struct ar_err *),
		      struct ar_buf *json, struct ar_err *err)
{
	ar_buf_addc(json, '[');
	const struct ar_node *item = list ? ar_node_first(tree, list) : NULL;
	for (; item; item = ar_node_next(tree, item))
		if (write(tree, item, json, err) != 0)
			return -1;
	ar_buf_addc(json, ']');
	return 0;
}

int ar__model_write(const struct ar_pod_site *site, struct ar_buf *json, struct ar_err *err)
{
	static const struct ar_field meta_fields[] = {
		{ .key = "name", .as = "name", .required = true },
		{ .key = "namespace", .as = "namespace" },
	};
	static const struct ar_field fields[] = {
		{ .key = "name", .as = "container_name", .required = true },
		{ .key = "image", .as = "image" },
	};
	const struct ar_tree *tree = site->tree;

	ar_buf_addc(json, '{');
	if (ar__typed_fields(tree, site->metadata, meta_fields, COUNT(meta_fields), json, err) !=
		    0 ||
	    ar__typed_fields(tree, site->container, fields, COUNT(fields), json, err) != 0)
		return -1;
	ar__typed_key(json, "args");
	ar_buf_addc(json, '[');
	if (write_args(tree, site->command, false, json, err) != 0 ||
	    write_args(tree, site->args, true, json, err) != 0)
		return -1;
	ar_buf_addc(json, ']');
	ar__typed_key(json, "mounts");
	if (write_list(tree, site->mounts, write_mount, json, err) != 0)
		return -1;
	ar__typed_key(json, "volumes");
	if (write_list(tree, site->volumes, write_volume, json, err) != 0)
		return -1;
	ar_buf_addc(json, '}');
	return ar_buf_check(json, err);
}

int ar__model_load(const struct ar_buf *json, struct ar_pod **ret_pod, struct ar_err *err)
{
	cyaml_data_t *data = NULL;
	cyaml_err_t result = cyaml_load_data((const uint8_t *)json->data, json->len, &config,
					     &pod_value, &data, NULL);

	/* The text is our own and well formed: libyaml fails on it only for want of memory. */
	if (result == CYAML_ERR_OOM || result == CYAML_ERR_LIBYAML_PARSER_INIT ||
	    result == CYAML_ERR_LIBYAML_PARSER)
		return ar_err_oom(err);
	if (result != CYAML_OK || !data)
		return ar_err_set(err, "internal: the pod cannot be typed: %s",
				  cyaml_strerror(result));
	*ret_pod = data;
	return 0;
}

void ar__model_free(struct ar_pod *pod)
{
	if (pod)
		cyaml_free(&config, &pod_value, pod, 0);
}
