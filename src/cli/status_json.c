/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/status_servers.h"

/* For programs: what the API servers have, and what the Lease says. */

static json_t *number_or_null(bool known, int64_t number)
{
	return known ? json_integer((json_int_t)number) : json_null();
}

static json_t *words_of(const char *const *list, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, ar_json_text(list[i]));
	return array;
}

/* null: nobody told what the file means. */
static json_t *entries_of(const struct ar_told_file *file)
{
	json_t *list = file ? json_array() : json_null();

	for (size_t i = 0; file && i < file->entry_count; i++) {
		const struct ar_told_entry *entry = &file->entries[i];

		json_array_append_new(list,
				      json_pack("{s:o, s:o, s:o}", "resources",
						words_of(entry->resources, entry->resource_count),
						"writer", ar_json_text(entry->reads[0]), "reads",
						words_of(entry->reads, entry->read_count)));
	}
	return list;
}

static json_t *load_of(const struct ar_cluster *cluster, size_t index)
{
	static const char *const states[] = {
		[AR_CLUSTER_UNKNOWN] = "unknown",
		[AR_CLUSTER_PLAIN] = "nothing",
		[AR_CLUSTER_FILE] = "file",
	};
	const struct ar_cluster_server *server = &cluster->list[index];
	const struct ar_loaded *metrics = &server->metrics;

	return json_pack("{s:s, s:o, s:b, s:b, s:o, s:o, s:o, s:o}", "loaded", states[server->load],
			 "sha256", ar_json_text(server->hash[0] ? server->hash : NULL), "current",
			 (int)server->current, "told_by_node", (int)server->by_node, "entries",
			 entries_of(ar_cluster_meaning(cluster, index)), "reloaded",
			 number_or_null(metrics->has_reload_success,
					(int64_t)metrics->reload_success),
			 "reload_failed",
			 number_or_null(metrics->has_reload_failure,
					(int64_t)metrics->reload_failure),
			 "lag_s", number_or_null(server->lag_s >= 0, server->lag_s));
}

static json_t *server_of(const struct ar_cluster *cluster, size_t index)
{
	static const char *const ready[] = {
		[AR_READY_AWAY] = "away",
		[AR_READY_NOT] = "not",
		[AR_READY_YES] = "yes",
	};
	const struct ar_cluster_server *server = &cluster->list[index];
	const char *git = server->version.git;
	json_t *who = json_pack("{s:o, s:o, s:b, s:b, s:o, s:s, s:o, s:o}", "host",
				ar_json_text(server->host[0] ? server->host : NULL), "address",
				ar_json_text(server->address[0] ? server->address : NULL), "here",
				(int)server->self, "answered", (int)server->answered, "version",
				ar_json_text(git[0] ? git + (git[0] == 'v') : NULL), "ready",
				ready[server->ready], "started",
				number_or_null(server->start > 0, server->start), "why",
				ar_json_text(server->why[0] ? server->why : NULL));

	return ar_json_join(who, load_of(cluster, index));
}

static json_t *goal_of(const struct ar_told_goal *goal)
{
	if (!goal->key[0])
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "key", ar_json_text(goal->key), "what",
			 ar_json_text(goal->what), "by", ar_json_text(goal->by), "at",
			 ar_json_text(goal->at), "resources",
			 ar_json_text(goal->resources[0] ? goal->resources : NULL));
}

static json_t *holder_of(const struct ar_lease *lease)
{
	if (!lease->holder[0])
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "node", ar_json_text(lease->holder), "since",
			 ar_json_text(lease->acquired), "renewed", ar_json_text(lease->renewed));
}

static json_t *nodes_of(const struct ar_told *told)
{
	json_t *list = json_array();

	for (size_t i = 0; i < told->node_count; i++) {
		const struct ar_told_node *node = &told->nodes[i];

		json_array_append_new(list,
				      json_pack("{s:o, s:o, s:b, s:o, s:o}", "node",
						ar_json_text(node->host), "sha256",
						ar_json_text(node->sha256[0] ? node->sha256 : NULL),
						"loaded", (int)node->loaded, "rung",
						ar_json_text(node->rung[0] ? node->rung : NULL),
						"at", ar_json_text(node->at)));
	}
	return list;
}

json_t *ar_status_servers_json(const struct ar_status_servers *servers)
{
	const struct ar_cluster *cluster = &servers->cluster;
	const char *missing = servers->seen ? cluster->missing : servers->why;
	json_t *list = json_array();

	if (!servers->seen && !servers->why[0]) {
		json_decref(list);
		return json_null();
	}
	for (size_t i = 0; servers->seen && i < cluster->count; i++)
		json_array_append_new(list, server_of(cluster, i));
	return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "all_told",
			 (int)(servers->seen && cluster->all_told), "missing",
			 ar_json_text(missing[0] ? missing : NULL), "servers", list, "goal",
			 goal_of(&cluster->told.goal), "holder", holder_of(&cluster->lease),
			 "nodes", nodes_of(&cluster->told), "odd",
			 ar_json_text(cluster->told.odd[0] ? cluster->told.odd : NULL));
}
