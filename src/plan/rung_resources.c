/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "kube/entries.h"
#include "kube/resources.h"
#include "plan/rung_impl.h"
#include "yaml/compare.h"
#include "yaml/edit.h"

#define MANY 8 /* names, elements, keys of an element: what yaml/edit writes of one */

/* --- names ----------------------------------------------------------------------------------- */

static int resource_of(const char *name, struct ar_resource *ret, struct ar_err *err)
{
	const struct ar_group_resource split = ar_group_resource_split(name);
	const enum ar_resource_sort sort = ar_resource_sort_of(name, NULL);

	if (sort == AR_RESOURCE_WILD) {
		ar_err_set(err,
			   "'%.100s' is a wildcard, which is not added to a config that is in "
			   "use",
			   name);
		return ar_err_hint(err, "name the resources");
	}
	if (sort == AR_RESOURCE_UNKNOWN || split.resource_len >= sizeof ret->resource ||
	    split.group_len >= sizeof ret->group)
		return ar_err_set(err, "there is no resource '%.100s'", name);
	*ret = (struct ar_resource){ .custom = sort == AR_RESOURCE_CUSTOM };
	memcpy(ret->resource, split.resource, split.resource_len);
	memcpy(ret->group, split.group, split.group_len);
	return 0;
}

static bool is_among(const struct ar_new *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (ar_group_resource_same(ar_group_resource_split(list[i].text),
					   ar_group_resource_split(name)))
			return true;
	return false;
}

/* Those that no entry holds for yet. */
static int choose(const struct ar_encconf *conf, const char *const *names, size_t count,
		  struct ar_new *ret, size_t *ret_count, struct ar_err *err)
{
	struct ar_resource resource;

	for (size_t i = 0; i < count; i++) {
		if (resource_of(names[i], &resource, err) != 0)
			return -1;
		if (ar_entry_of(conf, &resource) || is_among(ret, *ret_count, names[i]))
			continue;
		if (*ret_count == MANY)
			return ar_err_set(err, "more than %d resources at once", MANY);
		ret[(*ret_count)++] = (struct ar_new){ .kind = AR_NEW_STRING, .text = names[i] };
	}
	return 0;
}

/* --- the new entry --------------------------------------------------------------------------- */

/* All that an entry is described by; its lists point into each other. */
struct entry {
	struct ar_new names[MANY], fields[2];
	struct ar_new elements[MANY], kinds[MANY], lists[MANY];
	struct ar_new keys[MANY][MANY], parts[MANY][MANY][2];
	char made[MANY][MANY][64];
	char *secrets; /* of all keys, each with its NUL */
};

static void entry_free(struct entry **entry)
{
	if (*entry)
		ar_secret_free((*entry)->secrets);
	free(*entry);
}
#define ENTRY_AUTO __attribute__((cleanup(entry_free)))

static size_t size_of_secrets(const struct ar_encconf *conf, const struct ar_enc_entry *like)
{
	size_t size = 1, len;

	for (size_t p = 0; p < like->provider_count; p++)
		for (size_t k = 0; k < like->providers[p].key_count; k++) {
			ar_node_text(conf->tree, like->providers[p].keys[k].secret, &len);
			size += len + 1;
		}
	return size;
}

/* The keys of one provider as element `at`; *next is where the next secret goes. */
static void describe(const struct ar_encconf *conf, const struct ar_enc_provider *provider,
		     size_t at, struct entry *entry, char **next)
{
	for (size_t k = 0; k < provider->key_count; k++) {
		const struct ar_enc_key *key = &provider->keys[k];
		char *made = entry->made[at][k];
		size_t len;
		const char *secret = ar_node_text(conf->tree, key->secret, &len);

		memcpy(*next, secret, len);
		(*next)[len] = '\0';
		if (key->made[0])
			snprintf(made, sizeof entry->made[at][k], AR_MADE_FORM, key->made);
		entry->parts[at][k][0] = (struct ar_new){ AR_NEW_STRING,         "name", key->name,
							  made[0] ? made : NULL, NULL,   0 };
		entry->parts[at][k][1] = (struct ar_new){ AR_NEW_STRING, "secret", *next,
							  NULL,          NULL,     0 };
		entry->keys[at][k] = (struct ar_new){ .kind = AR_NEW_MAPPING,
						      .list = entry->parts[at][k],
						      .count = 2 };
		*next += len + 1;
	}
	entry->lists[at] = (struct ar_new){ AR_NEW_LIST, "keys",          NULL,
					    NULL,        entry->keys[at], provider->key_count };
	entry->kinds[at] = (struct ar_new){
		AR_NEW_MAPPING, ar_provider_name(provider->kind), NULL, NULL, &entry->lists[at], 1
	};
}

/* Plain text, and behind it the keys of `like`. */
static int describe_all(const struct ar_encconf *conf, const struct ar_enc_entry *like,
			struct entry *entry, size_t *ret_elements, struct ar_err *err)
{
	size_t count = 1;
	char *next = entry->secrets;

	entry->kinds[0] = (struct ar_new){ .kind = AR_NEW_MAPPING, .key = "identity" };
	for (size_t p = 0; p < like->provider_count; p++) {
		const struct ar_enc_provider *provider = &like->providers[p];

		if (provider->kind == AR_IDENTITY)
			continue;
		if (provider->kind == AR_KMS)
			return ar_node_err(err, conf->tree, provider->node,
					   "this entry has a kms provider, which is not copied");
		if (count == MANY || provider->key_count > MANY)
			return ar_node_err(err, conf->tree, provider->node,
					   "this entry has too many keys to be copied; prune it "
					   "first");
		describe(conf, provider, count++, entry, &next);
	}
	for (size_t i = 0; i < count; i++)
		entry->elements[i] = (struct ar_new){ .kind = AR_NEW_MAPPING,
						      .list = &entry->kinds[i],
						      .count = 1 };
	*ret_elements = count;
	return 0;
}

static int add_entry(const struct ar_editor *editor, const struct ar_encconf *conf,
		     struct entry *entry, size_t names, struct ar_err *err)
{
	const struct ar_enc_entry *like = &conf->entries[0];
	size_t elements = 0;

	entry->secrets = ar_secret_alloc(size_of_secrets(conf, like));
	if (!entry->secrets)
		return ar_err_oom(err);
	if (describe_all(conf, like, entry, &elements, err) != 0)
		return -1;
	entry->fields[0] = (struct ar_new){ AR_NEW_LIST, "resources",  NULL,
					    NULL,        entry->names, names };
	entry->fields[1] = (struct ar_new){ AR_NEW_LIST, "providers",     NULL,
					    NULL,        entry->elements, elements };
	const struct ar_new item = { .kind = AR_NEW_MAPPING, .list = entry->fields, .count = 2 };
	const struct ar_new items = { .kind = AR_NEW_LIST, .list = &item, .count = 1 };
	return ar_edit_add(editor, ar_node_parent(editor->tree, like->node), conf->entry_count,
			   &items, err);
}

/* --- the proof ------------------------------------------------------------------------------- */

/* The entries that were there are as they were by the comparison of the trees; the new one reads
 * what the first does, and writes plain text. */
static int prove(const struct ar_encconf *old, const struct ar_text *text,
		 const struct ar_edits *edits, size_t names, struct ar_err *err)
{
	AR_CHANGES_AUTO struct ar_changes changes = AR_CHANGES_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *now = NULL;

	if (ar__rung_read(text, &tree, &now, err) != 0 ||
	    ar_tree_compare(old->tree, tree, edits, &changes, err) != 0)
		return -1;
	const struct ar_enc_entry *last = &now->entries[now->entry_count - 1];
	if (now->entry_count == old->entry_count + 1 && last->resource_count == names &&
	    last->providers[0].kind == AR_IDENTITY &&
	    ar__rung_same_keys(old, &old->entries[0], now, last))
		return 0;
	return ar_err_set(err,
			  "'%s' with more resources would not read what it should: a bug in "
			  "atrest",
			  text->name);
}

int ar_rung_resources(const struct ar_text *text, const struct ar_rung_names *add,
		      struct ar_edits *ret, struct ar_buf *out, struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *old = NULL;
	ENTRY_AUTO struct entry *entry = calloc(1, sizeof *entry);
	const size_t before = out->len;
	size_t names = 0;

	ret->secret = out->secret = true;
	if (!entry)
		return ar_err_oom(err);
	if (ar__rung_read(text, &tree, &old, err) != 0 ||
	    choose(old, add->list, add->count, entry->names, &names, err) != 0)
		return -1;
	const struct ar_editor editor = { .tree = tree, .edits = ret };
	if ((names > 0 && add_entry(&editor, old, entry, names, err) != 0) ||
	    ar_splice(text, ret, out, err) != 0)
		return -1;
	const struct ar_text now = { .name = text->name,
				     .data = ar_buf_text(out) + before,
				     .len = out->len - before,
				     .secret = true };
	return names > 0 ? prove(old, &now, ret, names, err) : 0;
}
