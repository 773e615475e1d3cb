/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/keys.h"

#include <stdio.h>
#include <string.h>

bool ar_keys_same(const struct ar_encconf *a, const struct ar_enc_key *x,
		  const struct ar_encconf *b, const struct ar_enc_key *y)
{
	size_t m = 0, n = 0;

	if (!x->secret || !y->secret || strcmp(x->name, y->name) != 0)
		return false;
	const char *s = ar_node_text(a->tree, x->secret, &m);
	const char *t = ar_node_text(b->tree, y->secret, &n);
	return m == n && memcmp(s, t, m) == 0;
}

/* The `index`-th key of a config, all entries and providers through; NULL behind the last. */
static const struct ar_enc_key *key_at(const struct ar_encconf *conf, size_t index)
{
	for (size_t e = 0; conf && e < conf->entry_count; e++)
		for (size_t p = 0; p < conf->entries[e].provider_count; p++) {
			const struct ar_enc_provider *provider = &conf->entries[e].providers[p];
			if (index < provider->key_count)
				return &provider->keys[index];
			index -= provider->key_count;
		}
	return NULL;
}

static bool has_key(const struct ar_encconf *conf, const struct ar_encconf *of,
		    const struct ar_enc_key *key)
{
	const struct ar_enc_key *own;

	for (size_t i = 0; (own = key_at(conf, i)) != NULL; i++)
		if (ar_keys_same(conf, own, of, key))
			return true;
	return false;
}

int ar_keys_lost(const struct ar_text *from, const struct ar_text *in, struct ar_lost_keys *ret,
		 struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *old_tree = NULL, *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *old = NULL, *now = NULL;
	const struct ar_enc_key *key;

	*ret = (struct ar_lost_keys){ .count = 0 };
	if (ar_encconf_read(from, -1, &problems, &old_tree, &old, err) != 0 ||
	    ar_encconf_read(in, -1, &problems, &tree, &now, err) != 0)
		return -1;
	for (size_t i = 0; (key = key_at(old, i)) != NULL; i++) {
		if (has_key(now, old, key))
			continue;
		if (ret->count < AR_LOST_KEYS)
			snprintf(ret->names[ret->count], sizeof ret->names[0], "%s", key->name);
		ret->count++;
	}
	return 0;
}
