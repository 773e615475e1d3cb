/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "flow/climb_impl.h"
#include "flow/guard.h"

/* What cannot be told apart from damage never counts as something that may go. */
#define UNKNOWN "unknown"

static const int provider_of[AR_STORED_KINDS] = {
	[AR_STORED_AESCBC] = AR_AESCBC,
	[AR_STORED_AESGCM] = AR_AESGCM,
	[AR_STORED_SECRETBOX] = AR_SECRETBOX,
	[AR_STORED_KMS1] = AR_KMS,
	[AR_STORED_KMS2] = AR_KMS,
	[AR_STORED_PROTOBUF] = AR_IDENTITY,
	[AR_STORED_JSON] = AR_IDENTITY,
	[AR_STORED_CBOR] = AR_IDENTITY,
	[AR_STORED_FOREIGN] = -1,
	[AR_STORED_UNKNOWN] = -1,
	[AR_STORED_EMPTY] = AR_IDENTITY,
};

static ar_keyset set_of(struct ar_climb *climb, const struct ar_census *census)
{
	ar_keyset set = 0;

	for (size_t i = 0; i < census->group_count; i++) {
		const struct ar_census_group *group = &census->groups[i];
		const int provider = provider_of[group->kind];
		char key[AR_TOLD_KEY];

		if (provider < 0 ||
		    !ar_told_key((enum ar_provider_kind)provider, group->name, key, sizeof key))
			snprintf(key, sizeof key, "%s", UNKNOWN);
		set |= (ar_keyset)1 << ar__climb_number(climb, key);
	}
	return set;
}

/* One kind of resource: what is stored of it now, and in the oldest revision that can be read. */
static int count_item(struct ar_climb *climb, struct ar_scan *scan, size_t item, bool past,
		      struct ar_err *err)
{
	struct ar_climb_lane *lane = climb->conf ? ar__climb_lane(climb,
								  &scan->scope.items[item].resource)
						 : &climb->lanes[0];
	AR_FREE_AUTO struct ar_census *census = calloc(1, sizeof *census);
	struct ar_census_ask ask = { .folder = NULL };
	struct ar_etcd *etcd;

	if (!census)
		return ar_err_oom(err);
	if (!lane)
		return 0;
	if (ar_scan_take(scan, item, &ask, census, err) != 0)
		return -1;
	lane->seen.live |= set_of(climb, census);
	climb->total += census->total;
	if (census->revision > climb->revision)
		climb->revision = census->revision;
	if (!past)
		return 0;
	if (ar_store_of(&scan->store, &scan->scope.items[item].resource, &etcd, err) != 0 ||
	    ar_etcd_oldest(etcd, census->revision, &ask.revision, err) != 0 ||
	    ar_scan_take(scan, item, &ask, census, err) != 0)
		return -1;
	lane->seen.past |= lane->seen.live | set_of(climb, census);
	return 0;
}

/* --- older revisions ------------------------------------------------------------------------- */

static bool all_write_goal(const struct ar_climb *climb)
{
	bool all = climb->cluster.all_told;

	for (size_t i = 0; i < climb->lane_count; i++) {
		const struct ar_ladder_seen *seen = &climb->lanes[i].seen;
		for (size_t s = 0; s < seen->count; s++)
			all &= seen->servers[s].gone ||
			       (seen->servers[s].known &&
				seen->servers[s].loaded.writer == climb->ladder.writer);
		all &= (seen->live & ~((ar_keyset)1 << climb->ladder.writer)) == 0;
	}
	return all;
}

/* The first revision of which it is known, by this run's own count or by another node's. */
static void note_clean(struct ar_climb *climb)
{
	const struct ar_told *told = &climb->cluster.told;

	if (!all_write_goal(climb)) {
		climb->clean = 0;
		return;
	}
	if (climb->clean == 0)
		climb->clean = climb->revision;
	/* An older count was of fewer resources. */
	for (size_t i = 0; climb->listed.count == 0 && i < told->node_count; i++)
		if (strcmp(told->nodes[i].clean, climb->goal) == 0 &&
		    told->nodes[i].clean_revision < climb->clean)
			climb->clean = told->nodes[i].clean_revision;
}

/* A value may have been written and rewritten behind the oldest revision that can be read, so that
 * one alone does not tell; nothing is read behind it that is older than a clean count. Where there
 * are several etcds their revisions do not compare, and the oldest of each has to do. */
static int is_settled(const struct ar_climb *climb, const struct ar_store *store, bool *ret,
		      struct ar_err *err)
{
	*ret = store->conf.override_count > 0;
	if (*ret || climb->clean == 0)
		return 0;
	return ar_etcd_is_compacted(store->etcd, climb->clean, ret, err);
}

static void forget(struct ar_climb *climb)
{
	climb->counted = false;
	climb->uncounted[0] = '\0';
	climb->total = climb->revision = 0;
	for (size_t i = 0; i < climb->lane_count; i++) {
		struct ar_ladder_seen *seen = &climb->lanes[i].seen;
		seen->counted = seen->past_known = false;
		seen->live = seen->past = 0;
	}
}

/* Without a config nothing says which resources it is about, so all of etcd is. What older
 * revisions have is known only where none is older than a count that found plain text. */
static int count_all(struct ar_climb *climb, bool past, struct ar_err *err)
{
	AR_STORE_AUTO struct ar_store store = AR_STORE_INIT;
	const struct ar_enable *enable = &climb->enable;
	const struct ar_pod *pod = enable->node.manifest.pod;
	struct ar_ladder_seen *seen = &climb->lanes[0].seen;
	struct ar_guard guard;

	if (ar_guard_count(enable->session, pod, &guard, err) != 0)
		return -1;
	if (!guard.seen)
		return ar_err_set(err, "%s", guard.why);
	climb->revision = guard.revision;
	seen->live = 1;
	if (guard.encrypted > 0)
		seen->live |= (ar_keyset)1 << ar__climb_number(climb, UNKNOWN);
	seen->past = seen->live;
	if (!past)
		return 0;
	if (ar_store_open(enable->session, pod, &store, err) != 0)
		return -1;
	return store.etcd ? is_settled(climb, &store, &seen->past_known, err) : 0;
}

static int count(struct ar_climb *climb, bool past, struct ar_err *err)
{
	AR_SCAN_AUTO struct ar_scan scan = AR_SCAN_INIT;
	struct ar_enable *enable = &climb->enable;
	const struct ar_text *wider = climb->wider_text.data ? &climb->wider_text : NULL;
	const struct ar_text *coming = climb->conf ? wider : &enable->goal.config.wanted_text;
	const struct ar_scan_ask ask = { .config = coming };

	if (!climb->conf && !coming->data)
		return count_all(climb, past, err);
	if (ar_scan_open(enable->session, &enable->node, &enable->creds, &ask, &scan, err) != 0)
		return -1;
	if (!scan.store.etcd)
		return ar_err_set(err, "%s", scan.store.why);
	bool settled = false;
	if (past && is_settled(climb, &scan.store, &settled, err) != 0)
		return -1;
	for (size_t i = 0; i < scan.scope.count; i++)
		if (count_item(climb, &scan, i, settled, err) != 0)
			return -1;
	for (size_t i = 0; i < climb->lane_count; i++)
		climb->lanes[i].seen.past_known = settled;
	return 0;
}

/* The oldest revision may be compacted between its search and its count. */
#define TRIES 3

int ar__climb_count(struct ar_climb *climb, bool past, struct ar_err *err)
{
	struct ar_err unread = AR_ERR_INIT;
	int counted = -1;

	for (int i = 0; i < TRIES && counted != 0; i++) {
		unread = (struct ar_err)AR_ERR_INIT;
		forget(climb);
		counted = count(climb, past, &unread);
		if (unread.sys != ESTALE)
			break;
	}
	if (counted != 0) {
		forget(climb);
		snprintf(climb->uncounted, sizeof climb->uncounted, "%.390s", unread.msg);
		return unread.sys == ENOMEM ? ar_err_oom(err) : 0;
	}
	climb->counted = true;
	for (size_t i = 0; i < climb->lane_count; i++)
		climb->lanes[i].seen.counted = true;
	note_clean(climb);
	return 0;
}
