/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "flow/climb_impl.h"

Suite *climb_suite(void);

#define HASH "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define K1   "aescbc/key1"
#define K2   "aescbc/key2"
#define HEAD "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n"

/* --- a node that was looked at --- */

static struct ar_climb *climb;

static void setup(void)
{
	climb = calloc(1, sizeof *climb);
	ck_assert_ptr_nonnull(climb);
	climb->cluster = (struct ar_cluster)AR_CLUSTER_INIT;
	climb->enable.ask.config = "/etc/kubernetes/enc.yaml";
	climb->enable.ask.manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
	climb->ask.provider = -1;
	ck_assert_uint_eq(ar__climb_number(climb, AR_TOLD_PLAIN), AR_LADDER_PLAIN);
}

static void teardown(void)
{
	ar_encconf_free(climb->conf);
	ar_tree_free(climb->tree);
	ar_cluster_done(&climb->cluster);
	free(climb);
}

/* "plain", "aescbc/key1", "aescbc/key1@2026-01-02": an element each. */
static void add_provider(struct ar_buf *text, const char *word)
{
	const char *name;
	const int provider = ar__climb_split(word, &name);

	if (provider == AR_IDENTITY) {
		ar_buf_addf(text, "      - identity: {}\n");
		return;
	}
	const char *made = strchr(name, '@');
	ar_buf_addf(text, "      - %s:\n          keys:\n            - name: %.*s",
		    ar_provider_name((enum ar_provider_kind)provider), (int)strcspn(name, "@"),
		    name);
	if (made)
		ar_buf_addf(text, " # made %s by atrest", made + 1);
	ar_buf_addf(text, "\n");
	ar_buf_addf(text, "              secret: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
}

static void read_text(const struct ar_buf *buf)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	const struct ar_text text = { .name = "enc.yaml", .data = buf->data, .len = buf->len };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_encconf_read(&text, -1, &problems, &climb->tree, &climb->conf, &err) == 0,
		      "%s", err.msg);
	ck_assert_ptr_nonnull(climb->conf);
	ck_assert_int_eq(ar_told_learn(&climb->cluster.told, HASH, climb->conf, &err), 0);
}

static void fill_lane(void)
{
	const struct ar_resource secrets = { .resource = "secrets" };
	const struct ar_told_file *file = ar_told_file(&climb->cluster.told, HASH);
	struct ar_rung *rung = &climb->lanes[0].seen.config;
	const char *names[8];
	const size_t count = ar_told_reads(file, &secrets, names, 8);

	climb->lanes[0].resource = secrets;
	climb->lanes[0].seen.file = true;
	climb->lane_count = 1;
	rung->writer = ar__climb_number(climb, names[0]);
	for (size_t i = 0; i < count; i++)
		rung->reads |= (ar_keyset)1 << ar__climb_number(climb, names[i]);
}

/* The file here has these providers, one after the other. */
static void has_file(const char *words)
{
	AR_BUF_AUTO struct ar_buf text = AR_BUF_INIT;
	char word[64];
	int taken = 0;

	ar_buf_addf(&text, HEAD "  - resources: [secrets]\n    providers:\n");
	while (sscanf(words, "%63s%n", word, &taken) == 1) {
		add_provider(&text, word);
		words += taken;
	}
	read_text(&text);
	fill_lane();
}

static void add_server(const char *name, bool current)
{
	struct ar_cluster_server *server = &climb->cluster.list[climb->cluster.count++];

	snprintf(server->host, sizeof server->host, "%s", name);
	server->answered = server->current = current;
	server->load = AR_CLUSTER_FILE;
	climb->cluster.all_told = true;
}

/* --- which goal --- */

static const struct {
	const char *file, *told;
	enum ar_climb_aim aim;
	const char *to, *goal, *says; /* goal NULL: refused with `says` */
} goals[] = {
	/* The newest key: by its date, else by the number in its name. */
	{ K1, "", AR_CLIMB_CONTINUE, NULL, K1, NULL },
	{ K1 " " K2 " plain", "", AR_CLIMB_CONTINUE, NULL, K2, NULL },
	{ "aescbc/key9 aescbc/key10", "", AR_CLIMB_ROTATE, NULL, "aescbc/key10", NULL },
	{ "aescbc/b@2026-02-01 aescbc/a@2026-03-01", "", AR_CLIMB_CONTINUE, NULL, "aescbc/a",
	  NULL },
	{ "aescbc/key1@2026-03-01 aescbc/key2@2026-02-01", "", AR_CLIMB_CONTINUE, NULL, K1, NULL },
	{ "aescbc/old aescbc/new", "", AR_CLIMB_CONTINUE, NULL, NULL, "can be read in two ways" },
	/* The Lease knows better. */
	{ K1 " " K2, K1, AR_CLIMB_CONTINUE, NULL, K1, NULL },
	{ "aescbc/old aescbc/new", "aescbc/new", AR_CLIMB_CONTINUE, NULL, "aescbc/new", NULL },
	{ "plain " K1, "plain", AR_CLIMB_CONTINUE, NULL, "plain", NULL },
	/* Plain text first: on its way in, or out. */
	{ "plain " K1, "", AR_CLIMB_CONTINUE, NULL, NULL, "atrest disable" },
	{ "plain " K1, "", AR_CLIMB_ENABLE, NULL, K1, NULL },
	{ "plain " K1, "plain", AR_CLIMB_ENABLE, NULL, K1, NULL },
	{ "plain", "", AR_CLIMB_CONTINUE, NULL, NULL, "nothing is under way" },
	/* Said. */
	{ K1, "", AR_CLIMB_DISABLE, NULL, "plain", NULL },
	{ K1 " " K2, "", AR_CLIMB_ROTATE, "key1", K1, NULL },
	{ K1 " " K2, "", AR_CLIMB_ROTATE, K2, K2, NULL },
	{ K1, "", AR_CLIMB_ROTATE, "key3", NULL, "has no key 'key3'" },
	{ K1 " secretbox/key1", "", AR_CLIMB_ROTATE, "key1", NULL, "two providers have a key" },
	{ K1 " secretbox/key1", "", AR_CLIMB_ROTATE, "secretbox/key1", "secretbox/key1", NULL },
	{ K1, "", AR_CLIMB_ROTATE, "rot13/key1", NULL, "no goal that this version knows" },
};

START_TEST(test_goal)
{
	struct ar_err err = AR_ERR_INIT;

	has_file(goals[_i].file);
	snprintf(climb->cluster.told.goal.key, AR_TOLD_KEY, "%s", goals[_i].told);
	climb->ask.aim = goals[_i].aim;
	climb->ask.to = goals[_i].to;
	const int chosen = ar__climb_choose(climb, &err);
	if (goals[_i].goal) {
		ck_assert_msg(chosen == 0, "%s", err.msg);
		ck_assert_str_eq(climb->goal, goals[_i].goal);
		ck_assert_uint_eq(climb->ladder.writer, ar__climb_number(climb, goals[_i].goal));
		return;
	}
	ck_assert_int_eq(chosen, -1);
	ck_assert_msg(strstr(err.msg, goals[_i].says) || strstr(err.hint, goals[_i].says), "%s\n%s",
		      err.msg, err.hint);
}
END_TEST

/* The list that says what is on its way is lost: it is asked for, and no goal is guessed. */
START_TEST(test_more_under_way)
{
	struct ar_err err = AR_ERR_INIT;

	has_file(K1);
	climb->lanes[1].seen.config = (struct ar_rung){
		.writer = AR_LADDER_PLAIN, .reads = climb->lanes[0].seen.config.reads | 1
	};
	climb->lane_count = 2;
	climb->ask.aim = AR_CLIMB_CONTINUE;
	ck_assert_int_eq(ar__climb_choose(climb, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.hint, "rotate --resources"));
}
END_TEST

/* --- back from a key --- */

START_TEST(test_abandon)
{
	struct ar_err err = AR_ERR_INIT;

	has_file(K1 " " K2);
	ck_assert_int_eq(ar__climb_choose(climb, &err), 0);
	ck_assert_int_eq(ar__climb_abandon(climb, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "not known")); /* etcd was not counted */

	climb->counted = true;
	climb->lanes[0].seen.live = (ar_keyset)1 << climb->ladder.writer;
	err = (struct ar_err)AR_ERR_INIT;
	ck_assert_int_eq(ar__climb_abandon(climb, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "values are stored under " K2));

	climb->lanes[0].seen.live = (ar_keyset)1 << ar__climb_number(climb, K1);
	err = (struct ar_err)AR_ERR_INIT;
	ck_assert_msg(ar__climb_abandon(climb, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(climb->goal, K1);
}
END_TEST

/* --- how old a key is --- */

START_TEST(test_young)
{
	struct ar_err err = AR_ERR_INIT;

	has_file("aescbc/key1@2020-02-29");
	ck_assert_int_eq(ar__climb_choose(climb, &err), 0);
	ck_assert(!ar__climb_is_young(climb)); /* nobody asked for an age */
	climb->ask.older_days = 90;
	ck_assert(!ar__climb_is_young(climb));
	climb->ask.older_days = 36500;
	ck_assert(ar__climb_is_young(climb));
}
END_TEST

/* --- whether something else is under way --- */

START_TEST(test_all_current)
{
	struct ar_err err = AR_ERR_INIT;

	add_server("cp1", true);
	add_server("cp2", true);
	ck_assert_int_eq(ar__climb_all_current(climb, &err), 0);
	climb->cluster.list[1].current = false;
	ck_assert_int_eq(ar__climb_all_current(climb, &err), -1);
	ck_assert_int_eq(err.class, AR_OTHER_NODE);
	ck_assert_ptr_nonnull(strstr(err.msg, "cp2 has not loaded"));
	climb->cluster.list[1].gone = true;
	ck_assert_int_eq(ar__climb_all_current(climb, &err), 0);
	climb->cluster.all_told = false;
	err = (struct ar_err)AR_ERR_INIT;
	ck_assert_int_eq(ar__climb_all_current(climb, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.msg, "other API servers"));
}
END_TEST

/* --- names and numbers --- */

START_TEST(test_numbers)
{
	char name[32];

	ck_assert_uint_eq(ar__climb_number(climb, K1), 1);
	ck_assert_uint_eq(ar__climb_number(climb, K2), 2);
	ck_assert_uint_eq(ar__climb_number(climb, K1), 1);
	for (unsigned i = 3; i < AR_LADDER_KEYS + 5; i++) {
		snprintf(name, sizeof name, "aescbc/n%u", i);
		ck_assert_uint_lt(ar__climb_number(climb, name), AR_LADDER_KEYS);
	}
	ck_assert_uint_eq(climb->keys.count, AR_LADDER_KEYS);
}
END_TEST

static const struct {
	const char *key, *name;
	int provider;
} splits[] = {
	{ "plain", "", AR_IDENTITY },       { K1, "key1", AR_AESCBC },
	{ "aesgcm/a/b", "a/b", AR_AESGCM }, { "key1", "", -1 },
	{ "rot13/key1", "key1", -1 },       { "", "", -1 },
};

START_TEST(test_split)
{
	const char *name;

	ck_assert_int_eq(ar__climb_split(splits[_i].key, &name), splits[_i].provider);
	ck_assert_str_eq(name, splits[_i].name);
}
END_TEST

/* --- words --- */

static const struct {
	struct ar_ladder_step step;
	const char *says;
} words[] = {
	{ { .kind = AR_LADDER_READER, .keys = 2 }, "add the reader " K1 },
	{ { .kind = AR_LADDER_READER, .turns = true, .file = { .writer = 1 } },
	  "put the new writer " K1 },
	{ { .kind = AR_LADDER_PROMOTE }, "make " K1 " the writer" },
	{ { .kind = AR_LADDER_PRUNE, .keys = 1 }, "take plain out of" },
	{ { .kind = AR_LADDER_WAIT_READERS, .servers = 2 }, "wait until cp2 can read " K1 },
	{ { .kind = AR_LADDER_WAIT_WRITERS, .servers = 2 }, "wait until cp2 writes with " K1 },
	{ { .kind = AR_LADDER_WAIT_WRITERS, .servers = 3 }, "cp1, cp2 write with" },
	{ { .kind = AR_LADDER_WAIT_WRITERS }, "a server that was not seen" },
	{ { .kind = AR_LADDER_REWRITE, .keys = 1 }, "stored under plain" },
	{ { .kind = AR_LADDER_COMPACT }, "what is not known" },
	{ { .kind = AR_LADDER_PERSIST }, "put the flag into" },
	{ { .kind = AR_LADDER_UNPERSIST }, "take the flag out of" },
};

START_TEST(test_words)
{
	struct ar_err err = AR_ERR_INIT;
	char text[400];

	has_file(K1 " plain");
	add_server("cp1", true);
	add_server("cp2", true);
	ck_assert_int_eq(ar__climb_choose(climb, &err), 0);
	ar_climb_words(climb, &words[_i].step, &climb->lanes[0].seen, text, sizeof text);
	ck_assert_msg(strstr(text, words[_i].says), "%s", text);
}
END_TEST

/* --- a preview comes to its end --- */

static const char *const previews[] = { K1, K1 " plain", "plain " K1, K1 " " K2 };

START_TEST(test_preview)
{
	struct ar_err err = AR_ERR_INIT;
	struct ar_ladder_seen *seen = &climb->lanes[0].seen;
	int steps = 0;

	has_file(previews[_i]);
	climb->ask.aim = AR_CLIMB_ENABLE;
	ck_assert_int_eq(ar__climb_choose(climb, &err), 0);
	climb->ladder.rewrite = true;
	seen->count = 3;
	seen->all_told = seen->flag = seen->counted = seen->escrowed = true;
	seen->keys_here = seen->config.reads;
	seen->live = (ar_keyset)1 << seen->config.writer;
	struct ar_ladder_step step = ar_ladder_next(seen, &climb->ladder);
	for (; step.kind != AR_LADDER_DONE && steps < 24; steps++) {
		ar_climb_after(climb, &step, seen);
		step = ar_ladder_next(seen, &climb->ladder);
	}
	ck_assert_int_eq(step.kind, AR_LADDER_DONE);
	ck_assert_uint_eq(seen->config.writer, climb->ladder.writer);
	ck_assert_uint_eq(seen->live, (ar_keyset)1 << climb->ladder.writer);
	ck_assert_uint_eq(seen->config.reads & ~(seen->live | 1), 0);
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(tests, test, 0, sizeof(table) / sizeof((table)[0]))

Suite *climb_suite(void)
{
	Suite *suite = suite_create("climb");
	TCase *tests = tcase_create("climb");

	tcase_add_checked_fixture(tests, setup, teardown);
	LOOP(test_goal, goals);
	tcase_add_test(tests, test_more_under_way);
	tcase_add_test(tests, test_abandon);
	tcase_add_test(tests, test_young);
	tcase_add_test(tests, test_all_current);
	tcase_add_test(tests, test_numbers);
	LOOP(test_split, splits);
	LOOP(test_words, words);
	LOOP(test_preview, previews);
	suite_add_tcase(suite, tests);
	return suite;
}
