/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/rung.h"

#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "plan/first.h"
#include "plan/rung_impl.h"
#include "yaml/edit.h"

#define WORD 300

static void free_secret(char **text)
{
	ar_secret_free(*text);
}
#define SECRET_AUTO __attribute__((cleanup(free_secret)))

typedef int edit_fn(const struct ar_editor *editor, const struct ar_encconf *conf,
		    const struct ar__rung_op *op, struct ar_err *err);

/* Plans, splices and proves. */
static int climb(const struct ar_text *text, const struct ar__rung_op *op, edit_fn *plan,
		 struct ar_edits *ret, struct ar_buf *out, struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *old = NULL;
	const size_t before = out->len;

	ret->secret = out->secret = true;
	if (ar__rung_read(text, &tree, &old, err) != 0)
		return -1;
	for (size_t i = 0; i < old->entry_count; i++)
		if (ar__rung_check(old, &old->entries[i], op->key, err) != 0)
			return -1;
	const struct ar_editor editor = { .tree = tree, .edits = ret, .comments = true };
	if (plan(&editor, old, op, err) != 0 || ar_splice(text, ret, out, err) != 0)
		return -1;
	const struct ar_text now = { .name = text->name,
				     .data = ar_buf_text(out) + before,
				     .len = out->len - before,
				     .secret = true };
	return ar__rung_prove(old, op, &now, ret, err);
}

/* The list that the providers of an entry, or the keys of an element, are items of. */
static const struct ar_node *list_of(const struct ar_editor *editor, const struct ar_node *item)
{
	return ar_node_parent(editor->tree, item);
}

/* --- reader ---------------------------------------------------------------------------------- */

/* The first element of the key's kind, in which it joins others; NULL: it needs its own. */
static const struct ar_enc_provider *element_of(const struct ar_enc_entry *entry,
						const struct ar_rung_key *key)
{
	for (size_t i = 0; i < entry->provider_count; i++)
		if (entry->providers[i].kind == key->provider)
			return &entry->providers[i];
	return NULL;
}

/* Behind the last element; before identity where that is last, but never before what writes. */
static size_t place_for_element(const struct ar_enc_entry *entry, const struct ar_rung_key *key)
{
	const size_t last = entry->provider_count - 1;
	bool trailing = last > 0 && entry->providers[last].kind == AR_IDENTITY;

	return trailing && key->provider != AR_IDENTITY ? last : last + 1;
}

static int add_key(const struct ar_editor *editor, const struct ar_enc_entry *entry,
		   const struct ar_rung_key *key, struct ar_err *err)
{
	char made[64] = "";
	const struct ar_enc_provider *element = element_of(entry, key);

	if (key->made)
		snprintf(made, sizeof made, AR_MADE_FORM, key->made);
	const struct ar_new fields[] = {
		{ AR_NEW_STRING, "name", key->name, made[0] ? made : NULL, NULL, 0 },
		{ AR_NEW_STRING, "secret", key->base64, NULL, NULL, 0 },
	};
	const struct ar_new one = { .kind = AR_NEW_MAPPING, .list = fields, .count = 2 };
	const struct ar_new keys = { AR_NEW_LIST, "keys", NULL, NULL, &one, 1 };
	const struct ar_new whole = { AR_NEW_MAPPING, ar_provider_name(key->provider),
				      NULL,           NULL,
				      &keys,          1 };
	const struct ar_new item = { .kind = AR_NEW_MAPPING, .list = &whole, .count = 1 };
	const struct ar_new items = { .kind = AR_NEW_LIST, .list = &item, .count = 1 };

	if (element)
		return ar_edit_add(editor, list_of(editor, element->keys[0].node),
				   element->key_count, &keys, err);
	return ar_edit_add(editor, list_of(editor, entry->providers[0].node),
			   place_for_element(entry, key), &items, err);
}

static int add_identity(const struct ar_editor *editor, const struct ar_enc_entry *entry,
			const struct ar_rung_key *key, struct ar_err *err)
{
	static const struct ar_new nothing = { .kind = AR_NEW_MAPPING, .key = "identity" };
	static const struct ar_new item = { .kind = AR_NEW_MAPPING, .list = &nothing, .count = 1 };
	static const struct ar_new items = { .kind = AR_NEW_LIST, .list = &item, .count = 1 };

	return ar_edit_add(editor, list_of(editor, entry->providers[0].node),
			   place_for_element(entry, key), &items, err);
}

static int add_where_missing(const struct ar_editor *editor, const struct ar_encconf *conf,
			     const struct ar_rung_key *key, struct ar_err *err)
{
	bool identity = key->provider == AR_IDENTITY;
	struct ar__rung_place place;

	for (size_t i = 0; i < conf->entry_count; i++)
		if (!ar__rung_find(&conf->entries[i], key, &place) &&
		    (identity ? add_identity : add_key)(editor, &conf->entries[i], key, err) != 0)
			return -1;
	return 0;
}

static int plan_reader(const struct ar_editor *editor, const struct ar_encconf *conf,
		       const struct ar__rung_op *op, struct ar_err *err)
{
	SECRET_AUTO char *found = NULL;
	char made[11] = "", word[WORD];
	struct ar_rung_key key = *op->key;

	if (key.provider == AR_IDENTITY || key.base64)
		return add_where_missing(editor, conf, &key, err);
	if (ar__rung_secret(conf, &key, &found, made, err) != 0)
		return -1;
	if (!found) {
		ar__rung_word(&key, word, sizeof word);
		ar_err_set(err, "'%.200s' cannot be added: its bytes are not at hand", word);
		return ar_err_hint(err, "bring it here with 'atrest import'");
	}
	key.base64 = found;
	key.made = made[0] ? made : NULL;
	return add_where_missing(editor, conf, &key, err);
}

int ar_rung_reader(const struct ar_text *text, const struct ar_rung_key *key, struct ar_edits *ret,
		   struct ar_buf *out, struct ar_err *err)
{
	const struct ar__rung_op op = { .kind = AR__READER, .key = key };

	return climb(text, &op, plan_reader, ret, out, err);
}

/* --- promote --------------------------------------------------------------------------------- */

static int lacks(const struct ar_encconf *conf, const struct ar_enc_entry *entry,
		 const struct ar_rung_key *key, struct ar_err *err)
{
	char word[WORD];

	ar__rung_word(key, word, sizeof word);
	ar_node_err(err, conf->tree, entry->node,
		    "this entry of 'resources' does not have '%.200s'", word);
	return ar_err_hint(err, "every entry has to read it before it can write, or stay alone");
}

/* The key first in its element, and that first in the entry. */
static int promote_entry(const struct ar_editor *editor, const struct ar_enc_entry *entry,
			 const struct ar__rung_place *place, struct ar_err *err)
{
	AR_EDITS_AUTO struct ar_edits inner = { .secret = true };
	const struct ar_enc_provider *element = &entry->providers[place->element];
	const struct ar_editor within = { .tree = editor->tree,
					  .edits = place->element > 0 ? &inner : editor->edits,
					  .comments = true };

	if (place->key > 0 &&
	    ar_edit_first(&within, element->keys[place->key].node, NULL, err) != 0)
		return -1;
	return place->element > 0 ? ar_edit_first(editor, element->node, &inner, err) : 0;
}

static int plan_promote(const struct ar_editor *editor, const struct ar_encconf *conf,
			const struct ar__rung_op *op, struct ar_err *err)
{
	struct ar__rung_place place;

	for (size_t i = 0; i < conf->entry_count; i++) {
		if (!ar__rung_find(&conf->entries[i], op->key, &place))
			return lacks(conf, &conf->entries[i], op->key, err);
		if (promote_entry(editor, &conf->entries[i], &place, err) != 0)
			return -1;
	}
	return 0;
}

int ar_rung_promote(const struct ar_text *text, const struct ar_rung_key *key, struct ar_edits *ret,
		    struct ar_buf *out, struct ar_err *err)
{
	const struct ar__rung_op op = { .kind = AR__PROMOTE, .key = key };

	if (key->provider == AR_IDENTITY) {
		out->secret = true;
		return ar_first_identity(text, ret, out, err);
	}
	return climb(text, &op, plan_promote, ret, out, err);
}

/* --- prune ----------------------------------------------------------------------------------- */

/* A kms provider holds no key here, and what it encrypted is not ours to judge. */
static int refuse_kms(const struct ar_encconf *conf, struct ar_err *err)
{
	for (size_t i = 0; i < conf->entry_count; i++)
		for (size_t p = 0; p < conf->entries[i].provider_count; p++) {
			const struct ar_enc_provider *provider = &conf->entries[i].providers[p];
			if (provider->kind != AR_KMS)
				continue;
			ar_node_err(err, conf->tree, provider->node,
				    "the kms provider '%.100s' would go with the old keys, and "
				    "this version does not take one out",
				    provider->kms->name);
			return ar_err_hint(err, "take it out by hand once nothing is stored "
						"under it, then run again");
		}
	return 0;
}

struct marked {
	const struct ar_node **list;
	size_t count;
};

/* Everything in the entry but the key at `place`, and the first identity where it may stay. */
static void mark_entry(const struct ar_enc_entry *entry, const struct ar__rung_place *place,
		       bool plain, struct marked *marked)
{
	for (size_t p = 0; p < entry->provider_count; p++) {
		const struct ar_enc_provider *provider = &entry->providers[p];

		if (p == place->element) {
			for (size_t k = 0; k < provider->key_count; k++)
				if (k != place->key)
					marked->list[marked->count++] = provider->keys[k].node;
		} else if (provider->kind == AR_IDENTITY && plain) {
			plain = false;
		} else {
			marked->list[marked->count++] = provider->node;
		}
	}
}

static size_t count_all(const struct ar_encconf *conf)
{
	size_t count = 1;

	for (size_t i = 0; i < conf->entry_count; i++)
		for (size_t p = 0; p < conf->entries[i].provider_count; p++)
			count += 1 + conf->entries[i].providers[p].key_count;
	return count;
}

static int plan_prune(const struct ar_editor *editor, const struct ar_encconf *conf,
		      const struct ar__rung_op *op, struct ar_err *err)
{
	AR_FREE_AUTO const struct ar_node **list = calloc(count_all(conf), sizeof *list);
	struct marked marked = { list, 0 };
	struct ar__rung_place place;

	if (!list)
		return ar_err_oom(err);
	if (refuse_kms(conf, err) != 0)
		return -1;
	for (size_t i = 0; i < conf->entry_count; i++) {
		if (!ar__rung_find(&conf->entries[i], op->key, &place))
			return lacks(conf, &conf->entries[i], op->key, err);
		mark_entry(&conf->entries[i], &place, op->plain, &marked);
	}
	return ar_edit_remove(editor, marked.list, marked.count, err);
}

int ar_rung_prune(const struct ar_text *text, const struct ar_rung_key *key, bool plain,
		  struct ar_edits *ret, struct ar_buf *out, struct ar_err *err)
{
	const struct ar__rung_op op = { .kind = AR__PRUNE, .key = key, .plain = plain };

	return climb(text, &op, plan_prune, ret, out, err);
}
