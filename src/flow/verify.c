/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/verify.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"

/* One item being counted. */
struct count {
	struct ar_scan *scan;
	const struct ar_verify_ask *ask;
	struct ar_keyring *keyring; /* NULL: nothing is decrypted */
	struct ar_verify_item *item;
	size_t index;
	int64_t seen, stride; /* every so manyth value is decrypted */
};

void ar_verify_done(struct ar_verify *verify)
{
	for (size_t i = 0; i < verify->count; i++) {
		for (size_t j = 0; j < verify->items[i].offender_count; j++)
			free(verify->items[i].offenders[j].object);
		free(verify->items[i].offenders);
	}
	free(verify->items);
	*verify = (struct ar_verify)AR_VERIFY_INIT;
}

/* --- one value ------------------------------------------------------------------------------- */

static int add_offender(struct count *c, const struct ar_etcd_kv *kv, const char *what,
			struct ar_err *err)
{
	struct ar_verify_item *item = c->item;
	char object[700];

	if (item->offender_count >= c->ask->offenders_max) {
		item->offenders_more++;
		return 0;
	}
	struct ar_offender *list = item->offenders;
	/* Grows by doubling: whenever the count is a power of two. */
	if ((item->offender_count & (item->offender_count - 1)) == 0) {
		const size_t room = item->offender_count ? item->offender_count * 2 : 1;
		list = reallocarray(item->offenders, room, sizeof *list);
	}
	if (!list)
		return ar_err_oom(err);
	item->offenders = list;
	ar_scan_object(c->scan, c->index, kv, object, sizeof object);
	list[item->offender_count] = (struct ar_offender){ .object = strdup(object), .what = what };
	return list[item->offender_count].object ? (item->offender_count++, 0) : ar_err_oom(err);
}

/* The kind that stands in objects of the resources that most configs name; NULL: any will do. */
static const char *kind_of(const struct ar_resource *resource)
{
	static const struct {
		const char *resource, *kind;
	} kinds[] = { { "secrets", "Secret" }, { "configmaps", "ConfigMap" } };

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !resource->group[0]; i++)
		if (strcmp(kinds[i].resource, resource->resource) == 0)
			return kinds[i].kind;
	return NULL;
}

/* Opens one value, and looks whether it is the object that its key names. */
static int decrypt(struct ar_keyring *keyring, const struct ar_scope_item *scope,
		   const struct ar_census_value *value, enum ar_decrypted *ret, struct ar_err *err)
{
	const struct ar_etcd_kv *kv = value->kv;
	struct ar_storage_key key = { .name = "" };
	char namespace[256], name[300];

	ar_storage_split(scope->folder, kv->key, kv->key_len, &key);
	snprintf(namespace, sizeof namespace, "%.*s", (int)key.namespace_len,
		 key.namespace_len ? key.namespace : "");
	snprintf(name, sizeof name, "%.*s", (int)key.name_len, key.name_len ? key.name : "");
	const struct ar_decrypt_want want = { .kind = kind_of(&scope->resource),
					      .namespace = namespace,
					      .name = name };
	return ar_decrypt_check(keyring,
				&(struct ar_decrypt_value){ kv->key, kv->key_len, kv->value,
							    kv->value_len, value->stored },
				&want, ret, err);
}

static bool is_bad(enum ar_decrypted result)
{
	return result == AR_DECRYPTED_NO_KEY || result == AR_DECRYPTED_WRONG ||
	       result == AR_DECRYPTED_OTHER || result == AR_DECRYPTED_UNKNOWN;
}

static int each(void *user, const struct ar_census_value *value, struct ar_err *err)
{
	struct count *c = user;
	enum ar_decrypted result = AR_DECRYPTED_OK;
	bool decrypts = c->keyring && c->seen % c->stride == 0;

	c->seen++;
	if (decrypts) {
		if (decrypt(c->keyring, c->item->scope, value, &result, err) != 0)
			return -1;
		c->item->checked++;
		c->item->results[result]++;
	}
	if (decrypts && is_bad(result))
		return add_offender(c, value->kv, ar_decrypted_word(result), err);
	return value->current
		       ? 0
		       : add_offender(c, value->kv, ar_stored_word(value->stored->kind), err);
}

/* --- one resource ---------------------------------------------------------------------------- */

static void forget_offenders(struct ar_verify_item *item)
{
	for (size_t i = 0; i < item->offender_count; i++)
		free(item->offenders[i].object);
	free(item->offenders);
	item->offenders = NULL;
	item->offender_count = 0;
	item->offenders_more = 0;
	item->checked = 0;
	memset(item->results, 0, sizeof item->results);
}

static void progress(void *user, int64_t seen, int64_t total)
{
	struct count *c = user;

	if (seen == 0) { /* it begins, or begins anew */
		forget_offenders(c->item);
		c->seen = 0;
	}
	if (c->ask->progress)
		c->ask->progress(c->ask->user, seen, total);
}

/* So many values are decrypted: evenly over all of them. */
static int choose_stride(struct count *c, struct ar_err *err)
{
	int64_t total;

	c->stride = 1;
	if (!c->keyring || c->ask->decrypt == AR_DECRYPT_ALL)
		return 0;
	if (ar_scan_total(c->scan, c->index, &total, err) != 0)
		return -1;
	if (total > c->ask->decrypt)
		c->stride = total / c->ask->decrypt;
	return 0;
}

/* Counts it by its values. What keeps it from being seen is told in the item. */
static int take(struct count *c, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;
	const struct ar_census_ask ask = {
		.few = !c->ask->full && !c->keyring, .each = each, .progress = progress, .user = c
	};

	if (choose_stride(c, &unread) == 0 &&
	    ar_scan_take(c->scan, c->index, &ask, &c->item->census, &unread) == 0)
		return 0;
	snprintf(c->item->unseen, sizeof c->item->unseen, "%.390s", unread.msg);
	return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
}

/* --- all of it ------------------------------------------------------------------------------- */

static int make_items(struct ar_scan *scan, struct ar_verify *ret, struct ar_err *err)
{
	ret->items = calloc(scan->scope.count + 1, sizeof *ret->items);
	if (!ret->items)
		return ar_err_oom(err);
	ret->count = scan->scope.count;
	for (size_t i = 0; i < ret->count; i++)
		ret->items[i].scope = &scan->scope.items[i];
	return 0;
}

/* etcd's own word for all of them at once. */
static int prove(struct ar_scan *scan, struct ar_verify *verify, bool *ret_holds,
		 struct ar_err *err)
{
	AR_FREE_AUTO struct ar_census *all = calloc(verify->count + 1, sizeof *all);
	struct ar_err unread = AR_ERR_INIT;

	*ret_holds = false;
	if (!all)
		return ar_err_oom(err);
	if (ar_scan_prove(scan, all, ret_holds, &unread) != 0) {
		*ret_holds = false; /* the census says what is wrong, or gets through */
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	}
	for (size_t i = 0; *ret_holds && i < verify->count; i++)
		verify->items[i].census = all[i];
	return 0;
}

static int take_all(struct ar_scan *scan, const struct ar_verify_ask *ask, struct ar_verify *verify,
		    struct ar_err *err)
{
	for (size_t i = 0; i < verify->count; i++) {
		AR_KEYRING_AUTO struct ar_keyring *keyring = NULL;
		if (ask->decrypt != AR_DECRYPT_NONE &&
		    ar_keyring_open(scan->conf, &scan->scope.items[i].resource, &keyring, err) != 0)
			return -1;
		struct count c = { .scan = scan,
				   .ask = ask,
				   .keyring = keyring,
				   .item = &verify->items[i],
				   .index = i };
		if (take(&c, err) != 0)
			return -1;
	}
	return 0;
}

static bool item_is_bad(const struct ar_verify_item *item)
{
	for (size_t i = 0; i < sizeof item->results / sizeof item->results[0]; i++)
		if (item->results[i] > 0 && is_bad((enum ar_decrypted)i))
			return true;
	return item->census.stale > 0;
}

static void judge(const struct ar_scan *scan, struct ar_verify *verify)
{
	bool unseen = !scan->store.etcd, bad = false;

	for (size_t i = 0; i < verify->count; i++) {
		const struct ar_verify_item *item = &verify->items[i];
		const int64_t revision = item->census.revision;

		unseen |= item->unseen[0] != '\0';
		bad |= item_is_bad(item);
		verify->plain |= item->scope->writer.provider == AR_IDENTITY;
		if (item->unseen[0])
			continue;
		verify->first = verify->first && verify->first < revision ? verify->first
									  : revision;
		verify->last = verify->last > revision ? verify->last : revision;
	}
	verify->verdict = bad ? AR_VERDICT_NOT_ALL : unseen ? AR_VERDICT_UNSEEN : AR_VERDICT_ALL;
}

static void say_unseen(struct ar_verify *verify, const char *why)
{
	for (size_t i = 0; i < verify->count; i++)
		snprintf(verify->items[i].unseen, sizeof verify->items[i].unseen, "%s", why);
}

static int count_all(struct ar_scan *scan, const struct ar_verify_ask *ask,
		     struct ar_verify *verify, struct ar_err *err)
{
	bool holds = false, decrypts = ask->decrypt != AR_DECRYPT_NONE;

	if (!scan->store.etcd) {
		say_unseen(verify, scan->store.why);
		return 0;
	}
	if (!ask->full && !decrypts && prove(scan, verify, &holds, err) != 0)
		return -1;
	return holds ? 0 : take_all(scan, ask, verify, err);
}

int ar_verify_run(struct ar_scan *scan, const struct ar_verify_ask *ask, struct ar_verify *ret,
		  struct ar_err *err)
{
	if (make_items(scan, ret, err) != 0 || count_all(scan, ask, ret, err) != 0)
		return -1;
	judge(scan, ret);
	return ar_leftover_look(scan->session, &scan->store, ret->last, &ret->leftover, err);
}

/* --- one object ------------------------------------------------------------------------------ */

static int read_one(const struct ar_scan *scan, const struct ar_etcd_kv *kv, bool decrypts,
		    struct ar_verify_one *ret, struct ar_err *err)
{
	const struct ar_stored stored = ar_stored_read(kv->value, kv->value_len, scan->names,
						       scan->name_count);
	const struct ar_census_value value = { .kv = kv, .stored = &stored };
	AR_KEYRING_AUTO struct ar_keyring *keyring = NULL;
	AR_BUF_AUTO struct ar_buf name = AR_BUF_INIT;

	ret->decrypted = decrypts;
	if (decrypts && (ar_keyring_open(scan->conf, &ret->scope->resource, &keyring, err) != 0 ||
			 decrypt(keyring, ret->scope, &value, &ret->result, err) != 0))
		return -1;
	ar_buf_add_printable(&name, stored.name, stored.name_len);
	snprintf(ret->name, sizeof ret->name, "%s", ar_buf_text(&name));
	ret->exists = true;
	ret->kind = stored.kind;
	ret->current = ar_writer_wrote(&ret->scope->writer, &stored);
	ret->bytes = (int64_t)kv->value_len;
	ret->mod_revision = kv->mod_revision;
	return 0;
}

bool ar_verify_one_is_good(const struct ar_verify_one *one)
{
	return one->current && !(one->decrypted && is_bad(one->result));
}

int ar_verify_object(struct ar_scan *scan, const char *object, bool decrypts,
		     struct ar_verify_one *ret, struct ar_err *err)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = { .body = { .secret = true } };
	char key[AR_STORAGE_MAX];
	struct ar_etcd *etcd;

	*ret = (struct ar_verify_one){ .scope = &scan->scope.items[0] };
	if (!scan->store.etcd) {
		ar_err_set(err, "etcd cannot be asked: %.300s", scan->store.why);
		return ar_err_class(err, AR_LOOK);
	}
	int len = snprintf(key, sizeof key, "%s%s", ret->scope->folder, object);
	if ((size_t)len >= sizeof key)
		return ar_err_set(err, "the name is too long");
	const struct ar_etcd_range range = { .key = key, .key_len = (size_t)len, .secret = true };
	if (ar_store_of(&scan->store, &ret->scope->resource, &etcd, err) != 0)
		return -1;
	if (ar_etcd_range(etcd, &range, &page, err) != 0)
		return ar_err_class(err, AR_LOOK);
	ret->revision = page.revision;
	return page.count > 0 ? read_one(scan, &page.list[0], decrypts, ret, err) : 0;
}
