/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drive.h"
#include "flow/told.h"

/* Commands of `drive-net api` about the Lease: a row of words, done one after the other with what
 * is known so far. */

static const char *const whose[] = { "free", "ours", "theirs" };
static const char *const puts_of[] = { "done", "conflict", "gone" };

#define GOAL_AT "2026-11-24T10:00:00Z" /* when a goal is named here */

struct work {
	struct ar_api *api;
	struct ar_lease lease;
};

static void show_lease(const struct ar_lease *lease)
{
	char *text = lease->annotations ? json_dumps(lease->annotations, JSON_SORT_KEYS) : NULL;

	printf("exists: %d holder: %s duration: %u transitions: %lld acquired: %s renewed: %s\n%s",
	       lease->exists, lease->holder, lease->duration_s, (long long)lease->transitions,
	       lease->acquired, lease->renewed, text ? text : "");
	printf(text ? "\n" : "");
	free(text);
}

static int read_it(struct work *work, char **argv, struct ar_err *err)
{
	(void)argv;
	if (ar_lease_read(work->api, &work->lease, err) != 0)
		return -1;
	show_lease(&work->lease);
	return 0;
}

static int take_it(struct work *work, char **argv, struct ar_err *err)
{
	enum ar_lease_whose is;

	if (ar_lease_take(work->api, argv[0], &work->lease, &is, err) != 0)
		return -1;
	printf("take: %s by: %s\n", whose[is], work->lease.holder);
	return 0;
}

static int renew_it(struct work *work, char **argv, struct ar_err *err)
{
	enum ar_lease_whose is;

	if (ar_lease_renew(work->api, argv[0], &work->lease, &is, err) != 0)
		return -1;
	printf("renew: %s by: %s\n", whose[is], work->lease.holder);
	return 0;
}

static int release_it(struct work *work, char **argv, struct ar_err *err)
{
	return ar_lease_release(work->api, argv[0], &work->lease, err);
}

static int wait_ms(struct work *work, char **argv, struct ar_err *err)
{
	const long ms = strtol(argv[0], NULL, 10);
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)work, (void)err;
	nanosleep(&time, NULL);
	return 0;
}

/* NAME VALUE|- */
static int annotate(struct work *work, char **argv, struct ar_err *err)
{
	const bool gone = strcmp(argv[1], "-") == 0;
	json_auto_t *changes = json_pack("{s:o}", argv[0],
					 gone ? json_null() : json_string(argv[1]));
	enum ar_put put;

	if (ar_lease_annotate(work->api, &work->lease, changes, &put, err) != 0)
		return -1;
	printf("annotate: %s\n", puts_of[put]);
	return 0;
}

/* KEY BY INSTEAD|- */
static int put_goal(struct work *work, char **argv, struct ar_err *err)
{
	struct ar_told_goal goal = { .what = "rotate", .at = GOAL_AT }, holds;

	snprintf(goal.key, sizeof goal.key, "%s", argv[0]);
	snprintf(goal.by, sizeof goal.by, "%s", argv[1]);
	if (ar_told_put_goal(work->api, &work->lease, &goal,
			     strcmp(argv[2], "-") == 0 ? NULL : argv[2], &holds, err) != 0)
		return -1;
	printf("goal: %s what: %s by: %s\n", holds.key, holds.what, holds.by);
	return 0;
}

static int drop_goal(struct work *work, char **argv, struct ar_err *err)
{
	struct ar_told_goal goal = { .at = GOAL_AT };

	snprintf(goal.key, sizeof goal.key, "%s", argv[0]);
	return ar_told_drop_goal(work->api, &work->lease, &goal, err);
}

/* HOST SHA256|- AT: with a config of one entry, aescbc and identity. */
static int put_node(struct work *work, char **argv, struct ar_err *err)
{
	const char *names[] = { "secrets" };
	struct ar_enc_key key = { .name = "key1" };
	struct ar_enc_provider providers[] = { { .kind = AR_AESCBC, .keys = &key, .key_count = 1 },
					       { .kind = AR_IDENTITY } };
	struct ar_enc_entry entry = {
		.resources = names, .resource_count = 1, .providers = providers, .provider_count = 2
	};
	const struct ar_encconf conf = { .entries = &entry, .entry_count = 1 };
	const bool has = strcmp(argv[1], "-") != 0;
	struct ar_told_node node = {
		.path = "/etc/kubernetes/enc.yaml", .rung = "load", .loaded = true, .start = 1000
	};

	snprintf(node.host, sizeof node.host, "%s", argv[0]);
	snprintf(node.sha256, sizeof node.sha256, "%s", has ? argv[1] : "");
	snprintf(node.at, sizeof node.at, "%s", argv[2]);
	return ar_told_put_node(work->api, &work->lease, &node, has ? &conf : NULL, err);
}

static int show_told(struct work *work, char **argv, struct ar_err *err)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;

	(void)argv;
	if (ar_lease_read(work->api, &work->lease, err) != 0 ||
	    ar_told_read(work->lease.annotations, &told, err) != 0)
		return -1;
	printf("goal: %s nodes: %zu files: %zu odd: %s\n", told.goal.key, told.node_count,
	       told.file_count, told.odd);
	for (size_t i = 0; i < told.node_count; i++)
		printf("node: %s %.8s %s\n", told.nodes[i].host, told.nodes[i].sha256,
		       told.nodes[i].at);
	for (size_t i = 0; i < told.file_count; i++)
		printf("file: %.8s %s %s\n", told.files[i].sha256, told.files[i].at,
		       told.files[i].entries[0].reads[0]);
	return 0;
}

static const struct {
	const char *name;
	int arguments;
	int (*run)(struct work *work, char **argv, struct ar_err *err);
} steps[] = {
	{ "read", 0, read_it },       { "take", 1, take_it },   { "renew", 1, renew_it },
	{ "release", 1, release_it }, { "wait", 1, wait_ms },   { "annotate", 2, annotate },
	{ "goal", 3, put_goal },      { "drop", 1, drop_goal }, { "node", 3, put_node },
	{ "told", 0, show_told },
};

static int run_step(struct work *work, char ***argv, struct ar_err *err)
{
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		if (strcmp(steps[i].name, **argv) != 0)
			continue;
		char **own = *argv + 1;
		*argv = own + steps[i].arguments;
		return steps[i].run(work, own, err);
	}
	return ar_err_set(err, "no step is called '%s'", **argv);
}

int drive_lease(struct ar_api *api, char **argv)
{
	struct work work = { .api = api, .lease = AR_LEASE_INIT };
	struct ar_err err = AR_ERR_INIT;
	int result = 0;

	while (*argv && result == 0)
		result = run_step(&work, &argv, &err);
	ar_lease_done(&work.lease);
	return result == 0 ? 0 : drive_fail(&err);
}
