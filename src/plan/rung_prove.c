/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/secret.h"
#include "plan/keys.h"
#include "plan/rung_impl.h"
#include "yaml/compare.h"

void ar__rung_word(const struct ar_rung_key *key, char *buf, size_t size)
{
	if (key->provider == AR_IDENTITY)
		snprintf(buf, size, "identity");
	else
		snprintf(buf, size, "%s/%s", ar_provider_name(key->provider), key->name);
}

/* --- reading --------------------------------------------------------------------------------- */

static int not_understood(const struct ar_text *text, struct ar_err *err)
{
	ar_err_set(err, "'%s' cannot be understood, so its keys cannot be changed", text->name);
	return ar_err_hint(err, "see what is wrong: atrest config check %s", text->name);
}

/* One provider for each element, and a name and a secret for each of its keys. */
static bool is_whole(const struct ar_encconf *conf, const struct ar_enc_provider *provider)
{
	if (provider->set != 1 || provider->node->kind != AR_MAPPING)
		return false;
	if (provider->kind == AR_IDENTITY || provider->kind == AR_KMS)
		return true;
	for (size_t i = 0; i < provider->key_count; i++)
		if (!provider->keys[i].name[0] || !provider->keys[i].secret)
			return false;
	return provider->key_count > 0 && conf->tree;
}

static bool all_whole(const struct ar_encconf *conf)
{
	for (size_t i = 0; i < conf->entry_count; i++) {
		for (size_t p = 0; p < conf->entries[i].provider_count; p++)
			if (!is_whole(conf, &conf->entries[i].providers[p]))
				return false;
		if (conf->entries[i].provider_count == 0)
			return false;
	}
	return conf->entry_count > 0;
}

static int refuse_aliases(const struct ar_tree *tree, const struct ar_node *node,
			  struct ar_err *err)
{
	if (node->kind == AR_ALIAS) {
		ar_node_err(err, tree, node,
			    "an alias stands here; keys cannot be changed in a "
			    "file with aliases");
		return ar_err_hint(err, "write out what it stands for, then run again");
	}
	for (const struct ar_node *child = ar_node_first(tree, node); child;
	     child = ar_node_next(tree, child))
		if (refuse_aliases(tree, child, err) != 0)
			return -1;
	return 0;
}

int ar__rung_read(const struct ar_text *text, struct ar_tree **ret_tree,
		  struct ar_encconf **ret_conf, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;

	if (ar_encconf_read(text, -1, &problems, ret_tree, ret_conf, err) != 0)
		return -1;
	if (!*ret_conf || problems.count > 0)
		return not_understood(text, err);
	if (refuse_aliases(*ret_tree, (*ret_conf)->root, err) != 0)
		return -1;
	return all_whole(*ret_conf) ? 0 : not_understood(text, err);
}

bool ar__rung_find(const struct ar_enc_entry *entry, const struct ar_rung_key *key,
		   struct ar__rung_place *ret)
{
	for (size_t p = 0; p < entry->provider_count; p++) {
		const struct ar_enc_provider *provider = &entry->providers[p];

		if (provider->kind != key->provider)
			continue;
		*ret = (struct ar__rung_place){ p, 0 };
		if (key->provider == AR_IDENTITY ||
		    (key->provider == AR_KMS && strcmp(provider->kms->name, key->name) == 0))
			return true;
		for (; ret->key < provider->key_count; ret->key++)
			if (strcmp(provider->keys[ret->key].name, key->name) == 0)
				return true;
	}
	return false;
}

/* --- the bytes of keys ----------------------------------------------------------------------- */

struct secret {
	const char *text;
	size_t len;
};

/* As the API server decodes them: line breaks and odd last bits do not count. */
static int same_bytes(struct secret a, struct secret b, bool *ret, struct ar_err *err)
{
	if (a.len == b.len && memcmp(a.text, b.text, a.len) == 0) {
		*ret = true;
		return 0;
	}
	uint8_t *x = ar_secret_alloc(a.len + b.len + 1), *y = x ? x + a.len : NULL;
	if (!x)
		return ar_err_oom(err);
	long m = ar_base64_decode(a.text, a.len, x, NULL);
	long n = ar_base64_decode(b.text, b.len, y, NULL);
	*ret = m >= 0 && m == n && memcmp(x, y, (size_t)m) == 0;
	ar_secret_free(x);
	return 0;
}

static struct secret secret_of(const struct ar_encconf *conf, const struct ar_enc_key *key)
{
	struct secret secret;

	secret.text = ar_node_text(conf->tree, key->secret, &secret.len);
	return secret;
}

static int differs(const struct ar_encconf *conf, const struct ar_enc_key *found,
		   const struct ar_rung_key *key, struct ar_err *err)
{
	char word[300];

	ar__rung_word(key, word, sizeof word);
	ar_node_err(err, conf->tree, found->node, "'%.200s' is there already, with other bytes",
		    word);
	return ar_err_hint(err, key->base64 ? "give the new key a name that was never used"
					    : "leave one of the two, then run again");
}

/* The key `index` of the entry's elements of one kind, all through; NULL behind the last. */
static const struct ar_enc_key *key_at(const struct ar_enc_entry *entry, enum ar_provider_kind kind,
				       size_t index)
{
	for (size_t p = 0; p < entry->provider_count; p++) {
		const struct ar_enc_provider *provider = &entry->providers[p];
		size_t count = provider->kind == kind ? provider->key_count : 0;

		if (index < count)
			return &provider->keys[index];
		index -= count;
	}
	return NULL;
}

int ar__rung_secret(const struct ar_encconf *conf, const struct ar_rung_key *key, char **ret_base64,
		    char ret_made[11], struct ar_err *err)
{
	const struct ar_enc_key *found = NULL, *one;
	struct secret secret;
	bool same = true;

	for (size_t e = 0; e < conf->entry_count; e++)
		for (size_t i = 0; (one = key_at(&conf->entries[e], key->provider, i)); i++) {
			if (strcmp(one->name, key->name) != 0)
				continue;
			found = found ? found : one;
			if (same_bytes(secret_of(conf, found), secret_of(conf, one), &same, err) !=
			    0)
				return -1;
			if (!same)
				return differs(conf, one, key, err);
		}
	if (!found)
		return 0;
	secret = secret_of(conf, found);
	*ret_base64 = ar_secret_alloc(secret.len + 1);
	if (!*ret_base64)
		return ar_err_oom(err);
	memcpy(*ret_base64, secret.text, secret.len);
	(*ret_base64)[secret.len] = '\0';
	memcpy(ret_made, found->made, sizeof found->made);
	return 0;
}

int ar__rung_check(const struct ar_encconf *conf, const struct ar_enc_entry *entry,
		   const struct ar_rung_key *key, struct ar_err *err)
{
	struct secret wanted = { key->base64, key->base64 ? strlen(key->base64) : 0 };
	const struct ar_enc_key *found;
	bool same = false;

	for (size_t i = 0; (found = key_at(entry, key->provider, i)) != NULL; i++) {
		if (strcmp(found->name, key->name) != 0)
			continue;
		if (!wanted.text)
			wanted = secret_of(conf, found);
		if (same_bytes(wanted, secret_of(conf, found), &same, err) != 0)
			return -1;
		if (!same)
			return differs(conf, found, key, err);
	}
	return 0;
}

/* --- the proof ------------------------------------------------------------------------------- */

/* One that reads: a key, or an element without keys. */
struct reader {
	const struct ar_encconf *conf;
	const struct ar_enc_provider *element;
	const struct ar_enc_key *key; /* NULL: identity, kms */
};

/* The reader `index` of an entry; element NULL behind the last. */
static struct reader reader_at(const struct ar_encconf *conf, const struct ar_enc_entry *entry,
			       size_t index)
{
	for (size_t p = 0; p < entry->provider_count; p++) {
		const struct ar_enc_provider *provider = &entry->providers[p];
		size_t count = provider->key_count ? provider->key_count : 1;

		if (index < count)
			return (struct reader){ conf, provider,
						provider->key_count ? &provider->keys[index]
								    : NULL };
		index -= count;
	}
	return (struct reader){ .conf = conf };
}

static bool same_reader(const struct reader *a, const struct reader *b)
{
	if (!a->element || !b->element || a->element->kind != b->element->kind)
		return false;
	if (a->key)
		return ar_keys_same(a->conf, a->key, b->conf, b->key);
	return a->element->kind != AR_KMS ||
	       strcmp(a->element->kms->name, b->element->kms->name) == 0;
}

static bool is_in(const struct reader *reader, const struct ar_encconf *conf,
		  const struct ar_enc_entry *entry)
{
	struct reader one;

	for (size_t i = 0; (one = reader_at(conf, entry, i)).element; i++)
		if (same_reader(&one, reader))
			return true;
	return false;
}

static bool keys_are_in(const struct ar_encconf *a, const struct ar_enc_entry *x,
			const struct ar_encconf *b, const struct ar_enc_entry *y)
{
	struct reader one;

	for (size_t i = 0; (one = reader_at(a, x, i)).element; i++)
		if (one.key && !is_in(&one, b, y))
			return false;
	return true;
}

bool ar__rung_same_keys(const struct ar_encconf *a, const struct ar_enc_entry *x,
			const struct ar_encconf *b, const struct ar_enc_entry *y)
{
	return keys_are_in(a, x, b, y) && keys_are_in(b, y, a, x);
}

static bool is_goal(const struct reader *reader, const struct ar_rung_key *key)
{
	if (!reader->element || reader->element->kind != key->provider)
		return false;
	if (key->provider == AR_IDENTITY)
		return true;
	return strcmp(reader->key ? reader->key->name : reader->element->kms->name, key->name) == 0;
}

/* Must a reader of the old text be one of the new text? */
static bool stays(const struct reader *reader, const struct ar__rung_op *op)
{
	return op->kind != AR__PRUNE || is_goal(reader, op->key) ||
	       (op->plain && reader->element && reader->element->kind == AR_IDENTITY);
}

static bool entry_is_right(const struct ar_encconf *old, const struct ar_enc_entry *before,
			   const struct ar_encconf *now, const struct ar_enc_entry *after,
			   const struct ar__rung_op *op)
{
	struct reader one, first = reader_at(now, after, 0), former = reader_at(old, before, 0);
	struct ar__rung_place place;

	for (size_t i = 0; (one = reader_at(old, before, i)).element; i++)
		if (is_in(&one, now, after) != stays(&one, op))
			return false;
	for (size_t i = 0; (one = reader_at(now, after, i)).element; i++)
		if (!is_in(&one, old, before) &&
		    (op->kind != AR__READER || !is_goal(&one, op->key)))
			return false;
	if (!first.element || !ar__rung_find(after, op->key, &place))
		return false;
	if (op->kind == AR__PROMOTE)
		return is_goal(&first, op->key);
	return !stays(&former, op) || same_reader(&first, &former);
}

int ar__rung_prove(const struct ar_encconf *old, const struct ar__rung_op *op,
		   const struct ar_text *text, const struct ar_edits *edits, struct ar_err *err)
{
	AR_CHANGES_AUTO struct ar_changes changes = AR_CHANGES_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *now = NULL;

	if (ar__rung_read(text, &tree, &now, err) != 0 ||
	    ar_tree_compare(old->tree, tree, edits, &changes, err) != 0)
		return -1;
	bool right = old->entry_count == now->entry_count;
	for (size_t i = 0; right && i < now->entry_count; i++)
		right = entry_is_right(old, &old->entries[i], now, &now->entries[i], op) &&
			ar__rung_check(now, &now->entries[i], op->key, err) == 0;
	return right ? 0
		     : ar_err_set(err,
				  "'%s' changed would not read and write what it should: a bug in "
				  "atrest",
				  text->name);
}
