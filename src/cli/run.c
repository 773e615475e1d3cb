/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "flow/apply.h"
#include "host/lock.h"
#include "host/machine.h"

int ar_run_start(const struct ar_options *opts, struct ar_report *report, const char *command,
		 struct ar_run *ret, struct ar_err *err)
{
	*ret = (struct ar_run){ .opts = opts, .report = report, .lock = -1 };
	if (ar_host_open(opts->root, opts->follow, &ret->session.host, err) != 0)
		return -1;
	ret->session.command = command;
	ret->session.keep = opts->keep;
	ret->session.trace = opts->trace ? stderr : NULL;
	if (opts->trace)
		ar_machine_user(ret->session.who, sizeof ret->session.who);
	ar_trace(&ret->session, "atrest %s, by %s, root %s", command, ret->session.who,
		 opts->root ? opts->root : "/");
	return 0;
}

int ar_run_lock(struct ar_run *run, struct ar_err *err)
{
	char now[40], who[200];

	ar_machine_user(run->session.who, sizeof run->session.who);
	ar_machine_now(now, sizeof now);
	snprintf(who, sizeof who, "pid %ld, atrest %s, by %s since %s", (long)getpid(),
		 run->session.command, run->session.who, now);
	if (ar_lock_take(&run->session.host, who, &run->lock, err) != 0)
		return -1;
	return ar_apply_settle(&run->session, err);
}

void ar_run_stop(struct ar_run *run)
{
	if (run->lock >= 0)
		ar_lock_release(&run->lock);
	ar_host_close(&run->session.host);
}

int ar_run_absolute(const struct ar_run *run, const char *path, char *buf, size_t size,
		    struct ar_err *err)
{
	char here[512];

	if (strcmp(path, "-") == 0 || path[0] == '/') {
		snprintf(buf, size, "%s", path);
	} else if (run->opts->root) {
		snprintf(buf, size, "/%s", path);
	} else {
		if (!getcwd(here, sizeof here))
			return ar_err_sys(err, ".", "cannot name the working folder");
		snprintf(buf, size, "%s/%s", here, strncmp(path, "./", 2) == 0 ? path + 2 : path);
	}
	if (strlen(path) + sizeof here < size || strlen(buf) < size - 1)
		return 0;
	return ar_err_set(err, "'%s' is too long a path", path);
}

int ar_run_command(const struct ar_options *opts, struct ar_report *report, const char *command,
		   int (*body)(struct ar_run *run, struct ar_err *err))
{
	AR_RUN_AUTO struct ar_run run = { .lock = -1 };
	struct ar_err err = AR_ERR_INIT;
	int code = ar_run_start(opts, report, command, &run, &err);

	if (code == 0)
		code = body(&run, &err);
	if (code >= 0)
		return code;
	ar_report_error(report, &err);
	return (int)err.class;
}

int ar_run_confirm(const struct ar_run *run, const char *question, const char *yes_means,
		   struct ar_err *err)
{
	if (run->opts->yes)
		return 0;
	if (!ar_machine_has_terminal()) {
		ar_err_set(err, "there is no terminal to ask on");
		return ar_err_hint(err, "say --yes to %s", yes_means);
	}
	ar_secret_forget();
	return ar_machine_confirm(question) ? 0 : ar_err_set(err, "not confirmed");
}
