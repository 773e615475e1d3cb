/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/scope.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/scope.h"
#include "kube/entries.h"
#include "kube/resources.h"

void ar_scope_done(struct ar_scope *scope)
{
	free(scope->items);
	*scope = (struct ar_scope)AR_SCOPE_INIT;
}

struct compose {
	const struct ar_encconf *conf;
	const struct ar_scope_ask *ask;
	struct ar_resource *list; /* candidates, in order and once each */
	size_t count, cap;
	struct ar_buf unknown;
};

/* --- the config's names ---------------------------------------------------------------------- */

bool ar_scope_has_wildcard(const struct ar_encconf *conf)
{
	for (size_t i = 0; i < conf->entry_count; i++)
		for (size_t j = 0; j < conf->entries[i].resource_count; j++)
			if (ar_group_resource_any(ar_group_resource_split(conf->entries[i]
										  .resources[j])))
				return true;
	return false;
}

static struct ar_group_resource name_of(const struct ar_resource *resource)
{
	return (struct ar_group_resource){ resource->resource, resource->group,
					   strlen(resource->resource), strlen(resource->group) };
}

/* --- candidates ------------------------------------------------------------------------------ */

/* The same objects under the name of an older or newer API: their storage is the other one's, and
 * the API server refuses a config that names these. */
static bool is_alias(const struct ar_resource *resource)
{
	return strcmp(resource->group, "extensions") == 0 ||
	       strcmp(resource->group, "events.k8s.io") == 0;
}

static int add(struct compose *c, const struct ar_resource *resource, struct ar_err *err)
{
	if (c->count == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 64;
		struct ar_resource *list = realloc(c->list, cap * sizeof *list);
		if (!list)
			return ar_err_oom(err);
		c->list = list;
		c->cap = cap;
	}
	c->list[c->count++] = *resource;
	return 0;
}

/* A name out of a config is user's text: what may be a key that was put in the wrong place is not
 * shown. */
static void add_unknown(struct compose *c, const char *name)
{
	size_t len = strlen(name);
	long bytes = ar_base64_decode(name, len, NULL, NULL);

	if (c->unknown.len)
		ar_buf_adds(&c->unknown, ", ");
	if (bytes == 16 || bytes == 24 || bytes == 32 || len > 120)
		ar_buf_addf(&c->unknown, "(of %zu characters)", len);
	else
		ar_buf_add_printable(&c->unknown, name, len);
}

static const struct ar_resource *known(const struct ar_scope_ask *ask,
				       struct ar_group_resource name)
{
	for (size_t i = 0; i < ask->known_count; i++)
		if (ar_group_resource_same(name_of(&ask->known[i]), name))
			return &ask->known[i];
	return NULL;
}

/* What a name without a wildcard is; false: nothing. */
static bool resolve(const struct ar_scope_ask *ask, const char *name, struct ar_resource *ret)
{
	struct ar_group_resource split = ar_group_resource_split(name);
	const struct ar_resource *exists = known(ask, split);
	enum ar_resource_sort sort = ar_resource_sort_of(name, NULL);

	if (exists) {
		*ret = *exists;
		return !is_alias(ret);
	}
	if ((sort != AR_RESOURCE_KNOWN && sort != AR_RESOURCE_CUSTOM) ||
	    split.resource_len >= sizeof ret->resource || split.group_len >= sizeof ret->group)
		return false;
	*ret = (struct ar_resource){ .custom = sort == AR_RESOURCE_CUSTOM };
	memcpy(ret->resource, split.resource, split.resource_len);
	memcpy(ret->group, split.group, split.group_len);
	return !is_alias(ret);
}

static int add_name(struct compose *c, const char *name, struct ar_err *err)
{
	struct ar_resource resource;

	if (ar_group_resource_any(ar_group_resource_split(name)))
		return 0;
	if (resolve(c->ask, name, &resource))
		return add(c, &resource, err);
	add_unknown(c, name);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct ar_resource *x = a, *y = b;
	int order = strcmp(x->group, y->group);

	return order ? order : strcmp(x->resource, y->resource);
}

static void sort_once_each(struct compose *c)
{
	size_t kept = 0;

	if (c->count == 0)
		return;
	qsort(c->list, c->count, sizeof *c->list, by_name);
	for (size_t i = 1; i < c->count; i++)
		if (by_name(&c->list[kept], &c->list[i]) != 0)
			c->list[++kept] = c->list[i];
	c->count = kept + 1;
}

static int collect(struct compose *c, struct ar_err *err)
{
	const struct ar_scope_ask *ask = c->ask;

	for (size_t i = 0; i < ask->known_count; i++)
		if (!is_alias(&ask->known[i]) && ar_entry_of(c->conf, &ask->known[i]) &&
		    add(c, &ask->known[i], err) != 0)
			return -1;
	for (size_t i = 0; i < c->conf->entry_count; i++)
		for (size_t j = 0; j < c->conf->entries[i].resource_count; j++)
			if (add_name(c, c->conf->entries[i].resources[j], err) != 0)
				return -1;
	/* Nobody has seen it, but a wildcard covers it. */
	struct ar_resource only;
	if (ask->only && resolve(ask, ask->only, &only) && ar_entry_of(c->conf, &only) &&
	    add(c, &only, err) != 0)
		return -1;
	sort_once_each(c);
	return 0;
}

/* --- what comes of it ------------------------------------------------------------------------ */

static void add_shown(struct ar_buf *out, const struct ar_resource *resource)
{
	ar_buf_add_printable(out, resource->resource, strlen(resource->resource));
	if (*resource->group)
		ar_buf_addc(out, '.');
	ar_buf_add_printable(out, resource->group, strlen(resource->group));
}

static int not_encrypted(const struct compose *c, struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf list = AR_BUF_INIT, only = AR_BUF_INIT;
	const size_t most = 8;

	ar_buf_add_printable(&only, c->ask->only, strlen(c->ask->only));
	ar_err_set(err, "the config does not encrypt '%.200s'", ar_buf_text(&only));
	for (size_t i = 0; i < c->count && i < most; i++) {
		ar_buf_adds(&list, i ? ", " : "");
		add_shown(&list, &c->list[i]);
	}
	if (c->count == 0)
		return ar_err_hint(err, "it encrypts no resource that there is");
	return ar_err_hint(err, "it encrypts %.400s%s", ar_buf_text(&list),
			   c->count > most ? " and others" : "");
}

static int make_item(const struct compose *c, const struct ar_resource *resource,
		     struct ar_scope_item *ret, struct ar_err *err)
{
	*ret = (struct ar_scope_item){ .resource = *resource };
	ret->cannot_rewrite = ar_storage_cannot_rewrite(resource);
	if (!ar_storage_folder(c->ask->etcd_prefix, resource, ret->folder, sizeof ret->folder))
		return ar_err_set(err, "the folder of '%s' in etcd has too long a name",
				  resource->resource);
	const struct ar_enc_entry *entry = ar_entry_of(c->conf, resource);
	ret->entry = (size_t)(entry - c->conf->entries);
	return ar_writer_of(c->conf, entry, &ret->writer, err);
}

static int make_items(const struct compose *c, struct ar_scope *ret, struct ar_err *err)
{
	const char *only = c->ask->only;
	struct ar_group_resource name = ar_group_resource_split(only ? only : "");

	ret->items = calloc(c->count ? c->count : 1, sizeof *ret->items);
	if (!ret->items)
		return ar_err_oom(err);
	for (size_t i = 0; i < c->count; i++) {
		if (only && !ar_group_resource_same(name, name_of(&c->list[i])))
			continue;
		if (make_item(c, &c->list[i], &ret->items[ret->count], err) != 0)
			return -1;
		ret->count++;
	}
	return only && ret->count == 0 ? not_encrypted(c, err) : 0;
}

/* Cut at the end of a character. */
static void say_unknown(const struct ar_buf *names, struct ar_scope *ret)
{
	static const char more[] = " …";
	const char *text = ar_buf_text(names);
	size_t len = names->len;

	if (len >= sizeof ret->unknown) {
		len = sizeof ret->unknown - sizeof more;
		while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
			len--;
	}
	snprintf(ret->unknown, sizeof ret->unknown, "%.*s%s", (int)len, text,
		 len < names->len ? more : "");
}

int ar_scope_compose(const struct ar_encconf *conf, const struct ar_scope_ask *ask,
		     struct ar_scope *ret, struct ar_err *err)
{
	struct compose c = { .conf = conf, .ask = ask, .unknown = AR_BUF_INIT };
	AR_SCOPE_AUTO struct ar_scope scope = AR_SCOPE_INIT;
	int result = collect(&c, err);

	if (result == 0)
		result = ar_buf_check(&c.unknown, err);
	if (result == 0)
		result = make_items(&c, &scope, err);
	say_unknown(&c.unknown, &scope);
	ar_buf_done(&c.unknown);
	free(c.list);
	if (result != 0)
		return -1;
	*ret = scope;
	scope = (struct ar_scope)AR_SCOPE_INIT;
	return 0;
}
