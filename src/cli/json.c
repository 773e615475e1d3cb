/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/json.h"

#include <stdlib.h>
#include <string.h>

/* --- pieces ---------------------------------------------------------------------------------- */

/* A string; null for NULL. Bytes that are not UTF-8 are shown as \xNN. */
json_t *ar_json_text(const char *text)
{
	AR_BUF_AUTO struct ar_buf safe = AR_BUF_INIT;

	if (!text)
		return json_null();
	json_t *json = json_string(text);
	if (json)
		return json;
	ar_buf_add_printable(&safe, text, strlen(text));
	return safe.failed ? NULL : json_string(ar_buf_text(&safe));
}

/* A string; null for "" and NULL. */
static json_t *text_or_null(const char *text)
{
	return ar_json_text(text && text[0] ? text : NULL);
}

/* A number; null for 0: lines and columns that are not known. */
static json_t *place_of(size_t number)
{
	return number > 0 ? json_integer((json_int_t)number) : json_null();
}

static json_t *version_of(int minor, int patch)
{
	if (minor < 0)
		return json_null();
	return patch < 0 ? json_sprintf("1.%d", minor) : json_sprintf("1.%d.%d", minor, patch);
}

/* The list with `item` behind it; NULL when memory is out for either. */
static json_t *append(json_t *list, json_t *item)
{
	if (list && json_array_append_new(list, item) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *servers_of(const struct ar_server *servers, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count && list; i++)
		list = append(list,
			      json_pack("{s:o, s:o}", "name", ar_json_text(servers[i].name),
					"version", version_of(servers[i].minor, servers[i].patch)));
	return list;
}

json_t *ar_json_head(const char *schema, int exit_code, const struct ar_server *servers,
		     size_t count)
{
	return json_pack("{s:s, s:s, s:i, s:o}", "schema", schema, "atrest", AR_VERSION, "exit",
			 exit_code, "servers", servers_of(servers, count));
}

static json_t *finding_of(const struct ar_finding *finding, bool accepted)
{
	const struct ar_cause *cause = finding->cause;

	return json_pack("{s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:s, s:s}", "id", cause->id,
			 "severity", ar_severity_name(finding->severity), "acceptable",
			 (int)cause->acceptable, "accepted", (int)accepted, "what",
			 ar_json_text(finding->what), "subject", ar_json_text(finding->subject),
			 "field", text_or_null(finding->where), "line", place_of(finding->line),
			 "column", place_of(finding->column), "meaning", cause->meaning, "remedy",
			 cause->remedy);
}

json_t *ar_json_findings(const struct ar_findings *findings, const char *const *accepted,
			 size_t accepted_count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count && list; i++) {
		const struct ar_finding *finding = &findings->list[i];
		list = append(list, finding_of(finding, ar_finding_accepted(finding, accepted,
									    accepted_count)));
	}
	return list;
}

/* Lines that each edit touches. `text` is what the edits are of. */
static json_t *edits_of(const struct ar_text *text, const struct ar_edits *edits)
{
	json_t *list = json_array();

	for (size_t i = 0; i < edits->count && list; i++) {
		struct ar_diff_lines lines = ar_diff_lines(text, edits, i);
		list = append(list, json_pack("{s:I, s:I, s:I, s:I}", "old_line",
					      (json_int_t)lines.old_line, "new_line",
					      (json_int_t)lines.new_line, "removed",
					      (json_int_t)lines.removed, "added",
					      (json_int_t)lines.added));
	}
	return list;
}

static const char *const actions[] = {
	[AR_REPLACED] = "replaced", [AR_CREATED] = "created", [AR_REMOVED] = "removed"
};
static const char *const progresses[] = {
	[AR_STARTED] = "started", [AR_FINISHED] = "finished", [AR_UNDONE] = "undone"
};
static const char *const stages[] = {
	[AR_STAGE_NONE] = NULL,
	[AR_STAGE_WRITTEN] = "written",
	[AR_STAGE_LISTENING] = "listening",
	[AR_STAGE_PROVED] = "proved",
	[AR_STAGE_KEPT] = "kept",
	[AR_STAGE_RETURNED] = "returned",
};

/* What a file was at one end of a change; null: it was not there. */
static json_t *end_of(const char *sha256, size_t size)
{
	if (!sha256[0])
		return json_null();
	return json_pack("{s:s, s:I}", "sha256", sha256, "size", (json_int_t)size);
}

static json_t *part_of(const struct ar_record_part *part)
{
	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "path", ar_json_text(part->path), "action",
			 actions[part->action], "before",
			 end_of(part->sha_before, part->size_before), "after",
			 end_of(part->sha_after, part->size_after), "mode",
			 json_sprintf("%04o", (unsigned)part->mode & 07777));
}

static json_t *record_of(const struct ar_record *record)
{
	json_t *parts = json_array();
	char path[200];

	ar_record_path(record, path, sizeof path);
	for (size_t i = 0; i < record->part_count && parts; i++)
		parts = append(parts, part_of(&record->parts[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s?, s:o, s:s, s:o, s:o}", "id", record->id,
			 "when", record->when, "command", record->command, "who",
			 ar_json_text(record->who), "progress", progresses[record->progress],
			 "stage", stages[record->stage], "what", ar_json_text(record->what),
			 "folder", path, "undoes", text_or_null(record->undoes), "parts", parts);
}

/* --- documents ------------------------------------------------------------------------------- */

/* Into room of its own size: where jansson makes it, it does not notice that memory is out, and
 * leaves out the key that it is at. */
static void print_as(struct ar_report *report, json_t *root, size_t flags)
{
	flags |= JSON_REAL_PRECISION(6);
	size_t size = root ? json_dumpb(root, NULL, 0, flags) : 0;
	char *text = size ? malloc(size) : NULL;

	if (text && json_dumpb(root, text, size, flags) == size)
		fprintf(report->out, "%.*s\n", (int)size, text);
	else
		report->failed = true;
	free(text);
	json_decref(root);
}

void ar_json_print(struct ar_report *report, json_t *root)
{
	print_as(report, root, JSON_INDENT(2));
}

void ar_json_print_line(struct ar_report *report, json_t *root)
{
	print_as(report, root, JSON_COMPACT);
	fflush(report->out);
}

json_t *ar_json_join(json_t *head, json_t *more)
{
	bool joined = head && more && json_object_update(head, more) == 0;

	json_decref(more);
	if (joined)
		return head;
	json_decref(head);
	return NULL;
}

static const char *const part_names[AR_PARTS] = {
	[AR_PART_FLAG] = "flag",
	[AR_PART_RELOAD] = "reload-flag",
	[AR_PART_MOUNT] = "mount",
	[AR_PART_VOLUME] = "volume",
};
static const char *const part_states[] = {
	[AR_ABSENT] = "absent", [AR_PRESENT] = "present", [AR_COVERED] = "covered",
	[AR_ADD] = "add",       [AR_CHANGE] = "change",   [AR_REMOVE] = "remove",
};

static json_t *parts_of(const struct ar_inject *plan)
{
	json_t *list = json_array();

	for (size_t i = 0; i < AR_PARTS && list; i++) {
		const struct ar_part_plan *part = &plan->parts[i];
		if (part->what[0])
			list = append(list, json_pack("{s:s, s:s, s:o, s:o}", "part", part_names[i],
						      "state", part_states[part->state], "line",
						      place_of(part->line), "what",
						      ar_json_text(part->what)));
	}
	return list;
}

static const char *const step_names[] = {
	[AR_STEP_WRITE] = "write", [AR_STEP_CREATE] = "create", [AR_STEP_REMOVE] = "remove"
};
static const char *const goal_names[] = {
	[AR_GOAL_PATCH] = "manifest",
	[AR_GOAL_UNPATCH] = "manifest",
	[AR_GOAL_PERSIST] = "kubeadm-config",
	[AR_GOAL_UNPERSIST] = "kubeadm-config",
	[AR_GOAL_CONFIG] = "encryption-configuration",
	[AR_GOAL_RESTORE] = "record",
};

/* The step with its edits; null when there is nothing to do. */
static json_t *step_of(const struct ar_json_change *change)
{
	const struct ar_step *step = change->step;
	bool hidden = step->hide_old.count > 0 || step->hide_new.count > 0;

	if (strcmp(change->state, "done") == 0)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:b}", "action", step_names[step->kind], "edits",
			 edits_of(&change->seen->file, &step->plan.edits), "diff",
			 ar_json_text(change->diff), "redacted", (int)hidden);
}

void ar_json_print_change(struct ar_report *report, const struct ar_json_change *change)
{
	const struct ar_observation *seen = change->seen;
	const struct ar_goal *goal = change->goal;
	json_t *head = ar_json_head(change->schema, change->exit_code, seen->servers,
				    seen->server_count);
	json_t *record = change->record ? record_of(change->record) : json_null();

	json_t *members = json_pack("{s:s, s:o, s:s, s:b, s:o, s:o, s:o, s:o}", "state",
				    change->state, "path", ar_json_text(change->path), "kind",
				    goal_names[goal->kind], "live", (int)seen->live, "parts",
				    parts_of(&change->step->plan), "step", step_of(change),
				    "findings",
				    ar_json_findings(&seen->findings, goal->accepted,
						     goal->accepted_count),
				    "record", record);

	if (change->more)
		members = ar_json_join(members, change->more);
	ar_json_print(report, ar_json_join(head, members));
}

void ar_json_print_check(struct ar_report *report, const struct ar_json_check *check)
{
	ar_json_print(report, ar_json_join(ar_json_head("atrest.config-check/v1", check->exit_code,
							NULL, 0),
					   json_pack("{s:o, s:o, s:b, s:o}", "path",
						     ar_json_text(check->path), "kube_version",
						     version_of(check->minor, -1), "valid",
						     (int)!check->refused, "findings",
						     ar_json_findings(check->findings, NULL, 0))));
}

static json_t *keys_of(const struct ar_enc_provider *provider)
{
	json_t *list = json_array();

	for (size_t i = 0; i < provider->key_count && list; i++) {
		const struct ar_enc_key *key = &provider->keys[i];
		list = append(list,
			      json_pack("{s:o, s:I, s:o}", "name", ar_json_text(key->name), "bytes",
					(json_int_t)key->bytes, "made", text_or_null(key->made)));
	}
	return list;
}

static json_t *kms_of(const struct ar_enc_kms *kms)
{
	if (!kms)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "name", ar_json_text(kms->name), "version",
			 ar_json_text(kms->api_version), "endpoint", ar_json_text(kms->endpoint));
}

static json_t *entry_of(const struct ar_enc_entry *entry)
{
	json_t *resources = json_array(), *providers = json_array();

	for (size_t i = 0; i < entry->resource_count && resources; i++)
		resources = append(resources, ar_json_text(entry->resources[i]));
	for (size_t i = 0; i < entry->provider_count && providers; i++) {
		const struct ar_enc_provider *provider = &entry->providers[i];
		const struct ar_enc_kms *kms = provider->kind == AR_KMS ? provider->kms : NULL;
		providers = append(providers,
				   json_pack("{s:o, s:b, s:o, s:o}", "provider",
					     ar_json_text(ar_provider_name(provider->kind)),
					     "writes", (int)(i == 0), "keys", keys_of(provider),
					     "kms", kms_of(kms)));
	}
	return json_pack("{s:o, s:o}", "resources", resources, "providers", providers);
}

json_t *ar_json_entries(const struct ar_encconf *conf)
{
	json_t *entries = json_array();

	for (size_t i = 0; conf && i < conf->entry_count && entries; i++)
		entries = append(entries, entry_of(&conf->entries[i]));
	return entries;
}

void ar_json_print_config(struct ar_report *report, const struct ar_encconf *conf, const char *path,
			  const char *sha256, bool refused)
{
	int code = refused ? AR_NOT_AS_WANTED : AR_DONE;
	json_t *entries = ar_json_entries(refused ? NULL : conf);
	ar_json_print(report,
		      ar_json_join(ar_json_head("atrest.config-show/v1", code, NULL, 0),
				   json_pack("{s:o, s:o, s:b, s:o}", "path", ar_json_text(path),
					     "sha256", text_or_null(sha256), "valid", (int)!refused,
					     "entries", entries)));
}

void ar_json_print_records(struct ar_report *report, const struct ar_record *records, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count && list; i++)
		list = append(list, record_of(&records[i]));
	ar_json_print(report, ar_json_join(ar_json_head("atrest.undo-list/v1", AR_DONE, NULL, 0),
					   json_pack("{s:o}", "records", list)));
}

void ar_json_print_error(struct ar_report *report, const struct ar_err *err)
{
	ar_json_print(report,
		      ar_json_join(ar_json_head("atrest.error/v1", (int)err->class, NULL, 0),
				   json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "class",
					     ar_class_name(err->class), "message",
					     ar_json_text(err->msg), "path",
					     text_or_null(err->path), "line", place_of(err->line),
					     "column", place_of(err->column), "source",
					     text_or_null(err->source), "hint",
					     text_or_null(err->hint), "state",
					     ar_class_state(err->class))));
}
