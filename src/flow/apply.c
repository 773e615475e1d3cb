/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "flow/preflight.h"
#include "host/machine.h"

static enum ar_action action_of(enum ar_step_kind kind)
{
	static const enum ar_action actions[] = {
		[AR_STEP_WRITE] = AR_REPLACED,
		[AR_STEP_CREATE] = AR_CREATED,
		[AR_STEP_REMOVE] = AR_REMOVED,
	};

	return actions[kind];
}

static void describe(const struct ar_session *session, const struct ar_look *look,
		     const struct ar_step *step, struct ar_record *record)
{
	struct ar_record_part *part = &record->parts[0];

	snprintf(record->command, sizeof record->command, "%s", session->command);
	snprintf(record->who, sizeof record->who, "%s", session->who);
	snprintf(part->path, sizeof part->path, "%s", look->file.path);
	part->action = action_of(step->kind);
	part->secret = look->file.secret;
	part->size_before = look->file.len;
	part->mode = look->file.exists ? look->file.mode & 07777 : 0600;
	part->uid = look->file.uid;
	part->gid = look->file.gid;
	if (look->file.exists)
		memcpy(part->sha_before, look->file.sha256, sizeof part->sha_before);
	if (step->kind != AR_STEP_REMOVE) {
		part->size_after = step->bytes.len;
		ar_sha256_hex(ar_buf_text(&step->bytes), step->bytes.len, part->sha_after);
	}
	record->part_count = 1;
}

/* A config in a folder of its own may be the first thing in it; a folder whose own parent is not
 * there is a mistake in the path. */
static int make_folder(const struct ar_session *session, const char *path, struct ar_err *err)
{
	char folder[512], above[512];

	ar_folder_of(path, folder, sizeof folder);
	ar_folder_of(folder, above, sizeof above);
	if (!ar_folder_same(&session->host, above, above))
		return 0;
	return ar_host_mkdir(&session->host, folder, err);
}

static int create(const struct ar_session *session, const char *path, const struct ar_buf *bytes,
		  struct ar_err *err)
{
	if (make_folder(session, path, err) != 0)
		return -1;
	return ar_file_create(&session->host, path, 0600, ar_buf_text(bytes), bytes->len, err);
}

/* The commit point. */
static int commit(const struct ar_session *session, const struct ar_look *look,
		  const struct ar_step *step, struct ar_err *err)
{
	const char *data = ar_buf_text(&step->bytes);

	switch (step->kind) {
	case AR_STEP_WRITE:
		return ar_file_replace(&session->host, &look->file, data, step->bytes.len, err);
	case AR_STEP_CREATE: return create(session, look->file.path, &step->bytes, err);
	case AR_STEP_REMOVE: return ar_file_remove(&session->host, &look->file, err);
	}
	return ar_err_set(err, "unknown step %d", (int)step->kind);
}

/* Under --root the machine's own log is not the image's. */
static void log_change(const struct ar_session *session, const struct ar_record *record)
{
	char line[700];

	if (session->host.root)
		return;
	snprintf(line, sizeof line, "%s: %s (%s, record %s)", record->command, record->what,
		 record->parts[0].path, record->id);
	ar_machine_log(record->who, line);
}

/* The file is as wanted; only our book-keeping may be behind. A next run settles it. */
static int after_commit(const struct ar_session *session, struct ar_record *record,
			struct ar_err *err)
{
	record->progress = AR_FINISHED;
	log_change(session, record);
	if (ar_record_update(&session->host, record, err) != 0 ||
	    ar_record_prune(&session->host, session->keep, err) != 0) {
		ar_err_wrap(err, "the change is made, but its record could not be finished");
		return ar_err_class(err, AR_RESUMABLE);
	}
	return 0;
}

int ar_apply(const struct ar_session *session, const struct ar_look *look,
	     const struct ar_step *step, struct ar_deed deed, struct ar_record *ret_record,
	     struct ar_err *err)
{
	struct ar_record record = { .progress = AR_STARTED };
	const struct ar_snapshot *old = &look->file;

	describe(session, look, step, &record);
	snprintf(record.what, sizeof record.what, "%s", deed.what);
	snprintf(record.undoes, sizeof record.undoes, "%s", deed.undoes ? deed.undoes : "");
	if (ar_record_begin(&session->host, &record, &old, err) != 0)
		return -1;
	ar_trace(session, "record %s is on disk", record.id);
	if (commit(session, look, step, err) != 0) {
		struct ar_err ignored = AR_ERR_INIT;
		if (err->class == AR_FAILED)
			ar_record_drop(&session->host, &record, &ignored);
		return -1;
	}
	ar_trace(session, "%s: new content is in place", look->file.path);
	*ret_record = record;
	return after_commit(session, ret_record, err);
}

/* What the next record of the same file found there: NULL where there is none. */
static const char *found_later(const struct ar_record *records, size_t index)
{
	for (size_t i = index; i > 0; i--) /* newest first */
		if (strcmp(records[i - 1].parts[0].path, records[index].parts[0].path) == 0)
			return records[i - 1].parts[0].sha_before;
	return NULL;
}

/* The file as it is, settled on disk. 1 where that cannot be told. */
static int found_now(const struct ar_session *session, const struct ar_record_part *part,
		     char sha[AR_SHA256_HEX], struct ar_err *err)
{
	const unsigned flags = AR_READ_MAY_LACK | (part->secret ? AR_READ_SECRET : 0);
	AR_SNAPSHOT_AUTO struct ar_snapshot now = { .path = NULL };
	struct ar_host through = session->host;
	struct ar_err unread = AR_ERR_INIT;

	through.follow = true; /* as the interrupted run may have been told to */
	if (ar_file_read(&through, part->path, flags, &now, &unread) != 0)
		return unread.sys == ENOMEM ? ar_err_oom(err) : 1;
	memcpy(sha, now.sha256, AR_SHA256_HEX);
	return ar_file_settle(&session->host, now.target ? now.target : part->path, err);
}

/* Was the step taken? Neither so nor so, it was changed by someone else since, and the record stays
 * as a copy of what was there. */
static int settle_one(const struct ar_session *session, struct ar_record *records, size_t index,
		      struct ar_err *err)
{
	struct ar_record *record = &records[index];
	const struct ar_record_part *part = &record->parts[0];
	const char *found = found_later(records, index);
	char sha[AR_SHA256_HEX] = "";
	int unknown = found ? 0 : found_now(session, part, sha, err);

	if (unknown)
		return unknown < 0 ? -1 : 0;
	if (!found)
		found = sha;
	if (strcmp(found, part->sha_before) == 0)
		return ar_record_drop(&session->host, record, err);
	if (strcmp(found, part->sha_after) != 0)
		return 0;
	record->progress = AR_FINISHED;
	ar_trace(session, "record %s of an interrupted run: finished", record->id);
	return ar_record_update(&session->host, record, err);
}

int ar_apply_settle(const struct ar_session *session, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *records = NULL;
	size_t count = 0, unreadable = 0;

	if (ar_record_sweep(&session->host, err) != 0 ||
	    ar_record_list(&session->host, &records, &count, &unreadable, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (records[i].progress == AR_STARTED && settle_one(session, records, i, err) != 0)
			return -1;
	return 0;
}
