/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/climb_impl.h"

/* --- names ----------------------------------------------------------------------------------- */

/* Adds one to a list of words that may be cut. */
static void add_word(char *buf, size_t size, const char *word)
{
	const size_t len = strlen(buf);

	snprintf(buf + len, size - len, "%s%s", len ? ", " : "", word);
}

void ar_climb_servers(const struct ar_climb *climb, uint32_t servers, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < climb->cluster.count; i++)
		if (servers >> i & 1)
			add_word(buf, size, ar_cluster_name(&climb->cluster.list[i]));
	if (!buf[0])
		snprintf(buf, size, "a server that was not seen");
}

bool ar__climb_waits_for_several(const struct ar_ladder_step *step)
{
	return (step->servers & (step->servers - 1)) != 0;
}

void ar_climb_keys(const struct ar_climb *climb, ar_keyset keys, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < climb->keys.count; i++)
		if (keys >> i & 1)
			add_word(buf, size, climb->keys.list[i]);
	if (!buf[0])
		snprintf(buf, size, "what is not known");
}

/* --- steps ----------------------------------------------------------------------------------- */

static void words_of_file(const struct ar_climb *climb, const struct ar_ladder_step *step,
			  char *buf, size_t size)
{
	const char *file = climb->enable.ask.config, *goal = climb->goal;
	const bool both = step->turns && step->file.writer == climb->ladder.writer;
	char keys[200];

	ar_climb_keys(climb, step->keys, keys, sizeof keys);
	switch (step->kind) {
	case AR_LADDER_READER:
		if (!climb->conf)
			snprintf(buf, size, "write %s, mode 0600, with the fresh key %s %s", file,
				 goal, both ? "as the one that writes" : "as a reader");
		else if (climb->lacking[0])
			snprintf(buf, size, "give %s an entry in %s, with %s %s", climb->lacking,
				 file, goal, both ? "as the one that writes" : "as a reader");
		else
			snprintf(buf, size, "%s %s in %s",
				 both ? "put the new writer" : "add the reader", both ? goal : keys,
				 file);
		break;
	case AR_LADDER_PROMOTE:
		snprintf(buf, size, "make %s the writer in %s; what wrote before still reads", goal,
			 file);
		break;
	default: snprintf(buf, size, "take %s out of %s", keys, file);
	}
}

static void words_of_load(const struct ar_climb *climb, const struct ar_ladder_step *step,
			  const struct ar_ladder_seen *seen, char *buf, size_t size)
{
	const struct ar_local *node = &climb->enable.node;

	if (step->out && seen->flag)
		snprintf(
			buf, size,
			"take the flag, the mount and the volume out of %s: %s is lost, and "
			"nothing needs it; then wait for the new API server (about 40 s without an "
			"answer from this node)",
			climb->enable.ask.manifest, climb->enable.ask.config);
	else if (step->out)
		snprintf(buf, size,
			 "wait until the API server runs without the flag (about 40 s without an "
			 "answer from this node)");
	else if (!seen->flag)
		snprintf(buf, size,
			 "give the manifest the flag, and wait for the new API server (about 40 s "
			 "without an answer from this node)");
	else if (node->server.reloads || climb->enable.goal.manifest.wanted.hot_reload)
		snprintf(buf, size,
			 "wait until the API server has reloaded the file by itself (up to a "
			 "minute, no gap)");
	else
		snprintf(buf, size,
			 "restart the API server's container, so that it reads the file anew (5 to "
			 "20 s without an answer from this node)");
}

static void words_of_out(const struct ar_climb *climb, const struct ar_ladder_seen *seen, char *buf,
			 size_t size)
{
	if (seen->flag)
		snprintf(buf, size, "take the flag, the mount and the volume out of %s",
			 climb->enable.ask.manifest);
	else
		snprintf(buf, size, "archive the keys, and remove %s", climb->enable.ask.config);
}

void ar_climb_words(const struct ar_climb *climb, const struct ar_ladder_step *step,
		    const struct ar_ladder_seen *seen, char *buf, size_t size)
{
	char servers[200], keys[200];

	ar_climb_servers(climb, step->servers, servers, sizeof servers);
	ar_climb_keys(climb, step->keys, keys, sizeof keys);
	switch (step->kind) {
	case AR_LADDER_LOAD: words_of_load(climb, step, seen, buf, size); break;
	case AR_LADDER_WAIT_LOAD:
	case AR_LADDER_WAIT_READERS:
		snprintf(buf, size, "wait until %s can read %s", servers, climb->goal);
		break;
	case AR_LADDER_WAIT_WRITERS:
		snprintf(buf, size, "wait until %s write%s with %s", servers,
			 ar__climb_waits_for_several(step) ? "" : "s", climb->goal);
		break;
	case AR_LADDER_PERSIST:
		snprintf(buf, size, "put the flag into ConfigMap kube-system/kubeadm-config");
		break;
	case AR_LADDER_UNPERSIST:
		snprintf(buf, size, "take the flag out of ConfigMap kube-system/kubeadm-config");
		break;
	case AR_LADDER_REWRITE:
		snprintf(buf, size,
			 "re-encrypt what is stored under %s, and prove every value in etcd", keys);
		break;
	case AR_LADDER_COMPACT:
		snprintf(
			buf, size,
			"wait until no older revision has values under %s (the API server compacts "
			"every 5 minutes)",
			keys);
		break;
	case AR_LADDER_WAIT_PRUNED:
		snprintf(buf, size, "wait until %s %s only what is needed", servers,
			 ar__climb_waits_for_several(step) ? "have" : "has");
		break;
	case AR_LADDER_PRUNE:
		if (step->out)
			words_of_out(climb, seen, buf, size);
		else
			words_of_file(climb, step, buf, size);
		break;
	case AR_LADDER_READER:
	case AR_LADDER_PROMOTE: words_of_file(climb, step, buf, size); break;
	default: snprintf(buf, size, "%s", ar_ladder_word(step->kind));
	}
}

/* --- the model ------------------------------------------------------------------------------- */

/* Another kind of resource may have another writer, and other readers, so that of a file which is
 * there only what changes is taken from the step. */
static void after_file(const struct ar_ladder_step *step, struct ar_ladder_seen *seen)
{
	const bool turns = step->kind == AR_LADDER_PROMOTE || step->turns;

	if (!seen->file)
		seen->config = step->file;
	if (step->kind == AR_LADDER_PRUNE)
		seen->config.reads &= ~step->keys;
	else if (step->kind == AR_LADDER_READER)
		seen->config.reads |= step->keys;
	if (turns)
		seen->config.writer = step->file.writer;
	seen->file = true;
	seen->disk = seen->flag ? seen->config : AR_RUNG_PLAIN;
	seen->current = false;
	seen->keys_here |= seen->config.reads;
}

/* The flag first, then the file. */
static void after_out(struct ar_ladder_seen *seen)
{
	seen->current = !seen->flag;
	seen->file = seen->flag;
	seen->flag = false;
	seen->disk = AR_RUNG_PLAIN;
}

/* Everybody else does what is waited for: they have what this node has. */
static void after_wait(struct ar_ladder_seen *seen)
{
	for (size_t i = 0; i < seen->count; i++)
		seen->servers[i] = (struct ar_ladder_server){ .known = true,
							      .gone = seen->servers[i].gone,
							      .loaded = seen->disk,
							      .told = true,
							      .disk = seen->disk };
	seen->all_told = true;
}

void ar_climb_after(const struct ar_climb *climb, const struct ar_ladder_step *step,
		    struct ar_ladder_seen *seen)
{
	const ar_keyset goal = (ar_keyset)1 << climb->ladder.writer;

	switch (step->kind) {
	case AR_LADDER_READER:
	case AR_LADDER_PROMOTE: after_file(step, seen); break;
	case AR_LADDER_PRUNE:
		if (step->out)
			after_out(seen);
		else
			after_file(step, seen);
		break;
	case AR_LADDER_LOAD:
		seen->current = true;
		seen->flag = !step->out;
		seen->disk = seen->flag ? seen->config : AR_RUNG_PLAIN;
		seen->servers[seen->self].known = true;
		seen->servers[seen->self].loaded = seen->disk;
		break;
	case AR_LADDER_WAIT_LOAD:
	case AR_LADDER_WAIT_READERS:
	case AR_LADDER_WAIT_WRITERS:
	case AR_LADDER_WAIT_PRUNED: after_wait(seen); break;
	case AR_LADDER_PERSIST:
	case AR_LADDER_UNPERSIST: seen->persisted = true; break;
	case AR_LADDER_REWRITE:
		seen->past |= seen->live;
		seen->live = goal;
		seen->past_known = true;
		break;
	case AR_LADDER_COMPACT:
		seen->past = seen->live;
		seen->past_known = true;
		break;
	default: break;
	}
	if (step->kind == AR_LADDER_REFUSE && step->reason == AR_LADDER_NO_ESCROW)
		seen->escrowed = true;
	if (step->kind == AR_LADDER_REFUSE && step->reason == AR_LADDER_UNCOUNTED) {
		seen->counted = true;
		seen->live = goal;
	}
}
