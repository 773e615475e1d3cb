/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/inject.h"

#include <stdio.h>

#include "plan/inject_impl.h"

#define RELOAD_ITEM "--" AR_FLAG_RELOAD "=true"

/* What a plan is made from. */
struct planner {
	const struct ar_pod *pod;
	const struct ar_wanted *wanted;
	const struct ar__judgement *judged;
	struct ar__work *work;
};

/* A flag to be added: its item, and its place in the list. */
struct new_flag {
	enum ar_part part;
	size_t place;
};

static int add_flags_at(const struct planner *p, const struct new_flag *flags,
			const struct ar_new *items, size_t count, struct ar_err *err)
{
	const struct ar_new what = { .kind = AR_NEW_LIST, .list = items, .count = count };
	enum ar_part part = flags[0].part;

	if (ar__work_add(p->work, part, p->pod->args_list, flags[0].place, &what, err) != 0)
		return -1;
	for (size_t i = 1; i < count; i++) {
		p->work->start[flags[i].part] = p->work->start[part];
		p->work->len[flags[i].part] = p->work->len[part];
	}
	return 0;
}

/* Both flags are one insertion where they come to stand together: only one of two then needs to
 * know of commas. */
static int add_flags(const struct planner *p, struct ar_err *err)
{
	char text[4200];
	struct new_flag flags[2];
	struct ar_new items[2];
	size_t count = 0;

	snprintf(text, sizeof text, "--" AR_FLAG "=%s", p->judged->flag_path);
	if (p->judged->states[AR_PART_FLAG] == AR_ADD) {
		flags[count] = (struct new_flag){ AR_PART_FLAG, ar__flag_index(p->pod, AR_FLAG) };
		items[count++] = (struct ar_new){ .kind = AR_NEW_STRING, .text = text };
	}
	if (p->judged->states[AR_PART_RELOAD] == AR_ADD) {
		flags[count] = (struct new_flag){ AR_PART_RELOAD,
						  ar__flag_index(p->pod, AR_FLAG_RELOAD) };
		items[count++] = (struct ar_new){ .kind = AR_NEW_STRING, .text = RELOAD_ITEM };
	}
	for (size_t i = 0; i < count;) {
		size_t together = i + 1 < count && flags[i].place == flags[i + 1].place ? 2 : 1;

		if (add_flags_at(p, &flags[i], &items[i], together, err) != 0)
			return -1;
		i += together;
	}
	return 0;
}

/* Gives a flag a new value, in the item that holds it. */
static int change_flag(const struct planner *p, enum ar_part part, const struct ar_flag *flag,
		       const char *value, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	const struct ar_editor editor = { .tree = p->pod->tree, .edits = &edits };
	const struct ar_arg *arg = &p->pod->args[flag->index + flag->separate];
	size_t keep = flag->separate ? 0 : (size_t)(flag->value - arg->text);

	return ar_edit_set(&editor, arg->node, keep, value, err) != 0
		       ? -1
		       : ar__work_take(p->work, part, &edits, err);
}

static int change_flags(const struct planner *p, struct ar_err *err)
{
	const struct ar__judgement *judged = p->judged;

	for (size_t i = 0; judged->states[AR_PART_FLAG] == AR_CHANGE && i < judged->flag_count; i++)
		if (change_flag(p, AR_PART_FLAG, &judged->flags[i], judged->flag_path, err) != 0)
			return -1;
	for (size_t i = 0; judged->states[AR_PART_RELOAD] == AR_CHANGE && i < judged->reload_count;
	     i++)
		if (!ar__flag_is_true(&judged->reloads[i]) &&
		    change_flag(p, AR_PART_RELOAD, &judged->reloads[i], "true", err) != 0)
			return -1;
	return 0;
}

static int add_mount(const struct planner *p, struct ar_err *err)
{
	const struct ar_new fields[] = {
		{ .kind = AR_NEW_STRING, .key = "mountPath", .text = p->wanted->mount_path },
		{ .kind = AR_NEW_STRING, .key = "name", .text = p->wanted->name },
		{ .kind = AR_NEW_BOOL, .key = "readOnly", .text = "true" },
	};
	const struct ar_new item = { .kind = AR_NEW_MAPPING, .list = fields, .count = 3 };
	const struct ar_new list = {
		.kind = AR_NEW_LIST, .key = "volumeMounts", .list = &item, .count = 1
	};
	const struct ar_pod *pod = p->pod;

	if (pod->mount_count == 0)
		return ar__work_add_key(p->work, AR_PART_MOUNT, pod->container, pod->mounts_key,
					&list, err);
	return ar__work_add(p->work, AR_PART_MOUNT, ar_node_next(pod->tree, pod->mounts_key),
			    ar__mount_index(pod, p->wanted->name), &list, err);
}

static int add_volume(const struct planner *p, struct ar_err *err)
{
	const struct ar_new host[] = {
		{ .kind = AR_NEW_STRING, .key = "path", .text = p->wanted->mount_host },
		{ .kind = AR_NEW_STRING, .key = "type", .text = p->wanted->mount_type },
	};
	const struct ar_new fields[] = {
		{ .kind = AR_NEW_MAPPING, .key = "hostPath", .list = host, .count = 2 },
		{ .kind = AR_NEW_STRING, .key = "name", .text = p->wanted->name },
	};
	const struct ar_new item = { .kind = AR_NEW_MAPPING, .list = fields, .count = 2 };
	const struct ar_new list = {
		.kind = AR_NEW_LIST, .key = "volumes", .list = &item, .count = 1
	};
	const struct ar_pod *pod = p->pod;

	if (pod->volume_count == 0)
		return ar__work_add_key(p->work, AR_PART_VOLUME, pod->spec, pod->volumes_key, &list,
					err);
	return ar__work_add(p->work, AR_PART_VOLUME, ar_node_next(pod->tree, pod->volumes_key),
			    ar__volume_index(pod, p->wanted->name), &list, err);
}

/* Where each part stands now; for a flag with its value in the next item, where the value is. */
static void find_nodes(const struct planner *p, bool values,
		       const struct ar_node *ret_nodes[AR_PARTS])
{
	const struct ar__judgement *judged = p->judged;
	const struct ar_flag *flag = &judged->flags[0], *reload = &judged->reloads[0];

	ret_nodes[AR_PART_FLAG] = judged->flag_count
					  ? p->pod->args[flag->index + (values && flag->separate)]
						    .node
					  : NULL;
	ret_nodes[AR_PART_RELOAD] = judged->reload_count ? p->pod->args[reload->index].node : NULL;
	ret_nodes[AR_PART_MOUNT] = judged->mount ? judged->mount->node : NULL;
	ret_nodes[AR_PART_VOLUME] = judged->volume ? judged->volume->node : NULL;
}

/* Says in words what each part is, and where it stands. */
static void describe(const struct planner *p, struct ar_inject *inject)
{
	const struct ar__judgement *judged = p->judged;
	const struct ar_env_mount *mount = judged->mount;
	const struct ar_volume *volume = judged->volume;
	const struct ar_node *nodes[AR_PARTS];

	find_nodes(p, false, nodes);
	for (size_t i = 0; i < AR_PARTS; i++)
		ar__part_set(inject, (enum ar_part)i, judged->states[i],
			     ar__line_of(p->pod->tree, nodes[i]));
	ar__part_what(inject, AR_PART_FLAG, "flag --" AR_FLAG "=%s", judged->flag_path);
	if (judged->states[AR_PART_RELOAD] == AR_PRESENT)
		ar__part_what(inject, AR_PART_RELOAD, "flag %s",
			      p->pod->args[judged->reloads[0].index].text);
	else if (judged->states[AR_PART_RELOAD] != AR_ABSENT)
		ar__part_what(inject, AR_PART_RELOAD, "flag " RELOAD_ITEM);
	ar__part_what(inject, AR_PART_MOUNT, "volumeMount '%s' at %s%s",
		      mount ? mount->name : p->wanted->name,
		      mount ? mount->mount_path : p->wanted->mount_path,
		      judged->states[AR_PART_MOUNT] == AR_COVERED ? ", which shows the file already"
								  : "");
	if (volume)
		ar__part_what(inject, AR_PART_VOLUME, "volume '%s', hostPath %s", volume->name,
			      volume->host_path);
	else
		ar__part_what(inject, AR_PART_VOLUME, "volume '%s', hostPath %s, type %s",
			      p->wanted->name, p->wanted->mount_host, p->wanted->mount_type);
}

static int plan_all(const struct planner *p, struct ar_inject *inject, struct ar_err *err)
{
	const struct ar_node *nodes[AR_PARTS];

	/* Deeper parts first: where insertions meet at one place, they stand in the order they were
	 * added. */
	if (change_flags(p, err) != 0 || add_flags(p, err) != 0)
		return -1;
	if (p->judged->states[AR_PART_MOUNT] == AR_ADD && add_mount(p, err) != 0)
		return -1;
	if (p->judged->states[AR_PART_VOLUME] == AR_ADD && add_volume(p, err) != 0)
		return -1;
	describe(p, inject);
	find_nodes(p, true, nodes);
	ar__work_finish(p->work, nodes);
	return 0;
}

int ar_inject_plan(const struct ar_pod *pod, const struct ar_wanted *wanted, struct ar_inject *ret,
		   struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject inject = AR_INJECT_INIT;
	struct ar__work work = { .tree = pod->tree, .inject = &inject };
	struct ar__judgement judged;
	const struct planner planner = {
		.pod = pod, .wanted = wanted, .judged = &judged, .work = &work
	};

	if (ar_pod_valid(pod, wanted->name, err) != 0 || ar__judge(pod, wanted, &judged, err) != 0)
		return -1;
	/* A mount may wait for our volume, which is not added where another one shows the file. */
	if (judged.states[AR_PART_VOLUME] != AR_ADD && ar_pod_valid(pod, NULL, err) != 0)
		return -1;
	if (plan_all(&planner, &inject, err) != 0)
		return -1;
	*ret = inject;
	inject = (struct ar_inject)AR_INJECT_INIT;
	return 0;
}
