/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json_live.h"

#include "cli/stepdiff.h"

void ar_json_print_event(struct ar_report *report, const struct ar_event *event)
{
	static const char *const kinds[] = {
		[AR_EVENT_BEGIN] = "begin",
		[AR_EVENT_DONE] = "done",
		[AR_EVENT_FAIL] = "fail",
		[AR_EVENT_NOTE] = "note",
	};
	json_t *elapsed = event->elapsed_ms < 0 ? json_null()
						: json_integer((json_int_t)event->elapsed_ms);

	ar_json_print_line(report,
			   json_pack("{s:s, s:s, s:s, s:o, s:o}", "schema", "atrest.event/v1",
				     "event", kinds[event->kind], "id", event->id, "text",
				     ar_json_text(event->text), "elapsed_ms", elapsed));
}

void ar_json_print_headway(struct ar_report *report, const struct ar_headway *way)
{
	json_t *total = way->total > 0 ? json_integer((json_int_t)way->total) : json_null();
	json_t *speed = way->per_second > 0 ? json_real(way->per_second) : json_null();

	ar_json_print_line(report, json_pack("{s:s, s:s, s:s, s:I, s:o, s:I, s:o, s:I}", "schema",
					     "atrest.progress/v1", "id", way->id, "what", way->what,
					     "done", (json_int_t)way->done, "total", total,
					     "failed", (json_int_t)way->failed, "per_second", speed,
					     "elapsed_ms", (json_int_t)way->elapsed_ms));
}

int ar_json_print_plan(struct ar_report *report, const struct ar_plane_step *step,
		       const struct ar_text *old, const char *words, struct ar_err *err)
{
	static const char *const moves[AR_MOVES] = {
		[AR_MOVE_CONFIG] = "config",   [AR_MOVE_MANIFEST] = "manifest",
		[AR_MOVE_LOAD] = "load",       [AR_MOVE_PERSIST] = "kubeadm-config",
		[AR_MOVE_RETIRE] = "old-file", [AR_MOVE_REWRITE] = "reencrypt",
	};
	AR_BUF_AUTO struct ar_buf diff = AR_BUF_INIT;

	if (ar_plane_is_file(step->move) &&
	    (ar_stepdiff_draw(old, &step->file, false, &diff, err) != 0 ||
	     ar_buf_check(&diff, err) != 0))
		return -1;
	ar_json_print_line(report, json_pack("{s:s, s:s, s:o, s:o}", "schema", "atrest.plan/v1",
					     "move", moves[step->move], "text", ar_json_text(words),
					     "diff", ar_json_text(ar_buf_text(&diff))));
	return 0;
}

/* Those of the config, then those of the manifest. */
static json_t *findings_of(const struct ar_plane *plane, const struct ar_plane_goal *goal)
{
	json_t *all = ar_json_findings(&plane->config.findings, goal->config.accepted,
				       goal->config.accepted_count);
	json_t *more = ar_json_findings(&plane->manifest.findings, goal->manifest.accepted,
					goal->manifest.accepted_count);
	bool joined = all && more && json_array_extend(all, more) == 0;

	json_decref(more);
	if (joined)
		return all;
	json_decref(all);
	return NULL;
}

/* What etcd told; "proved" is only true where it was asked, and nothing was stale. */
static json_t *proof_of(const struct ar_json_live *live)
{
	const struct ar_stored_seen *stored = live->stored;
	const bool uncounted = stored && live->uncounted && live->uncounted[0];

	if (!stored)
		return json_object();
	return json_pack("{s:b, s:o}", "proved", stored->known && stored->stale == 0 && !uncounted,
			 "uncounted", ar_json_text(uncounted ? live->uncounted : NULL));
}

void ar_json_print_live(struct ar_report *report, const struct ar_json_live *live)
{
	json_t *result = json_pack("{s:s}", "state", live->state);
	json_t *findings = json_pack("{s:o}", "findings", findings_of(live->plane, live->goal));

	result = ar_json_join(ar_json_join(result, proof_of(live)), findings);
	ar_json_print_line(report,
			   ar_json_join(ar_json_head(live->schema, live->exit_code, NULL, 0),
					result));
}

void ar_json_print_findings(struct ar_report *report, const char *schema,
			    const struct ar_findings *findings, int exit_code)
{
	ar_json_print(report, ar_json_join(ar_json_head(schema, exit_code, NULL, 0),
					   json_pack("{s:o}", "findings",
						     ar_json_findings(findings, NULL, 0))));
}

static json_t *manifest_of(const struct ar_node_view *view)
{
	bool flag = view->found.flag[0];

	return json_pack("{s:o, s:o, s:o, s:b}", "path", ar_json_text(view->manifest), "flag",
			 ar_json_text(flag ? view->found.flag : NULL), "mount",
			 ar_json_text(flag ? view->goal.wanted.mount_type : NULL), "reloads",
			 (int)view->found.reloads);
}

static json_t *process_of(const struct ar_running *running)
{
	if (!running->seen)
		return json_null();
	return json_pack("{s:I, s:s, s:I, s:b, s:b}", "pid", (json_int_t)running->process.pid,
			 "pod_uid", running->uid, "started",
			 (json_int_t)(running->process.started_ns / 1000000000), "flag",
			 (int)running->flag, "reloads", (int)running->reloads);
}

static json_t *config_of(const struct ar_json_status *status)
{
	const struct ar_snapshot *file = &status->view->local.config.file;

	if (!file->exists)
		return json_null();
	return json_pack("{s:o, s:b, s:s, s:o, s:I, s:o}", "path", ar_json_text(file->path),
			 "valid", (int)!status->refused, "sha256", file->sha256, "mode",
			 json_sprintf("%04o", (unsigned)file->mode & 07777), "uid",
			 (json_int_t)file->uid, "entries", ar_json_entries(status->conf));
}

static json_t *loaded_of(const struct ar_local *local)
{
	static const char *const loads[] = {
		[AR_LOAD_UNKNOWN] = "unknown",
		[AR_LOAD_NOTHING] = "nothing",
		[AR_LOAD_OTHER] = "other",
		[AR_LOAD_CURRENT] = "current",
	};
	const char *hash = local->measured && local->loaded.has_hash ? local->loaded.hash : NULL;

	return json_pack("{s:s, s:o}", "state", loads[local->server.load], "sha256",
			 ar_json_text(hash));
}

/* null where nothing is meant to be encrypted, or etcd was not seen; `all` false: not every value
 * is under the writer, and how many was not counted. */
static json_t *stored_of(const struct ar_node_view *view)
{
	const struct ar_stored_seen *stored = &view->stored;

	if (stored->known)
		return json_pack("{s:b, s:I, s:I}", "all", 1, "total", (json_int_t)stored->total,
				 "revision", (json_int_t)stored->revision);
	if (stored->stale < 0)
		return json_pack("{s:b, s:n, s:n}", "all", 0, "total", "revision");
	return json_null();
}

void ar_json_print_status(struct ar_report *report, const struct ar_json_status *status)
{
	static const char *const seen[] = {
		[AR_KUBEADM_UNSEEN] = "unseen",
		[AR_KUBEADM_ABSENT] = "absent",
		[AR_KUBEADM_THERE] = "other",
	};
	const struct ar_node_view *view = status->view;
	const struct ar_local *local = &view->local;

	ar_json_print(
		report,
		ar_json_join(ar_json_head("atrest.status/v1", status->exit_code, &local->server, 1),
			     json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:o}",
				       "manifest", manifest_of(view), "process",
				       process_of(&local->running), "config", config_of(status),
				       "keys", ar_status_keys_json(status->servers, status->conf),
				       "loaded", loaded_of(local), "cluster",
				       ar_status_servers_json(status->servers), "kubeadm_config",
				       status->kept ? "same" : seen[local->kubeadm_seen], "stored",
				       stored_of(view), "unseen",
				       ar_json_text(local->unseen[0] ? local->unseen : NULL),
				       "records", (json_int_t)status->records, "findings",
				       ar_json_findings(&view->findings, NULL, 0))));
}
