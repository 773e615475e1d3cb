/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/told_impl.h"

bool ar_told_key(enum ar_provider_kind provider, const char *name, char *buf, size_t size)
{
	const int len = provider == AR_IDENTITY
				? snprintf(buf, size, AR_TOLD_PLAIN)
				: snprintf(buf, size, "%s/%s", ar_provider_name(provider), name);

	return len > 0 && (size_t)len < size;
}

void ar__told_node_key(const char *host, char buf[80])
{
	char hash[AR_SHA256_HEX];

	if (strlen(host) <= 58) {
		snprintf(buf, 80, AR__TOLD_NODE "%s", host);
		return;
	}
	ar_sha256_hex(host, strlen(host), hash);
	snprintf(buf, 80, AR__TOLD_NODE "%.40s-%.12s", host, hash);
}

void ar__told_free_file(struct ar_told_file *file)
{
	for (size_t i = 0; i < file->entry_count; i++) {
		free(file->entries[i].resources);
		free(file->entries[i].reads);
	}
	free(file->entries);
	json_decref(file->from);
	*file = (struct ar_told_file){ .from = NULL };
}

void ar_told_done(struct ar_told *told)
{
	for (size_t i = 0; i < told->file_count; i++)
		ar__told_free_file(&told->files[i]);
	free(told->files);
	*told = (struct ar_told)AR_TOLD_INIT;
}

/* --- reading ---------------------------------------------------------------------------------
 *
 * Helpers say 1 for what is not as it should be, which is left out; -1 only without memory. */

static int take_text(const json_t *from, const char *key, char *buf, size_t size)
{
	const char *text = json_string_value(json_object_get(from, key));

	if (!text || strlen(text) >= size)
		return 1;
	snprintf(buf, size, "%s", text);
	return 0;
}

static bool is_hash(const char *text)
{
	return strlen(text) == AR_SHA256_HEX - 1 &&
	       strspn(text, "0123456789abcdef") == AR_SHA256_HEX - 1;
}

/* "PROVIDER/NAME" or "plain" */
static bool is_key(const char *text)
{
	const char *slash = strchr(text, '/');
	char provider[16] = "";

	if (strcmp(text, AR_TOLD_PLAIN) == 0)
		return true;
	if (!slash || !slash[1] || strlen(text) >= AR_TOLD_KEY ||
	    (size_t)(slash - text) >= sizeof provider)
		return false;
	memcpy(provider, text, (size_t)(slash - text));
	const int kind = ar_provider_by_name(provider);
	return kind >= 0 && kind != AR_IDENTITY;
}

/* An older atrest does not tell them. */
static int take_resources(const json_t *list, char *buf, size_t size)
{
	struct ar_listed listed;
	struct ar_err odd = AR_ERR_INIT;
	size_t i, used = 0;
	const json_t *item;

	if (list && !json_is_array(list))
		return 1;
	json_array_foreach(list, i, item)
	{
		const char *name = json_string_value(item);
		const int len = name && name[0] ? snprintf(buf + used, size - used, "%s%s",
							   i ? "," : "", name)
						: -1;
		if (len < 0 || (size_t)len >= size - used)
			return 1;
		used += (size_t)len;
	}
	if (ar_listed_read(buf, &listed, &odd) != 0)
		return 1;
	snprintf(buf, size, "%s", listed.text);
	return 0;
}

static int take_goal(const json_t *from, struct ar_told_goal *ret)
{
	struct ar_told_goal goal = { .key = "" };

	if (take_text(from, "goal", goal.key, sizeof goal.key) != 0 || !is_key(goal.key) ||
	    take_text(from, "what", goal.what, sizeof goal.what) != 0 ||
	    take_text(from, "by", goal.by, sizeof goal.by) != 0 ||
	    take_text(from, "at", goal.at, sizeof goal.at) != 0 ||
	    take_resources(json_object_get(from, "resources"), goal.resources,
			   sizeof goal.resources) != 0)
		return 1;
	*ret = goal;
	return 0;
}

static int take_node(const json_t *from, struct ar_told_node *ret)
{
	const json_t *loaded = json_object_get(from, "loaded");
	struct ar_told_node node = {
		.loaded = json_is_true(loaded),
		.start = json_integer_value(json_object_get(from, "start")),
		.reload = json_integer_value(json_object_get(from, "reload")),
		.clean_revision = json_integer_value(json_object_get(from, "clean_revision")),
	};

	if (!json_is_boolean(loaded) || take_text(from, "host", node.host, sizeof node.host) != 0 ||
	    !node.host[0] || take_text(from, "sha256", node.sha256, sizeof node.sha256) != 0 ||
	    take_text(from, "path", node.path, sizeof node.path) != 0 ||
	    take_text(from, "rung", node.rung, sizeof node.rung) != 0 ||
	    take_text(from, "at", node.at, sizeof node.at) != 0 ||
	    (node.sha256[0] && !is_hash(node.sha256)))
		return 1;
	/* An older atrest does not tell it. */
	if (take_text(from, "clean", node.clean, sizeof node.clean) != 0 || !is_key(node.clean) ||
	    node.clean_revision <= 0) {
		node.clean[0] = '\0';
		node.clean_revision = 0;
	}
	*ret = node;
	return 0;
}

static int take_words(const json_t *list, bool keys, const char ***ret, size_t *ret_count)
{
	size_t i, count = 0;
	const json_t *item;

	if (!json_is_array(list))
		return 1;
	*ret = calloc(json_array_size(list) + 1, sizeof **ret);
	if (!*ret)
		return -1;
	json_array_foreach(list, i, item)
	{
		const char *word = json_string_value(item);
		if (!word || !word[0] || (keys && !is_key(word)))
			return 1;
		(*ret)[count++] = word;
	}
	*ret_count = count;
	return 0;
}

static int take_entry(const json_t *from, struct ar_told_entry *ret)
{
	const char *writer = json_string_value(json_object_get(from, "writer"));
	int result = take_words(json_object_get(from, "resources"), false, &ret->resources,
				&ret->resource_count);

	if (result == 0)
		result = take_words(json_object_get(from, "reads"), true, &ret->reads,
				    &ret->read_count);
	if (result == 0 && (!writer || ret->read_count == 0 || strcmp(writer, ret->reads[0]) != 0))
		result = 1;
	return result;
}

/* Into `ret`, which the caller releases in any case. */
static int take_file(const char *sha256, json_t *from, struct ar_told_file *ret)
{
	const json_t *entries = json_object_get(from, "entries"), *entry;
	int result = 0;
	size_t i;

	if (!is_hash(sha256) || take_text(from, "at", ret->at, sizeof ret->at) != 0 ||
	    !json_is_array(entries))
		return 1;
	memcpy(ret->sha256, sha256, sizeof ret->sha256);
	ret->from = json_incref(from);
	ret->entries = calloc(json_array_size(entries) + 1, sizeof *ret->entries);
	if (!ret->entries)
		return -1;
	json_array_foreach(entries, i, entry)
	{
		ret->entry_count++;
		if (result == 0)
			result = take_entry(entry, &ret->entries[i]);
	}
	return result;
}

/* As many as anybody could have told by these rules, and some that a hand added. */
#define FILES_MAX ((size_t)4 * AR_TOLD_FILES)

int ar__told_add(struct ar_told *told, const char *sha256, json_t *from)
{
	struct ar_told_file file = { .from = NULL };
	const int result = told->file_count < FILES_MAX ? take_file(sha256, from, &file) : 1;

	if (result != 0) {
		ar__told_free_file(&file);
		return result;
	}
	struct ar_told_file *list = realloc(told->files, (told->file_count + 1) * sizeof *list);
	if (!list) {
		ar__told_free_file(&file);
		return -1;
	}
	told->files = list;
	list[told->file_count++] = file;
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct ar_told_file *one = a, *two = b;
	const int order = strcmp(two->at, one->at);

	return order ? order : strcmp(one->sha256, two->sha256);
}

static int add_files(struct ar_told *told, json_t *from)
{
	const char *sha256;
	json_t *file;
	int result = json_is_object(from) ? 0 : 1;

	json_object_foreach(from, sha256, file)
	{
		const int one = result < 0 ? 0 : ar__told_add(told, sha256, file);
		result = one != 0 ? one : result;
	}
	if (told->file_count > 1)
		qsort(told->files, told->file_count, sizeof *told->files, newest_first);
	return result;
}

/* A node tells of itself: under another's name it is not believed. */
static int add_node(struct ar_told *told, const char *key, const json_t *from)
{
	struct ar_told_node node;
	char own[80];

	if (told->node_count == AR_TOLD_NODES || take_node(from, &node) != 0)
		return 1;
	ar__told_node_key(node.host, own);
	if (strcmp(own, key) != 0)
		return 1;
	told->nodes[told->node_count++] = node;
	return 0;
}

static int by_host(const void *a, const void *b)
{
	const struct ar_told_node *one = a, *two = b;

	return strcmp(one->host, two->host);
}

static int take_annotation(struct ar_told *told, const char *key, const char *text)
{
	json_auto_t *json = NULL;
	json_error_t problem;

	if (strncmp(key, AR__TOLD_PREFIX, sizeof AR__TOLD_PREFIX - 1) != 0)
		return 0;
	json = text ? json_loads(text, JSON_REJECT_DUPLICATES, &problem) : NULL;
	if (!json)
		return text && json_error_code(&problem) == json_error_out_of_memory ? -1 : 1;
	if (strcmp(key, AR__TOLD_GOAL) == 0)
		return take_goal(json, &told->goal);
	if (strcmp(key, AR__TOLD_FILES) == 0)
		return add_files(told, json);
	if (strncmp(key, AR__TOLD_NODE, sizeof AR__TOLD_NODE - 1) == 0)
		return add_node(told, key, json);
	return 0; /* of a later version */
}

int ar_told_read(const json_t *annotations, struct ar_told *ret, struct ar_err *err)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)annotations, key, value)
	{
		const int result = take_annotation(&told, key, json_string_value(value));

		if (result < 0)
			return ar_err_oom(err);
		if (result > 0 && !told.odd[0])
			snprintf(told.odd, sizeof told.odd,
				 "annotation '%.90s' of Lease kube-system/atrest is not as atrest "
				 "writes it; that part of it is not heeded",
				 key);
	}
	qsort(told.nodes, told.node_count, sizeof told.nodes[0], by_host);
	ar_told_done(ret);
	*ret = told;
	told = (struct ar_told)AR_TOLD_INIT;
	return 0;
}

/* --- looking up ------------------------------------------------------------------------------- */

const struct ar_told_node *ar_told_node(const struct ar_told *told, const char *host)
{
	for (size_t i = 0; i < told->node_count; i++)
		if (strcmp(told->nodes[i].host, host) == 0)
			return &told->nodes[i];
	return NULL;
}

const struct ar_told_file *ar_told_file(const struct ar_told *told, const char *sha256)
{
	for (size_t i = 0; i < told->file_count; i++)
		if (strcmp(told->files[i].sha256, sha256) == 0)
			return &told->files[i];
	return NULL;
}
