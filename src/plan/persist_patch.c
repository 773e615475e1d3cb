/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "plan/persist_impl.h"
#include "yaml/json.h"

#include <string.h>

/* One operation of the patch; `value` is JSON. */
static void add_op(struct ar_buf *out, const char *path, const char *value)
{
	ar_buf_adds(out, out->len ? ",\n  " : "  ");
	ar_buf_adds(out, "{\"op\": \"add\", \"path\": ");
	ar_json_string(out, path, strlen(path));
	ar_buf_addf(out, ", \"value\": %s}", value);
}

static void add_flag(struct ar_buf *out, const char *list, const char *name, const char *value)
{
	AR_BUF_AUTO struct ar_buf flag = AR_BUF_INIT;
	AR_BUF_AUTO struct ar_buf json = AR_BUF_INIT;

	ar_buf_addf(&flag, "--%s=%s", name, value);
	ar_json_string(&json, ar_buf_text(&flag), flag.len);
	out->failed = out->failed || flag.failed || json.failed;
	add_op(out, list, ar_buf_text(&json));
}

static void add_text(struct ar_buf *json, const char *before, const char *text)
{
	ar_buf_adds(json, before);
	ar_json_string(json, text, strlen(text));
}

/* A mount or a volume: at the end of its list, or as the only item of a new one. */
static void add_item(struct ar_buf *out, const char *list, bool exists, const struct ar_buf *item)
{
	AR_BUF_AUTO struct ar_buf value = AR_BUF_INIT;
	char path[128];

	snprintf(path, sizeof path, "%s%s", list, exists ? "/-" : "");
	ar_buf_adds(&value, exists ? "" : "[");
	ar_buf_add(&value, ar_buf_text(item), item->len);
	ar_buf_adds(&value, exists ? "" : "]");
	out->failed = out->failed || value.failed || item->failed;
	add_op(out, path, ar_buf_text(&value));
}

static void add_mount(struct ar_buf *out, const struct ar_wanted *wanted, size_t container,
		      bool exists)
{
	AR_BUF_AUTO struct ar_buf item = AR_BUF_INIT;
	char list[96];

	add_text(&item, "{\"mountPath\": ", wanted->mount_path);
	add_text(&item, ", \"name\": ", wanted->name);
	ar_buf_adds(&item, ", \"readOnly\": true}");
	snprintf(list, sizeof list, "/spec/containers/%zu/volumeMounts", container);
	add_item(out, list, exists, &item);
}

static void add_volume(struct ar_buf *out, const struct ar_wanted *wanted, bool exists)
{
	AR_BUF_AUTO struct ar_buf item = AR_BUF_INIT;

	add_text(&item, "{\"hostPath\": {\"path\": ", wanted->mount_host);
	add_text(&item, ", \"type\": ", wanted->mount_type);
	add_text(&item, "}, \"name\": ", wanted->name);
	ar_buf_adds(&item, "}");
	add_item(out, "/spec/volumes", exists, &item);
}

/* What is missing in a manifest as kubeadm writes it without any of ours. */
static void judge_pristine(const struct ar_wanted *wanted, struct ar__judgement *ret)
{
	*ret = (struct ar__judgement){ .states = { AR_ADD, wanted->hot_reload ? AR_ADD : AR_ABSENT,
						   AR_ADD, AR_ADD } };
	snprintf(ret->flag_path, sizeof ret->flag_path, "%s", wanted->flag_path);
}

static int refuse_change(const struct ar_pod *pod, const struct ar__judgement *judged,
			 struct ar_err *err)
{
	const struct ar_flag *flag = judged->states[AR_PART_FLAG] == AR_CHANGE
					     ? &judged->flags[0]
					     : &judged->reloads[0];

	if (judged->states[AR_PART_FLAG] != AR_CHANGE &&
	    judged->states[AR_PART_RELOAD] != AR_CHANGE)
		return 0;
	ar_node_err(err, pod->tree, pod->args[flag->index].node,
		    "a patch cannot change a flag by its name, only by its place");
	return ar_err_hint(err,
			   "change the value in the kubeadm config, then make the patch again");
}

int ar_persist_patch(const struct ar_pod *pod, const struct ar_wanted *wanted, struct ar_buf *out,
		     struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf ops = AR_BUF_INIT;
	struct ar__judgement judged;
	bool in_args = pod && pod->list_start < pod->arg_count &&
		       pod->args[pod->list_start].in_args;
	size_t container = pod ? pod->container_index : 0;
	char list[96];

	if (!pod)
		judge_pristine(wanted, &judged);
	else if (ar__judge(pod, wanted, &judged, err) != 0 || refuse_change(pod, &judged, err) != 0)
		return -1;
	snprintf(list, sizeof list, "/spec/containers/%zu/%s/-", container,
		 in_args ? "args" : "command");
	if (judged.states[AR_PART_FLAG] == AR_ADD)
		add_flag(&ops, list, AR_FLAG, judged.flag_path);
	if (judged.states[AR_PART_RELOAD] == AR_ADD)
		add_flag(&ops, list, AR_FLAG_RELOAD, "true");
	if (judged.states[AR_PART_MOUNT] == AR_ADD)
		add_mount(&ops, wanted, container, !pod || pod->mount_count > 0);
	if (judged.states[AR_PART_VOLUME] == AR_ADD)
		add_volume(&ops, wanted, !pod || pod->volume_count > 0);
	if (ar_buf_check(&ops, err) != 0)
		return -1;
	ar_buf_addf(out, ops.len ? "[\n%s\n]\n" : "[%s]\n", ar_buf_text(&ops));
	return ar_buf_check(out, err);
}
