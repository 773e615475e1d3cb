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

static int refuse_wildcard(const char *name, struct ar_err *err)
{
	ar_err_set(err, "'%.100s' is a wildcard, which is not added to a config that is in use",
		   name);
	return ar_err_hint(err, "name the resources");
}

static int refuse_unknown(const char *name, const char *meant, struct ar_err *err)
{
	ar_err_set(err, "there is no resource '%.100s'", name);
	return meant ? ar_err_hint(err, "perhaps '%s' is meant", meant)
		     : ar_err_hint(err, "plural names, with their group where they have one: "
					"configmaps, deployments.apps, widgets.example.com");
}

static int resource_of(const char *name, struct ar_resource *ret, struct ar_err *err)
{
	const struct ar_group_resource split = ar_group_resource_split(name);
	const char *meant = NULL;
	const enum ar_resource_sort sort = ar_resource_sort_of(name, &meant);

	if (sort == AR_RESOURCE_WILD)
		return refuse_wildcard(name, err);
	if (sort == AR_RESOURCE_UNKNOWN || split.resource_len >= sizeof ret->resource ||
	    split.group_len >= sizeof ret->group)
		return refuse_unknown(name, meant, err);
	*ret = (struct ar_resource){ .custom = sort == AR_RESOURCE_CUSTOM };
	memcpy(ret->resource, split.resource, split.resource_len);
	memcpy(ret->group, split.group, split.group_len);
	const char *why = ar_storage_cannot_rewrite(ret);
	if (!why)
		return 0;
	ar_err_set(err, "'%.100s' is not added to a config that is in use: %s", name, why);
	return ar_err_hint(err, "leave it out; 'atrest enable --resources' has it from the start");
}

static bool is_among(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (ar_group_resource_same(ar_group_resource_split(list[i]),
					   ar_group_resource_split(name)))
			return true;
	return false;
}

static bool is_named(const struct ar_encconf *conf, const char *name)
{
	for (size_t i = 0; i < conf->entry_count; i++)
		if (is_among(conf->entries[i].resources, conf->entries[i].resource_count, name))
			return true;
	return false;
}

int ar_rung_lacking(const struct ar_encconf *conf, const struct ar_rung_names *names,
		    const char *ret[AR_RUNG_NAMES], size_t *ret_count, struct ar_err *err)
{
	struct ar_resource resource;
	size_t count = 0;

	for (size_t i = 0; i < names->count; i++) {
		const char *name = names->list[i];

		if (is_named(conf, name) || is_among(ret, count, name))
			continue;
		if (resource_of(name, &resource, err) != 0)
			return -1;
		if (ar_entry_of(conf, &resource))
			continue;
		if (count == AR_RUNG_NAMES)
			return ar_err_set(err, "more than %d resources at once", AR_RUNG_NAMES);
		ret[count++] = name;
	}
	*ret_count = count;
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
		     struct entry *entry, const struct ar_rung_names *names, struct ar_err *err)
{
	const struct ar_enc_entry *like = &conf->entries[0];
	size_t elements = 0;

	for (size_t i = 0; i < names->count; i++)
		entry->names[i] = (struct ar_new){ .kind = AR_NEW_STRING, .text = names->list[i] };
	entry->secrets = ar_secret_alloc(size_of_secrets(conf, like));
	if (!entry->secrets)
		return ar_err_oom(err);
	if (describe_all(conf, like, entry, &elements, err) != 0)
		return -1;
	entry->fields[0] = (struct ar_new){ AR_NEW_LIST, "resources",  NULL,
					    NULL,        entry->names, names->count };
	entry->fields[1] = (struct ar_new){ AR_NEW_LIST, "providers",     NULL,
					    NULL,        entry->elements, elements };
	const struct ar_new item = { .kind = AR_NEW_MAPPING, .list = entry->fields, .count = 2 };
	const struct ar_new items = { .kind = AR_NEW_LIST, .list = &item, .count = 1 };
	return ar_edit_add(editor, ar_node_parent(editor->tree, like->node), conf->entry_count,
			   &items, err);
}

/* Where several stand at one place the one that is planned first comes first. */
static int add_entries(const struct ar_editor *editor, const struct ar_encconf *conf,
		       const struct ar_rung_names *names, struct ar_err *err)
{
	for (size_t done = 0; done < names->count; done += MANY) {
		ENTRY_AUTO struct entry *entry = calloc(1, sizeof *entry);
		const size_t left = names->count - done;
		const struct ar_rung_names some = { names->list + done, left < MANY ? left : MANY };

		if (!entry)
			return ar_err_oom(err);
		if (add_entry(editor, conf, entry, &some, err) != 0)
			return -1;
	}
	return 0;
}

/* --- the proof ------------------------------------------------------------------------------- */

/* The entries that were there are as they were by the comparison of the trees; the new ones read
 * what the first does, and write plain text. */
static bool are_right(const struct ar_encconf *old, const struct ar_encconf *now, size_t names)
{
	size_t found = 0;

	for (size_t i = old->entry_count; i < now->entry_count; i++) {
		const struct ar_enc_entry *entry = &now->entries[i];
		if (entry->providers[0].kind != AR_IDENTITY ||
		    !ar__rung_same_keys(old, &old->entries[0], now, entry))
			return false;
		found += entry->resource_count;
	}
	return found == names;
}

static int prove(const struct ar_encconf *old, const struct ar_text *text,
		 const struct ar_edits *edits, size_t names, struct ar_err *err)
{
	AR_CHANGES_AUTO struct ar_changes changes = AR_CHANGES_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *now = NULL;

	if (ar__rung_read(text, &tree, &now, err) != 0 ||
	    ar_tree_compare(old->tree, tree, edits, &changes, err) != 0)
		return -1;
	return are_right(old, now, names)
		       ? 0
		       : ar_err_set(err,
				    "'%s' with more resources would not read what it should: a "
				    "bug in atrest",
				    text->name);
}

int ar_rung_resources(const struct ar_text *text, const struct ar_rung_names *add,
		      struct ar_edits *ret, struct ar_buf *out, struct ar_err *err)
{
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *old = NULL;
	const char *lacking[AR_RUNG_NAMES];
	struct ar_rung_names names = { lacking, 0 };
	const size_t before = out->len;

	ret->secret = out->secret = true;
	if (ar__rung_read(text, &tree, &old, err) != 0 ||
	    ar_rung_lacking(old, add, lacking, &names.count, err) != 0)
		return -1;
	const struct ar_editor editor = { .tree = tree, .edits = ret };
	if (add_entries(&editor, old, &names, err) != 0 || ar_splice(text, ret, out, err) != 0)
		return -1;
	const struct ar_text now = { .name = text->name,
				     .data = ar_buf_text(out) + before,
				     .len = out->len - before,
				     .secret = true };
	return names.count > 0 ? prove(old, &now, ret, names.count, err) : 0;
}
