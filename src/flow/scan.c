/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "diag/encheck.h"

void ar_scan_done(struct ar_scan *scan)
{
	ar_scope_done(&scan->scope);
	ar_discovery_done(&scan->discovery);
	free(scan->names);
	ar_encconf_free(scan->conf);
	ar_tree_free(scan->tree);
	ar_store_done(&scan->store);
	*scan = (struct ar_scan)AR_SCAN_INIT;
}

/* --- composing ------------------------------------------------------------------------------- */

static int read_config(const struct ar_local *local, const struct ar_text *text,
		       struct ar_scan *scan, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	const struct ar_look *config = &local->config;

	if (!text && !config->file.exists) {
		ar_err_set(err, "there is no EncryptionConfiguration '%s' on this host",
			   config->file.path);
		return ar_err_hint(err, "nothing is encrypted by this node; 'atrest enable' turns "
					"it on, --config names another file");
	}
	if (ar_encconf_read(text ? text : &config->seen.file, local->server.minor, &problems,
			    &scan->tree, &scan->conf, err) != 0)
		return -1;
	if (!scan->conf || (!text && ar_encconf_refused(&config->seen.findings))) {
		ar_err_set(err, "the API server would refuse '%s', so it says nothing",
			   config->file.path);
		return ar_err_hint(err, "see 'atrest config check %s'", config->file.path);
	}
	return ar_stored_names(scan->conf, &scan->names, &scan->name_count, err);
}

static int discover(struct ar_creds *creds, struct ar_scan *scan, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;

	if (!creds->api) {
		snprintf(scan->undiscovered, sizeof scan->undiscovered, "%s", creds->why);
		return 0;
	}
	if (ar_discovery_read(creds->api, &scan->discovery, &unread) == 0)
		return 0;
	snprintf(scan->undiscovered, sizeof scan->undiscovered, "%.390s", unread.msg);
	return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
}

/* What a wildcard may mean: what the API serves, and, since a resource may have values while it is
 * not served any more, what etcd has. */
static int list_known(struct ar_scan *scan, struct ar_resource **ret, size_t *ret_count,
		      struct ar_err *err)
{
	AR_FREE_AUTO struct ar_kept *kept = NULL;
	const struct ar_discovery *served = &scan->discovery;
	struct ar_err unread = AR_ERR_INIT;
	size_t kept_count = 0, count = 0;

	if (scan->store.etcd && ar_store_list(&scan->store, &kept, &kept_count, &unread) != 0) {
		if (unread.sys == ENOMEM)
			return ar_err_oom(err);
		snprintf(scan->undiscovered, sizeof scan->undiscovered, "%.390s", unread.msg);
		/* What a wildcard means is not known then, and a count of what is known would say
		 * less than it seems to: nothing is counted. */
		ar_etcd_close(AR_TAKE(scan->store.etcd));
		snprintf(scan->store.why, sizeof scan->store.why, "%.390s", unread.msg);
	}
	struct ar_resource *list = calloc(served->count + kept_count + 1, sizeof *list);
	if (!list)
		return ar_err_oom(err);
	for (size_t i = 0; i < served->count; i++)
		list[count++] = served->list[i].resource;
	for (size_t i = 0; i < kept_count; i++)
		if (kept[i].resource.resource[0] &&
		    !ar_discovery_find(served, kept[i].resource.resource, kept[i].resource.group))
			list[count++] = kept[i].resource;
	*ret = list;
	*ret_count = count;
	return 0;
}

static int compose(struct ar_scan *scan, const struct ar_scan_ask *ask, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_resource *known = NULL;
	struct ar_scope_ask scope = { .etcd_prefix = scan->store.conf.prefix[0]
							     ? scan->store.conf.prefix
							     : "/registry",
				      .only = ask->only };

	if (ar_scope_has_wildcard(scan->conf) &&
	    list_known(scan, &known, &scope.known_count, err) != 0)
		return -1;
	scope.known = known;
	return ar_scope_compose(scan->conf, &scope, &scan->scope, err);
}

int ar_scan_open(const struct ar_session *session, const struct ar_local *local,
		 struct ar_creds *creds, const struct ar_scan_ask *ask, struct ar_scan *ret,
		 struct ar_err *err)
{
	ret->session = session;
	ret->namespace = ask->namespace;
	if (read_config(local, ask->config, ret, err) != 0 ||
	    ar_store_open(session, local->manifest.pod, &ret->store, err) != 0)
		return -1;
	if ((ask->served || ar_scope_has_wildcard(ret->conf)) && discover(creds, ret, err) != 0)
		return -1;
	return compose(ret, ask, err);
}

/* --- counting -------------------------------------------------------------------------------- */

/* Where the keys of an item begin: its folder, or one namespace of it. */
static int begin_of(const struct ar_scan *scan, size_t item, char *buf, size_t size,
		    struct ar_err *err)
{
	const char *folder = scan->scope.items[item].folder;
	int len = scan->namespace ? snprintf(buf, size, "%s%s/", folder, scan->namespace)
				  : snprintf(buf, size, "%s", folder);

	return (size_t)len < size ? 0 : ar_err_set(err, "the namespace's name is too long");
}

static struct ar_census_ask ask_of(const struct ar_scan *scan, size_t item, const char *folder)
{
	return (struct ar_census_ask){ .folder = folder,
				       .writer = &scan->scope.items[item].writer,
				       .names = scan->names,
				       .name_count = scan->name_count,
				       .secret = true };
}

int ar_scan_take(struct ar_scan *scan, size_t item, const struct ar_census_ask *ask,
		 struct ar_census *ret, struct ar_err *err)
{
	char folder[AR_STORAGE_MAX];
	struct ar_etcd *etcd;

	if (begin_of(scan, item, folder, sizeof folder, err) != 0 ||
	    ar_store_of(&scan->store, &scan->scope.items[item].resource, &etcd, err) != 0)
		return -1;
	struct ar_census_ask full = ask_of(scan, item, folder);
	full.few = ask->few;
	full.each = ask->each;
	full.progress = ask->progress;
	full.user = ask->user;
	full.revision = ask->revision;
	return ar_census_take(etcd, &full, ret, err);
}

int ar_scan_total(struct ar_scan *scan, size_t item, int64_t *ret, struct ar_err *err)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	char folder[AR_STORAGE_MAX], end[AR_STORAGE_MAX];
	struct ar_etcd *etcd;

	if (begin_of(scan, item, folder, sizeof folder, err) != 0 ||
	    ar_store_of(&scan->store, &scan->scope.items[item].resource, &etcd, err) != 0)
		return -1;
	const size_t len = strlen(folder);
	ar_etcd_prefix_end(folder, len, end);
	const struct ar_etcd_range range = {
		.key = folder, .key_len = len, .end = end, .end_len = len, .count_only = true
	};
	if (ar_etcd_range(etcd, &range, &page, err) != 0)
		return -1;
	*ret = page.total;
	return 0;
}

/* Items of one etcd that stand beside each other are proved together. */
static int prove_some(struct ar_scan *scan, size_t first, size_t *ret_count, struct ar_census *ret,
		      bool *ret_holds, struct ar_err *err)
{
	struct ar_census_ask asks[AR_ETCD_COMPARES];
	char folders[AR_ETCD_COMPARES][AR_STORAGE_MAX];
	struct ar_etcd *etcd = NULL, *other;
	size_t count = 0;

	for (; count < AR_ETCD_COMPARES && first + count < scan->scope.count; count++) {
		const size_t item = first + count;
		if (ar_store_of(&scan->store, &scan->scope.items[item].resource, &other, err) != 0)
			return -1;
		if (etcd && other != etcd)
			break;
		etcd = other;
		if (begin_of(scan, item, folders[count], sizeof folders[count], err) != 0)
			return -1;
		asks[count] = ask_of(scan, item, folders[count]);
	}
	*ret_count = count;
	return ar_census_prove(etcd, asks, count, ret, ret_holds, err);
}

int ar_scan_prove(struct ar_scan *scan, struct ar_census *ret, bool *ret_holds, struct ar_err *err)
{
	bool holds = true;

	for (size_t i = 0, count; holds && i < scan->scope.count; i += count)
		if (prove_some(scan, i, &count, ret + i, &holds, err) != 0)
			return -1;
	*ret_holds = holds;
	return 0;
}

static int take_all(struct ar_scan *scan, struct ar_census *all, struct ar_err *err)
{
	const struct ar_census_ask ask = { .few = true };

	for (size_t i = 0; i < scan->scope.count; i++)
		if (ar_scan_take(scan, i, &ask, &all[i], err) != 0)
			return -1;
	return 0;
}

static struct ar_stored_seen sum_of(const struct ar_scan *scan, const struct ar_census *all)
{
	struct ar_stored_seen sum = { .known = true };

	for (size_t i = 0; i < scan->scope.count; i++) {
		if (scan->scope.items[i].cannot_rewrite)
			continue;
		sum.stale += all[i].stale;
		sum.total += all[i].total;
		if (all[i].revision > sum.revision)
			sum.revision = all[i].revision;
	}
	return sum;
}

int ar_scan_sum(struct ar_scan *scan, bool quick, struct ar_stored_seen *ret, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_census *all = calloc(scan->scope.count + 1, sizeof *all);
	struct ar_err unproved = AR_ERR_INIT;
	bool holds = false;

	if (!all)
		return ar_err_oom(err);
	if (!scan->store.etcd)
		return ar_err_set(err, "%s", scan->store.why);
	/* What keeps etcd from comparing keeps it from counting, too, and is said then. */
	if (ar_scan_prove(scan, all, &holds, quick ? err : &unproved) != 0 && quick)
		return -1;
	if (!holds && !quick && take_all(scan, all, err) != 0)
		return -1;
	*ret = holds || !quick ? sum_of(scan, all) : (struct ar_stored_seen){ .stale = -1 };
	return 0;
}

void ar_scan_object(const struct ar_scan *scan, size_t item, const struct ar_etcd_kv *kv, char *buf,
		    size_t size)
{
	const char *folder = scan->scope.items[item].folder;
	const size_t head = strlen(folder);
	AR_BUF_AUTO struct ar_buf shown = AR_BUF_INIT;

	if (kv->key_len > head)
		ar_buf_add_printable(&shown, kv->key + head, kv->key_len - head);
	snprintf(buf, size, "%s", ar_buf_text(&shown));
}
