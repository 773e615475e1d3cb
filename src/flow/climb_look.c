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
	if (ar__climb_mint(climb, err) != 0 || ar__climb_fill_lanes(climb, err) != 0)
		return -1;
	return ask_ladder(climb, err);
}

int ar_climb_look(struct ar_climb *climb, struct ar_err *err)
{
	if (look_here(climb, err) != 0 || read_config(climb, err) != 0 ||
	    look_at_servers(climb, err) != 0 || ar__climb_resources(climb, err) != 0 ||
	    ar__climb_list_lanes(climb, err) != 0 || ar__climb_fill_lanes(climb, err) != 0)
		return -1;
	if (!climb->goal[0]) {
		if (ar__climb_choose(climb, err) != 0 || ar__climb_fill_lanes(climb, err) != 0)
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
