/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "flow/sealer.h"
#include "flow/told.h"

/* --- what is there ---------------------------------------------------------------------------- */

static bool is_sealed(const char *name)
{
	const size_t len = strlen(name), end = strlen(AR_ARCHIVE_END);

	return len > end && strcmp(name + len - end, AR_ARCHIVE_END) == 0;
}

/* What cannot be read is said of that file, and no error. */
static int read_one(const struct ar_session *session, const char *name, struct ar_archived *ret,
		    struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	struct ar_err odd = AR_ERR_INIT;

	snprintf(ret->path, sizeof ret->path, AR_ARCHIVE_DIR "/%s", name);
	int got = ar_file_read(&session->host, ret->path, 0, &file, &odd);
	if (got == 0) {
		const struct ar_text text = ar_snapshot_text(&file);
		got = ar_sealed_peek(&text, &ret->head, &odd);
	}
	if (got == 0)
		return 0;
	snprintf(ret->odd, sizeof ret->odd, "%.190s", odd.msg);
	return odd.sys == ENOMEM ? ar_err_oom(err) : 0;
}

void ar_archive_list_free(struct ar_archived *list, size_t count)
{
	for (size_t i = 0; list && i < count; i++)
		ar_sealed_done(&list[i].head);
	free(list);
}

int ar_archive_list(const struct ar_session *session, struct ar_archived **ret, size_t *ret_count,
		    struct ar_err *err)
{
	AR_FREE_AUTO struct ar_entry *entries = NULL;
	size_t entry_count = 0, count = 0;

	if (ar_folder_list(&session->host, AR_ARCHIVE_DIR, &entries, &entry_count, err) != 0)
		return -1;
	struct ar_archived *list = calloc(entry_count + 1, sizeof *list);
	if (!list)
		return ar_err_oom(err);
	for (size_t i = 0; i < entry_count; i++) {
		if (!is_sealed(entries[i].name))
			continue;
		if (read_one(session, entries[i].name, &list[count++], err) != 0) {
			ar_archive_list_free(list, count);
			return -1;
		}
	}
	*ret = list;
	*ret_count = count;
	return 0;
}

/* --- names ------------------------------------------------------------------------------------ */

void ar_key_names_done(struct ar_key_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct ar_key_names){ .list = NULL };
}

static int add_name(void *context, const char *name, struct ar_err *err)
{
	struct ar_key_names *names = context;
	const char *slash = strchr(name, '/');

	if (names->count == names->cap) {
		const size_t cap = names->cap * 2 + 16;
		char **list = realloc(names->list, cap * sizeof *list);
		if (!list)
			return ar_err_oom(err);
		names->list = list;
		names->cap = cap;
	}
	char *copy = strdup(slash ? slash + 1 : name);
	if (!copy)
		return ar_err_oom(err);
	names->list[names->count++] = copy;
	return 0;
}

static int add_archived(const struct ar_archived *archived, struct ar_key_names *names,
			struct ar_err *err)
{
	if (archived->odd[0]) {
		ar_err_set(err, "'%s' of the archive cannot be read: %s", archived->path,
			   archived->odd);
		return ar_err_hint(err, "a new key could get the name of one in there: bring the "
					"file back, or move it out of the folder and give a name");
	}
	for (size_t i = 0; i < archived->head.key_count; i++)
		if (add_name(names, archived->head.keys[i], err) != 0)
			return -1;
	return 0;
}

int ar_archive_names(const struct ar_session *session, struct ar_key_names *ret, struct ar_err *err)
{
	AR_KEY_NAMES_AUTO struct ar_key_names names = { .list = NULL };
	struct ar_archived *list = NULL;
	size_t count = 0;
	int added = ar_archive_list(session, &list, &count, err);

	for (size_t i = 0; i < count && added == 0; i++)
		added = add_archived(&list[i], &names, err);
	ar_archive_list_free(list, count);
	if (added != 0 || ar_escrow_each(session, add_name, &names, err) != 0)
		return -1;
	*ret = names;
	names = (struct ar_key_names){ .list = NULL };
	return 0;
}

/* --- one more --------------------------------------------------------------------------------- */

/* What a KMS plugin holds, and plain text, cannot be archived here, and need not be. */
static bool has_bytes(const char *name)
{
	return strncmp(name, "kms/", 4) != 0 && strcmp(name, AR_TOLD_PLAIN) != 0;
}

static int mark_retired(const struct ar_archive_new *what, struct ar_parcel *parcel,
			struct ar_err *err)
{
	for (size_t i = 0; i < what->retired_count; i++) {
		size_t k = 0;
		if (!has_bytes(what->retired[i]))
			continue;
		while (k < parcel->key_count && strcmp(parcel->keys[k].name, what->retired[i]) != 0)
			k++;
		if (k == parcel->key_count)
			return ar_err_set(err, "'%s' has no key '%s' that could be archived",
					  what->config->path, what->retired[i]);
		parcel->keys[k].retired = true;
	}
	return 0;
}

/* A name that no file there has: the time, as files sort by it, and a number. */
static int choose_path(const struct ar_session *session, const char *when, char *buf, size_t size,
		       struct ar_err *err)
{
	AR_FREE_AUTO struct ar_entry *entries = NULL;
	char time[32] = "", name[64];
	size_t count = 0, at = 0;

	for (const char *c = when; *c && *c != 'Z' && at < sizeof time - 1; c++)
		if (*c != '-' && *c != ':')
			time[at++] = *c == 'T' ? '-' : *c;
	if (ar_folder_list(&session->host, AR_ARCHIVE_DIR, &entries, &count, err) != 0)
		return -1;
	for (unsigned number = 1; number < 10000; number++) {
		size_t i = 0;
		snprintf(name, sizeof name, "%s-%04u" AR_ARCHIVE_END, time, number);
		while (i < count && strcmp(entries[i].name, name) != 0)
			i++;
		if (i == count) {
			snprintf(buf, size, AR_ARCHIVE_DIR "/%s", name);
			return 0;
		}
	}
	return ar_err_set(err, "the archive is full");
}

static int put(const struct ar_session *session, const struct ar_parcel *parcel,
	       const struct ar_buf *sealed, char *path, size_t size, struct ar_err *err)
{
	if (ar_host_mkdir(&session->host, AR_ARCHIVE_DIR, err) != 0 ||
	    choose_path(session, parcel->when, path, size, err) != 0 ||
	    ar_file_create(&session->host, path, 0600, sealed->data, sealed->len, err) != 0)
		return -1;
	ar_trace(session, "archived in %s", path);
	return ar_escrow_note(session, parcel, "archive", err);
}

int ar_archive_add(const struct ar_session *session, const struct ar_archive_new *what, char *buf,
		   size_t size, struct ar_err *err)
{
	AR_PARCEL_AUTO struct ar_parcel parcel = AR_PARCEL_INIT;
	AR_SEALER_AUTO struct ar_sealer sealer = { .recipients = NULL };
	AR_BUF_AUTO struct ar_buf sealed = AR_BUF_INIT;

	if (ar_parcel_make(session, what->config, &parcel, err) != 0 ||
	    mark_retired(what, &parcel, err) != 0)
		return -1;
	parcel.kind = AR_SEALED_ARCHIVE;
	parcel.first = what->first;
	parcel.last = what->last;
	snprintf(parcel.why, sizeof parcel.why, "%s", what->why ? what->why : "");
	snprintf(parcel.cluster, sizeof parcel.cluster, "%s", what->cluster ? what->cluster : "");
	if (ar_sealer_open(session, what->passphrase_from, &sealer, err) != 0 ||
	    ar_parcel_seal(&parcel, &sealer, &sealed, err) != 0 ||
	    put(session, &parcel, &sealed, buf, size, err) != 0)
		return ar_err_wrap(err, "the keys that go cannot be archived");
	return 0;
}
