/* SPDX-License-Identifier: Apache-2.0 */
#include <cyaml/cyaml.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "kube/encconf_impl.h"

/*
 * The structs of kube/encconf.h for libcyaml, which fills them from the decoder's JSON; the nodes
 * are ours, set afterwards along the same lists. Secrets are not in that JSON.
 */

#define TEXT(type, key, member)                                                                \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, \
			       CYAML_UNLIMITED)
#define LIST(type, key, member, count, item)                                                    \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, \
				   count, item, 0, CYAML_UNLIMITED)
#define PART(type, key, member, fields) \
	CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, fields)

static const cyaml_schema_field_t key_fields[] = { TEXT(struct ar_enc_key, "name", name),
						   CYAML_FIELD_END };
static const cyaml_schema_value_t key_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct ar_enc_key, key_fields),
};
static const cyaml_schema_field_t local_fields[] = {
	LIST(struct ar_enc_keys, "keys", list, count, &key_value),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t kms_fields[] = {
	TEXT(struct ar_enc_kms, "apiVersion", api_version),
	TEXT(struct ar_enc_kms, "name", name),
	TEXT(struct ar_enc_kms, "endpoint", endpoint),
	CYAML_FIELD_INT_PTR("timeout", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct ar_enc_kms,
			    timeout),
	CYAML_FIELD_INT_PTR("cachesize", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			    struct ar_enc_kms, cachesize),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t provider_fields[] = {
	PART(struct ar_enc_provider, "aesgcm", aesgcm, local_fields),
	PART(struct ar_enc_provider, "aescbc", aescbc, local_fields),
	PART(struct ar_enc_provider, "secretbox", secretbox, local_fields),
	PART(struct ar_enc_provider, "kms", kms, kms_fields),
	CYAML_FIELD_BOOL("identity", CYAML_FLAG_OPTIONAL, struct ar_enc_provider, identity),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t provider_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct ar_enc_provider, provider_fields),
};
static const cyaml_schema_value_t text_value = { CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0,
								    CYAML_UNLIMITED) };
static const cyaml_schema_field_t entry_fields[] = {
	LIST(struct ar_enc_entry, "resources", resources, resource_count, &text_value),
	LIST(struct ar_enc_entry, "providers", providers, provider_count, &provider_value),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t entry_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct ar_enc_entry, entry_fields),
};
static const cyaml_schema_field_t root_fields[] = {
	TEXT(struct ar_encconf, "kind", kind),
	TEXT(struct ar_encconf, "apiVersion", api_version),
	LIST(struct ar_encconf, "resources", entries, entry_count, &entry_value),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t root_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct ar_encconf, root_fields),
};
static const cyaml_config_t config = { .mem_fn = cyaml_mem, .flags = CYAML_CFG_NO_ALIAS };

void ar_encconf_free(struct ar_encconf *conf)
{
	if (!conf)
		return;
	free(conf->names);
	cyaml_free(&config, &root_value, conf, 0);
}

static size_t decoded_len(const struct ar_tree *tree, const struct ar_node *secret)
{
	size_t len;
	const char *text = ar_node_text(tree, secret, &len);
	long bytes = ar_base64_decode(text, len, NULL, NULL);

	return bytes > 0 ? (size_t)bytes : 0;
}

static const struct ar_node *first_item(const struct ar_tree *tree, const struct ar_node *list)
{
	return list && list->kind == AR_SEQUENCE ? ar_node_first(tree, list) : NULL;
}

static void place_keys(const struct ar_tree *tree, struct ar_enc_keys *keys,
		       const struct ar_node *provider, const char *name)
{
	if (!keys)
		return;
	const struct ar_node *local = ar_encconf_field(tree, provider, name);
	const struct ar_node *item = first_item(tree, ar_encconf_field(tree, local, "keys"));
	for (size_t i = 0; i < keys->count && item; i++, item = ar_node_next(tree, item)) {
		struct ar_enc_key *key = &keys->list[i];
		const struct ar_node *secret = ar_encconf_field(tree, item, "secret");

		key->node = ar_node_resolve(tree, item);
		key->secret = secret && secret->kind == AR_SCALAR && !ar_node_is_null(tree, secret)
				      ? secret
				      : NULL;
		key->bytes = key->secret ? decoded_len(tree, key->secret) : 0;
		ar__encconf_made(tree, key->node, key->made);
	}
}

/* Which of the providers that an element names counts: upstream's own order. */
static void settle_provider(struct ar_enc_provider *p)
{
	struct ar_enc_keys *const local[AR_PROVIDER_KINDS] = {
		[AR_AESGCM] = p->aesgcm,
		[AR_AESCBC] = p->aescbc,
		[AR_SECRETBOX] = p->secretbox,
	};
	const bool set[AR_PROVIDER_KINDS] = {
		[AR_KMS] = p->kms != NULL,       [AR_AESGCM] = p->aesgcm != NULL,
		[AR_AESCBC] = p->aescbc != NULL, [AR_SECRETBOX] = p->secretbox != NULL,
		[AR_IDENTITY] = p->identity,
	};

	p->kind = AR_PROVIDER_KINDS;
	for (int kind = AR_PROVIDER_KINDS - 1; kind >= 0; kind--) {
		if (!set[kind])
			continue;
		p->set++;
		p->kind = (enum ar_provider_kind)kind;
	}
	if (p->kind < AR_PROVIDER_KINDS && local[p->kind]) {
		p->keys = local[p->kind]->list;
		p->key_count = local[p->kind]->count;
	}
}

static void place_provider(const struct ar_tree *tree, struct ar_enc_provider *provider,
			   const struct ar_node *item)
{
	provider->node = ar_node_resolve(tree, item);
	place_keys(tree, provider->aesgcm, provider->node, "aesgcm");
	place_keys(tree, provider->aescbc, provider->node, "aescbc");
	place_keys(tree, provider->secretbox, provider->node, "secretbox");
	settle_provider(provider);
}

/* `nodes` has room for the entry's names. */
static void place_entry(const struct ar_tree *tree, struct ar_enc_entry *entry,
			const struct ar_node *item, const struct ar_node **nodes)
{
	const struct ar_node *name = first_item(tree, ar_encconf_field(tree, item, "resources"));
	const struct ar_node *provider = first_item(tree,
						    ar_encconf_field(tree, item, "providers"));

	entry->node = ar_node_resolve(tree, item);
	entry->resource_nodes = nodes;
	for (size_t i = 0; i < entry->resource_count && name; i++, name = ar_node_next(tree, name))
		nodes[i] = name;
	for (size_t i = 0; i < entry->provider_count && provider;
	     i++, provider = ar_node_next(tree, provider))
		place_provider(tree, &entry->providers[i], provider);
}

static int place_entries(struct ar_encconf *conf, struct ar_err *err)
{
	const struct ar_tree *tree = conf->tree;
	const struct ar_node *item = first_item(tree,
						ar_encconf_field(tree, conf->root, "resources"));
	size_t count = 1;

	for (size_t i = 0; i < conf->entry_count; i++)
		count += conf->entries[i].resource_count;
	const struct ar_node **nodes = calloc(count, sizeof *nodes);
	conf->names = nodes;
	if (!nodes)
		return ar_err_oom(err);
	for (size_t i = 0; i < conf->entry_count && item; i++, item = ar_node_next(tree, item)) {
		place_entry(tree, &conf->entries[i], item, nodes);
		nodes += conf->entries[i].resource_count;
	}
	return 0;
}

int ar__encconf_load(const struct ar_tree *tree, const struct ar_node *root,
		     const struct ar_buf *json, struct ar_encconf **ret_conf, struct ar_err *err)
{
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	cyaml_err_t result = cyaml_load_data((const uint8_t *)json->data, json->len, &config,
					     &root_value, (cyaml_data_t **)&conf, NULL);

	/* The JSON is our own: what fails here is memory, in libcyaml or in libyaml below it. */
	if (result != CYAML_OK || !conf)
		return ar_err_oom(err);
	conf->tree = tree;
	conf->root = root;
	if (place_entries(conf, err) != 0)
		return -1;
	*ret_conf = conf;
	conf = NULL;
	return 0;
}
