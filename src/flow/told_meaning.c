/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "flow/told_impl.h"
#include "kube/entries.h"

/* --- what a config means ---------------------------------------------------------------------- */

static int append_text(json_t *list, const char *text)
{
	return json_array_append_new(list, json_string(text));
}

static int append_keys(json_t *list, const struct ar_enc_provider *provider)
{
	char key[AR_TOLD_KEY];
	int result = 0;

	if (provider->kind == AR_PROVIDER_KINDS)
		return -1;
	if (provider->kind == AR_IDENTITY || provider->kind == AR_KMS) {
		const char *name = provider->kind == AR_KMS ? provider->kms->name : "";
		return ar_told_key(provider->kind, name, key, sizeof key) ? append_text(list, key)
									  : -1;
	}
	for (size_t i = 0; i < provider->key_count; i++)
		result |= ar_told_key(provider->kind, provider->keys[i].name, key, sizeof key)
				  ? append_text(list, key)
				  : -1;
	return result;
}

static json_t *entry_meaning(const struct ar_enc_entry *entry)
{
	json_auto_t *resources = json_array(), *reads = json_array();
	int result = 0;

	for (size_t i = 0; i < entry->resource_count; i++)
		result |= append_text(resources, entry->resources[i]);
	for (size_t i = 0; i < entry->provider_count; i++)
		result |= append_keys(reads, &entry->providers[i]);
	if (result != 0)
		return NULL;
	return json_pack("{s:O, s:O, s:O}", "resources", resources, "writer",
			 json_array_get(reads, 0), "reads", reads);
}

json_t *ar__told_meaning(const struct ar_encconf *conf, const char *at)
{
	json_auto_t *entries = json_array();
	int result = 0;

	for (size_t i = 0; i < conf->entry_count; i++)
		result |= json_array_append_new(entries, entry_meaning(&conf->entries[i]));
	return result == 0 ? json_pack("{s:s, s:O}", "at", at, "entries", entries) : NULL;
}

static void forget(struct ar_told *told, const char *sha256)
{
	size_t kept = 0;

	for (size_t i = 0; i < told->file_count; i++)
		if (strcmp(told->files[i].sha256, sha256) == 0)
			ar__told_free_file(&told->files[i]);
		else
			told->files[kept++] = told->files[i];
	told->file_count = kept;
}

int ar_told_learn(struct ar_told *told, const char *sha256, const struct ar_encconf *conf,
		  struct ar_err *err)
{
	json_auto_t *meaning = ar__told_meaning(conf, "");

	forget(told, sha256); /* what is seen here is better than what was told */
	if (!meaning || ar__told_add(told, sha256, meaning) != 0)
		return ar_err_set(err, "what the config means cannot be put into words");
	return 0;
}

/* --- what a file does with a resource --------------------------------------------------------- */

static size_t add_read(const char *key, const char **list, size_t count, size_t max)
{
	for (size_t i = 0; i < count && i < max; i++)
		if (strcmp(list[i], key) == 0)
			return count;
	if (count < max)
		list[count] = key;
	return count + 1;
}

/* The names alone, for kube/entries.h, which judges by them. */
static struct ar_enc_entry *names_of(const struct ar_told_file *file)
{
	struct ar_enc_entry *entries = calloc(file->entry_count + 1, sizeof *entries);

	for (size_t i = 0; entries && i < file->entry_count; i++) {
		entries[i].resources = file->entries[i].resources;
		entries[i].resource_count = file->entries[i].resource_count;
	}
	return entries;
}

size_t ar_told_reads(const struct ar_told_file *file, const struct ar_resource *resource,
		     const char **ret, size_t max)
{
	AR_FREE_AUTO struct ar_enc_entry *entries = names_of(file);
	const struct ar_encconf conf = { .entries = entries, .entry_count = file->entry_count };
	size_t count = 0;

	if (!entries)
		return 0;
	for (size_t e = 0; e < file->entry_count; e++)
		for (size_t i = 0; i < file->entries[e].read_count; i++)
			if (ar_entry_holds(&conf, &entries[e], resource))
				count = add_read(file->entries[e].reads[i], ret, count, max);
	return count ? count : add_read(AR_TOLD_PLAIN, ret, 0, max);
}
