/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml/splice.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

void ar_edits_done(struct ar_edits *edits)
{
	for (size_t i = 0; i < edits->count; i++) {
		if (edits->secret)
			ar_secret_free(edits->list[i].text);
		else
			free(edits->list[i].text);
	}
	free(edits->list);
	*edits = (struct ar_edits)AR_EDITS_INIT;
}

static int reserve(struct ar_edits *edits, struct ar_err *err)
{
	if (edits->count < edits->cap)
		return 0;
	size_t cap = edits->cap ? edits->cap * 2 : 8;
	struct ar_edit *list = realloc(edits->list, cap * sizeof *list);
	if (!list)
		return ar_err_oom(err);
	edits->list = list;
	edits->cap = cap;
	return 0;
}

/* An insertion where bytes are replaced comes first; insertions at one place keep their order. */
static bool goes_before(size_t start, size_t end, const struct ar_edit *other)
{
	if (start != other->start)
		return start < other->start;
	return start == end && other->end > other->start;
}

int ar_edits_add(struct ar_edits *edits, size_t start, size_t end, const char *text, size_t len,
		 struct ar_err *err)
{
	size_t at = edits->count;

	if (start > end)
		return ar_err_set(err, "an edit that ends before it starts: a bug in atrest");
	while (at > 0 && goes_before(start, end, &edits->list[at - 1]))
		at--;
	if ((at > 0 && edits->list[at - 1].end > start) ||
	    (at < edits->count && edits->list[at].start < end))
		return ar_err_set(err, "two edits of the same bytes: a bug in atrest");
	if (reserve(edits, err) != 0)
		return -1;
	char *copy = edits->secret ? ar_secret_alloc(len + 1) : malloc(len + 1);
	if (!copy)
		return ar_err_oom(err);
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	memmove(edits->list + at + 1, edits->list + at, (edits->count - at) * sizeof *edits->list);
	edits->list[at] = (struct ar_edit){ .start = start, .end = end, .text = copy, .len = len };
	edits->count++;
	return 0;
}

int ar_splice(const struct ar_text *old, const struct ar_edits *edits, struct ar_buf *out,
	      struct ar_err *err)
{
	size_t at = 0;

	for (size_t i = 0; i < edits->count; i++) {
		const struct ar_edit *edit = &edits->list[i];
		if (edit->end > old->len)
			return ar_err_set(err,
					  "an edit behind the end of the text: a bug in atrest");
		if (edit->start > at)
			ar_buf_add(out, old->data + at, edit->start - at);
		ar_buf_add(out, edit->text, edit->len);
		at = edit->end;
	}
	if (old->len > at)
		ar_buf_add(out, old->data + at, old->len - at);
	return ar_buf_check(out, err);
}

bool ar_splice_origin(const struct ar_edits *edits, size_t new_offset, size_t *ret_old)
{
	size_t grown = 0, lost = 0;

	for (size_t i = 0; i < edits->count; i++) {
		const struct ar_edit *edit = &edits->list[i];
		size_t start = edit->start + grown - lost;
		if (new_offset < start)
			break;
		if (new_offset < start + edit->len)
			return false;
		grown += edit->len;
		lost += edit->end - edit->start;
	}
	*ret_old = new_offset + lost - grown;
	return true;
}
