/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/leftover.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/scope.h"
#include "flow/rewritten.h"
#include "host/file.h"

/* Where copies of etcd's data are usually found: kubeadm's own (kept by upgrades), and what people
 * and etcd itself leave. */
static const struct {
	const char *folder, *pattern;
} places[] = {
	{ "/etc/kubernetes/tmp", "kubeadm-backup-etcd-*" },
	{ "/var/lib/etcd/member/snap", "*.snap.db" },
	{ "/var/lib/etcd/member/snap", "db.tmp*" },
	{ "/var/lib", "etcd-*" },
	{ "/var/lib", "etcd.*" },
	{ "/var/backups", "*etcd*" },
	{ "/var/backups", "*snapshot*.db" },
	{ "/root", "*etcd*.db" },
	{ "/root", "*snapshot*.db" },
};

/* --- copies ---------------------------------------------------------------------------------- */

/* A time of the file system, in the form that a mark has. */
static void show_time(int64_t ns, char *buf, size_t size)
{
	const time_t seconds = (time_t)(ns / 1000000000);
	struct tm utc = { 0 };

	gmtime_r(&seconds, &utc);
	if (strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		buf[0] = '\0';
}

static void add_copy(struct ar_leftover *left, const char *folder, const struct ar_entry *entry,
		     const char *rewritten)
{
	char when[32];

	if (left->copy_count == AR_COPIES) {
		left->copies_more++;
		return;
	}
	struct ar_copy *copy = &left->copies[left->copy_count++];
	snprintf(copy->path, sizeof copy->path, "%s/%s", folder, entry->name);
	copy->mtime_ns = entry->mtime_ns;
	show_time(entry->mtime_ns, when, sizeof when);
	copy->older = !rewritten[0] || strcmp(when, rewritten) <= 0;
}

static int find_copies(const struct ar_session *session, const char *rewritten,
		       struct ar_leftover *left, struct ar_err *err)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		AR_FREE_AUTO struct ar_entry *entries = NULL;
		struct ar_err unread = AR_ERR_INIT;
		size_t count = 0;

		if (ar_folder_list(&session->host, places[i].folder, &entries, &count, &unread) !=
		    0) {
			if (unread.sys == ENOMEM)
				return ar_err_oom(err);
			continue;
		}
		for (size_t j = 0; j < count; j++)
			if (fnmatch(places[i].pattern, entries[j].name, 0) == 0)
				add_copy(left, places[i].folder, &entries[j], rewritten);
	}
	return 0;
}

/* --- revisions ------------------------------------------------------------------------------- */

/* The end of the latest rewrite, where one was done from here. */
static int find_mark(const struct ar_session *session, struct ar_leftover *left, char when[32],
		     struct ar_err *err)
{
	AR_REWRITTEN_AUTO struct ar_rewritten_marks marks = AR_REWRITTEN_INIT;
	struct ar_err unread = AR_ERR_INIT;

	if (ar_rewritten_mark_read(&session->host, &marks, &unread) != 0)
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	for (size_t i = 0; i < marks.count; i++) {
		if (left->marked && marks.list[i].revision <= left->revision)
			continue;
		left->marked = true;
		left->revision = marks.list[i].revision;
		snprintf(when, 32, "%s", marks.list[i].when);
	}
	return 0;
}

static int look_etcd(struct ar_store *store, struct ar_leftover *left, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;

	if (!store->etcd) {
		snprintf(left->why, sizeof left->why, "%.290s", store->why);
		return 0;
	}
	left->seen = ar_etcd_look(store->etcd, &left->state, &unread) == 0;
	left->compacted_known = left->seen && left->revision > 0 &&
				ar_etcd_is_compacted(store->etcd, left->revision, &left->compacted,
						     &unread) == 0;
	if (!ar_err_is_set(&unread))
		return 0;
	snprintf(left->why, sizeof left->why, "%.290s", unread.msg);
	return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
}

int ar_leftover_look(const struct ar_session *session, struct ar_store *store, int64_t now,
		     struct ar_leftover *ret, struct ar_err *err)
{
	char rewritten[32] = "";

	*ret = (struct ar_leftover){ .revision = now };
	if (find_mark(session, ret, rewritten, err) != 0)
		return -1;
	/* A mark beyond what etcd has now is of a cluster that was here before. */
	if (ret->marked && now > 0 && ret->revision > now) {
		ret->marked = false;
		ret->revision = now;
		rewritten[0] = '\0';
	}
	return find_copies(session, rewritten, ret, err) != 0 ? -1 : look_etcd(store, ret, err);
}
