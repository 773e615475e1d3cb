/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "plan/inject_impl.h"

#define MAX_NODES (4 * AR__MAX_FLAGS + 16)

/* What is to be taken out, in document order at the end. */
struct removal {
	const struct ar_pod *pod;
	const struct ar_wanted *wanted;
	struct ar_inject *inject;
	const struct ar_node *nodes[MAX_NODES];
	size_t count;
	const struct ar_node *of_part[AR_PARTS];
};

static void take(struct removal *removal, enum ar_part part, const struct ar_node *node)
{
	if (removal->count == MAX_NODES)
		return;
	removal->nodes[removal->count++] = node;
	if (removal->of_part[part])
		return;
	removal->of_part[part] = node;
	ar__part_set(removal->inject, part, AR_REMOVE, ar__line_of(removal->pod->tree, node));
}

static bool same_path(const char *a, const char *b)
{
	char x[4096], y[4096];

	return ar_path_clean(a, x, sizeof x) && ar_path_clean(b, y, sizeof y) && strcmp(x, y) == 0;
}

/* Does the flag name our file, where the container sees it? */
static bool is_our_value(const struct removal *removal, const char *value)
{
	char buf[4096];
	const char *host = ar_pod_host_path(removal->pod, value, buf, sizeof buf, NULL);

	return (host && same_path(host, removal->wanted->config)) ||
	       (!host && same_path(value, removal->wanted->flag_path));
}

static int take_flags(struct removal *removal, struct ar_err *err)
{
	const struct ar_pod *pod = removal->pod;
	struct ar_flag flags[AR__MAX_FLAGS];
	size_t count = ar_pod_flags(pod, AR_FLAG, AR_FLAG_OLD, flags, AR__MAX_FLAGS);

	if (count > AR__MAX_FLAGS)
		return ar_node_err(err, pod->tree, pod->args_list,
				   "the same flag stands more than %d times", AR__MAX_FLAGS);
	for (size_t i = 0; i < count; i++) {
		const struct ar_node *node = pod->args[flags[i].index].node;

		if (flags[i].value && *flags[i].value && !is_our_value(removal, flags[i].value)) {
			ar_node_err(err, pod->tree, node, "'--%.*s' is set to '%s', not to '%s'",
				    (int)flags[i].spelled_len, flags[i].spelled, flags[i].value,
				    removal->wanted->flag_path);
			return ar_err_hint(err, "to take it out, name its file with --config");
		}
		take(removal, AR_PART_FLAG, node);
		ar__part_what(removal->inject, AR_PART_FLAG, "flag %s%s%s",
			      pod->args[flags[i].index].text, flags[i].separate ? " " : "",
			      flags[i].separate ? flags[i].value : "");
		if (flags[i].separate)
			take(removal, AR_PART_FLAG, pod->args[flags[i].index + 1].node);
	}
	return 0;
}

/* Without the other flag, kube-apiserver does not start with this one. */
static void take_reloads(struct removal *removal)
{
	const struct ar_pod *pod = removal->pod;
	struct ar_flag flags[AR__MAX_FLAGS];
	size_t count = ar_pod_flags(pod, AR_FLAG_RELOAD, NULL, flags, AR__MAX_FLAGS);

	for (size_t i = 0; i < count && i < AR__MAX_FLAGS; i++) {
		take(removal, AR_PART_RELOAD, pod->args[flags[i].index].node);
		ar__part_what(removal->inject, AR_PART_RELOAD, "flag %s",
			      pod->args[flags[i].index].text);
	}
}

/* A volume of our name that holds our file. */
static bool is_our_volume(const struct removal *removal, const struct ar_volume *volume)
{
	char file[4096], host[4096];

	return volume && volume->host_path &&
	       ar_path_clean(removal->wanted->config, file, sizeof file) &&
	       ar_path_clean(volume->host_path, host, sizeof host) &&
	       ar_path_below(file, host) != NULL;
}

/* The first item of a list below `map`, NULL where there is none. */
static const struct ar_node *first_of(const struct ar_tree *tree, const struct ar_node *map,
				      const char *key)
{
	const struct ar_node *list = ar_map_get(tree, map, key);

	return list && list->kind == AR_SEQUENCE ? ar_node_first(tree, list) : NULL;
}

static size_t count_mounts(const struct ar_tree *tree, const struct ar_node *container,
			   const char *volume)
{
	const struct ar_node *mount = first_of(tree, container, "volumeMounts");
	size_t count = 0;

	for (; mount; mount = ar_node_next(tree, mount)) {
		const struct ar_node *name = ar_map_get(tree, ar_node_resolve(tree, mount), "name");
		count += name && name->kind == AR_SCALAR && ar_node_is(tree, name, volume);
	}
	return count;
}

/* How many mounts of the whole pod use a volume: init and side containers too. */
static size_t count_users(const struct ar_pod *pod, const char *volume)
{
	static const char *const lists[] = { "containers", "initContainers",
					     "ephemeralContainers" };
	const struct ar_tree *tree = pod->tree;
	size_t count = 0;

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const struct ar_node *item = first_of(tree, pod->spec, lists[i]);

		for (; item; item = ar_node_next(tree, item))
			count += count_mounts(tree, ar_node_resolve(tree, item), volume);
	}
	return count;
}

static void take_mount_and_volume(struct removal *removal)
{
	const struct ar_pod *pod = removal->pod;
	const struct ar_wanted *wanted = removal->wanted;
	const struct ar_volume *volume = ar_pod_volume(pod, wanted->name);
	bool ours = is_our_volume(removal, volume);
	size_t taken = 0;

	for (size_t i = 0; i < pod->mount_count; i++) {
		const struct ar_env_mount *mount = &pod->mounts[i];

		if (strcmp(mount->name, wanted->name) != 0 ||
		    !(ours || (!volume && same_path(mount->mount_path, wanted->mount_path))) ||
		    removal->count >= MAX_NODES - 1)
			continue;
		take(removal, AR_PART_MOUNT, mount->node);
		ar__part_what(removal->inject, AR_PART_MOUNT, "volumeMount '%s' at %s", mount->name,
			      mount->mount_path);
		taken++;
	}
	if (!ours)
		return;
	ar__part_what(removal->inject, AR_PART_VOLUME, "volume '%s', hostPath %s", volume->name,
		      volume->host_path);
	if (count_users(pod, wanted->name) > taken)
		ar__part_set(removal->inject, AR_PART_VOLUME, AR_PRESENT,
			     ar__line_of(pod->tree, volume->node));
	else
		take(removal, AR_PART_VOLUME, volume->node);
}

static int by_address(const void *a, const void *b)
{
	const struct ar_node *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

int ar_inject_remove(const struct ar_pod *pod, const struct ar_wanted *wanted,
		     struct ar_inject *ret, struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject inject = AR_INJECT_INIT;
	struct removal removal = { .pod = pod, .wanted = wanted, .inject = &inject };
	const struct ar_editor editor = { .tree = pod->tree, .edits = &inject.edits };
	struct ar__work work = { .tree = pod->tree, .inject = &inject };

	if (take_flags(&removal, err) != 0)
		return -1;
	take_reloads(&removal);
	take_mount_and_volume(&removal);
	/* Nodes of a tree lie in document order. */
	qsort(removal.nodes, removal.count, sizeof *removal.nodes, by_address);
	if (ar_edit_remove(&editor, removal.nodes, removal.count, err) != 0)
		return -1;
	ar__work_finish(&work, removal.of_part);
	*ret = inject;
	inject = (struct ar_inject)AR_INJECT_INIT;
	return 0;
}
