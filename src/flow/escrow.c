/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/escrow.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "host/lock.h"

/* The file as it was read, and what it says: {"version": 1, "keys": {NAME: {made, how, when,
 * config_sha256}}}. */
struct book {
	struct ar_snapshot file;
	json_t *root, *keys; /* keys is borrowed from root */
};

#define BOOK_AUTO __attribute__((cleanup(book_done)))

static void book_done(struct book *book)
{
	json_decref(book->root);
	ar_snapshot_done(&book->file);
}

static int broken(const struct book *book, struct ar_err *err)
{
	ar_err_set(err, "'%s' cannot be understood", book->file.path);
	return ar_err_hint(err, "move it away; then 'atrest export' again");
}

static int take(struct book *book, struct ar_err *err)
{
	book->root = json_loadb(book->file.data, book->file.len, JSON_REJECT_DUPLICATES, NULL);
	const json_int_t version = json_integer_value(json_object_get(book->root, "version"));
	book->keys = json_object_get(book->root, "keys");
	if (version > 1)
		return ar_err_set(err, "'%s' was written by a newer atrest", book->file.path);
	return version == 1 && json_is_object(book->keys) ? 0 : broken(book, err);
}

static int open_book(const struct ar_session *session, struct book *ret, struct ar_err *err)
{
	if (ar_file_read(&session->host, AR_ESCROW_FILE, AR_READ_MAY_LACK, &ret->file, err) != 0)
		return -1;
	if (ret->file.exists)
		return take(ret, err);
	ret->root = json_pack("{s:i, s:{}}", "version", 1, "keys");
	ret->keys = json_object_get(ret->root, "keys");
	return ret->keys ? 0 : ar_err_oom(err);
}

static int save(const struct ar_session *session, const struct book *book, struct ar_err *err)
{
	AR_FREE_AUTO char *text = json_dumps(book->root, JSON_INDENT(2) | JSON_SORT_KEYS);
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;

	if (!text)
		return ar_err_oom(err);
	ar_buf_adds(&out, text);
	ar_buf_addc(&out, '\n');
	if (ar_buf_check(&out, err) != 0)
		return -1;
	if (!book->file.exists)
		return ar_host_mkdir(&session->host, AR_STATE_DIR, err) != 0
			       ? -1
			       : ar_file_create(&session->host, AR_ESCROW_FILE, 0600, out.data,
						out.len, err);
	if (book->file.len == out.len && memcmp(book->file.data, out.data, out.len) == 0)
		return 0;
	return ar_file_replace(&session->host, &book->file, out.data, out.len, err);
}

/* A later export of the same key says more than this one. */
static bool is_newer(const json_t *entry, const struct ar_parcel_key *key, const char *when)
{
	const char *made = json_string_value(json_object_get(entry, "made"));
	const char *noted = json_string_value(json_object_get(entry, "when"));

	return made && noted && strcmp(made, key->made) == 0 && strcmp(noted, when) >= 0;
}

int ar_escrow_note(const struct ar_session *session, const struct ar_parcel *parcel,
		   const char *how, struct ar_err *err)
{
	BOOK_AUTO struct book book = { .root = NULL };

	if (open_book(session, &book, err) != 0)
		return -1;
	for (size_t i = 0; i < parcel->key_count; i++) {
		const struct ar_parcel_key *key = &parcel->keys[i];
		if (is_newer(json_object_get(book.keys, key->name), key, parcel->when))
			continue;
		json_t *entry = json_pack("{s:s, s:s, s:s, s:s}", "made", key->made, "how", how,
					  "when", parcel->when, "config_sha256", parcel->sha256);
		if (json_object_set_new(book.keys, key->name, entry) != 0)
			return ar_err_oom(err);
	}
	return save(session, &book, err);
}

/* Dates sort as text. A key without a date is believed to be the one that was sealed. */
static bool entry_covers(const json_t *entry, const char *made)
{
	const char *noted = json_string_value(json_object_get(entry, "made"));
	const char *when = json_string_value(json_object_get(entry, "when"));

	if (!noted || !when)
		return false;
	if (noted[0] && made[0])
		return strcmp(noted, made) == 0;
	return strncmp(when, made, strlen(made)) >= 0;
}

int ar_escrow_covers(const struct ar_session *session, const char *name, const char *made,
		     bool *ret, struct ar_err *err)
{
	BOOK_AUTO struct book book = { .root = NULL };

	if (open_book(session, &book, err) != 0)
		return -1;
	*ret = entry_covers(json_object_get(book.keys, name), made);
	return 0;
}

int ar_escrow_lacks(const struct ar_session *session, const struct ar_encconf *conf, char *buf,
		    size_t size, struct ar_err *err)
{
	BOOK_AUTO struct book book = { .root = NULL };
	AR_FREE_AUTO struct ar_parcel_key *keys = NULL;
	size_t count = 0;

	if (open_book(session, &book, err) != 0 || ar_parcel_keys(conf, &keys, &count, err) != 0)
		return -1;
	buf[0] = '\0';
	for (size_t i = 0; i < count && !buf[0]; i++)
		if (!entry_covers(json_object_get(book.keys, keys[i].name), keys[i].made))
			snprintf(buf, size, "%s", keys[i].name);
	return 0;
}

int ar_escrow_forget(const struct ar_session *session, const char *name, struct ar_err *err)
{
	BOOK_AUTO struct book book = { .root = NULL };

	if (open_book(session, &book, err) != 0)
		return -1;
	return json_object_del(book.keys, name) == 0 ? save(session, &book, err) : 0;
}

int ar_escrow_each(const struct ar_session *session,
		   int (*each)(void *context, const char *name, struct ar_err *err), void *context,
		   struct ar_err *err)
{
	BOOK_AUTO struct book book = { .root = NULL };
	const char *name;
	const json_t *entry;

	if (open_book(session, &book, err) != 0)
		return -1;
	json_object_foreach(book.keys, name, entry)
	{
		(void)entry;
		if (each(context, name, err) != 0)
			return -1;
	}
	return 0;
}
