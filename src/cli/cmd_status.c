/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/scope.h"
#include "cli/json_live.h"
#include "cli/node.h"
#include "cli/status_servers.h"
#include "diag/encheck.h"
#include "host/record.h"

/* --- for people ------------------------------------------------------------------------------ */

static void say_manifest(struct ar_report *report, const struct ar_node_view *view)
{
	if (view->found.flag[0] && !view->found.config[0])
		ar_report_check(report, AR_MARK_CONFLICT,
				"manifest   %s has --" AR_FLAG "=%s, which no mount shows",
				view->manifest, view->found.flag);
	else if (view->found.flag[0])
		ar_report_check(report, AR_MARK_DONE, "manifest   %s has --" AR_FLAG "=%s",
				view->manifest, view->found.flag);
	else
		ar_report_check(report, AR_MARK_CONFLICT, "manifest   %s has no --" AR_FLAG,
				view->manifest);
}

static void time_text(int64_t ns, char *buf, size_t size)
{
	const time_t seconds = (time_t)(ns / 1000000000);
	struct tm utc;

	if (!gmtime_r(&seconds, &utc) || strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		snprintf(buf, size, "?");
}

static void say_process(struct ar_report *report, const struct ar_local *local)
{
	const struct ar_running *running = &local->running;
	char since[40];

	if (local->image) {
		ar_report_check(report, AR_MARK_WARN, "process    not looked at under --root");
		return;
	}
	if (!running->seen) {
		ar_report_check(report, AR_MARK_CONFLICT,
				"process    no API server of this node runs");
		return;
	}
	time_text(running->process.started_ns, since, sizeof since);
	ar_report_check(report, running->flag ? AR_MARK_DONE : AR_MARK_CONFLICT,
			"process    pid %ld, since %s, %s the flag", (long)running->process.pid,
			since, running->flag ? "with" : "without");
}

static void say_config(struct ar_report *report, const struct ar_node_view *view,
		       const struct ar_encconf *conf, bool refused)
{
	const struct ar_snapshot *file = &view->local.config.file;

	if (!file->exists) {
		ar_report_check(report, AR_MARK_CONFLICT, "config     %s is not there",
				view->ask.config);
		return;
	}
	ar_report_check(report, refused ? AR_MARK_CONFLICT : AR_MARK_DONE,
			"config     %s is %s, mode %04o, uid %u, sha256 %.12s…", file->path,
			refused ? "invalid" : "valid", (unsigned)file->mode & 07777,
			(unsigned)file->uid, file->sha256);
	if (conf && !refused && !report->quiet)
		ar_report_entries(report, conf);
}

static void say_loaded(struct ar_report *report, const struct ar_local *local)
{
	bool current = local->server.load == AR_LOAD_CURRENT;

	if (!local->running.seen || !local->running.flag)
		return;
	if (local->server.load == AR_LOAD_UNKNOWN) {
		ar_report_check(report, AR_MARK_WARN, "loaded     not known: %s", local->unseen);
		return;
	}
	if (local->measured && local->loaded.has_hash)
		ar_report_check(report, current ? AR_MARK_DONE : AR_MARK_CONFLICT,
				"loaded     sha256 %.12s…, %s", local->loaded.hash,
				current ? "which is the file's" : "which is not the file's");
	else
		ar_report_check(report, current ? AR_MARK_DONE : AR_MARK_WARN,
				"loaded     by its start time it has %s",
				current ? "this file" : "an older one");
}

static void say_kubeadm(struct ar_report *report, const struct ar_node_view *view, bool kept)
{
	switch (view->local.kubeadm_seen) {
	case AR_KUBEADM_UNSEEN:
		ar_report_check(report, AR_MARK_WARN, "upgrades   kubeadm-config was not seen: %s",
				view->local.unseen[0] ? view->local.unseen : view->creds.why);
		break;
	case AR_KUBEADM_ABSENT:
		ar_report_check(report, AR_MARK_WARN,
				"upgrades   there is no kubeadm-config in this cluster");
		break;
	case AR_KUBEADM_THERE:
		if (!view->found.flag[0])
			break; /* nothing is to be kept */
		ar_report_check(report, kept ? AR_MARK_DONE : AR_MARK_CONFLICT,
				"upgrades   kubeadm-config has %s",
				kept ? "it too" : "something else");
		break;
	}
}

/* Whether a changed file reaches the server without a restart. */
static void say_reload(struct ar_report *report, const struct ar_node_view *view)
{
	bool folder = strcmp(view->goal.wanted.mount_type, "Directory") == 0;

	if (!view->found.flag[0])
		return;
	if (view->found.reloads && folder)
		ar_report_check(report, AR_MARK_DONE,
				"reload     on: a changed file is loaded within "
				"a minute");
	else
		ar_report_check(report, AR_MARK_WARN,
				"reload     %s: a changed file needs a restart",
				view->found.reloads ? "on, but the file is mounted by itself"
						    : "off");
}

/* What lies in etcd, by its own comparison. */
static void say_stored(struct ar_report *report, const struct ar_node_view *view)
{
	const struct ar_stored_seen *stored = &view->stored;

	if (stored->unseen)
		ar_report_check(report, AR_MARK_WARN, "stored     etcd could not be asked: %s",
				view->uncounted);
	else if (stored->known)
		ar_report_check(report, AR_MARK_DONE,
				"stored     all %" PRId64 " values in etcd are under the key that "
				"writes (revision %" PRId64 ")",
				stored->total, stored->revision);
	else if (stored->stale < 0)
		ar_report_check(report, AR_MARK_WARN,
				"stored     not every value in etcd is under the key that writes");
}

static void say_records(struct ar_report *report, const struct ar_record *records, size_t count)
{
	if (count == 0)
		ar_report_check(report, AR_MARK_DONE, "records    none");
	else
		ar_report_check(report, AR_MARK_DONE, "records    %zu, the newest %s (%s)", count,
				records[0].id, records[0].command);
}

/* --- both ------------------------------------------------------------------------------------ */

/* What was seen, on its way to be shown. */
struct seen {
	struct ar_node_view view;
	struct ar_status_servers servers;
	const struct ar_encconf *conf; /* NULL where there is none */
	int code;
};

static int show(struct ar_run *run, const struct seen *seen, struct ar_err *err)
{
	const struct ar_node_view *view = &seen->view;
	struct ar_report *report = run->report;
	bool refused = ar_encconf_refused(&view->local.config.seen.findings);
	AR_FREE_AUTO struct ar_record *records = NULL;
	size_t count = 0, unreadable = 0;
	bool kept = view->local.kubeadm_seen == AR_KUBEADM_THERE &&
		    !ar_findings_has(&view->findings, "persist-drift") && view->found.flag[0];

	if (ar_record_list(&run->session.host, &records, &count, &unreadable, err) != 0)
		return -1;
	if (run->opts->json) {
		const struct ar_json_status json = { .view = view,
						     .servers = &seen->servers,
						     .records = count,
						     .conf = refused ? NULL : seen->conf,
						     .refused = refused,
						     .kept = kept,
						     .exit_code = seen->code };
		ar_json_print_status(report, &json);
		return seen->code;
	}
	if (!run->opts->quiet) {
		say_manifest(report, view);
		say_process(report, &view->local);
		say_config(report, view, seen->conf, refused);
		ar_status_ages_say(report, &seen->servers, refused ? NULL : seen->conf);
		say_loaded(report, &view->local);
		say_kubeadm(report, view, kept);
		say_stored(report, view);
		say_reload(report, view);
		ar_status_servers_say(report, &seen->servers);
		say_records(report, records, count);
	}
	ar_report_findings(report, &view->findings, NULL, 0);
	return seen->code;
}

static void seen_done(struct seen *seen)
{
	ar_node_view_done(&seen->view);
	ar_status_servers_done(&seen->servers);
}

static int look(struct ar_run *run, struct seen *seen, struct ar_err *err)
{
	struct ar_node_view *view = &seen->view;
	const bool refused = ar_encconf_refused(&view->local.config.seen.findings);

	if (ar_node_view_stored(run, view, err) != 0 ||
	    ar_drift_find(&run->session, &view->ask, &view->local, &view->findings, err) != 0 ||
	    ar_status_servers_look(run, view, refused ? NULL : seen->conf, &seen->servers, err) !=
		    0)
		return -1;
	const bool drift = ar_findings_worst(&view->findings) >= AR_WARNING;
	seen->code = drift && run->opts->check ? AR_NOT_AS_WANTED : AR_DONE;
	return 0;
}

static int run_status(struct ar_run *run, struct ar_err *err)
{
	__attribute__((cleanup(seen_done))) struct seen seen = {
		.view = { .local = AR_LOCAL_INIT }, .servers = AR_STATUS_SERVERS_INIT
	};
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	const struct ar_local *local = &seen.view.local;

	if (ar_node_view_open(run, true, &seen.view, err) != 0)
		return -1;
	if (local->config.file.exists &&
	    ar_encconf_read(&local->config.seen.file, local->server.minor, &problems, &tree, &conf,
			    err) != 0)
		return -1;
	seen.conf = conf;
	return look(run, &seen, err) == 0 ? show(run, &seen, err) : -1;
}

int ar_cmd_status(const struct ar_options *opts, struct ar_report *report)
{
	return ar_run_command(opts, report, "status", run_status);
}
