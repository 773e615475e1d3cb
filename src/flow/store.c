/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "host/file.h"

#define FOLDERS_MAX 4000 /* kinds of objects in one cluster; far more than there are */

enum { CA, CERT, KEY };

void ar_store_done(struct ar_store *store)
{
	for (size_t i = 0; store->others && i < store->conf.override_count; i++)
		ar_etcd_close(store->others[i]);
	free(store->others);
	ar_etcd_close(store->etcd);
	for (int i = CA; i <= KEY; i++)
		ar_secret_free((void *)(uintptr_t)store->pem[i].data);
	ar_etcdconf_done(&store->conf);
	*store = (struct ar_store)AR_STORE_INIT;
}

/* --- opening --------------------------------------------------------------------------------- */

/* The file's bytes, in guarded memory whatever they are. */
static int take_file(const struct ar_session *session, const char *path, struct ar_bytes *ret,
		     struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	struct ar_host host = session->host;

	host.follow = true; /* certificates are often links */
	if (ar_file_read(&host, path, AR_READ_SECRET, &file, err) != 0)
		return -1;
	*ret = (struct ar_bytes){ .data = AR_TAKE(file.data), .len = file.len };
	return 0;
}

static int take_files(const struct ar_session *session, struct ar_store *store, struct ar_err *err)
{
	const char *const paths[] = { store->conf.ca, store->conf.cert, store->conf.key };

	for (int i = CA; i <= KEY; i++) {
		if (!paths[i][0])
			return ar_err_set(err, "no mount of the manifest shows where etcd's "
					       "certificates lie on this host");
		if (take_file(session, paths[i], &store->pem[i], err) != 0)
			return -1;
	}
	return 0;
}

static int open_servers(const struct ar_store *store, const struct ar_etcd_server *servers,
			size_t count, struct ar_etcd **ret, struct ar_err *err)
{
	const struct ar_etcd_base base = { .servers = servers,
					   .server_count = count,
					   .ca = store->pem[CA],
					   .cert = store->pem[CERT],
					   .key = store->pem[KEY],
					   .ca_from = store->conf.ca,
					   .cert_from = store->conf.cert };

	return ar_etcd_open(&base, ret, err);
}

/* By the manifest of the etcd that stands beside the API server's, where there is one. */
static int64_t quota_of(const struct ar_session *session)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	struct ar_err unread = AR_ERR_INIT;

	if (ar_file_read(&session->host, "/etc/kubernetes/manifests/etcd.yaml", AR_READ_MAY_LACK,
			 &file, &unread) != 0 ||
	    !file.exists)
		return 0;
	const struct ar_text text = ar_snapshot_text(&file);
	return ar_etcd_quota_of(&text);
}

static int try_open(const struct ar_session *session, const struct ar_pod *pod,
		    struct ar_store *store, struct ar_err *err)
{
	if (session->host.root)
		return ar_err_set(err, "under --root no etcd is asked");
	if (ar_etcdconf_read(pod, &store->conf, err) != 0 || take_files(session, store, err) != 0)
		return -1;
	store->others = calloc(store->conf.override_count + 1, sizeof *store->others);
	if (!store->others)
		return ar_err_oom(err);
	store->quota = quota_of(session);
	return open_servers(store, store->conf.servers, store->conf.server_count, &store->etcd,
			    err);
}

int ar_store_open(const struct ar_session *session, const struct ar_pod *pod, struct ar_store *ret,
		  struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;

	if (try_open(session, pod, ret, &unread) == 0) {
		ar_trace(session, "etcd at %s, %zu server(s)", ret->conf.servers[0].host,
			 ret->conf.server_count);
		return 0;
	}
	if (unread.sys == ENOMEM)
		return ar_err_oom(err);
	snprintf(ret->why, sizeof ret->why, "%.180s%s%.200s", unread.path,
		 unread.path[0] ? ": " : "", unread.msg);
	return 0;
}

int ar_store_of(struct ar_store *store, const struct ar_resource *resource, struct ar_etcd **ret,
		struct ar_err *err)
{
	const struct ar_etcd_override *other = resource->custom
						       ? NULL
						       : ar_etcdconf_override(&store->conf,
									      resource->resource,
									      resource->group);

	if (other) {
		struct ar_etcd **at = &store->others[other - store->conf.overrides];
		if (other->server_count == 0)
			return ar_err_set(err, "%s lies in an etcd without TLS, which is not asked",
					  resource->resource);
		if (!*at && open_servers(store, other->servers, other->server_count, at, err) != 0)
			return -1;
		*ret = *at;
		return 0;
	}
	*ret = store->etcd;
	return 0;
}

/* --- what lies there ------------------------------------------------------------------------- */

/* A walk over the folders below the prefix: the first key of each tells its name, and the next one
 * is looked for behind it. */
struct walk {
	struct ar_store *store;
	char folder[AR_STORAGE_MAX]; /* "/registry/" */
	char from[AR_STORAGE_MAX];
	struct ar_kept *list;
	size_t count;
};

/* The folder of what is no resource: up to the slash behind its first part. */
static size_t first_part(const struct walk *walk, const char *key, size_t len)
{
	const size_t head = strlen(walk->folder);
	const char *slash = len > head ? memchr(key + head, '/', len - head) : NULL;

	return slash ? (size_t)(slash - key) + 1 : len;
}

static int add_folder(struct walk *walk, const struct ar_etcd_kv *kv, struct ar_err *err)
{
	struct ar_kept *list = realloc(walk->list, (walk->count + 1) * sizeof *list);
	size_t len = 0;

	if (!list)
		return ar_err_oom(err);
	walk->list = list;
	struct ar_kept *kept = &list[walk->count];
	*kept = (struct ar_kept){ .folder = "" };
	if (!ar_storage_resource(walk->store->conf.prefix, kv->key, kv->key_len, &kept->resource,
				 &len))
		len = first_part(walk, kv->key, kv->key_len);
	if (len + 2 > sizeof kept->folder || memchr(kv->key, '\0', len))
		return ar_err_set(err, "etcd has a key that no API server makes");
	memcpy(kept->folder, kv->key, len);
	walk->count++;
	/* Behind all keys that begin with it: a slash's successor is '0'. */
	memcpy(walk->from, kept->folder, len + 1);
	if (walk->from[len - 1] == '/')
		walk->from[len - 1] = '0';
	else
		memcpy(walk->from + len, "\1", 2);
	return 0;
}

static int walk_folders(struct walk *walk, struct ar_err *err)
{
	AR_ETCD_PAGE_AUTO struct ar_etcd_page page = AR_ETCD_PAGE_INIT;
	const size_t len = strlen(walk->folder);
	char end[AR_STORAGE_MAX];

	ar_etcd_prefix_end(walk->folder, len, end);
	memcpy(walk->from, walk->folder, len + 1);
	while (walk->count < FOLDERS_MAX) {
		const struct ar_etcd_range range = { .key = walk->from,
						     .key_len = strlen(walk->from),
						     .end = end,
						     .end_len = len,
						     .limit = 1,
						     .keys_only = true };
		if (ar_etcd_range(walk->store->etcd, &range, &page, err) != 0)
			return -1;
		if (page.count == 0)
			return 0;
		if (add_folder(walk, &page.list[0], err) != 0)
			return -1;
	}
	return ar_err_set(err, "etcd has more than %d kinds of keys below %s", FOLDERS_MAX,
			  walk->folder);
}

int ar_store_list(struct ar_store *store, struct ar_kept **ret, size_t *ret_count,
		  struct ar_err *err)
{
	struct walk walk = { .store = store };

	snprintf(walk.folder, sizeof walk.folder, "%s/", store->conf.prefix);
	if (walk_folders(&walk, err) != 0) {
		free(walk.list);
		return -1;
	}
	*ret = walk.list;
	*ret_count = walk.count;
	return 0;
}
