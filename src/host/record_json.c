/* SPDX-License-Identifier: Apache-2.0 */
#include "host/record_json.h"

#include <jansson.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const actions[] = {
	[AR_REPLACED] = "replaced",
	[AR_CREATED] = "created",
	[AR_REMOVED] = "removed",
	NULL,
};
static const char *const progresses[] = {
	[AR_STARTED] = "started",
	[AR_FINISHED] = "finished",
	[AR_UNDONE] = "undone",
	NULL,
};
static const char *const stages[] = {
	[AR_STAGE_NONE] = "none",
	[AR_STAGE_WRITTEN] = "written",
	[AR_STAGE_LISTENING] = "listening",
	[AR_STAGE_PROVED] = "proved",
	[AR_STAGE_KEPT] = "kept",
	[AR_STAGE_RETURNED] = "returned",
	NULL,
};

/* A text in a struct, under its key. */
struct field {
	const char *key;
	size_t at, size;
};
#define FIELD(type, key, member)                                                     \
	{                                                                            \
		key, offsetof(struct type, member), sizeof((struct type *)0)->member \
	}

static const struct field of_record[] = {
	FIELD(ar_record, "id", id),
	FIELD(ar_record, "command", command),
	FIELD(ar_record, "who", who),
	FIELD(ar_record, "what", what),
	FIELD(ar_record, "when", when),
	FIELD(ar_record, "undoes", undoes),
	{ NULL, 0, 0 },
};
static const struct field of_part[] = {
	FIELD(ar_record_part, "path", path),
	FIELD(ar_record_part, "sha256_before", sha_before),
	FIELD(ar_record_part, "sha256_after", sha_after),
	{ NULL, 0, 0 },
};

/* --- writing -----------------------------------------------------------------------------------
 */

static bool is_utf8(const char *text)
{
	size_t len = strlen(text), n = 0;

	for (size_t at = 0; at < len; at += n)
		if ((n = ar_utf8_len(text + at, len - at, NULL)) == 0)
			return false;
	return true;
}

/* A user name or a description may have been cut in the middle of a character. */
static json_t *text_to_json(const char *text)
{
	AR_BUF_AUTO struct ar_buf shown = AR_BUF_INIT;

	if (is_utf8(text))
		return json_string(text);
	ar_buf_add_printable(&shown, text, strlen(text));
	return shown.failed ? NULL : json_string(ar_buf_text(&shown));
}

static int put_texts(json_t *to, const struct field *fields, const char *from)
{
	int failed = 0;

	for (const struct field *f = fields; f->key; f++)
		failed |= json_object_set_new(to, f->key, text_to_json(from + f->at));
	return failed;
}

static int put_number(json_t *to, const char *key, size_t number)
{
	return json_object_set_new(to, key, json_integer((json_int_t)number));
}

static json_t *part_to_json(const struct ar_record_part *part)
{
	json_t *json = json_object();
	char mode[12];

	snprintf(mode, sizeof mode, "%04o", (unsigned)part->mode & 07777);
	if ((json_object_set_new(json, "action", json_string(actions[part->action])) |
	     put_texts(json, of_part, (const char *)part) |
	     json_object_set_new(json, "secret", json_boolean(part->secret)) |
	     put_number(json, "size_before", part->size_before) |
	     put_number(json, "size_after", part->size_after) |
	     json_object_set_new(json, "mode", json_string(mode)) |
	     put_number(json, "uid", part->uid) | put_number(json, "gid", part->gid)) == 0)
		return json;
	json_decref(json);
	return NULL;
}

static json_t *record_to_json(const struct ar_record *record)
{
	json_t *json = json_object(), *parts = json_array();
	int failed = put_number(json, "version", AR_RECORD_VERSION) |
		     put_texts(json, of_record, (const char *)record) |
		     json_object_set_new(json, "progress",
					 json_string(progresses[record->progress])) |
		     json_object_set_new(json, "stage", json_string(stages[record->stage]));

	for (size_t i = 0; i < record->part_count; i++)
		failed |= json_array_append_new(parts, part_to_json(&record->parts[i]));
	failed |= json_object_set_new(json, "parts", parts);
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

/* Into room of its own size: while jansson makes room for itself it does not notice that memory is
 * out, and leaves out the key that it is at. */
static int dump(const json_t *json, struct ar_buf *out, struct ar_err *err)
{
	const size_t flags = JSON_INDENT(2), at = out->len;
	const size_t size = json_dumpb(json, NULL, 0, flags);

	if (size == 0)
		return ar_err_oom(err);
	ar_buf_fill(out, '\n', size + 1);
	if (ar_buf_check(out, err) != 0)
		return -1;
	return json_dumpb(json, out->data + at, size, flags) == size ? 0 : ar_err_oom(err);
}

int ar_record_to_json(const struct ar_record *record, struct ar_buf *out, struct ar_err *err)
{
	for (size_t i = 0; i < record->part_count; i++)
		if (!is_utf8(record->parts[i].path))
			return ar_err_set(err, "a record cannot hold a path that is not UTF-8");
	json_t *json = record_to_json(record);
	int result = json ? dump(json, out, err) : ar_err_oom(err);
	json_decref(json);
	return result;
}

/* --- reading -----------------------------------------------------------------------------------
 */

static int get_texts(const json_t *from, const struct field *fields, char *to, struct ar_err *err)
{
	for (const struct field *f = fields; f->key; f++) {
		const char *text = json_string_value(json_object_get(from, f->key));
		if (!text || strlen(text) >= f->size)
			return ar_err_set(err, "the record has no proper '%s'", f->key);
		memcpy(to + f->at, text, strlen(text) + 1);
	}
	return 0;
}

static int get_word(const json_t *from, const char *key, const char *const *words,
		    struct ar_err *err)
{
	const char *text = json_string_value(json_object_get(from, key));

	for (int i = 0; text && words[i]; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	return ar_err_set(err, "the record has no proper '%s'", key);
}

/* Numbers from 0 to `most`; -1 for anything else. */
static json_int_t get_number(const json_t *from, const char *key, json_int_t most,
			     struct ar_err *err)
{
	const json_t *json = json_object_get(from, key);

	if (json_is_integer(json) && json_integer_value(json) >= 0 &&
	    json_integer_value(json) <= most)
		return json_integer_value(json);
	return ar_err_set(err, "the record has no proper '%s'", key);
}

static int get_mode(const json_t *from, mode_t *ret, struct ar_err *err)
{
	const char *text = json_string_value(json_object_get(from, "mode"));
	char *end = NULL;
	unsigned long mode = text ? strtoul(text, &end, 8) : 0;

	if (!text || !text[0] || *end || mode > 07777)
		return ar_err_set(err, "the record has no proper 'mode'");
	*ret = (mode_t)mode;
	return 0;
}

static bool is_sha(const char *text)
{
	size_t len = strlen(text);

	return (len == 0 || len == AR_SHA256_HEX - 1) && strspn(text, "0123456789abcdef") == len;
}

static int part_from_json(const json_t *json, struct ar_record_part *part, struct ar_err *err)
{
	const json_int_t before = get_number(json, "size_before", AR_FILE_MAX, err);
	const json_int_t after = get_number(json, "size_after", INT_MAX, err);
	const json_int_t uid = get_number(json, "uid", UINT_MAX, err);
	const json_int_t gid = get_number(json, "gid", UINT_MAX, err);
	const json_t *secret = json_object_get(json, "secret");
	int action = get_word(json, "action", actions, err);

	if (get_texts(json, of_part, (char *)part, err) != 0 ||
	    get_mode(json, &part->mode, err) != 0)
		return -1;
	if (!is_sha(part->sha_before) || !is_sha(part->sha_after) || !json_is_boolean(secret))
		return ar_err_set(err, "the record has a part with no proper sha256 or 'secret'");
	if (ar_err_is_set(err))
		return -1;
	part->action = (enum ar_action)action;
	part->secret = json_is_true(secret);
	part->size_before = (size_t)before;
	part->size_after = (size_t)after;
	part->uid = (uid_t)uid;
	part->gid = (gid_t)gid;
	return 0;
}

static int check_version(const json_t *json, struct ar_err *err)
{
	json_int_t version = get_number(json, "version", INT_MAX, err);

	if (version < 1)
		return ar_err_set(err, "the record has no proper 'version'");
	if (version == AR_RECORD_VERSION)
		return 0;
	ar_err_set(err,
		   "the record was written by a newer atrest (version %d of records; this one "
		   "reads %d)",
		   (int)version, AR_RECORD_VERSION);
	return ar_err_hint(err, "use the newer atrest");
}

static int record_from_json(const json_t *json, struct ar_record *record, struct ar_err *err)
{
	const json_t *parts = json_object_get(json, "parts");
	size_t count = json_array_size(parts);

	if (check_version(json, err) != 0 || get_texts(json, of_record, (char *)record, err) != 0)
		return -1;
	int progress = get_word(json, "progress", progresses, err);
	/* A record that was written before there were live changes has no stage. */
	int stage = json_object_get(json, "stage") ? get_word(json, "stage", stages, err) : 0;
	if (progress < 0 || stage < 0)
		return -1;
	if (count == 0 || count > AR_RECORD_PARTS)
		return ar_err_set(err, "the record has no proper 'parts'");
	record->progress = (enum ar_progress)progress;
	record->stage = (enum ar_stage)stage;
	record->part_count = count;
	for (size_t i = 0; i < count; i++)
		if (part_from_json(json_array_get(parts, i), &record->parts[i], err) != 0)
			return -1;
	return 0;
}

int ar_record_from_json(const char *data, size_t len, struct ar_record *ret, struct ar_err *err)
{
	struct ar_record record = { .part_count = 0 };
	json_error_t at;
	json_t *json = json_loadb(data, len, JSON_REJECT_DUPLICATES, &at);

	if (!json && json_error_code(&at) == json_error_out_of_memory)
		return ar_err_oom(err);
	if (!json)
		return ar_err_set(err, "the record is no JSON (line %d): %s", at.line, at.text);
	int result = record_from_json(json, &record, err);
	json_decref(json);
	if (result == 0)
		*ret = record;
	return result;
}
