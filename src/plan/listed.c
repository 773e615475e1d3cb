/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/listed.h"

#include <stdlib.h>
#include <string.h>

#include "kube/resources.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_same(const char *a, const char *b)
{
	return ar_group_resource_same(ar_group_resource_split(a), ar_group_resource_split(b));
}

static bool has(const struct ar_listed *listed, const char *name)
{
	for (size_t i = 0; i < listed->count; i++)
		if (is_same(listed->list[i], name))
			return true;
	return false;
}

static int no_list(struct ar_err *err)
{
	ar_err_set(err, "this is no list of resources: a name of it is empty, or it is too long");
	return ar_err_hint(err, "for example secrets,configmaps,widgets.example.com; %d at most",
			   AR_RUNG_NAMES);
}

static int add_name(struct ar_listed *listed, const char *name, struct ar_err *err)
{
	const char *meant = NULL;

	if (!name[0] || listed->count == AR_RUNG_NAMES)
		return no_list(err);
	if (ar_resource_sort_of(name, &meant) == AR_RESOURCE_UNKNOWN) {
		ar_err_set(err, "there is no resource '%.100s'", name);
		return meant ? ar_err_hint(err, "perhaps '%s' is meant", meant)
			     : ar_err_hint(err, "plural names, with their group where they have "
						"one: configmaps, deployments.apps");
	}
	if (!has(listed, name))
		listed->list[listed->count++] = name;
	return 0;
}

/* No longer than the words were. */
static void join(struct ar_listed *listed)
{
	char *end = listed->text;

	for (size_t i = 0; i < listed->count; i++) {
		const size_t len = strlen(listed->list[i]);

		if (i > 0)
			*end++ = ',';
		memcpy(end, listed->list[i], len);
		end += len;
	}
	*end = '\0';
}

int ar_listed_read(const char *text, struct ar_listed *ret, struct ar_err *err)
{
	char *rest = ret->words, *word;

	ret->count = 0;
	ret->text[0] = '\0';
	if (!text[0])
		return 0;
	if (strlen(text) >= sizeof ret->words)
		return no_list(err);
	memcpy(ret->words, text, strlen(text) + 1);
	while ((word = strsep(&rest, ",")) != NULL)
		if (add_name(ret, word, err) != 0)
			return -1;
	qsort(ret->list, ret->count, sizeof ret->list[0], by_text);
	join(ret);
	return 0;
}

const char *ar_listed_spare(const struct ar_listed *listed, const struct ar_encconf *conf)
{
	for (size_t e = 0; e < conf->entry_count; e++)
		for (size_t r = 0; r < conf->entries[e].resource_count; r++)
			if (!has(listed, conf->entries[e].resources[r]))
				return conf->entries[e].resources[r];
	return NULL;
}
