/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/rewritten.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/scope.h"
#include "host/file.h"
#include "host/lock.h"
#include "host/machine.h"

#define MARK_FILE AR_STATE_DIR "/rewritten.json"

void ar_rewritten_done(struct ar_rewritten_marks *marks)
{
	free(marks->list);
	*marks = (struct ar_rewritten_marks)AR_REWRITTEN_INIT;
}

const struct ar_rewritten_mark *ar_rewritten_find(const struct ar_rewritten_marks *marks,
						  const char *resource)
{
	for (size_t i = 0; i < marks->count; i++)
		if (strcmp(marks->list[i].resource, resource) == 0)
			return &marks->list[i];
	return NULL;
}

/* --- reading --------------------------------------------------------------------------------- */

static bool take_text(const json_t *from, const char *key, char *buf, size_t size)
{
	const char *text = json_string_value(json_object_get(from, key));

	if (!text || strlen(text) >= size)
		return false;
	snprintf(buf, size, "%s", text);
	return true;
}

static bool take_mark(const json_t *from, struct ar_rewritten_mark *ret)
{
	const json_t *revision = json_object_get(from, "revision");

	if (!json_is_integer(revision))
		return false;
	ret->revision = json_integer_value(revision);
	return take_text(from, "resource", ret->resource, sizeof ret->resource) &&
	       take_text(from, "provider", ret->provider, sizeof ret->provider) &&
	       take_text(from, "key", ret->key, sizeof ret->key) &&
	       take_text(from, "when", ret->when, sizeof ret->when);
}

static int take_marks(const json_t *root, struct ar_rewritten_marks *ret, struct ar_err *err)
{
	const json_t *list = json_object_get(root, "resources");
	const size_t count = json_array_size(list);

	if (json_integer_value(json_object_get(root, "version")) != 1)
		return 0;
	ret->list = calloc(count + 1, sizeof *ret->list);
	if (!ret->list)
		return ar_err_oom(err);
	for (size_t i = 0; i < count && ret->count < AR_REWRITTEN_MAX; i++)
		if (take_mark(json_array_get(list, i), &ret->list[ret->count]))
			ret->count++;
	return 0;
}

static int parse(const struct ar_snapshot *file, struct ar_rewritten_marks *ret, struct ar_err *err)
{
	json_t *root = file->exists ? json_loadb(file->data, file->len, 0, NULL) : NULL;
	int taken = root ? take_marks(root, ret, err) : 0;

	json_decref(root);
	return taken;
}

int ar_rewritten_mark_read(const struct ar_host *host, struct ar_rewritten_marks *ret,
			   struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	*ret = (struct ar_rewritten_marks)AR_REWRITTEN_INIT;
	if (ar_file_read(host, MARK_FILE, AR_READ_MAY_LACK, &file, err) != 0)
		return -1;
	return parse(&file, ret, err);
}

/* --- writing --------------------------------------------------------------------------------- */

static int put_mark(json_t *list, const struct ar_rewritten_mark *mark)
{
	return json_array_append_new(list,
				     json_pack("{s:s, s:s, s:s, s:I, s:s}", "resource",
					       mark->resource, "provider", mark->provider, "key",
					       mark->key, "revision", (json_int_t)mark->revision,
					       "when", mark->when));
}

static bool replaced(const struct ar_rewritten_mark *old, const struct ar_rewritten_mark *marks,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(old->resource, marks[i].resource) == 0)
			return true;
	return false;
}

static int compose(const struct ar_rewritten_marks *old, const struct ar_rewritten_mark *marks,
		   size_t count, struct ar_buf *ret, struct ar_err *err)
{
	json_t *list = json_array();
	int failed = list ? 0 : -1;

	for (size_t i = 0; i < count && !failed; i++)
		failed = put_mark(list, &marks[i]);
	for (size_t i = 0; i < old->count && !failed; i++)
		if (!replaced(&old->list[i], marks, count))
			failed = put_mark(list, &old->list[i]);
	json_t *root = json_pack("{s:i, s:o}", "version", 1, "resources", list);
	AR_FREE_AUTO char *text = failed ? NULL : json_dumps(root, JSON_INDENT(2));
	json_decref(root);
	if (!text)
		return ar_err_oom(err);
	ar_buf_adds(ret, text);
	ar_buf_addc(ret, '\n');
	return ar_buf_check(ret, err);
}

int ar_rewritten_mark_write(const struct ar_host *host, struct ar_rewritten_mark *marks,
			    size_t count, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	AR_REWRITTEN_AUTO struct ar_rewritten_marks old = AR_REWRITTEN_INIT;
	AR_BUF_AUTO struct ar_buf text = AR_BUF_INIT;

	for (size_t i = 0; i < count; i++)
		if (!marks[i].when[0])
			ar_machine_now(marks[i].when, sizeof marks[i].when);
	if (ar_host_mkdir(host, AR_STATE_DIR, err) != 0 ||
	    ar_file_read(host, MARK_FILE, AR_READ_MAY_LACK, &file, err) != 0 ||
	    parse(&file, &old, err) != 0 || compose(&old, marks, count, &text, err) != 0)
		return -1;
	if (file.exists)
		return ar_file_replace(host, &file, text.data, text.len, err);
	return ar_file_create(host, MARK_FILE, 0600, text.data, text.len, err);
}
