/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "flow/parcel.h"

/* The payload: one line of JSON, then the config's bytes. */

static const struct {
	const char *key;
	size_t at, size;
} texts[] = {
#define TEXT(member)                                                                               \
	{                                                                                          \
#		member, offsetof(struct ar_parcel, member), sizeof((struct ar_parcel *)0)->member \
	}
	TEXT(atrest), TEXT(when), TEXT(host), TEXT(cluster),
	TEXT(goal),   TEXT(why),  TEXT(path), TEXT(sha256),
#undef TEXT
};

static json_t *keys_json(const struct ar_parcel *parcel)
{
	json_t *list = json_array();

	for (size_t i = 0; i < parcel->key_count; i++) {
		const struct ar_parcel_key *key = &parcel->keys[i];
		if (json_array_append_new(list,
					  json_pack("{s:s, s:s, s:b}", "key", key->name, "made",
						    key->made, "retired", (int)key->retired)) == 0)
			continue;
		json_decref(list);
		return NULL;
	}
	return list;
}

static json_t *parcel_json(const struct ar_parcel *parcel)
{
	json_t *root = json_pack("{s:i, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:o}", "version", 1,
				 "kind", ar_sealed_kind_name(parcel->kind), "mode",
				 (int)parcel->mode, "uid", (json_int_t)parcel->uid, "gid",
				 (json_int_t)parcel->gid, "size", (json_int_t)parcel->config.len,
				 "first_revision", (json_int_t)parcel->first, "last_revision",
				 (json_int_t)parcel->last, "keys", keys_json(parcel));

	for (size_t i = 0; root && i < sizeof texts / sizeof texts[0]; i++) {
		const char *text = (const char *)parcel + texts[i].at;
		if (json_object_set_new(root, texts[i].key, json_string(text)) == 0)
			continue;
		json_decref(root);
		root = NULL;
	}
	return root;
}

int ar_parcel_write(const struct ar_parcel *parcel, struct ar_buf *out, struct ar_err *err)
{
	json_t *root = parcel_json(parcel);
	char *line = root ? json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;

	json_decref(root);
	if (!line)
		return ar_err_oom(err);
	ar_buf_adds(out, line);
	ar_buf_addc(out, '\n');
	ar_buf_add(out, ar_buf_text(&parcel->config), parcel->config.len);
	free(line);
	return ar_buf_check(out, err);
}

/* --- reading ---------------------------------------------------------------------------------- */

static int take_texts(const json_t *root, struct ar_parcel *parcel)
{
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		const char *text = json_string_value(json_object_get(root, texts[i].key));
		if (!text || strlen(text) >= texts[i].size)
			return -1;
		snprintf((char *)parcel + texts[i].at, texts[i].size, "%s", text);
	}
	return 0;
}

static int take_keys(const json_t *root, struct ar_parcel *parcel, struct ar_err *err)
{
	const json_t *list = json_object_get(root, "keys"), *item;
	size_t i;

	parcel->keys = calloc(json_array_size(list) + 1, sizeof *parcel->keys);
	if (!parcel->keys)
		return ar_err_oom(err);
	json_array_foreach(list, i, item)
	{
		struct ar_parcel_key *key = &parcel->keys[parcel->key_count++];
		const char *name = json_string_value(json_object_get(item, "key"));
		const char *made = json_string_value(json_object_get(item, "made"));
		if (!name || !strchr(name, '/') || strlen(name) >= sizeof key->name || !made ||
		    strlen(made) >= sizeof key->made)
			return ar_err_set(err, "a key inside has no name that can be understood");
		snprintf(key->name, sizeof key->name, "%s", name);
		snprintf(key->made, sizeof key->made, "%s", made);
		key->retired = json_is_true(json_object_get(item, "retired"));
	}
	return 0;
}

static int64_t number(const json_t *root, const char *key)
{
	return json_integer_value(json_object_get(root, key));
}

static int take_all(const json_t *root, struct ar_parcel *parcel, struct ar_err *err)
{
	const char *kind = json_string_value(json_object_get(root, "kind"));

	if (number(root, "version") > 1)
		return ar_err_set(err, "a newer atrest has made what is inside");
	if (number(root, "version") != 1 || !kind || take_texts(root, parcel) != 0 ||
	    parcel->path[0] != '/' || number(root, "uid") < 0 || number(root, "gid") < 0)
		return ar_err_set(err, "what is inside is not what atrest puts there");
	parcel->kind = strcmp(kind, ar_sealed_kind_name(AR_SEALED_ARCHIVE)) == 0 ? AR_SEALED_ARCHIVE
										 : AR_SEALED_EXPORT;
	parcel->mode = (mode_t)(number(root, "mode") & 07777);
	parcel->uid = (uid_t)number(root, "uid");
	parcel->gid = (gid_t)number(root, "gid");
	parcel->first = number(root, "first_revision");
	parcel->last = number(root, "last_revision");
	return take_keys(root, parcel, err);
}

static int take_config(const json_t *root, const char *data, size_t len, struct ar_parcel *parcel,
		       struct ar_err *err)
{
	char sha[AR_SHA256_HEX];

	ar_sha256_hex(data, len, sha);
	if (number(root, "size") != (int64_t)len || strcmp(sha, parcel->sha256) != 0)
		return ar_err_set(err, "the config inside is not the one that was exported: its "
				       "sha256 differs");
	ar_buf_add(&parcel->config, data, len);
	return ar_buf_check(&parcel->config, err);
}

int ar_parcel_read(const struct ar_buf *payload, struct ar_parcel *ret, struct ar_err *err)
{
	AR_PARCEL_AUTO struct ar_parcel parcel = AR_PARCEL_INIT;
	const char *data = ar_buf_text(payload);
	const char *end = memchr(data, '\n', payload->len);
	json_t *root = end ? json_loadb(data, (size_t)(end - data), JSON_REJECT_DUPLICATES, NULL)
			   : NULL;

	if (!root)
		return ar_err_set(err, "what is inside is not what atrest puts there");
	int taken = take_all(root, &parcel, err);
	if (taken == 0)
		taken = take_config(root, end + 1, payload->len - (size_t)(end + 1 - data), &parcel,
				    err);
	json_decref(root);
	if (taken != 0)
		return -1;
	*ret = parcel;
	parcel = (struct ar_parcel)AR_PARCEL_INIT;
	return 0;
}
