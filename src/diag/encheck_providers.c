/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/base64.h"
#include "diag/encheck_impl.h"
#include "diag/nameset.h"
#include "kube/govalues.h"

/* --- keys --- */

static bool takes_length(enum ar_provider_kind kind, long bytes)
{
	return bytes == 32 || (kind != AR_SECRETBOX && (bytes == 16 || bytes == 24));
}

static void check_key(struct ar__check *c, enum ar_provider_kind kind, const struct ar_enc_key *key,
		      const char *where)
{
	char name[AR__PATH], secret[AR__PATH];
	size_t len = 0;

	ar__path(name, "%s.name", where);
	ar__path(secret, "%s.secret", where);
	if (key->name[0] == '\0')
		ar__check_add(c, "key-name-missing", ar__field_or(c, key->node, "name"), name,
			      "the key has no name");
	const char *text = key->secret ? ar_node_text(c->tree, key->secret, &len) : "";
	if (len == 0) {
		ar__check_add(c, "key-secret-missing", ar__field_or(c, key->node, "secret"), secret,
			      "the key has no secret");
		return;
	}
	long bytes = ar_base64_decode(text, len, NULL, NULL);
	if (bytes < 0)
		ar__check_add(c, "key-base64", key->secret, secret,
			      "the secret (%zu characters) is no base64", len);
	else if (!takes_length(kind, bytes))
		ar__check_add(c, "key-length", key->secret, secret,
			      "the key has %ld bytes; expected %s", bytes,
			      kind == AR_SECRETBOX ? "32" : "16, 24 or 32");
}

static void check_keys(struct ar__check *c, const struct ar_enc_provider *provider,
		       const char *where)
{
	char list[AR__PATH], item[AR__PATH];
	const char *type = ar_provider_name(provider->kind);

	ar__path(list, "%s.%s.keys", where, type);
	if (provider->key_count == 0) {
		const struct ar_node *local = ar__field_or(c, provider->node, type);
		ar__check_add(c, "keys-none", ar__field_or(c, local, "keys"), list,
			      "no key is given; expected at least one");
	}
	for (size_t i = 0; i < provider->key_count && !c->oom; i++) {
		ar__path(item, "%s[%zu]", list, i);
		check_key(c, provider->kind, &provider->keys[i], item);
	}
}

/* --- kms --- */

struct kms {
	struct ar__check *c;
	const struct ar_enc_kms *kms;
	const struct ar_node *node;
	const char *where;
	bool v1;
};

static void complain(const struct kms *k, const char *id, const char *field, const char *what)
{
	char path[AR__PATH];

	ar__path(path, "%s.kms.%s", k->where, field);
	ar__check_add(k->c, id, ar__field_or(k->c, k->node, field), path, "%s", what);
}

static void check_kms_name(const struct kms *k, const struct ar__nameset *names)
{
	const char *name = k->kms->name;
	size_t earlier;
	bool unique = ar__check_since(k->c, 26) && (k->c->opts->hot_reload || !k->v1);

	if (name[0] == '\0')
		complain(k, "kms-name", "name", "the KMS provider has no name");
	if (!k->v1 && strchr(name, ':'))
		complain(k, "kms-name", "name", "the name of a KMS provider of v2 holds a colon");
	if (unique && ar__nameset_find(names, name, strlen(name), &earlier))
		complain(k, "kms-name", "name", "an earlier KMS provider has the same name");
}

static void check_kms_endpoint(const struct kms *k)
{
	const char *endpoint = k->kms->endpoint;
	struct ar_go_url url = ar_go_url_parse(endpoint, strlen(endpoint));

	if (endpoint[0] == '\0')
		complain(k, "kms-endpoint", "endpoint", "the KMS provider has no endpoint");
	else if (!url.unix_scheme)
		complain(k, "kms-endpoint", "endpoint", "the endpoint is no URL of scheme unix");
	else if (!url.parses)
		complain(k, "kms-endpoint", "endpoint", "the endpoint is no valid URL");
}

static void check_kms_values(const struct kms *k)
{
	const struct ar_enc_kms *kms = k->kms;

	if (kms->timeout && *kms->timeout <= 0)
		complain(k, "kms-timeout", "timeout", "the timeout is not greater than zero");
	check_kms_endpoint(k);
	if (kms->cachesize && !k->v1)
		complain(k, "kms-cachesize", "cachesize", "cachesize belongs to v1 only");
	else if (kms->cachesize && *kms->cachesize == 0)
		complain(k, "kms-cachesize", "cachesize",
			 "cachesize is zero; expected a number, or a negative one "
			 "for no cache");
	if (!k->v1 && strcmp(kms->api_version, "v2") != 0)
		complain(k, "kms-version", "apiVersion", "expected v1 or v2");
}

/* What the server builds only where a feature gate is on. */
static void check_kms_gates(const struct kms *k)
{
	if (k->v1 && ar__check_since(k->c, 29))
		complain(k, "kms-v1-off", "apiVersion", "KMS v1 is off by default in this version");
	if (strcmp(k->kms->api_version, "v2") == 0 && !ar__check_since(k->c, 27))
		complain(k, "kms-v2-off", "apiVersion", "KMS v2 is off by default in this version");
}

static void check_kms(struct ar__check *c, const struct ar_enc_provider *provider,
		      const char *where, struct ar__nameset *names)
{
	const struct kms k = {
		.c = c,
		.kms = provider->kms,
		.node = ar__field_or(c, provider->node, "kms"),
		.where = where,
		.v1 = strcmp(provider->kms->api_version, "v1") == 0,
	};

	check_kms_name(&k, names);
	check_kms_values(&k);
	check_kms_gates(&k);
	ar__nameset_put(names, k.kms->name, strlen(k.kms->name), 0);
	c->oom = c->oom || names->oom;
}

/* --- the list --- */

static void check_provider(struct ar__check *c, const struct ar_enc_provider *provider,
			   const char *where, struct ar__nameset *names)
{
	if (provider->set == 0)
		ar__check_add(c, "provider-none", provider->node, where,
			      "no provider here; expected one of aescbc, aesgcm, secretbox, kms, "
			      "identity");
	if (provider->set > 1)
		ar__check_add(c, "provider-several", provider->node, where,
			      "%u providers in one element; expected one", provider->set);
	if (provider->kind == AR_KMS)
		check_kms(c, provider, where, names);
	else if (ar_provider_key_len(provider->kind) > 0)
		check_keys(c, provider, where);
}

void ar__check_providers(struct ar__check *c)
{
	AR__NAMESET_AUTO struct ar__nameset names = { .slots = NULL };
	char where[AR__PATH];

	for (size_t i = 0; i < c->conf->entry_count; i++) {
		const struct ar_enc_entry *entry = &c->conf->entries[i];
		ar__path(where, "resources[%zu].providers", i);
		if (entry->provider_count == 0)
			ar__check_add(c, "providers-none",
				      ar__field_or(c, entry->node, "providers"), where,
				      "no provider is given; expected at least one");
		for (size_t j = 0; j < entry->provider_count && !c->oom; j++) {
			ar__path(where, "resources[%zu].providers[%zu]", i, j);
			check_provider(c, &entry->providers[j], where, &names);
		}
	}
}
