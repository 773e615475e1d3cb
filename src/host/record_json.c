/* SPDX-License-Identifier: Apache-2.0 */
#include "host/record_json.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const actions[] = { [AR_REPLACED] = "replaced", [AR_CREATED] = "created",
				       [AR_REMOVED] = "removed" };
static const char *const progresses[] = { [AR_STARTED] = "started", [AR_FINISHED] = "finished",
					  [AR_UNDONE] = "undone" };

static int index_of(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -1;
}

static json_t *part_to_json(const struct ar_record_part *part)
{
	return json_pack("{s:s, s:s, s:b, s:s, s:s, s:I, s:I, s:i, s:i, s:i}", "path", part->path, "action",
			 actions[part->action], "secret", part->secret, "sha256_before", part->sha_before,
			 "sha256_after", part->sha_after, "size_before", (json_int_t)part->size_before, "size_after",
			 (json_int_t)part->size_after, "mode", (int)part->mode, "uid", (int)part->uid, "gid",
			 (int)part->gid);
}

int ar_record_to_json(const struct ar_record *record, struct ar_buf *out, struct ar_err *err)
{
	json_t *parts = json_array();

	for (size_t i = 0; parts && i < record->part_count; i++)
		json_array_append_new(parts, part_to_json(&record->parts[i]));
	json_t *root = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "version", AR_RECORD_VERSION, "id",
				 record->id, "command", record->command, "who", record->who, "what", record->what,
				 "when", record->when, "undoes", record->undoes, "progress",
				 progresses[record->progress], "parts", parts);
	char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	json_decref(root);
	if (!text || json_array_size(parts) > AR_RECORD_PARTS) {
		free(text);
		return ar_err_oom(err);
	}
	ar_buf_adds(out, text);
	ar_buf_addc(out, '\n');
	free(text);
	return ar_buf_check(out, err);
}

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static int part_from_json(json_t *json, struct ar_record_part *part, struct ar_err *err)
{
	const char *path, *action, *before, *after;
	json_int_t size_before, size_after;
	int secret, mode, uid, gid;

	if (json_unpack(json, "{s:s, s:s, s:b, s:s, s:s, s:I, s:I, s:i, s:i, s:i}", "path", &path, "action", &action,
			"secret", &secret, "sha256_before", &before, "sha256_after", &after, "size_before",
			&size_before, "size_after", &size_after, "mode", &mode, "uid", &uid, "gid", &gid) != 0)
		return ar_err_set(err, "a part of the record is not as expected");
	int index = index_of(actions, sizeof actions / sizeof actions[0], action);
	if (index < 0 || strlen(path) >= sizeof part->path)
		return ar_err_set(err, "a part of the record has an unknown action");
	*part = (struct ar_record_part){ .action = (enum ar_action)index, .secret = secret,
					 .size_before = (size_t)size_before, .size_after = (size_t)size_after,
					 .mode = (mode_t)mode, .uid = (uid_t)uid, .gid = (gid_t)gid };
	copy(part->path, sizeof part->path, path);
	copy(part->sha_before, sizeof part->sha_before, before);
	copy(part->sha_after, sizeof part->sha_after, after);
	return 0;
}

static int from_root(json_t *root, struct ar_record *ret, struct ar_err *err)
{
	const char *id, *command, *who, *what, *when, *undoes, *progress;
	json_t *parts;
	int version;

	if (json_unpack(root, "{s:i}", "version", &version) != 0)
		return ar_err_set(err, "the record has no version");
	if (version != AR_RECORD_VERSION)
		return ar_err_set(err, "the record has version %d: written by another atrest", version);
	if (json_unpack(root, "{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "id", &id, "command", &command, "who", &who,
			"what", &what, "when", &when, "undoes", &undoes, "progress", &progress, "parts", &parts) != 0)
		return ar_err_set(err, "the record is not as expected");
	int index = index_of(progresses, sizeof progresses / sizeof progresses[0], progress);
	size_t count = json_array_size(parts);
	if (index < 0 || count == 0 || count > AR_RECORD_PARTS)
		return ar_err_set(err, "the record has an unknown progress, or no parts");
	*ret = (struct ar_record){ .progress = (enum ar_progress)index, .part_count = count };
	copy(ret->id, sizeof ret->id, id);
	copy(ret->command, sizeof ret->command, command);
	copy(ret->who, sizeof ret->who, who);
	copy(ret->what, sizeof ret->what, what);
	copy(ret->when, sizeof ret->when, when);
	copy(ret->undoes, sizeof ret->undoes, undoes);
	for (size_t i = 0; i < count; i++)
		if (part_from_json(json_array_get(parts, i), &ret->parts[i], err) != 0)
			return -1;
	return 0;
}

int ar_record_from_json(const char *data, size_t len, struct ar_record *ret, struct ar_err *err)
{
	json_error_t at;
	json_t *root = json_loadb(data, len, JSON_REJECT_DUPLICATES, &at);

	if (!root)
		return ar_err_set(err, "the record is no JSON (line %d): %s", at.line, at.text);
	int result = from_root(root, ret, err);
	json_decref(root);
	return result;
}

int ar_record_empty(int dir, const char *path, struct ar_err *err)
{
	int copy_fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy_fd < 0 ? NULL : fdopendir(copy_fd);
	const struct dirent *entry;
	int result = 0;

	if (!list) {
		if (copy_fd >= 0)
			close(copy_fd);
		return ar_err_sys(err, path, "cannot list");
	}
	while (result == 0 && (entry = readdir(list)) != NULL) {
		bool own = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
		if (!own && unlinkat(dir, entry->d_name, 0) != 0 && errno != ENOENT)
			result = ar_err_sys(err, path, "cannot empty");
	}
	closedir(list);
	return result;
}
