/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/scope.h"
#include "encconf_help.h"
#include "flow/climb_impl.h"

Suite *climb_resources_suite(void);

/* A climb that adds resources, without a world: what is pure of it. */

#define SECRETS  HEAD "resources:\n- resources: [secrets]\n  providers:\n"
#define KEY1     "  - aescbc:\n      keys:\n      - name: key1\n        secret: " KEY_A "\n"
#define IDENTITY "  - identity: {}\n"
#define MORE     "- resources: [configmaps]\n  providers:\n"
#define HASH_A   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void read_text(const struct ar_text *text, struct ar_tree **tree, struct ar_encconf **conf)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_encconf_read(text, -1, &problems, tree, conf, &err), 0);
	ck_assert_ptr_nonnull(*conf);
}

/* The file here, and what is told of the goal and asked for. */
static struct ar_climb *make(const char *file, const char *told, const char *asked)
{
	struct ar_climb *climb = calloc(1, sizeof *climb);
	struct ar_told_goal *goal;

	ck_assert_ptr_nonnull(climb);
	goal = &climb->cluster.told.goal;
	climb->cluster.count = 1;
	climb->enable.ask.config = "enc.yaml";
	climb->enable.node.config.file.path = strdup("enc.yaml");
	climb->enable.node.config.seen.file = encconf_text(file);
	climb->enable.node.server.minor = -1;
	read_text(&climb->enable.node.config.seen.file, &climb->tree, &climb->conf);
	climb->ask.resources = asked;
	if (told) {
		snprintf(goal->key, sizeof goal->key, "aescbc/key1");
		snprintf(goal->resources, sizeof goal->resources, "%s", told);
		snprintf(goal->by, sizeof goal->by, "cp1");
	}
	return climb;
}

static void release(struct ar_climb **climb)
{
	if (!*climb)
		return;
	free((*climb)->enable.node.config.file.path);
	ar_encconf_free((*climb)->conf);
	ar_tree_free((*climb)->tree);
	ar_told_done(&(*climb)->cluster.told);
	ar_buf_done(&(*climb)->wider);
	free(*climb);
}
#define CLIMB_AUTO __attribute__((cleanup(release)))

static void aim(struct ar_climb *climb)
{
	struct ar_err err = AR_ERR_INIT;

	climb->rewrite = true;
	ck_assert_msg(ar__climb_aim(climb, "aescbc/key1", "rotate", &err) == 0, "%s", err.msg);
}

/* --- which are lacking ----------------------------------------------------------------------- */

static const struct {
	const char *told, *asked;
	const char *listed, *lacking; /* NULL: refused */
	const char *why;
} lists[] = {
	{ NULL, NULL, "", "", NULL },
	{ NULL, "secrets", "secrets", "", NULL },
	{ NULL, "secrets,pods,configmaps", "configmaps,pods,secrets", "configmaps, pods", NULL },
	{ "configmaps,secrets", NULL, "configmaps,secrets", "configmaps", NULL },
	{ "configmaps,secrets", "secrets,configmaps", "configmaps,secrets", "configmaps", NULL },
	{ "", NULL, "", "", NULL },
	/* Two at once. */
	{ "configmaps,secrets", "secrets,pods", NULL, NULL, "another change is under way" },
	{ "", "secrets,pods", NULL, NULL, "another change is under way" },
	/* Leaving one out takes none away. */
	{ NULL, "configmaps", NULL, NULL, "encrypts secrets, which is not in the list" },
	{ NULL, "secrets,*.apps", NULL, NULL, "'*.apps' is a wildcard" },
	{ NULL, "secrets,events", NULL, NULL, "'events' is not added" },
	/* What the API server itself would refuse. */
	{ NULL, "secrets,daemonsets.extensions", NULL, NULL, "" },
};

START_TEST(says_what_is_lacking)
{
	CLIMB_AUTO struct ar_climb *climb = make(SECRETS KEY1, lists[_i].told, lists[_i].asked);
	struct ar_err err = AR_ERR_INIT;

	const int result = ar__climb_resources(climb, &err);
	ck_assert_msg((result == 0) == (lists[_i].listed != NULL), "%s", err.msg);
	if (lists[_i].listed) {
		ck_assert_str_eq(climb->listed.text, lists[_i].listed);
		ck_assert_str_eq(climb->lacking, lists[_i].lacking);
		ck_assert((climb->wider_text.data != NULL) == (climb->lacking[0] != '\0'));
	} else {
		ck_assert_msg(strstr(err.msg, lists[_i].why) != NULL, "%s", err.msg);
	}
}
END_TEST

/* --- the file -------------------------------------------------------------------------------- */

static const struct {
	bool turns;
	const char *after, *words;
	size_t edits;
} files[] = {
	/* One server: it writes at once. */
	{ true, SECRETS KEY1 IDENTITY MORE KEY1 IDENTITY,
	  "give configmaps an entry in enc.yaml, with aescbc/key1 as the one that writes", 0 },
	{ false, SECRETS KEY1 IDENTITY MORE IDENTITY KEY1,
	  "give configmaps an entry in enc.yaml, with aescbc/key1 as a reader", 1 },
};

START_TEST(gives_it_an_entry)
{
	CLIMB_AUTO struct ar_climb *climb = make(SECRETS KEY1 IDENTITY, NULL, "secrets,configmaps");
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;
	const struct ar_ladder_seen seen = { .file = true };
	char words[400];

	aim(climb);
	ck_assert_msg(ar__climb_resources(climb, &err) == 0, "%s", err.msg);
	const struct ar_ladder_step step = { .kind = AR_LADDER_READER,
					     .turns = files[_i].turns,
					     .keys = 2,
					     .file = { .writer = files[_i].turns, .reads = 3 } };
	ck_assert_msg(ar_climb_text(climb, &step, &edits, &out, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(ar_buf_text(&out), files[_i].after);
	ck_assert(out.secret);
	/* Those of one change can be shown as a diff. */
	ck_assert_uint_eq(edits.count, files[_i].edits);
	ar_climb_words(climb, &step, &seen, words, sizeof words);
	ck_assert_str_eq(words, files[_i].words);
}
END_TEST

/* --- lanes ----------------------------------------------------------------------------------- */

static void learn(struct ar_climb *climb, const char *sha256, const char *file)
{
	const struct ar_text text = encconf_text(file);
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_err err = AR_ERR_INIT;

	read_text(&text, &tree, &conf);
	ck_assert_int_eq(ar_told_learn(&climb->cluster.told, sha256, conf, &err), 0);
}

/* Two that stand in one entry here are asked for apart where another node has one of them only:
 * what holds for the first says nothing of the second. */
START_TEST(a_lane_is_what_all_files_treat_alike)
{
	const struct ar_resource secrets = { .resource = "secrets" },
				 configmaps = { .resource = "configmaps" },
				 pods = { .resource = "pods" };
	CLIMB_AUTO struct ar_climb *climb = make(SECRETS KEY1, NULL, NULL);

	climb->lanes[0].resource = secrets;
	climb->lane_count = 1;
	ck_assert_ptr_eq(ar__climb_lane(climb, &configmaps), &climb->lanes[0]);
	learn(climb, HASH_A,
	      HEAD "resources:\n- resources: [secrets, configmaps]\n  providers:\n" KEY1);
	ck_assert_ptr_eq(ar__climb_lane(climb, &configmaps), &climb->lanes[0]);
	ck_assert_ptr_null(ar__climb_lane(climb, &pods));
	learn(climb, HASH_B, SECRETS KEY1 MORE IDENTITY KEY1);
	ck_assert_ptr_null(ar__climb_lane(climb, &configmaps));
	ck_assert_ptr_eq(ar__climb_lane(climb, &secrets), &climb->lanes[0]);
}
END_TEST

/* --- the preview ----------------------------------------------------------------------------- */

#define LANES 2

/* Secrets are under key 1 on every server, configmaps in plain text. */
static void fill(struct ar_climb *climb, size_t servers, struct ar_ladder_seen seen[LANES])
{
	const struct ar_rung rungs[LANES] = { { 1, 3 }, { 0, 1 } };

	for (size_t lane = 0; lane < LANES; lane++) {
		seen[lane] = (struct ar_ladder_seen){ .file = true,
						      .flag = true,
						      .disk = rungs[lane],
						      .config = rungs[lane],
						      .current = true,
						      .count = servers,
						      .all_told = true,
						      .keys_here = 3,
						      .counted = true,
						      .live = (ar_keyset)1 << rungs[lane].writer,
						      .persisted = true };
		for (size_t i = 0; i < servers; i++)
			seen[lane].servers[i] = (struct ar_ladder_server){ .known = true,
									   .told = true,
									   .loaded = rungs[lane],
									   .disk = rungs[lane] };
	}
	climb->cluster.count = servers;
}

static void walk(const struct ar_climb *climb, struct ar_ladder_seen seen[LANES], char *buf,
		 size_t size)
{
	size_t used = 0;

	for (int i = 0; i < 20; i++) {
		struct ar_ladder_step steps[LANES];

		for (size_t lane = 0; lane < LANES; lane++)
			steps[lane] = ar_ladder_next(&seen[lane], &climb->ladder);
		const struct ar_ladder_step step = ar_ladder_first(steps, LANES);
		used += (size_t)snprintf(buf + used, size - used, "%s ", ar_ladder_word(step.kind));
		if (step.kind == AR_LADDER_DONE || step.kind == AR_LADDER_REFUSE)
			break;
		for (size_t lane = 0; lane < LANES; lane++)
			ar_climb_after(climb, &step, &seen[lane]);
		/* Secrets stay what they are. */
		ck_assert_uint_eq(seen[0].config.writer, 1);
		ck_assert_uint_eq(seen[0].config.reads, 3);
	}
}

START_TEST(the_plan_brings_the_new_one_up_alone)
{
	static const struct {
		size_t servers;
		const char *steps;
	} walks[] = {
		{ 1, "reader load rewrite done " },
		{ 3, "reader load wait-readers promote load wait-writers rewrite done " },
	};

	for (size_t i = 0; i < sizeof walks / sizeof walks[0]; i++) {
		CLIMB_AUTO struct ar_climb *climb = make(SECRETS KEY1 IDENTITY, NULL, NULL);
		struct ar_ladder_seen seen[LANES];
		char steps[200];

		aim(climb);
		fill(climb, walks[i].servers, seen);
		walk(climb, seen, steps, sizeof steps);
		ck_assert_str_eq(steps, walks[i].steps);
		ck_assert(seen[1].config.writer == 1 && seen[1].live == 2);
	}
}
END_TEST

Suite *climb_resources_suite(void)
{
	Suite *suite = suite_create("climb_resources");
	TCase *all = tcase_create("resources");

	tcase_add_loop_test(all, says_what_is_lacking, 0, sizeof lists / sizeof lists[0]);
	tcase_add_loop_test(all, gives_it_an_entry, 0, sizeof files / sizeof files[0]);
	tcase_add_test(all, a_lane_is_what_all_files_treat_alike);
	tcase_add_test(all, the_plan_brings_the_new_one_up_alone);
	suite_add_tcase(suite, all);
	return suite;
}
