/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/secret.h"
#include "flow/climb_impl.h"
#include "host/machine.h"

#define KEY_BYTES 32
#define ARCHIVED  256 /* names of old keys that are remembered */

/* --- taking a goal --------------------------------------------------------------------------- */

static const struct ar_enc_key *find_key(const struct ar_encconf *conf, int provider,
					 const char *name)
{
	for (size_t e = 0; conf && e < conf->entry_count; e++)
		for (size_t p = 0; p < conf->entries[e].provider_count; p++) {
			const struct ar_enc_provider *has = &conf->entries[e].providers[p];
			for (size_t k = 0; (int)has->kind == provider && k < has->key_count; k++)
				if (strcmp(has->keys[k].name, name) == 0)
					return &has->keys[k];
		}
	return NULL;
}

int ar__climb_aim(struct ar_climb *climb, const char *key, const char *what, struct ar_err *err)
{
	const char *name;
	const int provider = ar__climb_split(key, &name);

	if (provider < 0 || provider == AR_KMS)
		return ar_err_set(err, "'%.200s' is no goal that this version knows", key);
	snprintf(climb->key_name, sizeof climb->key_name, "%s", name);
	if (key != climb->goal)
		snprintf(climb->goal, sizeof climb->goal, "%s", key);
	if (what != climb->what)
		snprintf(climb->what, sizeof climb->what, "%s", what);
	climb->key = (struct ar_rung_key){ .provider = (enum ar_provider_kind)provider,
					   .name = climb->key_name,
					   .base64 = climb->key_base64,
					   .made = climb->key_made[0] ? climb->key_made : NULL };
	climb->ladder = (struct ar_ladder_goal){
		.writer = ar__climb_number(climb, climb->goal),
		.keep = 1, /* plain text may be read for as long as the file says so */
		.persist = climb->persist && climb->enable.node.kubeadm_seen != AR_KUBEADM_ABSENT,
		.rewrite = climb->rewrite,
	};
	return 0;
}

/* --- a key by its name ----------------------------------------------------------------------- */

static int name_it(struct ar_climb *climb, const char *wanted, struct ar_err *err)
{
	static const int kinds[] = { AR_AESCBC, AR_AESGCM, AR_SECRETBOX };
	char key[AR_TOLD_KEY] = "";

	if (strchr(wanted, '/') || strcmp(wanted, AR_TOLD_PLAIN) == 0)
		return ar__climb_aim(climb, wanted, "rotate", err);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (!find_key(climb->conf, kinds[i], wanted))
			continue;
		if (key[0]) {
			ar_err_set(err, "two providers have a key '%.100s'", wanted);
			return ar_err_hint(err, "say which one: --to PROVIDER/%.100s", wanted);
		}
		ar_told_key((enum ar_provider_kind)kinds[i], wanted, key, sizeof key);
	}
	if (key[0])
		return ar__climb_aim(climb, key, "rotate", err);
	ar_err_set(err, "'%s' has no key '%.100s'", climb->enable.node.config.file.path, wanted);
	return ar_err_hint(err, "'atrest config show' lists its keys; one made elsewhere comes "
				"here by 'atrest import'");
}

/* --- what the files say ---------------------------------------------------------------------- */

/* The number at the end of a name, -1: none. The letters before it are `*ret_len` long. */
static long number_of(const char *name, size_t *ret_len)
{
	size_t len = strlen(name);

	while (len > 0 && name[len - 1] >= '0' && name[len - 1] <= '9')
		len--;
	*ret_len = len;
	return name[len] && strlen(name + len) < 10 ? strtol(name + len, NULL, 10) : -1;
}

/* Which of two keys was made later: names that we make count up, and a date stands behind them. 1:
 * the first, -1: the second, 0: that cannot be told. */
static int later(const struct ar_climb *climb, const char *a, const char *b)
{
	const char *a_name, *b_name;
	const int a_provider = ar__climb_split(a, &a_name),
		  b_provider = ar__climb_split(b, &b_name);
	const struct ar_enc_key *a_key = find_key(climb->conf, a_provider, a_name);
	const struct ar_enc_key *b_key = find_key(climb->conf, b_provider, b_name);
	size_t a_len, b_len;
	const long a_number = number_of(a_name, &a_len), b_number = number_of(b_name, &b_len);
	int order = a_key && b_key && a_key->made[0] && b_key->made[0]
			    ? strcmp(a_key->made, b_key->made)
			    : 0;

	if (order != 0)
		return order > 0 ? 1 : -1;
	if (a_len != b_len || memcmp(a_name, b_name, a_len) != 0 || a_number == b_number)
		return 0;
	return a_number > b_number ? 1 : -1;
}

static int two_readings(const struct ar_climb *climb, const char *a, const char *b,
			struct ar_err *err)
{
	ar_err_set(err, "'%s' can be read in two ways: on its way to %.100s, or to %.100s",
		   climb->enable.node.config.file.path, a, b);
	ar_err_hint(err,
		    "the Lease kube-system/atrest that says which is not there; say it: "
		    "'atrest rotate --to %.100s' or '--to %.100s' ('atrest disable' for plain "
		    "text)",
		    a, b);
	return ar_err_class(err, AR_FAILED);
}

/* A key writes one kind of resource, and plain text another: only the list, which the other nodes
 * need too, says whether that one is on its way. */
static int more_under_way(const struct ar_climb *climb, const char *key, struct ar_err *err)
{
	ar_err_set(err, "'%s': %.100s writes some resources, and plain text others",
		   climb->enable.node.config.file.path, key);
	ar_err_hint(err,
		    "the Lease kube-system/atrest that says what is on its way is not there; "
		    "say it: 'atrest rotate --resources LIST' with all that shall be encrypted "
		    "('atrest disable' for plain text everywhere)");
	return ar_err_class(err, AR_FAILED);
}

/* The newest key of all entries; where plain text writes beside keys, both ways are open. */
static int infer(struct ar_climb *climb, struct ar_err *err)
{
	const char *newest = NULL;
	bool plain_writes = false, key_writes = false;

	for (size_t i = 0; i < climb->lane_count; i++) {
		const struct ar_rung *rung = &climb->lanes[i].seen.config;

		plain_writes |= rung->writer == AR_LADDER_PLAIN;
		key_writes |= rung->writer != AR_LADDER_PLAIN;
		for (unsigned key = 1; key < climb->keys.count; key++) {
			const char *name = climb->keys.list[key];
			if (!(rung->reads >> key & 1))
				continue;
			const int order = newest ? later(climb, name, newest) : 1;
			if (order == 0 && strcmp(name, newest) != 0)
				return two_readings(climb, newest, name, err);
			newest = order > 0 ? name : newest;
		}
	}
	if (!newest) {
		ar_err_set(err, "nothing is under way here, and nothing is encrypted");
		return ar_err_hint(err, "'atrest enable' turns encryption on");
	}
	if (plain_writes && key_writes)
		return more_under_way(climb, newest, err);
	if (plain_writes && climb->ask.aim != AR_CLIMB_ENABLE)
		return two_readings(climb, newest, AR_TOLD_PLAIN, err);
	return ar__climb_aim(climb, newest, climb->ask.aim == AR_CLIMB_ENABLE ? "enable" : "rotate",
			     err);
}

/* --- more resources -------------------------------------------------------------------------- */

/* A key that was made after the one that writes is on its way to replace it. */
static int check_newest(const struct ar_climb *climb, const char *writer, struct ar_err *err)
{
	for (size_t i = 0; i < climb->lane_count; i++)
		for (unsigned key = 1; key < climb->keys.count; key++) {
			const char *name = climb->keys.list[key];
			if ((climb->lanes[i].seen.config.reads >> key & 1) &&
			    later(climb, name, writer) > 0)
				return two_readings(climb, writer, name, err);
		}
	return 0;
}

/* The key that writes what is encrypted already. */
static int keep_writer(struct ar_climb *climb, struct ar_err *err)
{
	const char *writer = NULL;

	for (size_t i = 0; i < climb->lane_count; i++) {
		const unsigned key = climb->lanes[i].seen.config.writer;
		const char *name = climb->keys.list[key];

		if (key == AR_LADDER_PLAIN)
			continue;
		if (writer && strcmp(writer, name) != 0)
			return two_readings(climb, writer, name, err);
		writer = name;
	}
	if (!writer) {
		ar_err_set(err, "no key writes in '%s' yet, so there is none for more resources",
			   climb->enable.node.config.file.path);
		return ar_err_hint(err, "'atrest enable' first, until it exits 0 on every node");
	}
	return check_newest(climb, writer, err) != 0 ? -1
						     : ar__climb_aim(climb, writer, "rotate", err);
}

/* --- enable, where there is no file ---------------------------------------------------------- */

static int is_elsewhere(const struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_cluster *cluster = &climb->cluster;

	for (size_t i = 0; i < cluster->count; i++) {
		if (i == cluster->self || cluster->list[i].load != AR_CLUSTER_FILE)
			continue;
		ar_err_set(err, "%s has a config already, and this node has none",
			   ar_cluster_name(&cluster->list[i]));
		ar_err_hint(err, "there: 'atrest export FILE'; here: 'atrest import FILE', then "
				 "the same command again");
		return ar_err_class(err, AR_OTHER_NODE);
	}
	return 0;
}

static int take_fresh(struct ar_climb *climb, struct ar_err *err)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_writer writer;
	char key[AR_TOLD_KEY];

	if (is_elsewhere(climb, err) != 0)
		return -1;
	if (!climb->enable.goal.config.wanted_text.data) {
		ar_err_set(err, "nothing is under way here, and nothing is encrypted");
		return ar_err_hint(err, "'atrest enable' turns encryption on");
	}
	if (ar_encconf_read(&climb->enable.goal.config.wanted_text, -1, &problems, &tree, &conf,
			    err) != 0)
		return -1;
	if (!conf || conf->entry_count == 0 ||
	    ar_writer_of(conf, &conf->entries[0], &writer, err) != 0 ||
	    !ar_told_key(writer.provider, writer.name, key, sizeof key))
		return ar_err_set(err, "the new config has no key");
	climb->fresh = true;
	return ar__climb_aim(climb, key, "enable", err);
}

/* --- which one ------------------------------------------------------------------------------- */

int ar__climb_choose(struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_told_goal *told = &climb->cluster.told.goal;
	const struct ar_climb_ask *ask = &climb->ask;

	if (ask->aim == AR_CLIMB_DISABLE)
		return ar__climb_aim(climb, AR_TOLD_PLAIN, "disable", err);
	if (ask->to && !ask->abandon)
		return name_it(climb, ask->to, err);
	climb->named = told->key[0] &&
		       (ask->aim != AR_CLIMB_ENABLE || strcmp(told->key, AR_TOLD_PLAIN) != 0);
	if (climb->named)
		return ar__climb_aim(climb, told->key, told->what, err);
	if (climb->conf && ask->resources)
		return keep_writer(climb, err);
	return climb->conf ? infer(climb, err) : take_fresh(climb, err);
}

/* --- back from a new key --------------------------------------------------------------------- */

/* The one that wrote before: what the file reads besides. */
static int find_before(const struct ar_climb *climb, const char **ret, struct ar_err *err)
{
	*ret = NULL;
	for (unsigned key = 1; key < climb->keys.count; key++) {
		bool reads = key != climb->ladder.writer;
		for (size_t i = 0; i < climb->lane_count; i++)
			reads &= climb->lanes[i].seen.config.reads >> key & 1;
		if (!reads)
			continue;
		if (*ret)
			return two_readings(climb, *ret, climb->keys.list[key], err);
		*ret = climb->keys.list[key];
	}
	if (*ret)
		return 0;
	ar_err_set(err, "there is no other key to go back to");
	return ar_err_hint(err, "'atrest disable' goes back to plain text");
}

int ar__climb_abandon(struct ar_climb *climb, struct ar_err *err)
{
	const char *before;

	for (size_t i = 0; i < climb->lane_count; i++) {
		if (climb->counted && !(climb->lanes[i].seen.live >> climb->ladder.writer & 1))
			continue;
		ar_err_set(err,
			   climb->counted ? "values are stored under %.200s"
					  : "whether values are stored under %.200s is not known",
			   climb->goal);
		return ar_err_hint(err, "to bring them back under another key: 'atrest rotate --to "
					"NAME'");
	}
	if (climb->ask.to)
		return name_it(climb, climb->ask.to, err);
	if (find_before(climb, &before, err) != 0)
		return -1;
	return ar__climb_aim(climb, before, "rotate", err);
}

/* --- a new key ------------------------------------------------------------------------------- */

/* Days since some day long ago, of "2026-11-24". */
static long days_of(const char *date)
{
	long year = strtol(date, NULL, 10), month = strtol(date + 5, NULL, 10);

	/* Years that begin in March have their odd day at their end. */
	year -= month < 3;
	month += month < 3 ? 9 : -3;
	return year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 +
	       strtol(date + 8, NULL, 10);
}

bool ar__climb_is_young(const struct ar_climb *climb)
{
	const char *name;
	const int provider = ar__climb_split(climb->goal, &name);
	const struct ar_enc_key *key = find_key(climb->conf, provider, name);
	char now[40];

	if (climb->ask.older_days == 0 || !key || strlen(key->made) != 10)
		return false;
	ar_machine_now(now, sizeof now);
	return days_of(now) - days_of(key->made) <= climb->ask.older_days;
}

/* While a server has another file than this one something is under way that the Lease does not say.
 */
int ar__climb_all_current(const struct ar_climb *climb, struct ar_err *err)
{
	const struct ar_cluster *cluster = &climb->cluster;

	for (size_t i = 0; i < cluster->count; i++) {
		const struct ar_cluster_server *server = &cluster->list[i];
		if (server->gone || server->current)
			continue;
		ar_err_set(err, "%s has not loaded the file that lies here, so no key is made yet",
			   ar_cluster_name(server));
		ar_err_hint(err, "%s",
			    server->load == AR_CLUSTER_UNKNOWN
				    ? server->why
				    : "'atrest status' shows what each has; bring them to "
				      "the same file first ('atrest continue' on each)");
		return ar_err_class(err, AR_OTHER_NODE);
	}
	if (cluster->all_told)
		return 0;
	ar_err_set(err, "whether there are other API servers cannot be seen: %.300s",
		   cluster->missing);
	return ar_err_hint(err, "name credentials that may list Leases, EndpointSlices and Nodes "
				"(--kubeconfig)");
}

/* Every name that was ever heard of. */
static int find_name(struct ar_climb *climb, const char *like, char *buf, size_t size,
		     struct ar_err *err)
{
	const char *used[AR_LADDER_KEYS * 8];
	const size_t max = sizeof used / sizeof used[0];
	size_t count = 0;
	const struct ar_told *told = &climb->cluster.told;
	char *archived[ARCHIVED];
	size_t archived_count = 0;

	for (size_t i = 1; i < climb->keys.count; i++)
		ar__climb_split(climb->keys.list[i], &used[count++]);
	for (size_t f = 0; f < told->file_count; f++)
		for (size_t e = 0; e < told->files[f].entry_count; e++)
			for (size_t r = 0; r < told->files[f].entries[e].read_count && count < max;
			     r++)
				ar__climb_split(told->files[f].entries[e].reads[r], &used[count++]);
	if (ar__climb_archived(climb, archived, ARCHIVED, &archived_count, err) != 0)
		return -1;
	for (size_t i = 0; i < archived_count && count < max; i++)
		used[count++] = archived[i];
	const int named = ar_rung_name(like, used, count, buf, size, err);
	for (size_t i = 0; i < archived_count; i++)
		free(archived[i]);
	return named;
}

static int make_bytes(struct ar_climb *climb, struct ar_err *err)
{
	uint8_t *bytes = ar_secret_alloc(KEY_BYTES);

	ar_secret_free(climb->key_base64);
	climb->key_base64 = ar_secret_alloc(AR_BASE64_LEN(KEY_BYTES) + 1);
	if (!bytes || !climb->key_base64) {
		ar_secret_free(bytes);
		return ar_err_oom(err);
	}
	ar_secret_random(bytes, KEY_BYTES);
	ar_base64_encode(bytes, KEY_BYTES, climb->key_base64);
	ar_secret_free(bytes);
	ar_machine_now(climb->key_made, sizeof climb->key_made);
	climb->key_made[strcspn(climb->key_made, "T ")] = '\0';
	return 0;
}

int ar__climb_mint(struct ar_climb *climb, struct ar_err *err)
{
	const char *like;
	const int writer = ar__climb_split(climb->goal, &like);
	const int provider = climb->ask.provider >= 0 ? climb->ask.provider : writer;
	char name[256], key[AR_TOLD_KEY];

	if (ar__climb_all_current(climb, err) != 0 ||
	    find_name(climb, like[0] ? like : "key1", name, sizeof name, err) != 0 ||
	    make_bytes(climb, err) != 0)
		return -1;
	if (!ar_told_key(provider == AR_IDENTITY ? AR_AESCBC : (enum ar_provider_kind)provider,
			 name, key, sizeof key))
		return ar_err_set(err, "the name of the new key is too long");
	return ar__climb_aim(climb, key, "rotate", err);
}
