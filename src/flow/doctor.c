/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "flow/drift.h"
#include "flow/logs.h"
#include "flow/preflight_live.h"
#include "host/record.h"
#include "plan/keys.h"

struct doctor {
	const struct ar_session *session;
	const struct ar_local_ask *ask;
	struct ar_local *local;
	struct ar_findings *findings;
};

/* Of a server that is well only these still matter: the rest is how it came up. */
static bool matters_when_well(const char *id)
{
	static const char *const ids[] = { "value-no-provider", "value-no-key",
					   "value-wrong-key",   "value-encrypted",
					   "reload-rejected",   "kms-unreachable",
					   "kubelet-refused" };

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++)
		if (strcmp(id, ids[i]) == 0)
			return true;
	return false;
}

static int scan(struct doctor *d, const struct ar_text *log, bool well, struct ar_err *err)
{
	AR_FINDINGS_AUTO struct ar_findings found = AR_FINDINGS_INIT;

	if (ar_symptom_scan(log, &found, err) != 0)
		return -1;
	for (size_t i = 0; i < found.count; i++) {
		const struct ar_finding *one = &found.list[i];
		if (well && !matters_when_well(one->cause->id))
			continue;
		if (ar_findings_say(d->findings, one->cause->id, one->subject, "%s", one->what) !=
		    0)
			return ar_err_oom(err);
	}
	return 0;
}

/* The pod that runs, or else the only one that there is a log of. */
static const char *pod_of(const struct ar_running *running)
{
	if (running->seen)
		return running->uid;
	return running->pod_count > 0 ? running->pods[running->pod_count - 1] : "";
}

static int find_in_logs(struct doctor *d, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf server = AR_BUF_INIT, kubelet = AR_BUF_INIT;
	bool well = d->local->running.seen && d->local->ready.state == AR_READY_YES;
	int number = -1;

	ar_logs_server(d->session, d->local->manifest.pod, pod_of(&d->local->running), &server,
		       &number);
	const char *from = ar_logs_kubelet(d->session, d->local->manifest.file.mtime_ns, &kubelet);
	if (ar_buf_check(&server, err) != 0 || ar_buf_check(&kubelet, err) != 0)
		return -1;
	const struct ar_text logs[] = {
		{ .name = "the API server's log", .data = ar_buf_text(&server), .len = server.len },
		{ .name = from, .data = ar_buf_text(&kubelet), .len = kubelet.len },
	};
	return scan(d, &logs[0], well, err) != 0 || scan(d, &logs[1], well, err) != 0 ? -1 : 0;
}

/* --- keys that a record holds ---------------------------------------------------------------- */

static int compare_record(struct doctor *d, const struct ar_record *record, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	struct ar_err unread = AR_ERR_INIT;
	struct ar_lost_keys lost;

	if (ar_record_old(&d->session->host, record, 0, &old, &unread) != 0 || !old.exists)
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	struct ar_text then = ar_snapshot_text(&old), now = d->local->config.seen.file;
	then.secret = true;
	if (!now.data)
		now.data = "";
	if (ar_keys_lost(&then, &now, &lost, err) != 0)
		return -1;
	for (size_t i = 0; i < lost.count && i < AR_LOST_KEYS; i++)
		if (ar_findings_say(d->findings, "key-in-record", d->ask->config,
				    "record %s of %s holds a key '%s' that the file now lacks",
				    record->id, record->when, lost.names[i]) != 0)
			return ar_err_oom(err);
	return 0;
}

static int find_in_records(struct doctor *d, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *records = NULL;
	size_t count = 0, unreadable = 0;

	if (ar_record_list(&d->session->host, &records, &count, &unreadable, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (records[i].parts[0].secret &&
		    strcmp(records[i].parts[0].path, d->ask->config) == 0 &&
		    compare_record(d, &records[i], err) != 0)
			return -1;
	return 0;
}

/* --- all ------------------------------------------------------------------------------------- */

int ar_doctor_find(const struct ar_session *session, const struct ar_local_ask *ask,
		   struct ar_local *local, struct ar_findings *findings, struct ar_err *err)
{
	struct ar_creds none = { .api = NULL };
	struct doctor d = { .session = session, .ask = ask, .local = local, .findings = findings };

	if (ar_preflight_live(session, ask, &none, local, true, err) != 0 ||
	    ar_drift_find(session, ask, local, findings, err) != 0 || find_in_records(&d, err) != 0)
		return -1;
	return session->host.root ? 0 : find_in_logs(&d, err);
}
