/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "kube/pod.h"
#include "kube/typed.h"
#include "yaml/scalar.h"

/*
 * The rules of the API's own validation (ValidatePodCreate) for the few fields that a patch touches
 * or relies on. A manifest that breaks one is not loaded: there is no API server, patched or not.
 */

static int refuse(const struct ar_tree *tree, const struct ar_node *node, const char *why,
		  struct ar_err *err)
{
	char path[128];

	ar_node_path(tree, node, path, sizeof path);
	ar_node_err(err, tree, node, "'%s' %s; the kubelet refuses this manifest", path, why);
	return ar_err_hint(err,
			   "put that right first: with it there is no API server, patched or not");
}

static bool is_name(const char *text, size_t len, size_t max, bool dots)
{
	static const char ends[] = "abcdefghijklmnopqrstuvwxyz0123456789";

	for (size_t i = 0; i < len; i++) {
		bool dot = text[i] == '.', inner = i > 0 && i + 1 < len;
		bool beside_dot = inner && (text[i - 1] == '.' || text[i + 1] == '.');

		if (text[i] == '\0' ||
		    !(strchr(ends, text[i]) || (inner && text[i] == '-' && !beside_dot) ||
		      (inner && dot && dots && !beside_dot)))
			return false;
	}
	return len >= 1 && len <= max;
}

/* `key` of `map` is there and a name by the API's rules. */
static int check_name(const struct ar_tree *tree, const struct ar_node *map, const char *key,
		      bool dots, struct ar_err *err)
{
	const struct ar_node *value = ar__value(tree, map, key);
	size_t len;

	if (!value || ar_node_is_null(tree, ar_node_resolve(tree, value)))
		return refuse(tree, map, "has no name", err);
	if (ar__is_string(tree, value, err) != 0)
		return -1;
	const char *text = ar_node_text(tree, ar_node_resolve(tree, value), &len);
	if (is_name(text, len, dots ? 253 : 63, dots))
		return 0;
	return refuse(tree, value, "is no name by Kubernetes' rules (a-z, 0-9, '-')", err);
}

/* The mapping that an item stands for, NULL where it cannot be judged here (a merge key). */
static const struct ar_node *item_map(const struct ar_tree *tree, const struct ar_node *item)
{
	const struct ar_node *map = ar_node_resolve(tree, item);

	return map->kind == AR_MAPPING && !ar_map_key(tree, map, "<<") ? map : NULL;
}

/* The first item of a list before `item` whose `key` has the same text. */
static bool stands_before(const struct ar_tree *tree, const struct ar_node *list,
			  const struct ar_node *item, const char *key)
{
	const struct ar_node *value = ar_map_get(tree, ar_node_resolve(tree, item), key);
	size_t len, other_len;

	if (!value || value->kind != AR_SCALAR)
		return false;
	const char *text = ar_node_text(tree, value, &len);
	for (const struct ar_node *i = ar_node_first(tree, list); i != item;
	     i = ar_node_next(tree, i)) {
		const struct ar_node *other = ar_map_get(tree, ar_node_resolve(tree, i), key);
		const char *other_text = other && other->kind == AR_SCALAR
						 ? ar_node_text(tree, other, &other_len)
						 : NULL;

		if (other_text && other_len == len && memcmp(other_text, text, len) == 0)
			return true;
	}
	return false;
}

/* A list below `map`, NULL where there is none. Long ones are refused: each item is compared with
 * all before it, and no real pod has as many. */
static int take_list(const struct ar_tree *tree, const struct ar_node *map, const char *key,
		     const struct ar_node **ret_list, struct ar_err *err)
{
	const struct ar_node *list = ar_map_get(tree, map, key);

	*ret_list = list && list->kind == AR_SEQUENCE ? list : NULL;
	if (*ret_list && ar_node_count(tree, list) > AR_POD_MANY)
		return ar_node_err(err, tree, list, "'%s' has more than %d items", key,
				   AR_POD_MANY);
	return 0;
}

/* --- volumes and mounts --------------------------------------------------------------------- */

static bool is_host_type(const char *type)
{
	static const char *const types[] = { "",           "DirectoryOrCreate",
					     "Directory",  "FileOrCreate",
					     "File",       "Socket",
					     "CharDevice", "BlockDevice" };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

static int check_volumes(const struct ar_pod *pod, struct ar_err *err)
{
	const struct ar_node *list;

	if (take_list(pod->tree, pod->spec, "volumes", &list, err) != 0)
		return -1;
	for (size_t i = 0; i < pod->volume_count; i++) {
		const struct ar_volume *volume = &pod->volumes[i];

		if (check_name(pod->tree, ar_node_resolve(pod->tree, volume->node), "name", false,
			       err) != 0)
			return -1;
		if (stands_before(pod->tree, list, volume->node, "name"))
			return refuse(pod->tree, volume->node, "has the name of a volume before it",
				      err);
		if (volume->host_path && !*volume->host_path)
			return refuse(pod->tree, volume->node, "has an empty hostPath", err);
		if (volume->host_type && !is_host_type(volume->host_type))
			return refuse(pod->tree, volume->node, "has a hostPath of unknown type",
				      err);
	}
	return 0;
}

static int check_mount(const struct ar_pod *pod, const struct ar_node *list,
		       const struct ar_node *item, const char *coming, struct ar_err *err)
{
	const struct ar_tree *tree = pod->tree;
	const struct ar_node *map = item_map(tree, item);
	const struct ar_node *name = map ? ar_map_get(tree, map, "name") : NULL;
	bool known = coming && name && ar_node_is(tree, name, coming);

	if (!map)
		return 0;
	for (size_t i = 0; name && i < pod->volume_count; i++)
		known = known || ar_node_is(tree, name, pod->volumes[i].name);
	if (!known)
		return refuse(tree, item, "mounts a volume that the pod does not have", err);
	const struct ar_node *path = ar_map_get(tree, map, "mountPath");
	if (!path || ar_node_is_null(tree, path) || ar_node_is(tree, path, ""))
		return refuse(tree, item, "has no mountPath", err);
	return stands_before(tree, list, item, "mountPath")
		       ? refuse(tree, item, "has the mountPath of a mount before it", err)
		       : 0;
}

/* --- containers ----------------------------------------------------------------------------- */

static int check_env(const struct ar_tree *tree, const struct ar_node *container,
		     struct ar_err *err)
{
	const struct ar_node *list = ar_map_get(tree, container, "env");

	if (!list || list->kind != AR_SEQUENCE)
		return 0;
	for (const struct ar_node *item = ar_node_first(tree, list); item;
	     item = ar_node_next(tree, item)) {
		const struct ar_node *value = ar__value(tree, ar_node_resolve(tree, item), "value");

		if (value && !ar_node_is_null(tree, ar_node_resolve(tree, value)) &&
		    ar__is_string(tree, value, err) != 0)
			return -1;
	}
	return 0;
}

static int check_container(const struct ar_pod *pod, const struct ar_node *list,
			   const struct ar_node *item, const char *coming, struct ar_err *err)
{
	const struct ar_tree *tree = pod->tree;
	const struct ar_node *map = item_map(tree, item);
	const struct ar_node *image = map ? ar_map_get(tree, map, "image") : NULL;

	if (!map)
		return 0;
	if (check_name(tree, map, "name", false, err) != 0)
		return -1;
	if (stands_before(tree, list, item, "name"))
		return refuse(tree, item, "has the name of a container before it", err);
	if (!image || ar_node_is_null(tree, image) || ar_node_is(tree, image, ""))
		return refuse(tree, item, "has no image", err);
	const struct ar_node *mounts;
	if (take_list(tree, map, "volumeMounts", &mounts, err) != 0)
		return -1;
	for (const struct ar_node *mount = mounts ? ar_node_first(tree, mounts) : NULL; mount;
	     mount = ar_node_next(tree, mount))
		if (check_mount(pod, mounts, mount, item == pod->container ? coming : NULL, err) !=
		    0)
			return -1;
	return check_env(tree, map, err);
}

static int check_containers(const struct ar_pod *pod, const char *key, const char *coming,
			    struct ar_err *err)
{
	const struct ar_node *list;

	if (take_list(pod->tree, pod->spec, key, &list, err) != 0)
		return -1;
	for (const struct ar_node *item = list ? ar_node_first(pod->tree, list) : NULL; item;
	     item = ar_node_next(pod->tree, item))
		if (check_container(pod, list, item, coming, err) != 0)
			return -1;
	return 0;
}

/* --- the pod -------------------------------------------------------------------------------- */

static int check_strings(const struct ar_tree *tree, const struct ar_node *metadata,
			 const char *key, struct ar_err *err)
{
	const struct ar_node *map = ar_map_get(tree, metadata, key);

	if (!map || map->kind != AR_MAPPING || ar_map_key(tree, map, "<<"))
		return 0;
	for (const struct ar_node *node = ar_node_first(tree, map); node;
	     node = ar_node_next(tree, node))
		if (!node->is_key && !ar_node_is_null(tree, ar_node_resolve(tree, node)) &&
		    ar__is_string(tree, node, err) != 0)
			return -1;
	return 0;
}

static int check_network(const struct ar_pod *pod, struct ar_err *err)
{
	const struct ar_node *value = ar_map_get(pod->tree, pod->spec, "hostNetwork");

	if (!value || ar_node_is_null(pod->tree, value) ||
	    (value->kind == AR_SCALAR && ar_scalar_type(pod->tree, value) == AR_T_BOOL))
		return 0;
	return refuse(pod->tree, value, "is neither true nor false", err);
}

int ar_pod_valid(const struct ar_pod *pod, const char *coming, struct ar_err *err)
{
	const struct ar_tree *tree = pod->tree;
	const struct ar_node *metadata = ar_map_get(tree, ar_tree_root(tree, 0), "metadata");

	if (check_name(tree, metadata, "name", true, err) != 0 ||
	    (pod->namespace && *pod->namespace &&
	     check_name(tree, metadata, "namespace", false, err) != 0) ||
	    check_strings(tree, metadata, "labels", err) != 0 ||
	    check_strings(tree, metadata, "annotations", err) != 0 || check_network(pod, err) != 0)
		return -1;
	if (check_volumes(pod, err) != 0 ||
	    check_containers(pod, "initContainers", coming, err) != 0)
		return -1;
	return check_containers(pod, "containers", coming, err);
}
