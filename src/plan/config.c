/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/config.h"

#include <string.h>

#include "diag/encheck.h"
#include "plan/keys.h"

static bool same_key(const struct ar_encconf *confs[2], const struct ar_enc_key *a,
		     const struct ar_enc_key *b, bool bytes_too)
{
	if (bytes_too)
		return ar_keys_same(confs[0], a, confs[1], b);
	return strcmp(a->name, b->name) == 0 && a->secret && b->secret;
}

static bool same_provider(const struct ar_encconf *confs[2], const struct ar_enc_provider *a,
			  const struct ar_enc_provider *b, bool bytes_too)
{
	if (a->kind != b->kind || a->key_count != b->key_count)
		return false;
	for (size_t i = 0; i < a->key_count; i++)
		if (!same_key(confs, &a->keys[i], &b->keys[i], bytes_too))
			return false;
	return a->kind != AR_KMS;
}

static bool same_entry(const struct ar_encconf *confs[2], const struct ar_enc_entry *a,
		       const struct ar_enc_entry *b, bool bytes_too)
{
	if (a->resource_count != b->resource_count || a->provider_count != b->provider_count)
		return false;
	for (size_t i = 0; i < a->resource_count; i++)
		if (strcmp(a->resources[i], b->resources[i]) != 0)
			return false;
	for (size_t i = 0; i < a->provider_count; i++)
		if (!same_provider(confs, &a->providers[i], &b->providers[i], bytes_too))
			return false;
	return true;
}

static bool same_config(const struct ar_encconf *a, const struct ar_encconf *b, bool bytes_too)
{
	const struct ar_encconf *confs[2] = { a, b };

	if (a->entry_count != b->entry_count)
		return false;
	for (size_t i = 0; i < a->entry_count; i++)
		if (!same_entry(confs, &a->entries[i], &b->entries[i], bytes_too))
			return false;
	return true;
}

int ar_config_same(const struct ar_text *there, const struct ar_text *asked, bool key_given,
		   bool *ret_same, struct ar_err *err)
{
	const struct ar_encconf_opts opts = { .minor = -1 };
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	AR_TREE_AUTO struct ar_tree *there_tree = NULL;
	AR_TREE_AUTO struct ar_tree *asked_tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *a = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *b = NULL;

	if (ar_encconf_check(there, &opts, &findings, &there_tree, &a, err) != 0 ||
	    ar_encconf_check(asked, &opts, &findings, &asked_tree, &b, err) != 0)
		return -1;
	*ret_same = a && b && !ar_encconf_refused(&findings) && same_config(a, b, key_given);
	return 0;
}
