/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/persist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/persist_impl.h"

/* What is to be added, described once for all three ways of adding it. */
struct additions {
	struct ar_new names[4]; /* list form: name and value of each argument */
	struct ar_new args[2];
	size_t arg_count;
	enum ar_part arg_parts[2];
	struct ar_new fields[5];
	struct ar_new volume;
	bool has_volume;
};

struct planner {
	const struct ar_kubeadmconf *conf;
	const struct ar_wanted *wanted;
	const struct ar__persist_judgement *judged;
	struct ar__work *work;
	struct additions additions;
};

static void add_arg(struct planner *p, enum ar_part part, const char *name, const char *value)
{
	struct additions *a = &p->additions;
	struct ar_new *pair = &a->names[2 * a->arg_count];

	pair[0] = (struct ar_new){ .kind = AR_NEW_STRING, .key = "name", .text = name };
	pair[1] = (struct ar_new){ .kind = AR_NEW_STRING, .key = "value", .text = value };
	a->args[a->arg_count] = p->conf->form == AR_KUBEADM_LIST
					? (struct ar_new){ .kind = AR_NEW_MAPPING,
							   .list = pair,
							   .count = 2 }
					: (struct ar_new){ .kind = AR_NEW_STRING,
							   .key = name,
							   .text = value };
	a->arg_parts[a->arg_count++] = part;
}

/* kubeadm's own order of the fields. */
static void add_volume(struct planner *p)
{
	struct additions *a = &p->additions;
	const struct ar_wanted *wanted = p->wanted;

	a->fields[0] = (struct ar_new){ .kind = AR_NEW_STRING,
					.key = "hostPath",
					.text = wanted->mount_host };
	a->fields[1] = (struct ar_new){ .kind = AR_NEW_STRING,
					.key = "mountPath",
					.text = wanted->mount_path };
	a->fields[2] = (struct ar_new){ .kind = AR_NEW_STRING,
					.key = "name",
					.text = wanted->name };
	a->fields[3] = (struct ar_new){ .kind = AR_NEW_STRING,
					.key = "pathType",
					.text = wanted->mount_type };
	a->fields[4] = (struct ar_new){ .kind = AR_NEW_BOOL, .key = "readOnly", .text = "true" };
	a->volume = (struct ar_new){ .kind = AR_NEW_MAPPING, .list = a->fields, .count = 5 };
	a->has_volume = true;
}

static void find_additions(struct planner *p)
{
	if (p->judged->states[AR_PART_FLAG] == AR_ADD)
		add_arg(p, AR_PART_FLAG, AR_FLAG, p->judged->flag_path);
	if (p->judged->states[AR_PART_RELOAD] == AR_ADD)
		add_arg(p, AR_PART_RELOAD, AR_FLAG_RELOAD, "true");
	if (p->judged->states[AR_PART_MOUNT] == AR_ADD)
		add_volume(p);
}

static struct ar_new args_entry(const struct planner *p)
{
	return (struct ar_new){ .kind = p->conf->form == AR_KUBEADM_LIST ? AR_NEW_LIST
									 : AR_NEW_MAPPING,
				.key = "extraArgs",
				.list = p->additions.args,
				.count = p->additions.arg_count };
}

static struct ar_new volumes_entry(const struct planner *p)
{
	return (struct ar_new){
		.kind = AR_NEW_LIST, .key = "extraVolumes", .list = &p->additions.volume, .count = 1
	};
}

/* The other parts were put in by the edit of this one. */
static void share_edit(struct planner *p, enum ar_part first)
{
	for (size_t i = 0; i < AR_PARTS; i++)
		if (p->judged->states[i] == AR_ADD && p->work->len[i] == 0) {
			p->work->start[i] = p->work->start[first];
			p->work->len[i] = p->work->len[first];
		}
}

static bool is_filled(const struct ar_tree *tree, const struct ar_node *key)
{
	const struct ar_node *value = key ? ar_node_next(tree, key) : NULL;

	return value && (value->kind == AR_MAPPING || value->kind == AR_SEQUENCE) &&
	       ar_node_first(tree, value);
}

static const char *arg_name(const void *context, size_t index)
{
	return ((const struct ar_kubeadmconf *)context)->args[index].name;
}

static const char *volume_name(const void *context, size_t index)
{
	return ((const struct ar_kubeadmconf *)context)->volumes[index].name;
}

/* Into extraArgs that has some. */
static int add_args(struct planner *p, struct ar_err *err)
{
	const struct ar_kubeadmconf *conf = p->conf;
	const struct additions *a = &p->additions;
	const struct ar_node *into = ar_node_next(conf->tree, conf->args_key);
	struct ar_new what = args_entry(p);
	size_t flag = ar__sorted_index(conf, conf->arg_count, arg_name, AR_FLAG);
	size_t reload = ar__sorted_index(conf, conf->arg_count, arg_name, AR_FLAG_RELOAD);

	/* As one insertion where both come to stand together: only one of two then knows of commas.
	 */
	if (a->arg_count == 2 && flag == reload)
		return ar__work_add(p->work, AR_PART_FLAG, into, flag, &what, err);
	what.count = 1;
	for (; what.list < a->args + a->arg_count; what.list++) {
		enum ar_part part = a->arg_parts[what.list - a->args];

		if (ar__work_add(p->work, part, into, part == AR_PART_FLAG ? flag : reload, &what,
				 err) != 0)
			return -1;
	}
	return 0;
}

/* One or both keys, which stand in no apiServer, or are empty there. */
static int add_keys(struct planner *p, const struct ar_node *map, struct ar_err *err)
{
	const struct ar_kubeadmconf *conf = p->conf;
	const struct ar_new entries[2] = { args_entry(p), volumes_entry(p) };
	bool args = p->additions.arg_count > 0 && !is_filled(conf->tree, conf->args_key);
	bool volumes = p->additions.has_volume && !is_filled(conf->tree, conf->volumes_key);
	size_t place = ar_edit_key_index(conf->tree, map, "extraArgs");

	if (args && volumes && !conf->args_key && !conf->volumes_key &&
	    place == ar_edit_key_index(conf->tree, map, "extraVolumes")) {
		const struct ar_new both = { .kind = AR_NEW_MAPPING, .list = entries, .count = 2 };
		return ar__work_add(p->work, p->additions.arg_parts[0], map, place, &both, err);
	}
	/* What fills a key that stands there already is deeper than a new key behind it. */
	for (int filling = 1; filling >= 0; filling--) {
		if (args && (conf->args_key != NULL) == filling &&
		    ar__work_add_key(p->work, p->additions.arg_parts[0], map, conf->args_key,
				     &entries[0], err) != 0)
			return -1;
		if (volumes && (conf->volumes_key != NULL) == filling &&
		    ar__work_add_key(p->work, AR_PART_MOUNT, map, conf->volumes_key, &entries[1],
				     err) != 0)
			return -1;
	}
	return 0;
}

/* Items into lists that have some, before keys behind these lists: where insertions meet, they
 * stand in the order they were added. */
static int add_to_server(struct planner *p, const struct ar_node *map, struct ar_err *err)
{
	const struct ar_kubeadmconf *conf = p->conf;
	struct ar_new volumes = volumes_entry(p);

	if (p->additions.arg_count && is_filled(conf->tree, conf->args_key) &&
	    add_args(p, err) != 0)
		return -1;
	if (p->additions.has_volume && is_filled(conf->tree, conf->volumes_key) &&
	    ar__work_add(p->work, AR_PART_MOUNT, ar_node_next(conf->tree, conf->volumes_key),
			 ar__sorted_index(conf, conf->volume_count, volume_name, p->wanted->name),
			 &volumes, err) != 0)
		return -1;
	return add_keys(p, map, err);
}

/* apiServer as a whole, where it is absent, null or {}. */
static int add_server(struct planner *p, struct ar_err *err)
{
	struct ar_new entries[2];
	size_t count = 0;

	if (p->additions.arg_count)
		entries[count++] = args_entry(p);
	if (p->additions.has_volume)
		entries[count++] = volumes_entry(p);
	const struct ar_new server = {
		.kind = AR_NEW_MAPPING, .key = "apiServer", .list = entries, .count = count
	};
	return ar__work_add_key(p->work,
				p->additions.arg_count ? p->additions.arg_parts[0] : AR_PART_MOUNT,
				p->conf->cluster, p->conf->api_server_key, &server, err);
}

static int change_arg(struct planner *p, enum ar_part part, const struct ar_kubeadm_arg *arg,
		      const char *value, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	const struct ar_editor editor = { .tree = p->conf->tree, .edits = &edits };

	return ar_edit_set(&editor, arg->value_node, 0, value, err) != 0
		       ? -1
		       : ar__work_take(p->work, part, &edits, err);
}

static int change_args(struct planner *p, struct ar_err *err)
{
	for (size_t i = 0; i < p->conf->arg_count; i++) {
		const struct ar_kubeadm_arg *arg = &p->conf->args[i];

		if (p->judged->states[AR_PART_FLAG] == AR_CHANGE && ar__is_flag_arg(arg) &&
		    change_arg(p, AR_PART_FLAG, arg, p->judged->flag_path, err) != 0)
			return -1;
		if (p->judged->states[AR_PART_RELOAD] == AR_CHANGE && ar__is_reload_arg(arg) &&
		    change_arg(p, AR_PART_RELOAD, arg, "true", err) != 0)
			return -1;
	}
	return 0;
}

/* A ClusterConfiguration of its own, behind the last document. */
static int append_document(struct planner *p, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = AR_BUF_INIT;
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	const struct ar_text *old = ar_tree_text(p->conf->tree);
	const char *nl = ar_tree_newline(p->conf->tree, old->len);
	const struct ar_new entries[2] = { args_entry(p), volumes_entry(p) };
	const struct ar_new server = { .kind = AR_NEW_MAPPING,
				       .key = "apiServer",
				       .list = entries,
				       .count = p->additions.has_volume ? 2 : 1 };

	if (ar_tree_is_json(p->conf->tree)) {
		ar_err_set(err, "there is no ClusterConfiguration, and a JSON file holds one "
				"document only");
		return ar_err_hint(err, "write the file as YAML, or put a ClusterConfiguration in "
					"a file of its own");
	}
	if (old->len && old->data[old->len - 1] != '\n')
		ar_buf_adds(&text, nl);
	ar_buf_addf(&text, "---%sapiVersion: %s%skind: ClusterConfiguration%s", nl,
		    p->conf->api_version, nl, nl);
	ar_edit_write(p->conf->tree, &server, nl, &text);
	ar_buf_adds(&text, nl);
	if (ar_buf_check(&text, err) != 0 ||
	    ar_edits_add(&edits, old->len, old->len, ar_buf_text(&text), text.len, err) != 0)
		return -1;
	return ar__work_take(p->work, AR_PART_FLAG, &edits, err);
}

static int add_all(struct planner *p, bool create, struct ar_err *err)
{
	const struct ar_kubeadmconf *conf = p->conf;

	if (!conf->cluster && !create) {
		ar_err_at(err, ar_tree_text(conf->tree), 0,
			  "there is no ClusterConfiguration document here");
		return ar_err_hint(err,
				   "give --create to append one, or name the file that holds it");
	}
	if (!p->additions.arg_count && !p->additions.has_volume)
		return 0;
	if (!conf->cluster)
		return append_document(p, err);
	if (!is_filled(conf->tree, conf->api_server_key))
		return add_server(p, err);
	return add_to_server(p, ar_node_next(conf->tree, conf->api_server_key), err);
}

static void find_nodes(const struct ar__persist_judgement *judged, bool values,
		       const struct ar_node *ret_nodes[AR_PARTS])
{
	memset(ret_nodes, 0, AR_PARTS * sizeof *ret_nodes);
	if (judged->flag)
		ret_nodes[AR_PART_FLAG] = values ? judged->flag->value_node : judged->flag->node;
	if (judged->reload)
		ret_nodes[AR_PART_RELOAD] = values ? judged->reload->value_node
						   : judged->reload->node;
	if (judged->volume)
		ret_nodes[AR_PART_MOUNT] = judged->volume->node;
}

static void describe(const struct planner *p, struct ar_inject *inject)
{
	const struct ar__persist_judgement *judged = p->judged;
	const struct ar_kubeadm_volume *volume = judged->volume;
	const struct ar_node *nodes[AR_PARTS];

	find_nodes(judged, false, nodes);
	for (size_t i = 0; i < AR_PARTS; i++)
		ar__part_set(inject, (enum ar_part)i, judged->states[i],
			     ar__line_of(p->conf->tree, nodes[i]));
	ar__part_what(inject, AR_PART_FLAG, "extraArg " AR_FLAG "=%s", judged->flag_path);
	if (judged->states[AR_PART_RELOAD] != AR_ABSENT)
		ar__part_what(inject, AR_PART_RELOAD, "extraArg " AR_FLAG_RELOAD "=%s",
			      judged->states[AR_PART_RELOAD] == AR_PRESENT ? judged->reload->value
									   : "true");
	if (volume)
		ar__part_what(inject, AR_PART_MOUNT, "extraVolume '%s', hostPath %s at %s%s",
			      volume->name, volume->host_path, volume->mount_path,
			      judged->states[AR_PART_MOUNT] == AR_COVERED
				      ? ", which shows the file already"
				      : "");
	else if (judged->states[AR_PART_MOUNT] == AR_COVERED)
		ar__part_what(inject, AR_PART_MOUNT,
			      "kubeadm's own volume 'k8s-certs' shows the file already");
	else
		ar__part_what(inject, AR_PART_MOUNT,
			      "extraVolume '%s', hostPath %s at %s, pathType %s", p->wanted->name,
			      p->wanted->mount_host, p->wanted->mount_path, p->wanted->mount_type);
}

int ar_persist_plan(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted, bool create,
		    struct ar_inject *ret, struct ar_err *err)
{
	AR_INJECT_AUTO struct ar_inject inject = AR_INJECT_INIT;
	struct ar__work work = { .tree = conf->tree, .inject = &inject };
	struct ar__persist_judgement judged;
	struct planner planner = {
		.conf = conf, .wanted = wanted, .judged = &judged, .work = &work
	};
	const struct ar_node *nodes[AR_PARTS];

	if (ar__persist_judge(conf, wanted, &judged, err) != 0)
		return -1;
	find_additions(&planner);
	if (change_args(&planner, err) != 0 || add_all(&planner, create, err) != 0)
		return -1;
	share_edit(&planner,
		   planner.additions.arg_count ? planner.additions.arg_parts[0] : AR_PART_MOUNT);
	describe(&planner, &inject);
	find_nodes(&judged, true, nodes);
	ar__work_finish(&work, nodes);
	*ret = inject;
	inject = (struct ar_inject)AR_INJECT_INIT;
	return 0;
}
