/* SPDX-License-Identifier: Apache-2.0 */
#include "atrest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag/encheck.h"
#include "plan/next.h"

static void tell(struct ar_message *message, const struct ar_err *err)
{
	*message = (struct ar_message){ .line = err->line, .column = err->column };
	snprintf(message->text, sizeof message->text, "%s", err->msg);
	snprintf(message->hint, sizeof message->hint, "%s", err->hint);
}

static struct ar_goal goal_for(enum ar_goal_kind kind, const char *config_path)
{
	return (struct ar_goal){
		.kind = kind,
		.wanted = { .config = config_path,
			    .flag_path = config_path,
			    .mount_host = config_path,
			    .mount_path = config_path,
			    .mount_type = "File",
			    .name = "encryption-config" },
	};
}

static int patch(const struct ar_text *file, const struct ar_goal *goal, struct ar_buf *out,
		 struct ar_err *err)
{
	const struct ar_observation seen = { .file = *file };
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	enum ar_next next;

	if (ar_plan_next(&seen, goal, &next, &step, err) != 0)
		return -1;
	if (next == AR_NEXT_DONE)
		return 0;
	ar_buf_add(out, ar_buf_text(&step.bytes), step.bytes.len);
	return ar_buf_check(out, err) != 0 ? -1 : 1;
}

static int run(const struct ar_text *file, const struct ar_goal *goal, char **ret_data,
	       size_t *ret_len, struct ar_message *message)
{
	struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;
	int result = patch(file, goal, &out, &err);

	if (result != 1) {
		ar_buf_done(&out);
		*ret_data = NULL;
		*ret_len = 0;
		tell(message, &err);
		return result;
	}
	*ret_data = out.data;
	*ret_len = out.len;
	return 1;
}

int ar_manifest_patch(const char *data, size_t len, const char *config_path, char **ret_data,
		      size_t *ret_len, struct ar_message *message)
{
	const struct ar_text file = { .name = "manifest", .data = data, .len = len };
	const struct ar_goal goal = goal_for(AR_GOAL_PATCH, config_path);

	return run(&file, &goal, ret_data, ret_len, message);
}

int ar_manifest_unpatch(const char *data, size_t len, const char *config_path, char **ret_data,
			size_t *ret_len, struct ar_message *message)
{
	const struct ar_text file = { .name = "manifest", .data = data, .len = len };
	const struct ar_goal goal = goal_for(AR_GOAL_UNPATCH, config_path);

	return run(&file, &goal, ret_data, ret_len, message);
}

static void visit(ar_config_visit *each, void *context, const struct ar_finding *finding)
{
	struct ar_message message = { .line = finding->line, .column = finding->column };

	snprintf(message.text, sizeof message.text, "%s", finding->what);
	snprintf(message.hint, sizeof message.hint, "%s", finding->cause->remedy);
	each(context, finding->where ? finding->where : "", &message,
	     finding->severity != AR_ERROR);
}

int ar_config_check(const char *data, size_t len, int minor, ar_config_visit *each, void *context)
{
	const struct ar_text text = { .name = "config", .data = data, .len = len, .secret = true };
	const struct ar_encconf_opts opts = { .minor = minor, .lints = true };
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_err err = AR_ERR_INIT;

	if (ar_encconf_check(&text, &opts, &findings, &tree, &conf, &err) != 0)
		return -1;
	for (size_t i = 0; each && i < findings.count; i++)
		visit(each, context, &findings.list[i]);
	return (int)ar_findings_count(&findings, AR_ERROR);
}
