/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "cli/fresh.h"
#include "cli/task.h"

static int look(struct ar_run *run, struct ar_task *task, struct ar_look *ret, struct ar_err *err)
{
	struct ar_text text = task->goal.wanted_text;

	if (ar_look_file(&run->session, task->path, true, ret, err) != 0)
		return -1;
	ret->seen.guarded = true; /* what blocks a new key blocks it wherever it is written */
	if (ret->file.exists)
		return ar_look_config_file(&run->session, &ret->file, &ret->seen.findings, err);
	text.name = task->path;
	return ar_fresh_judge(run, &text, -1, &ret->seen.findings, err);
}

static void afterwards(struct ar_run *run, const struct ar_task *task)
{
	ar_report_say(
		run->report,
		"this file is the only copy of its key: keep another apart from your etcd backups; "
		"next: atrest patch%s --dry-run",
		run->opts->hot_reload ? " --hot-reload" : "");
	(void)task;
}

static int run_new(struct ar_run *run, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	AR_FRESH_AUTO struct ar_fresh fresh = { .key = NULL };
	char path[1024];
	const char *given = opts->operand      ? opts->operand
			    : opts->hot_reload ? AR_DEFAULT_CONFIG_HOT
					       : AR_DEFAULT_CONFIG;

	if (ar_run_absolute(run, given, path, sizeof path, err) != 0 ||
	    ar_fresh_make(run, &fresh, err) != 0)
		return -1;
	struct ar_task task = {
		.path = path,
		.look = look,
		.schema = "atrest.config-new/v1",
		.afterwards = afterwards,
		.done = "nothing to do: the file is there already, and is what was asked for; its "
			"key was kept",
		.goal = { .kind = AR_GOAL_CONFIG,
			  .accepted = opts->accepted,
			  .accepted_count = opts->accepted_count,
			  .key_given = opts->key_from != NULL,
			  .wanted_text = { .name = path,
					   .data = fresh.text.data,
					   .len = fresh.text.len,
					   .secret = true } },
	};
	snprintf(task.what, sizeof task.what, "new EncryptionConfiguration, %s key '%.64s'",
		 ar_provider_name(fresh.conf.provider), fresh.conf.key_name);
	return ar_task_run(run, &task);
}

int ar_cmd_config_new(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "config new", run_new);
}
