/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/report.h"

static void show_keys(struct ar_report *report, const struct ar_enc_provider *provider)
{
	for (size_t i = 0; i < provider->key_count; i++) {
		const struct ar_enc_key *key = &provider->keys[i];
		ar_report_say(report, "      key '%s', %zu bytes, %s%s", key->name, key->bytes,
			      key->made[0] ? "made " : "age not known", key->made);
	}
}

static void show_provider(struct ar_report *report, const struct ar_enc_provider *provider,
			  bool writes)
{
	if (provider->kind == AR_KMS)
		ar_report_say(report, "    %s kms %s '%s'", writes ? "writes" : "reads ",
			      provider->kms->api_version ? provider->kms->api_version : "v1",
			      provider->kms->name ? provider->kms->name : "");
	else
		ar_report_say(report, "    %s %s", writes ? "writes" : "reads ",
			      ar_provider_name(provider->kind));
	show_keys(report, provider);
}

static void show_entry(struct ar_report *report, const struct ar_enc_entry *entry)
{
	for (size_t i = 0; i < entry->resource_count; i++)
		ar_report_say(report, "  %s", entry->resources[i]);
	for (size_t i = 0; i < entry->provider_count; i++)
		show_provider(report, &entry->providers[i], i == 0);
}

void ar_report_entries(struct ar_report *report, const struct ar_encconf *conf)
{
	for (size_t i = 0; i < conf->entry_count; i++)
		show_entry(report, &conf->entries[i]);
}
