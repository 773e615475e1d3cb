/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/keys.h"

#include <stdio.h>
#include <string.h>

#include "kube/encconf.h"

struct config {
	struct ar_tree *tree;
	struct ar_encconf *conf;
};

#define CONFIG_AUTO __attribute__((cleanup(config_done)))

static void config_done(struct config *config)
{
	ar_encconf_free(config->conf);
	ar_tree_free(config->tree);
}

static int read_config(const struct ar_text *text, struct config *ret, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;

	return ar_encconf_read(text, -1, &problems, &ret->tree, &ret->conf, err);
}

static bool same_key(const struct config *a, const struct ar_enc_key *x, const struct config *b,
		     const struct ar_enc_key *y)
{
	size_t m = 0, n = 0;

	if (!x->secret || !y->secret || strcmp(x->name, y->name) != 0)
		return false;
	const char *s = ar_node_text(a->tree, x->secret, &m);
	const char *t = ar_node_text(b->tree, y->secret, &n);
	return m == n && memcmp(s, t, m) == 0;
}

/* The `index`-th key of a config, all entries and providers through; NULL behind the last. */
static const struct ar_enc_key *key_at(const struct config *config, size_t index)
{
	for (size_t e = 0; config->conf && e < config->conf->entry_count; e++)
		for (size_t p = 0; p < config->conf->entries[e].provider_count; p++) {
			const struct ar_enc_provider *provider = &config->conf->entries[e]
									  .providers[p];
			if (index < provider->key_count)
				return &provider->keys[index];
			index -= provider->key_count;
		}
	return NULL;
}

static bool has_key(const struct config *config, const struct config *of,
		    const struct ar_enc_key *key)
{
	const struct ar_enc_key *own;

	for (size_t i = 0; (own = key_at(config, i)) != NULL; i++)
		if (same_key(config, own, of, key))
			return true;
	return false;
}

int ar_keys_lost(const struct ar_text *from, const struct ar_text *in, struct ar_lost_keys *ret,
		 struct ar_err *err)
{
	CONFIG_AUTO struct config old = { .tree = NULL };
	CONFIG_AUTO struct config now = { .tree = NULL };
	const struct ar_enc_key *key;

	*ret = (struct ar_lost_keys){ .count = 0 };
	if (read_config(from, &old, err) != 0 || read_config(in, &now, err) != 0)
		return -1;
	for (size_t i = 0; (key = key_at(&old, i)) != NULL; i++) {
		if (has_key(&now, &old, key))
			continue;
		if (ret->count < AR_LOST_KEYS)
			snprintf(ret->names[ret->count], sizeof ret->names[0], "%s", key->name);
		ret->count++;
	}
	return 0;
}
