/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/reduce.h"

#include <stdio.h>
#include <string.h>

/* --- numbers --------------------------------------------------------------------------------- */

static int number(struct ar_key_table *table, enum ar_stored_kind form, const char *name,
		  size_t len, unsigned *ret, struct ar_err *err)
{
	if (len >= sizeof table->list[0].name)
		return ar_err_set(err, "a key's name is longer than %zu bytes",
				  sizeof table->list[0].name - 1);
	for (size_t i = 0; i < table->count; i++)
		if (table->list[i].form == form && ar_text_is(name, len, table->list[i].name)) {
			*ret = (unsigned)i;
			return 0;
		}
	if (table->count == AR_LADDER_KEYS)
		return ar_err_set(err, "there are more than %u keys", AR_LADDER_KEYS - 1);
	struct ar_key_row *row = &table->list[table->count];
	row->form = form;
	memcpy(row->name, name, len);
	row->name[len] = '\0';
	*ret = (unsigned)table->count++;
	return 0;
}

int ar_key_number(struct ar_key_table *table, enum ar_provider_kind provider, const char *name,
		  unsigned *ret, struct ar_err *err)
{
	static const enum ar_stored_kind forms[AR_PROVIDER_KINDS] = {
		[AR_KMS] = AR_STORED_KMS2,
		[AR_AESGCM] = AR_STORED_AESGCM,
		[AR_AESCBC] = AR_STORED_AESCBC,
		[AR_SECRETBOX] = AR_STORED_SECRETBOX,
	};

	if (provider == AR_IDENTITY) {
		*ret = AR_LADDER_PLAIN;
		return 0;
	}
	if (provider >= AR_PROVIDER_KINDS)
		return ar_err_set(err, "a provider that is none");
	if (!name || !*name)
		return ar_err_set(err, "a key of %s has no name", ar_provider_name(provider));
	return number(table, forms[provider], name, strlen(name), ret, err);
}

int ar_key_of_stored(struct ar_key_table *table, const struct ar_stored *stored, unsigned *ret,
		     struct ar_err *err)
{
	if (ar_stored_is_plain(stored->kind) || stored->kind == AR_STORED_EMPTY) {
		*ret = AR_LADDER_PLAIN;
		return 0;
	}
	return number(table, stored->kind, stored->name ? stored->name : "",
		      stored->name ? stored->name_len : 0, ret, err);
}

void ar_key_word(const struct ar_key_table *table, unsigned number, char *buf, size_t size)
{
	static const char *const words[AR_STORED_KINDS] = {
		[AR_STORED_AESCBC] = "aescbc",
		[AR_STORED_AESGCM] = "aesgcm",
		[AR_STORED_SECRETBOX] = "secretbox",
		[AR_STORED_KMS1] = "kms:v1",
		[AR_STORED_KMS2] = "kms",
	};

	if (number == AR_LADDER_PLAIN || number >= table->count) {
		snprintf(buf, size, "%s", number == AR_LADDER_PLAIN ? "plain" : "unknown");
		return;
	}
	const struct ar_key_row *row = &table->list[number];
	const char *word = words[row->form] ? words[row->form] : ar_stored_word(row->form);
	snprintf(buf, size, "%s%s%s", word, row->name[0] ? "/" : "", row->name);
}

/* --- the reduction --------------------------------------------------------------------------- */

static int add(struct ar_key_table *table, const struct ar_enc_provider *provider, const char *name,
	       ar_keyset *set, struct ar_err *err)
{
	bool old_kms = provider->kind == AR_KMS && strcmp(provider->kms->api_version, "v1") == 0;
	unsigned key = 0;

	if (old_kms ? number(table, AR_STORED_KMS1, name, strlen(name), &key, err)
		    : ar_key_number(table, provider->kind, name, &key, err))
		return -1;
	*set |= (ar_keyset)1 << key;
	return 0;
}

/* What one element reads. */
static int add_element(struct ar_key_table *table, const struct ar_enc_provider *provider,
		       ar_keyset *set, struct ar_err *err)
{
	if (provider->kind == AR_KMS)
		return add(table, provider, provider->kms->name, set, err);
	if (provider->kind == AR_IDENTITY)
		return add(table, provider, "", set, err);
	for (size_t i = 0; i < provider->key_count; i++)
		if (add(table, provider, provider->keys[i].name, set, err) != 0)
			return -1;
	return 0;
}

static int writer_of(const struct ar_enc_entry *entry, struct ar_key_table *table, unsigned *ret,
		     struct ar_err *err)
{
	const struct ar_enc_provider *first = entry->providers;
	struct ar_enc_provider writer;
	ar_keyset set = 0;

	if (entry->provider_count == 0)
		return ar_err_set(err, "an entry of the config has no provider");
	if (first->kind != AR_KMS && first->kind != AR_IDENTITY && first->key_count == 0)
		return ar_err_set(err, "the provider that writes has no key");
	writer = *first;
	writer.key_count = writer.key_count ? 1 : 0;
	if (add_element(table, &writer, &set, err) != 0)
		return -1;
	for (*ret = 0; !(set >> *ret & 1);)
		++*ret;
	return 0;
}

int ar_reduce(const struct ar_enc_entry *entry, struct ar_key_table *table, struct ar_rung *ret,
	      struct ar_err *err)
{
	struct ar_rung rung = { .reads = 0 };

	if (writer_of(entry, table, &rung.writer, err) != 0)
		return -1;
	for (size_t i = 0; i < entry->provider_count; i++)
		if (add_element(table, &entry->providers[i], &rung.reads, err) != 0)
			return -1;
	*ret = rung;
	return 0;
}

int ar_reduce_resource(const struct ar_encconf *conf, const struct ar_resource *resource,
		       struct ar_key_table *table, struct ar_rung *ret, struct ar_err *err)
{
	struct ar_rung whole = AR_RUNG_PLAIN, one;
	bool any = false;

	for (size_t i = 0; conf && i < conf->entry_count; i++) {
		if (!ar_entry_holds(conf, &conf->entries[i], resource))
			continue;
		if (ar_reduce(&conf->entries[i], table, &one, err) != 0)
			return -1;
		whole = any ? (struct ar_rung){ whole.writer, whole.reads | one.reads } : one;
		any = true;
	}
	*ret = whole;
	return 0;
}
