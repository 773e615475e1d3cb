/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/task.h"
#include "plan/persist.h"

static int make_wanted(const struct ar_options *opts, struct ar_wanted_text *text,
		       struct ar_wanted *ret, struct ar_err *err)
{
	const char *usual = opts->hot_reload ? AR_DEFAULT_CONFIG_HOT : AR_DEFAULT_CONFIG;

	*ret = (struct ar_wanted){
		.config = opts->config ? opts->config : usual,
		.name = opts->name ? opts->name : AR_DEFAULT_VOLUME,
		.hot_reload = opts->hot_reload,
		.replace = opts->replace,
	};
	return ar_wanted_derive(ret, opts->mount_path, text, err);
}

static int look(struct ar_run *run, struct ar_task *task, struct ar_look *ret, struct ar_err *err)
{
	return ar_look_patch(&run->session, task->path, &task->goal, ret, err);
}

/* What patching alone does not do yet: said at once, so that nobody believes too much. */
static void afterwards(struct ar_run *run, const struct ar_task *task)
{
	if (task->goal.kind != AR_GOAL_PATCH)
		return;
	ar_report_say(
		run->report,
		"the kubelet restarts the API server now; then only new and changed Secrets are "
		"encrypted: rewrite the old ones, and keep a copy of %s apart from your etcd "
		"backups",
		task->goal.wanted.config);
}

/* The patch file for kubeadm's --patches folder, from the manifest where there is one. */
static int emit_patch(struct ar_run *run, const struct ar_task *task, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	AR_LOOK_AUTO struct ar_look seen = { .server_name = "" };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_POD_AUTO struct ar_pod *pod = NULL;

	if (run->opts->operand) {
		if (ar_look_file(&run->session, task->path, false, &seen, err) != 0)
			return -1;
		if (!seen.file.exists)
			return ar_err_set(err, "'%s' is not there", task->path);
		if (ar_tree_parse(&seen.seen.file, 0, &tree, err) != 0 ||
		    ar_pod_read(tree, run->opts->container, &pod, err) != 0)
			return -1;
	}
	if (ar_persist_patch(pod, &task->goal.wanted, &out, err) != 0 ||
	    ar_buf_check(&out, err) != 0)
		return -1;
	if (fwrite(ar_buf_text(&out), 1, out.len, stdout) != out.len || fflush(stdout) != 0)
		return ar_err_sys(err, "<stdout>", "cannot write the patch");
	return 0;
}

static int run_patch(struct ar_run *run, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	struct ar_wanted_text text;
	char path[1024];
	struct ar_task task = {
		.path = path,
		.look = look,
		.schema = "atrest.patch/v1",
		.done = opts->remove ? "nothing to do: it is not there"
				     : "nothing to do: it is all there",
		.afterwards = afterwards,
		.goal = { .kind = opts->remove ? AR_GOAL_UNPATCH : AR_GOAL_PATCH,
			  .container = opts->container,
			  .create = opts->create,
			  .accepted = opts->accepted,
			  .accepted_count = opts->accepted_count },
	};

	if (make_wanted(opts, &text, &task.goal.wanted, err) != 0 ||
	    ar_run_absolute(run, opts->operand ? opts->operand : AR_DEFAULT_MANIFEST, path,
			    sizeof path, err) != 0)
		return -1;
	if (opts->emit)
		return emit_patch(run, &task, err);
	snprintf(task.what, sizeof task.what, "--" AR_FLAG "=%s %s", task.goal.wanted.flag_path,
		 opts->remove ? "taken out" : "added, with its mount and volume");
	return ar_task_run(run, &task);
}

int ar_cmd_patch(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, opts->remove ? "patch --remove" : "patch", run_patch);
}
