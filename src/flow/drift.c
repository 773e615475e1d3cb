/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/drift.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "host/record.h"

struct drift {
	const struct ar_session *session;
	const struct ar_local_ask *ask;
	const struct ar_local *local;
	struct ar_findings *findings;
};

static int say(struct drift *d, const char *id, const char *subject, const char *what,
	       struct ar_err *err)
{
	return ar_findings_say(d->findings, id, subject, "%s", what) != 0 ? ar_err_oom(err) : 0;
}

/* The same finding again, for a list of its own. */
static int copy(const struct ar_findings *from, struct ar_findings *to, struct ar_err *err)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct ar_finding *old = &from->list[i];
		struct ar_finding *new_ = ar_findings_add(to, old->cause->id, "%s", old->what);
		if (!new_ || (old->subject && ar_finding_about(new_, old->subject) != 0))
			return ar_err_oom(err);
		new_->severity = old->severity == AR_STOP ? AR_WARNING : old->severity;
		new_->line = old->line;
		new_->column = old->column;
		new_->where = old->where ? strdup(old->where) : NULL;
		if (old->where && !new_->where)
			return ar_err_oom(err);
	}
	return 0;
}

/* The flag's file has to be in the container. */
static int find_mount(struct drift *d, struct ar_err *err)
{
	const struct ar_pod *pod = d->local->manifest.pod;
	char host[512], what[700];
	struct ar_flag flag;

	ar_pod_flags(pod, AR_FLAG, AR_FLAG_OLD, &flag, 1);
	if (!flag.value || ar_pod_host_path(pod, flag.value, host, sizeof host, NULL))
		return 0;
	snprintf(what, sizeof what, "--" AR_FLAG " names %s, which no mount shows", flag.value);
	return say(d, "config-not-seen", d->ask->manifest, what, err);
}

static int find_flag(struct drift *d, struct ar_err *err)
{
	if (ar_look_has_flag(d->local->manifest.pod))
		return find_mount(d, err);
	if (d->local->running.seen && d->local->running.flag)
		return say(d, "server-flag-drift", d->ask->manifest,
			   "the running API server has --" AR_FLAG ", this manifest has not", err);
	return say(d, "flag-missing", d->ask->manifest, "it has no --" AR_FLAG, err);
}

/* A file that is mounted by itself is the one that it was when the container started. */
static bool is_stale_mount(const struct ar_local *local)
{
	char seen[AR_SHA256_HEX];

	ar_process_file(&local->running.process, local->running.config, seen);
	return seen[0] && strcmp(seen, local->config.file.sha256) != 0;
}

static int find_other_content(struct drift *d, struct ar_err *err)
{
	const struct ar_local *local = d->local;
	char what[300];

	if (is_stale_mount(local))
		return say(d, "stale-mount", d->ask->config,
			   "the API server's container still has the file that was there before",
			   err);
	if (local->measured && local->loaded.has_hash)
		snprintf(what, sizeof what,
			 "the API server has loaded another content (sha256 %.12s…, the file has "
			 "%.12s…)",
			 local->loaded.hash, local->config.file.sha256);
	else
		snprintf(what, sizeof what, "the file is newer than the API server's start");
	return say(d, local->running.reloads ? "reload-pending" : "config-hash-differs",
		   d->ask->config, what, err);
}

static int find_process(struct drift *d, struct ar_err *err)
{
	const struct ar_local *local = d->local;
	char what[200];

	if (d->session->host.root)
		return 0;
	if (!local->running.seen)
		return say(d, "pod-missing", d->ask->manifest,
			   "no process of this manifest's pod was found", err);
	if (!ar_look_has_flag(local->manifest.pod))
		return 0;
	if (!local->running.flag) {
		snprintf(what, sizeof what, "the API server (pid %ld) was started without the flag",
			 (long)local->running.process.pid);
		return say(d, "not-loaded", d->ask->manifest, what, err);
	}
	return local->server.load == AR_LOAD_OTHER ? find_other_content(d, err) : 0;
}

static int find_persisted(struct drift *d, struct ar_err *err)
{
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	struct ar_goal goal = { .kind = AR_GOAL_PERSIST, .wanted = d->ask->patch->wanted };
	enum ar_next next;

	if (d->local->kubeadm_seen != AR_KUBEADM_THERE || !ar_look_has_flag(d->local->manifest.pod))
		return 0;
	if (ar_plan_next(&d->local->seen.kubeadm, &goal, &next, &step, err) != 0)
		return -1;
	if (next == AR_NEXT_DONE)
		return 0;
	return say(d, "persist-drift", "ConfigMap kube-system/kubeadm-config",
		   "it does not have what the manifest has", err);
}

/* What could not be seen is a finding of its own, where it was asked for. */
static int find_unseen(struct drift *d, struct ar_err *err)
{
	const struct ar_local *local = d->local;
	bool flag = ar_look_has_flag(local->manifest.pod);

	if (local->image || !d->ask->kubeadm)
		return 0;
	if (!local->asks)
		return say(d, "no-credentials", d->ask->manifest, local->unseen, err);
	if (local->ready.state == AR_READY_AWAY &&
	    say(d, "api-down", "kube-apiserver", local->unseen, err) != 0)
		return -1;
	if (flag && local->kubeadm_seen == AR_KUBEADM_UNSEEN)
		return say(d, "persist-unseen", "ConfigMap kube-system/kubeadm-config",
			   local->unseen, err);
	if (flag && local->kubeadm_seen == AR_KUBEADM_ABSENT)
		return say(d, "persist-missing", "ConfigMap kube-system/kubeadm-config",
			   "there is none in this cluster", err);
	return 0;
}

/* Reload without a folder never sees a new file. */
static int find_reload(struct drift *d, struct ar_err *err)
{
	if (!d->local->running.reloads || strcmp(d->ask->patch->wanted.mount_type, "File") != 0)
		return 0;
	return say(d, "reload-mount", d->ask->manifest, "it reloads, and mounts the file by itself",
		   err);
}

static int find_under_way(struct drift *d, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *records = NULL;
	size_t count = 0, unreadable = 0;
	char what[300];

	if (ar_record_list(&d->session->host, &records, &count, &unreadable, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct ar_record *record = &records[i];
		if (strcmp(record->parts[0].path, d->ask->manifest) != 0)
			continue;
		bool open = record->progress == AR_FINISHED &&
			    (record->stage == AR_STAGE_WRITTEN ||
			     record->stage == AR_STAGE_LISTENING);
		if (!open ||
		    strcmp(record->parts[0].sha_after, d->local->manifest.file.sha256) != 0)
			return 0; /* the newest one tells */
		snprintf(what, sizeof what, "'%s' of %s by %s was not proved (record %s)",
			 record->command, record->when, record->who, record->id);
		return say(d, "record-open", d->ask->manifest, what, err);
	}
	return 0;
}

int ar_drift_find(const struct ar_session *session, const struct ar_local_ask *ask,
		  const struct ar_local *local, struct ar_findings *findings, struct ar_err *err)
{
	static int (*const finders[])(struct drift *, struct ar_err *) = {
		find_flag, find_process, find_persisted, find_unseen, find_reload, find_under_way,
	};
	struct drift d = { .session = session, .ask = ask, .local = local, .findings = findings };

	if (copy(&local->config.seen.findings, findings, err) != 0 ||
	    copy(&local->manifest.seen.findings, findings, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof finders / sizeof finders[0]; i++)
		if (finders[i](&d, err) != 0)
			return -1;
	return 0;
}
