/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/first.h"

#include <string.h>

#include "plan/keys.h"
#include "yaml/compare.h"
#include "yaml/edit.h"

/* As a newest server reads it. */
static int read_config(const struct ar_text *text, struct ar_tree **ret_tree,
		       struct ar_encconf **ret_conf, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;

	if (ar_encconf_read(text, -1, &problems, ret_tree, ret_conf, err) != 0)
		return -1;
	if (*ret_conf && problems.count == 0)
		return 0;
	ar_err_set(err, "'%s' cannot be understood, so identity cannot be put first in it",
		   text->name);
	return ar_err_hint(err, "see what is wrong: atrest config check %s", text->name);
}

static bool writes_plain(const struct ar_enc_entry *entry)
{
	return entry->provider_count > 0 && entry->providers[0].kind == AR_IDENTITY;
}

/* The element that is nothing but identity: it is moved rather than doubled. */
static const struct ar_node *own_identity(const struct ar_enc_entry *entry)
{
	for (size_t i = 1; i < entry->provider_count; i++)
		if (entry->providers[i].identity && entry->providers[i].set == 1)
			return entry->providers[i].node;
	return NULL;
}

static int edit_entry(const struct ar_editor *editor, const struct ar_enc_entry *entry,
		      struct ar_err *err)
{
	static const struct ar_new nothing = { .kind = AR_NEW_MAPPING, .key = "identity" };
	static const struct ar_new identity = { .kind = AR_NEW_MAPPING,
						.list = &nothing,
						.count = 1 };
	static const struct ar_new items = { .kind = AR_NEW_LIST, .list = &identity, .count = 1 };
	const struct ar_node *own = own_identity(entry);

	if (entry->provider_count == 0 || writes_plain(entry))
		return 0;
	if (own)
		return ar_edit_first(editor, own, NULL, err);
	const struct ar_node *list = ar_node_parent(editor->tree, entry->providers[0].node);
	return ar_edit_add(editor, list, 0, &items, err);
}

/* The same keys, in the same order, with the same bytes. */
static bool same_keys(const struct ar_encconf *a, const struct ar_enc_provider *x,
		      const struct ar_encconf *b, const struct ar_enc_provider *y)
{
	if (x->kind != y->kind || x->key_count != y->key_count)
		return false;
	for (size_t i = 0; i < x->key_count; i++)
		if (!ar_keys_same(a, &x->keys[i], b, &y->keys[i]))
			return false;
	return true;
}

/* What reads besides identity is what read before, and identity writes. */
static bool entry_is_right(const struct ar_encconf *old, const struct ar_enc_entry *before,
			   const struct ar_encconf *now, const struct ar_enc_entry *after)
{
	size_t i = 0, j = 0;

	if (!writes_plain(after) || before->resource_count != after->resource_count)
		return before->provider_count == 0;
	for (;;) {
		while (i < before->provider_count && before->providers[i].kind == AR_IDENTITY)
			i++;
		while (j < after->provider_count && after->providers[j].kind == AR_IDENTITY)
			j++;
		if (i == before->provider_count || j == after->provider_count)
			return i == before->provider_count && j == after->provider_count;
		if (!same_keys(old, &before->providers[i++], now, &after->providers[j++]))
			return false;
	}
}

static int prove(const struct ar_encconf *old, const struct ar_text *text,
		 const struct ar_edits *edits, struct ar_err *err)
{
	AR_CHANGES_AUTO struct ar_changes changes = AR_CHANGES_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *now = NULL;

	if (read_config(text, &tree, &now, err) != 0 ||
	    ar_tree_compare(old->tree, tree, edits, &changes, err) != 0)
		return -1;
	bool right = old->entry_count == now->entry_count;
	for (size_t i = 0; right && i < now->entry_count; i++)
		right = entry_is_right(old, &old->entries[i], now, &now->entries[i]);
	return right ? 0
		     : ar_err_set(err,
				  "'%s' with identity first would not read what it reads now: "
				  "a bug in atrest",
				  text->name);
}

int ar_first_identity(const struct ar_text *text, struct ar_edits *ret, struct ar_buf *out,
		      struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *old = NULL;

	ret->secret = true;
	if (read_config(text, &tree, &old, err) != 0)
		return -1;
	const struct ar_editor editor = { .tree = tree, .edits = ret };
	for (size_t i = 0; i < old->entry_count; i++)
		if (edit_entry(&editor, &old->entries[i], err) != 0)
			return -1;
	if (ar_splice(text, ret, out, err) != 0 || ar_buf_check(out, err) != 0)
		return -1;
	const struct ar_text now = {
		.name = text->name, .data = out->data, .len = out->len, .secret = true
	};
	return prove(old, &now, ret, err);
}
