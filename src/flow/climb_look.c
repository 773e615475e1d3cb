/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/scope.h"
#include "base/secret.h"
#include "diag/encheck.h"
#include "flow/climb_impl.h"
#include "flow/look.h"
#include "host/record.h"

#define NAMES 64 /* readers of one resource */

/* --- keys and their numbers ------------------------------------------------------------------ */

unsigned ar__climb_number(struct ar_climb *climb, const char *name)
{
	struct ar_climb_names *keys = &climb->keys;

	if (keys->count == 0)
		snprintf(keys->list[keys->count++], AR_TOLD_KEY, "%s", AR_TOLD_PLAIN);
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->list[i], name) == 0)
			return (unsigned)i;
	if (keys->count == AR_LADDER_KEYS)
		return AR_LADDER_KEYS - 1;
	snprintf(keys->list[keys->count], AR_TOLD_KEY, "%s", name);
	return (unsigned)keys->count++;
}

int ar__climb_split(const char *key, const char **ret_name)
{
	char provider[32];
	const char *slash = strchr(key, '/');

	*ret_name = slash ? slash + 1 : "";
	if (strcmp(key, AR_TOLD_PLAIN) == 0)
		return AR_IDENTITY;
	if (!slash || (size_t)(slash - key) >= sizeof provider)
		return -1;
	snprintf(provider, sizeof provider, "%.*s", (int)(slash - key), key);
	return ar_provider_by_name(provider);
}

static struct ar_rung rung_of(struct ar_climb *climb, const char *const *names, size_t count)
{
	struct ar_rung rung = { .writer = ar__climb_number(climb, names[0]) };

	for (size_t i = 0; i < count && i < NAMES; i++)
		rung.reads |= (ar_keyset)1 << ar__climb_number(climb, names[i]);
	return rung;
}

/* --- this node ------------------------------------------------------------------------------- */

static int look_here(struct ar_climb *climb, struct ar_err *err)
{
	struct ar_enable *enable = &climb->enable;

	ar_local_done(&enable->node);
	return ar_local_look(enable->session, &enable->ask, &enable->creds, &enable->node, err);
}

static int read_config(struct ar_climb *climb, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	const struct ar_local *node = &climb->enable.node;

	ar_encconf_free(climb->conf);
	ar_tree_free(climb->tree);
	climb->conf = NULL;
	climb->tree = NULL;
	if (!node->config.file.exists)
		return 0;
	if (ar_encconf_read(&node->config.seen.file, node->server.minor, &problems, &climb->tree,
			    &climb->conf, err) != 0)
		return -1;
	if (climb->conf && !ar_encconf_refused(&node->config.seen.findings))
		return 0;
	ar_err_set(err, "the API server would refuse '%s'", node->config.file.path);
	return ar_err_hint(err, "see 'atrest config check %s'", node->config.file.path);
}

/* --- the servers ----------------------------------------------------------------------------- */

#define GONE "server-gone="

static size_t list_gone(const struct ar_climb *climb, const char **list)
{
	size_t count = 0;

	for (size_t i = 0; i < climb->ask.accepted_count && count < AR_LADDER_SERVERS; i++)
		if (strncmp(climb->ask.accepted[i], GONE, sizeof GONE - 1) == 0)
			list[count++] = climb->ask.accepted[i] + sizeof GONE - 1;
	return count;
}

/* What a file meant that lay here before: its record still has it. */
static int learn_old(struct ar_climb *climb, const struct ar_record *record, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_SNAPSHOT_AUTO struct ar_snapshot old = { .path = NULL };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_err gone = AR_ERR_INIT;

	if (ar_record_old(&climb->enable.session->host, record, 0, &old, &gone) != 0)
		return gone.sys == ENOMEM ? ar_err_oom(err) : 0;
	const struct ar_text text = ar_snapshot_text(&old);
	if (!old.exists || ar_encconf_read(&text, -1, &problems, &tree, &conf, &gone) != 0 || !conf)
		return 0;
	return ar_told_learn(&climb->cluster.told, old.sha256, conf, err);
}

/* A server that has not come to the newest file yet, while nobody told what the older one means. */
static int learn_from_records(struct ar_climb *climb, struct ar_err *err)
{
	AR_FREE_AUTO struct ar_record *records = NULL;
	const struct ar_cluster *cluster = &climb->cluster;
	size_t count = 0, unreadable = 0;

	if (ar_record_list(&climb->enable.session->host, &records, &count, &unreadable, err) != 0)
		return -1;
	for (size_t i = 0; i < cluster->count; i++) {
		const char *hash = cluster->list[i].hash;
		if (cluster->list[i].load != AR_CLUSTER_FILE || ar_told_file(&cluster->told, hash))
			continue;
		for (size_t r = 0; r < count; r++)
			if (strcmp(records[r].parts[0].sha_before, hash) == 0 &&
			    learn_old(climb, &records[r], err) != 0)
				return -1;
	}
	return 0;
}

static int look_at_servers(struct ar_climb *climb, struct ar_err *err)
{
	AR_STORE_AUTO struct ar_store store = AR_STORE_INIT;
	struct ar_enable *enable = &climb->enable;
	const char *gone[AR_LADDER_SERVERS];
	const struct ar_cluster_ask ask = { .creds = &enable->creds,
					    .where = climb->where,
					    .local = &enable->node,
					    .store = &store,
					    .conf = climb->conf,
					    .gone = gone,
					    .gone_count = list_gone(climb, gone) };

	if (ar_store_open(enable->session, enable->node.manifest.pod, &store, err) != 0)
		return -1;
	if (ar_cluster_look(enable->session, &ask, &climb->cluster, err) != 0)
		return -1;
	snprintf(climb->us, sizeof climb->us, "%s",
		 ar_cluster_name(&climb->cluster.list[climb->cluster.self]));
	return learn_from_records(climb, err);
}

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

/* --- the lanes ------------------------------------------------------------------------------- */

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

/* Does this file treat the two alike? */
static bool is_alike(const struct ar_told_file *file, const struct ar_resource *a,
		     const struct ar_resource *b)
{
	const char *x[NAMES], *y[NAMES];
	const size_t count = ar_told_reads(file, a, x, NAMES);

	if (count != ar_told_reads(file, b, y, NAMES) || count > NAMES)
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

/* Without a file it is about Secrets. */
static int list_lanes(struct ar_climb *climb, struct ar_err *err)
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

static int fill_lanes(struct ar_climb *climb, struct ar_err *err)
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

/* --- the ladder ------------------------------------------------------------------------------ */

void ar__climb_ask(struct ar_climb *climb)
{
	struct ar_ladder_step steps[AR_CLIMB_LANES];

	for (size_t i = 0; i < climb->lane_count; i++)
		steps[i] = ar_ladder_next(&climb->lanes[i].seen, &climb->ladder);
	climb->step = ar_ladder_first(steps, climb->lane_count);
}

/* Older revisions cost more to count than what is stored now, so only where the ladder has come
 * that far. */
static int ask_ladder(struct ar_climb *climb, struct ar_err *err)
{
	ar__climb_ask(climb);
	/* What is known by a count while the servers wrote is told before it is waited for. */
	if (climb->step.kind != AR_LADDER_COMPACT)
		return 0;
	if (ar__climb_count(climb, true, err) != 0)
		return -1;
	ar__climb_ask(climb);
	return 0;
}

/* `rotate`, where all is as the goal wants it and nobody named that goal: now a key is made. */
static bool wants_key(const struct ar_climb *climb)
{
	const struct ar_climb_ask *ask = &climb->ask;

	return ask->aim == AR_CLIMB_ROTATE && !ask->to && !ask->abandon && !ask->resources &&
	       !climb->named && !climb->minted && climb->step.kind == AR_LADDER_DONE &&
	       !ar__climb_is_young(climb);
}

static int finish_goal(struct ar_climb *climb, struct ar_err *err)
{
	if (climb->ask.abandon && !climb->minted) {
		climb->minted = true; /* chosen once */
		if (ar__climb_abandon(climb, err) != 0)
			return -1;
		return ask_ladder(climb, err);
	}
	if (!wants_key(climb))
		return 0;
	climb->minted = true;
	if (ar__climb_mint(climb, err) != 0 || fill_lanes(climb, err) != 0)
		return -1;
	return ask_ladder(climb, err);
}

int ar_climb_look(struct ar_climb *climb, struct ar_err *err)
{
	if (look_here(climb, err) != 0 || read_config(climb, err) != 0 ||
	    look_at_servers(climb, err) != 0 || ar__climb_resources(climb, err) != 0 ||
	    list_lanes(climb, err) != 0 || fill_lanes(climb, err) != 0)
		return -1;
	if (!climb->goal[0]) {
		if (ar__climb_choose(climb, err) != 0 || fill_lanes(climb, err) != 0)
			return -1;
	}
	if (ar__climb_count(climb, false, err) != 0 || ar__climb_escrow(climb, err) != 0)
		return -1;
	return ask_ladder(climb, err) != 0 ? -1 : finish_goal(climb, err);
}

void ar_climb_done(struct ar_climb *climb)
{
	ar_enable_done(&climb->enable);
	ar_encconf_free(climb->conf);
	ar_tree_free(climb->tree);
	ar_cluster_done(&climb->cluster);
	ar_secret_free(climb->key_base64);
	ar_buf_done(&climb->wider);
	climb->conf = NULL;
	climb->tree = NULL;
	climb->key_base64 = NULL;
}
