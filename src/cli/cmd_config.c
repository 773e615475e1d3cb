/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "cli/here.h"
#include "cli/json.h"
#include "diag/encheck.h"
#include "flow/look.h"
#include "flow/preflight.h"

/* A config as it was read and judged: both commands here begin with it. */
struct judged {
	struct ar_snapshot file;
	struct ar_findings findings;
	struct ar_tree *tree;
	struct ar_encconf *conf;
	char path[1024];
	int minor;
};

#define JUDGED_AUTO __attribute__((cleanup(judged_done)))

static void judged_done(struct judged *judged)
{
	ar_encconf_free(judged->conf);
	ar_tree_free(judged->tree);
	ar_findings_done(&judged->findings);
	ar_snapshot_done(&judged->file);
}

static int read_config(struct ar_run *run, struct judged *judged, struct ar_err *err)
{
	if (strcmp(judged->path, "-") != 0)
		return ar_file_read(&run->session.host, judged->path, AR_READ_SECRET, &judged->file,
				    err);
	if (ar_file_read_stdin(AR_READ_SECRET, &judged->file, err) != 0)
		return -1;
	return 0;
}

static int judge(struct ar_run *run, bool lints, struct judged *judged, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	const char *given = opts->operand      ? opts->operand
			    : opts->hot_reload ? AR_DEFAULT_CONFIG_HOT
					       : AR_DEFAULT_CONFIG;

	if (ar_run_absolute(run, given, judged->path, sizeof judged->path, err) != 0 ||
	    read_config(run, judged, err) != 0)
		return -1;
	judged->minor = opts->kube_minor >= 0 ? opts->kube_minor : ar_here_minor(run);
	const struct ar_encconf_opts check = { .minor = judged->minor,
					       .hot_reload = opts->hot_reload,
					       .lints = lints };
	struct ar_text text = ar_snapshot_text(&judged->file);
	text.secret = true;
	if (ar_encconf_check(&text, &check, &judged->findings, &judged->tree, &judged->conf, err) !=
	    0)
		return -1;
	if (!lints || strcmp(judged->path, "-") == 0)
		return 0;
	if (ar_look_config_file(&run->session, &judged->file, &judged->findings, err) != 0)
		return -1;
	/* Nothing is changed here, so nothing is stopped: what would stop a patch is a warning. */
	for (size_t i = 0; i < judged->findings.count; i++)
		if (judged->findings.list[i].severity == AR_STOP)
			judged->findings.list[i].severity = AR_WARNING;
	return 0;
}

static void say_verdict(struct ar_run *run, const struct judged *judged, bool refused)
{
	char server[40] = "the newest kube-apiserver known";

	if (judged->minor >= 0)
		snprintf(server, sizeof server, "kube-apiserver 1.%d", judged->minor);
	if (refused)
		ar_report_say(run->report, "invalid: %s would refuse %s", server,
			      judged->file.path);
	else
		ar_report_say(run->report, "valid: %s takes %s", server, judged->file.path);
}

static int run_check(struct ar_run *run, struct ar_err *err)
{
	JUDGED_AUTO struct judged judged = { .minor = -1 };

	if (judge(run, true, &judged, err) != 0)
		return -1;
	bool refused = ar_encconf_refused(&judged.findings);
	bool doubts = ar_findings_worst(&judged.findings) >= AR_WARNING;
	int code = refused || (doubts && run->opts->strict) ? AR_NOT_AS_WANTED : AR_DONE;
	if (run->opts->json) {
		const struct ar_json_check json = { .path = judged.path,
						    .minor = judged.minor,
						    .refused = refused,
						    .exit_code = code,
						    .findings = &judged.findings };
		ar_json_print_check(run->report, &json);
		return code;
	}
	ar_report_findings(run->report, &judged.findings, NULL, 0);
	if (!run->opts->quiet)
		say_verdict(run, &judged, refused);
	return code;
}

static int run_show(struct ar_run *run, struct ar_err *err)
{
	JUDGED_AUTO struct judged judged = { .minor = -1 };

	if (judge(run, false, &judged, err) != 0)
		return -1;
	bool refused = !judged.conf || ar_encconf_refused(&judged.findings);
	if (run->opts->json) {
		ar_json_print_config(run->report, judged.conf, judged.path, judged.file.sha256,
				     refused);
		return refused ? AR_NOT_AS_WANTED : AR_DONE;
	}
	if (refused) {
		ar_report_findings(run->report, &judged.findings, NULL, 0);
		say_verdict(run, &judged, true);
		return AR_NOT_AS_WANTED;
	}
	ar_report_say(run->report, "%s", judged.file.path);
	ar_report_say(run->report, "  sha256 %s", judged.file.sha256);
	ar_report_entries(run->report, judged.conf);
	return AR_DONE;
}

int ar_cmd_config_check(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "config check", run_check);
}

int ar_cmd_config_show(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "config show", run_show);
}
