/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "diag/encheck.h"
#include "flow/climb_impl.h"
#include "flow/look.h"

/*
 * The lanes: kinds of resources with which every file that is known does the same. The ladder is
 * asked for each, with what this node and each server does with it.
 */

#define NAMES 64 /* readers of one resource */

static struct ar_rung rung_of(struct ar_climb *climb, const char *const *names, size_t count)
{
	struct ar_rung rung = { .writer = ar__climb_number(climb, names[0]) };

	for (size_t i = 0; i < count && i < NAMES; i++)
		rung.reads |= (ar_keyset)1 << ar__climb_number(climb, names[i]);
	return rung;
}

/* --- the other servers ----------------------------------------------------------------------- */

/* What a start of another server would load, as its node's own run has told. */
static void fill_disk(struct ar_climb *climb, const struct ar_cluster_server *server,
		      const struct ar_resource *resource, struct ar_ladder_server *ret)
{
	const struct ar_told *told = &climb->cluster.told;
	const struct ar_told_node *node = ar_told_node(told, server->host);
	const struct ar_told_file *file = node ? ar_told_file(told, node->sha256) : NULL;
	const char *names[NAMES];

	ret->told = node && (file || !node->sha256[0]);
	ret->disk = AR_RUNG_PLAIN;
	if (!file)
		return;
	const size_t count = ar_told_reads(file, resource, names, NAMES);
	ret->told = count > 0 && count <= NAMES;
	if (ret->told)
		ret->disk = rung_of(climb, names, count);
}

static void fill_servers(struct ar_climb *climb, struct ar_climb_lane *lane)
{
	const struct ar_cluster *cluster = &climb->cluster;
	struct ar_ladder_seen *seen = &lane->seen;
	const char *names[NAMES];

	seen->count = cluster->count;
	seen->self = cluster->self;
	seen->all_told = cluster->all_told;
	for (size_t i = 0; i < cluster->count; i++) {
		size_t count = ar_cluster_reads(cluster, i, &lane->resource, names, NAMES);

		seen->servers[i] = (struct ar_ladder_server){
			.known = count > 0 && count <= NAMES,
			.gone = cluster->list[i].gone,
		};
		if (seen->servers[i].known)
			seen->servers[i].loaded = rung_of(climb, names, count);
		fill_disk(climb, &cluster->list[i], &lane->resource, &seen->servers[i]);
	}
}

/* --- this node ------------------------------------------------------------------------------- */

/* The bytes of a key that any entry has are at hand for all of them; a kms provider's are not. */
static ar_keyset keys_of(struct ar_climb *climb, const struct ar_told_file *file)
{
	ar_keyset keys = 0;
	const char *name;

	for (size_t e = 0; e < file->entry_count; e++)
		for (size_t i = 0; i < file->entries[e].read_count; i++)
			if (ar__climb_split(file->entries[e].reads[i], &name) != AR_KMS)
				keys |= (ar_keyset)1
					<< ar__climb_number(climb, file->entries[e].reads[i]);
	return keys;
}

static void fill_here(struct ar_climb *climb, struct ar_climb_lane *lane)
{
	const struct ar_local *node = &climb->enable.node;
	struct ar_ladder_seen *seen = &lane->seen;
	const char *names[NAMES];
	const struct ar_told_file *file = ar_told_file(&climb->cluster.told,
						       node->config.file.sha256);

	seen->file = climb->conf != NULL;
	seen->flag = ar_look_has_flag(node->manifest.pod);
	seen->config = AR_RUNG_PLAIN;
	seen->keys_here = 1;
	if (seen->file && file) {
		size_t count = ar_told_reads(file, &lane->resource, names, NAMES);
		if (count > 0)
			seen->config = rung_of(climb, names, count);
		seen->keys_here |= seen->config.reads | keys_of(climb, file);
	}
	if (climb->key_base64 || climb->fresh)
		seen->keys_here |= (ar_keyset)1 << climb->ladder.writer;
	seen->disk = seen->file && seen->flag ? seen->config : AR_RUNG_PLAIN;
	seen->down = !node->running.seen;
	seen->current = seen->flag ? node->server.load == AR_LOAD_CURRENT
				   : node->server.load == AR_LOAD_NOTHING;
}

/* --- which there are ------------------------------------------------------------------------- */

/* Does this file treat the two alike? */
static bool is_alike(const struct ar_told_file *file, const struct ar_resource *a,
		     const struct ar_resource *b)
{
	const char *x[NAMES], *y[NAMES];
	const size_t count = ar_told_reads(file, a, x, NAMES);

	if (count == 0 || count != ar_told_reads(file, b, y, NAMES) || count > NAMES)
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(x[i], y[i]) != 0)
			return false;
	return true;
}

/* What stands in one entry here may stand in two elsewhere, or in none, so all files are asked. */
struct ar_climb_lane *ar__climb_lane(struct ar_climb *climb, const struct ar_resource *resource)
{
	const struct ar_told *told = &climb->cluster.told;

	for (size_t i = 0; i < climb->lane_count; i++) {
		bool alike = true;
		for (size_t f = 0; alike && f < told->file_count; f++)
			alike = is_alike(&told->files[f], &climb->lanes[i].resource, resource);
		if (alike)
			return &climb->lanes[i];
	}
	return NULL;
}

static int add_lane(struct ar_climb *climb, const struct ar_resource *resource, struct ar_err *err)
{
	if (ar__climb_lane(climb, resource))
		return 0;
	if (climb->lane_count == AR_CLIMB_LANES)
		return ar_err_set(err,
				  "the configs of the nodes treat more than %d kinds of "
				  "resources in different ways",
				  AR_CLIMB_LANES);
	climb->lanes[climb->lane_count++] = (struct ar_climb_lane){ .resource = *resource };
	return 0;
}

int ar__climb_list_lanes(struct ar_climb *climb, struct ar_err *err)
{
	static const struct ar_resource secrets = { .resource = "secrets" };
	AR_SCAN_AUTO struct ar_scan scan = AR_SCAN_INIT;
	struct ar_enable *enable = &climb->enable;
	const struct ar_scan_ask ask = { .config = climb->wider_text.data ? &climb->wider_text
									  : NULL };

	climb->lane_count = 0;
	if (!climb->conf)
		return add_lane(climb, &secrets, err);
	if (ar_scan_open(enable->session, &enable->node, &enable->creds, &ask, &scan, err) != 0)
		return -1;
	for (size_t i = 0; i < scan.scope.count; i++)
		if (add_lane(climb, &scan.scope.items[i].resource, err) != 0)
			return -1;
	if (climb->lane_count > 0)
		return 0;
	ar_err_set(err, "'%s' names no resource that there is", enable->node.config.file.path);
	return ar_err_hint(err, "see 'atrest config check'");
}

/* --- what the ladder is told ----------------------------------------------------------------- */

/* Does kubeadm-config say what the goal wants of it? */
static int is_kept(const struct ar_climb *climb, bool *ret, struct ar_err *err)
{
	AR_STEP_AUTO struct ar_step step = AR_STEP_INIT;
	const struct ar_enable *enable = &climb->enable;
	struct ar_goal goal = enable->goal.kubeadm;
	enum ar_next next;

	*ret = enable->node.kubeadm_seen == AR_KUBEADM_ABSENT;
	if (enable->node.kubeadm_seen != AR_KUBEADM_THERE)
		return 0;
	if (climb->ladder.writer == AR_LADDER_PLAIN) {
		goal.kind = AR_GOAL_UNPERSIST;
		goal.uploaded = true;
	}
	if (ar_plan_next(&enable->node.seen.kubeadm, &goal, &next, &step, err) != 0)
		return -1;
	*ret = next == AR_NEXT_DONE;
	return 0;
}

int ar__climb_fill_lanes(struct ar_climb *climb, struct ar_err *err)
{
	bool kept = true;

	if (climb->ladder.persist && is_kept(climb, &kept, err) != 0)
		return -1;
	for (size_t i = 0; i < climb->lane_count; i++) {
		fill_here(climb, &climb->lanes[i]);
		fill_servers(climb, &climb->lanes[i]);
		climb->lanes[i].seen.persisted = kept;
	}
	return 0;
}
