/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "plan/inject_impl.h"

/* What a plan is made with. */
struct planner {
	const struct ar_pod *pod;
	const struct ar_wanted *wanted;
	const struct ar__judgement *judgement;
	struct ar__work *work;
};

static int add_flag(const struct planner *p, enum ar_part part, const char *name, const char *value, struct ar_err *err)
{
	char text[4400];
	const struct ar_new item = { .kind = AR_NEW_STRING, .text = text };
	const struct ar_new items = { .kind = AR_NEW_LIST, .list = &item, .count = 1 };

	snprintf(text, sizeof text, "--%s=%s", name, value);
	return ar__work_add(p->work, part, p->pod->args_list, ar__flag_index(p->pod, name), &items, err);
}

/* The value behind '=', or in the item behind. */
static int change_flag(const struct planner *p, enum ar_part part, const struct ar_flag *flag, const char *value,
		       struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	const struct ar_editor editor = { .tree = p->pod->tree, .edits = &edits };
	const struct ar_arg *arg = &p->pod->args[flag->index + flag->separate];
	size_t keep = flag->separate || !flag->value ? 0 : (size_t)(flag->value - arg->text);

	if (ar_edit_set(&editor, arg->node, keep, value, err) != 0)
		return -1;
	return ar__work_take(p->work, part, &edits, err);
}

/* Is an item of this list written with its name first? Then so is the new one. */
static bool name_first(const struct ar_tree *tree, const struct ar_node *item)
{
	const struct ar_node *key = item && item->kind == AR_MAPPING ? ar_node_first(tree, item) : NULL;

	return key && ar_node_is(tree, key, "name");
}

static int add_to_list(const struct planner *p, enum ar_part part, const struct ar_node *list_key, size_t index,
		       const struct ar_new *item, struct ar_err *err)
{
	bool mount = part == AR_PART_MOUNT;
	const struct ar_tree *tree = p->pod->tree;
	const struct ar_node *list = list_key ? ar_node_next(tree, list_key) : NULL;
	const struct ar_new items = { .kind = AR_NEW_LIST, .key = mount ? "volumeMounts" : "volumes", .list = item,
				      .count = 1 };

	if (list && list->kind == AR_SEQUENCE && ar_node_first(tree, list))
		return ar__work_add(p->work, part, list, index, &items, err);
	return ar__work_add_key(p->work, part, mount ? p->pod->container : p->pod->spec, list_key, &items, err);
}

static int add_mount(const struct planner *p, struct ar_err *err)
{
	const struct ar_pod *pod = p->pod;
	bool first = pod->mount_count > 0 && name_first(pod->tree, pod->mounts[pod->mount_count - 1].node);
	const struct ar_new path = { .kind = AR_NEW_STRING, .key = "mountPath", .text = p->wanted->mount_path };
	const struct ar_new name = { .kind = AR_NEW_STRING, .key = "name", .text = p->wanted->name };
	const struct ar_new fields[] = { first ? name : path, first ? path : name,
					 { .kind = AR_NEW_BOOL, .key = "readOnly", .text = "true" } };
	const struct ar_new item = { .kind = AR_NEW_MAPPING, .list = fields, .count = 3 };

	return add_to_list(p, AR_PART_MOUNT, pod->mounts_key, ar__mount_index(pod, p->wanted->name), &item, err);
}

static int add_volume(const struct planner *p, struct ar_err *err)
{
	const struct ar_pod *pod = p->pod;
	bool first = pod->volume_count > 0 && name_first(pod->tree, pod->volumes[pod->volume_count - 1].node);
	const struct ar_new inner[] = { { .kind = AR_NEW_STRING, .key = "path", .text = p->wanted->mount_host },
					{ .kind = AR_NEW_STRING, .key = "type", .text = p->wanted->mount_type } };
	const struct ar_new host = { .kind = AR_NEW_MAPPING, .key = "hostPath", .list = inner, .count = 2 };
	const struct ar_new name = { .kind = AR_NEW_STRING, .key = "name", .text = p->wanted->name };
	const struct ar_new fields[] = { first ? name : host, first ? host : name };
	const struct ar_new item = { .kind = AR_NEW_MAPPING, .list = fields, .count = 2 };

	return add_to_list(p, AR_PART_VOLUME, pod->volumes_key, ar__volume_index(pod, p->wanted->name), &item, err);
}

static int plan_flags(const struct planner *p, const struct ar_node *nodes[AR_PARTS], struct ar_err *err)
{
	const struct ar__judgement *j = p->judgement;

	if (j->states[AR_PART_FLAG] == AR_ADD && add_flag(p, AR_PART_FLAG, AR_FLAG, j->flag_path, err) != 0)
		return -1;
	for (size_t i = 0; j->states[AR_PART_FLAG] == AR_CHANGE && i < j->flag_count; i++)
		if (change_flag(p, AR_PART_FLAG, &j->flags[i], j->flag_path, err) != 0)
			return -1;
	if (j->states[AR_PART_RELOAD] == AR_ADD && add_flag(p, AR_PART_RELOAD, AR_FLAG_RELOAD, "true", err) != 0)
		return -1;
	for (size_t i = 0; j->states[AR_PART_RELOAD] == AR_CHANGE && i < j->reload_count; i++)
		if (!ar__flag_is_true(&j->reloads[i]) &&
		    change_flag(p, AR_PART_RELOAD, &j->reloads[i], "true", err) != 0)
			return -1;
	nodes[AR_PART_FLAG] = j->flag_count ? p->pod->args[j->flags[0].index].node : NULL;
	nodes[AR_PART_RELOAD] = j->reload_count ? p->pod->args[j->reloads[0].index].node : NULL;
	return 0;
}

static void describe(const struct planner *p, struct ar_inject *inject, const struct ar_node *const nodes[AR_PARTS])
{
	const struct ar__judgement *j = p->judgement;
	const struct ar_wanted *wanted = p->wanted;

	for (int i = 0; i < AR_PARTS; i++)
		ar__part_set(inject, (enum ar_part)i, j->states[i], ar__line_of(p->pod->tree, nodes[i]));
	ar__part_what(inject, AR_PART_FLAG, "flag --" AR_FLAG "=%s", j->flag_path);
	if (j->states[AR_PART_RELOAD] != AR_ABSENT)
		ar__part_what(inject, AR_PART_RELOAD, "flag --" AR_FLAG_RELOAD);
	ar__part_what(inject, AR_PART_MOUNT, "volumeMount '%s' at %s%s", j->mount ? j->mount->name : wanted->name,
		      j->mount ? j->mount->mount_path : wanted->mount_path,
		      j->states[AR_PART_MOUNT] == AR_COVERED ? ", which shows the file already" : "");
	ar__part_what(inject, AR_PART_VOLUME, "volume '%s', hostPath %s", j->volume ? j->volume->name : wanted->name,
		      j->volume ? j->volume->host_path : wanted->mount_host);
}

static int plan_all(const struct planner *p, struct ar_inject *inject, struct ar_err *err)
{
	const struct ar__judgement *j = p->judgement;
	const struct ar_node *nodes[AR_PARTS] = { [AR_PART_MOUNT] = j->mount ? j->mount->node : NULL,
						  [AR_PART_VOLUME] = j->volume ? j->volume->node : NULL };

	if (plan_flags(p, nodes, err) != 0)
		return -1;
	if (j->states[AR_PART_MOUNT] == AR_ADD && add_mount(p, err) != 0)
		return -1;
	if (j->states[AR_PART_VOLUME] == AR_ADD && add_volume(p, err) != 0)
		return -1;
	describe(p, inject, nodes);
	ar__work_finish(p->work, nodes);
	return 0;
}

int ar_inject_plan(const struct ar_pod *pod, const struct ar_wanted *wanted, struct ar_inject *ret, struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject inject = AR_INJECT_INIT;
	struct ar__work work = { .tree = pod->tree, .inject = &inject };
	struct ar__judgement judgement;
	const struct planner planner = { .pod = pod, .wanted = wanted, .judgement = &judgement, .work = &work };

	if (ar__judge(pod, wanted, &judgement, err) != 0 || plan_all(&planner, &inject, err) != 0)
		return -1;
	*ret = inject;
	inject = (struct ar_inject)AR_INJECT_INIT;
	return 0;
}
