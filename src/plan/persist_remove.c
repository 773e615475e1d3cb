/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "plan/persist_impl.h"

struct removal {
	const struct ar_kubeadmconf *conf;
	const struct ar_wanted *wanted;
	struct ar_inject *inject;
	const struct ar_node **nodes;
	size_t count;
	const struct ar_node *of_part[AR_PARTS];
};

static void take(struct removal *removal, enum ar_part part, const struct ar_node *node)
{
	removal->nodes[removal->count++] = node;
	if (removal->of_part[part])
		return;
	removal->of_part[part] = node;
	ar__part_set(removal->inject, part, AR_REMOVE, ar__line_of(removal->conf->tree, node));
}

static bool is_our_value(const struct removal *removal, const char *value)
{
	const struct ar_kubeadm_volume *volume;
	char buf[4096];
	const char *host = ar__persist_host(removal->conf, value, buf, sizeof buf, &volume);

	return host ? ar__same_path(host, removal->wanted->config)
		    : ar__same_path(value, removal->wanted->flag_path);
}

static int take_args(struct removal *removal, struct ar_err *err)
{
	const struct ar_kubeadmconf *conf = removal->conf;

	for (size_t i = 0; i < conf->arg_count; i++) {
		const struct ar_kubeadm_arg *arg = &conf->args[i];
		const char *value = arg->value ? arg->value : "";

		if (ar__is_reload_arg(arg)) {
			take(removal, AR_PART_RELOAD, arg->node);
			ar__part_what(removal->inject, AR_PART_RELOAD, "extraArg %s=%s", arg->name,
				      value);
		}
		if (!ar__is_flag_arg(arg))
			continue;
		if (*value && !is_our_value(removal, value)) {
			ar_node_err(err, conf->tree, arg->node, "'%s' is set to '%s', not to '%s'",
				    arg->name, value, removal->wanted->flag_path);
			return ar_err_hint(err, "to take it out, name its file with --config");
		}
		take(removal, AR_PART_FLAG, arg->node);
		ar__part_what(removal->inject, AR_PART_FLAG, "extraArg %s=%s", arg->name, value);
	}
	return 0;
}

/* An extraVolume of our name that holds our file. */
static bool is_our_volume(const struct removal *removal, const struct ar_kubeadm_volume *volume)
{
	char file[4096], host[4096];

	return strcmp(volume->name, removal->wanted->name) == 0 &&
	       ar_path_clean(removal->wanted->config, file, sizeof file) &&
	       ar_path_clean(volume->host_path, host, sizeof host) &&
	       ar_path_below(file, host) != NULL;
}

static void take_volumes(struct removal *removal)
{
	for (size_t i = 0; i < removal->conf->volume_count; i++) {
		const struct ar_kubeadm_volume *volume = &removal->conf->volumes[i];

		if (!is_our_volume(removal, volume))
			continue;
		take(removal, AR_PART_MOUNT, volume->node);
		ar__part_what(removal->inject, AR_PART_MOUNT, "extraVolume '%s', hostPath %s at %s",
			      volume->name, volume->host_path, volume->mount_path);
	}
}

static int by_address(const void *a, const void *b)
{
	const struct ar_node *const *x = a, *const *y = b;

	return *x < *y ? -1 : *x > *y;
}

int ar_persist_remove(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		      struct ar_inject *ret, struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject inject = AR_INJECT_INIT;
	AR_FREE_AUTO const struct ar_node **nodes = calloc(conf->arg_count + conf->volume_count + 1,
							   sizeof *nodes);
	struct removal removal = {
		.conf = conf, .wanted = wanted, .inject = &inject, .nodes = nodes
	};
	const struct ar_editor editor = { .tree = conf->tree, .edits = &inject.edits };
	struct ar__work work = { .tree = conf->tree, .inject = &inject };

	if (!nodes)
		return ar_err_oom(err);
	if (take_args(&removal, err) != 0)
		return -1;
	take_volumes(&removal);
	/* Nodes of a tree lie in document order. */
	qsort(nodes, removal.count, sizeof *nodes, by_address);
	if (ar_edit_remove(&editor, nodes, removal.count, err) != 0)
		return -1;
	ar__work_finish(&work, removal.of_part);
	*ret = inject;
	inject = (struct ar_inject)AR_INJECT_INIT;
	return 0;
}
