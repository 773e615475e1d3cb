/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/json_live.h"
#include "cli/node.h"
#include "host/machine.h"

/* --- what is safe to mend -------------------------------------------------------------------- */

static void fail_half(const struct ar_snapshot *file, const struct stat *before, struct ar_err *err)
{
	ar_err_sys(err, file->path, "cannot change its mode");
	if (before->st_uid != 0 || before->st_gid != 0)
		ar_err_class(err, AR_RESUMABLE); /* the owner is changed already */
}

/* The file that was looked at, and no other: mode 0600, root's. */
static int mend_file(struct ar_run *run, const struct ar_snapshot *file, struct ar_err *err)
{
	struct stat now;
	int fd = ar_host_openat(&run->session.host, file->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
				0);

	if (fd < 0)
		return ar_err_sys(err, file->path, "cannot open it");
	bool same = fstat(fd, &now) == 0 && now.st_ino == file->ino && now.st_dev == file->dev;
	if (!same)
		ar_err_set(err, "'%s' was replaced meanwhile", file->path);
	else if ((now.st_uid != 0 || now.st_gid != 0) && fchown(fd, 0, 0) != 0)
		ar_err_sys(err, file->path, "cannot change its owner");
	else if (fchmod(fd, 0600) != 0)
		fail_half(file, &now, err);
	close(fd);
	return ar_err_is_set(err) ? -1 : 0;
}

static int fix(struct ar_run *run, const struct ar_node_view *view, struct ar_err *err)
{
	const struct ar_snapshot *file = &view->local.config.file;
	char line[300];

	if (!ar_findings_has(&view->findings, "config-mode") &&
	    !ar_findings_has(&view->findings, "config-not-root")) {
		if (!run->opts->json)
			ar_report_say(run->report,
				      "nothing here is safe to mend without a look: see above");
		return 0;
	}
	if (!run->opts->json)
		ar_report_check(run->report, AR_MARK_CHANGE, "chown root:root %s; chmod 0600 %s",
				file->path, file->path);
	if (run->opts->dry_run || run->opts->check)
		return 0;
	if (ar_run_confirm(run, "do this? [y/N] ", "do it without being asked", err) != 0 ||
	    ar_run_lock(run, err) != 0 || mend_file(run, file, err) != 0)
		return -1;
	snprintf(line, sizeof line, "doctor: mode and owner of %.200s set to 0600 root:root",
		 file->path);
	if (!run->session.host.root)
		ar_machine_log(run->session.who, line);
	if (!run->opts->json)
		ar_report_check(run->report, AR_MARK_DONE, "%s is mode 0600, root's", file->path);
	return 0;
}

static int run_doctor(struct ar_run *run, struct ar_err *err)
{
	AR_NODE_VIEW_AUTO struct ar_node_view view = { .local = AR_LOCAL_INIT };

	if (ar_node_view_open(run, true, &view, err) != 0 ||
	    ar_doctor_find(&run->session, &view.ask, &view.local, &view.findings, err) != 0 ||
	    ar_node_view_stored(run, &view, err) != 0)
		return -1;
	bool sick = ar_findings_worst(&view.findings) >= AR_WARNING;
	int code = sick && run->opts->check ? AR_NOT_AS_WANTED : AR_DONE;
	if (run->opts->json) {
		ar_json_print_findings(run->report, "atrest.doctor/v1", &view.findings, code);
	} else {
		ar_report_findings(run->report, &view.findings, NULL, 0);
		if (!sick)
			ar_report_say(run->report, "nothing wrong was found");
	}
	return run->opts->fix && fix(run, &view, err) != 0 ? -1 : code;
}

int ar_cmd_doctor(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "doctor", run_doctor);
}
