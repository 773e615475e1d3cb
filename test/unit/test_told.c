/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "flow/told.h"

Suite *told_suite(void);

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define GOAL   "{\"goal\":\"aescbc/key2\",\"what\":\"rotate\",\"by\":\"cp1\",\"at\":\"t\"}"
#define GOAL_FOR(resources)                                                          \
	"{\"goal\":\"aescbc/key1\",\"what\":\"rotate\",\"by\":\"cp1\",\"at\":\"t\"," \
	"\"resources\":" resources "}"
/* clang-format off */
#define NODE(host, sha256)                                                            \
	"{\"host\":\"" host "\",\"sha256\":\"" sha256 "\",\"path\":\"/e\",\"rung\":\"load\"," \
	"\"loaded\":true,\"start\":7,\"reload\":8,\"at\":\"t\"}"
/* clang-format on */
#define ENTRY(resources, writer, reads) \
	"{\"resources\":[" resources "],\"writer\":" writer ",\"reads\":[" reads "]}"
#define FILE_OF(sha256, at, entries) "\"" sha256 "\":{\"at\":\"" at "\",\"entries\":[" entries "]}"
/* clang-format off */
#define SECRETS ENTRY("\"secrets\"", "\"aescbc/key1\"", "\"aescbc/key1\",\"plain\"")
/* clang-format on */

static void read_one(const char *key, const char *text, struct ar_told *told)
{
	struct ar_err err = AR_ERR_INIT;
	json_auto_t *annotations = json_pack("{s:s}", key, text);

	ck_assert_int_eq(ar_told_read(annotations, told, &err), 0);
}

START_TEST(nothing_is_told)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_told_read(NULL, &told, &err), 0);
	ck_assert_str_eq(told.goal.key, "");
	ck_assert_uint_eq(told.node_count + told.file_count, 0);
	read_one("somebody.else/goal", "{", &told);
	read_one("atrest.io/of-a-later-version", "{}", &told);
	ck_assert_str_eq(told.odd, "");
}
END_TEST

START_TEST(all_of_it_is_read)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;
	struct ar_err err = AR_ERR_INIT;
	json_auto_t *annotations = json_pack("{s:s, s:s, s:s, s:s}", "atrest.io/goal", GOAL,
					     "atrest.io/node-cp2", NODE("cp2", HASH_A),
					     "atrest.io/node-cp1", NODE("cp1", ""),
					     "atrest.io/files",
					     "{" FILE_OF(HASH_A, "1",
							 SECRETS) "," FILE_OF(HASH_B, "2",
									      SECRETS) "}");

	ck_assert_int_eq(ar_told_read(annotations, &told, &err), 0);
	ck_assert_str_eq(told.odd, "");
	ck_assert_str_eq(told.goal.key, "aescbc/key2");
	ck_assert_str_eq(told.goal.by, "cp1");
	ck_assert_uint_eq(told.node_count, 2);
	ck_assert_str_eq(told.nodes[0].host, "cp1");
	const struct ar_told_node *node = ar_told_node(&told, "cp2");
	ck_assert(node && node->loaded && node->start == 7 && node->reload == 8);
	ck_assert_str_eq(node->sha256, HASH_A);
	ck_assert_ptr_null(ar_told_node(&told, "cp3"));
	/* The newest first. */
	ck_assert_str_eq(told.files[0].sha256, HASH_B);
	const struct ar_told_file *file = ar_told_file(&told, HASH_A);
	ck_assert(file && file->entry_count == 1 && file->entries[0].read_count == 2);
	ck_assert_ptr_null(ar_told_file(&told, "cc"));
}
END_TEST

START_TEST(a_goal_has_its_resources)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;

	read_one("atrest.io/goal", GOAL, &told);
	ck_assert_str_eq(told.goal.resources, "");
	read_one("atrest.io/goal", GOAL_FOR("[\"secrets\",\"configmaps\",\"secrets\",\"*.apps\"]"),
		 &told);
	ck_assert_str_eq(told.goal.key, "aescbc/key1");
	ck_assert_str_eq(told.goal.resources, "*.apps,configmaps,secrets");
	ck_assert_str_eq(told.odd, "");
}
END_TEST

static const struct {
	const char *key, *text;
} broken[] = {
	{ "goal", "" },
	{ "goal", "[]" },
	{ "goal", "{\"goal\":7,\"what\":\"\",\"by\":\"\",\"at\":\"\"}" },
	{ "goal", "{\"goal\":\"key2\",\"what\":\"\",\"by\":\"\",\"at\":\"\"}" },
	{ "goal", "{\"goal\":\"rot13/key2\",\"what\":\"\",\"by\":\"\",\"at\":\"\"}" },
	{ "goal", "{\"goal\":\"identity/x\",\"what\":\"\",\"by\":\"\",\"at\":\"\"}" },
	{ "goal", "{\"goal\":\"aescbc/\",\"what\":\"\",\"by\":\"\",\"at\":\"\"}" },
	{ "goal", "{\"goal\":\"plain\",\"goal\":\"plain\",\"what\":\"\",\"by\":\"\",\"at\":\"\"}" },
	{ "goal", "{\"goal\":\"plain\",\"what\":\"much longer than a command is\",\"by\":\"\","
		  "\"at\":\"\"}" },
	{ "goal", GOAL_FOR("7") },
	{ "goal", GOAL_FOR("[7]") },
	{ "goal", GOAL_FOR("[\"\"]") },
	{ "goal", GOAL_FOR("[\"secret\"]") },
	{ "node-cp1", NODE("cp2", HASH_A) }, /* it tells of another */
	{ "node-cp1", NODE("cp1", "abc") },
	{ "node-", NODE("", HASH_A) },
	{ "node-cp1", "{\"host\":\"cp1\"}" },
	{ "files", "7" },
	{ "files", "{" FILE_OF("abc", "1", SECRETS) "}" },
	{ "files", "{" FILE_OF(HASH_A, "1", ENTRY("7", "\"plain\"", "\"plain\"")) "}" },
	{ "files", "{" FILE_OF(HASH_A, "1", ENTRY("\"a\"", "\"plain\"", "")) "}" },
	{ "files", "{" FILE_OF(HASH_A, "1", ENTRY("\"a\"", "null", "\"plain\"")) "}" },
	{ "files", "{" FILE_OF(HASH_A, "1", ENTRY("\"a\"", "\"aescbc/a\"", "\"plain\"")) "}" },
	{ "files", "{" FILE_OF(HASH_A, "1", ENTRY("\"a\"", "\"no\"", "\"no\"")) "}" },
	{ "files", "{" FILE_OF(HASH_A, "1", "7") "}" },
	{ "files", "{\"" HASH_A "\":7}" },
};

START_TEST(what_is_broken_is_left_out_and_said)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;
	char key[64];

	snprintf(key, sizeof key, "atrest.io/%s", broken[_i].key);
	read_one(key, broken[_i].text, &told);
	ck_assert_ptr_nonnull(strstr(told.odd, key));
	ck_assert_str_eq(told.goal.key, "");
	ck_assert_uint_eq(told.node_count + told.file_count, 0);
}
END_TEST

START_TEST(what_is_whole_beside_it_counts)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;

	read_one("atrest.io/files",
		 "{" FILE_OF(HASH_A, "1", "7") "," FILE_OF(HASH_B, "1", SECRETS) "}", &told);
	ck_assert_uint_eq(told.file_count, 1);
	ck_assert_ptr_nonnull(ar_told_file(&told, HASH_B));
	ck_assert_ptr_nonnull(strstr(told.odd, "atrest.io/files"));
}
END_TEST

START_TEST(more_than_anybody_tells_is_not_taken)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;
	struct ar_err err = AR_ERR_INIT;
	json_auto_t *annotations = json_object(), *files = json_object();

	for (int i = 0; i < 200; i++) {
		char key[80], text[400];
		snprintf(key, sizeof key, "atrest.io/node-n%d", i);
		snprintf(text, sizeof text,
			 "{\"host\":\"n%d\",\"sha256\":\"\",\"path\":\"\",\"rung\":\"\","
			 "\"loaded\":false,\"at\":\"\"}",
			 i);
		json_object_set_new(annotations, key, json_string(text));
		snprintf(key, sizeof key, "%064d", i);
		json_object_set_new(files, key, json_pack("{s:s, s:[]}", "at", "1", "entries"));
	}
	char *text = json_dumps(files, 0);
	json_object_set_new(annotations, "atrest.io/files", json_string(text));
	free(text);
	ck_assert_int_eq(ar_told_read(annotations, &told, &err), 0);
	ck_assert_uint_eq(told.node_count, AR_TOLD_NODES);
	ck_assert_uint_le(told.file_count, 4 * AR_TOLD_FILES);
	ck_assert_str_ne(told.odd, "");
}
END_TEST

/* --- what a config means --- */

static const char *names_a[] = { "secrets", "widgets.example.com" }, *names_b[] = { "*.apps" },
		  *names_c[] = { "*.*" };
static struct ar_enc_key keys[] = { { .name = "key2" }, { .name = "key1" } };
static struct ar_enc_kms kms = { .name = "vault" };
static struct ar_enc_provider rotated[] = { { .kind = AR_AESCBC, .keys = keys, .key_count = 2 },
					    { .kind = AR_IDENTITY } };
static struct ar_enc_provider vault[] = { { .kind = AR_KMS, .kms = &kms } };
static struct ar_enc_provider plain_first[] = {
	{ .kind = AR_IDENTITY }, { .kind = AR_SECRETBOX, .keys = keys, .key_count = 1 }
};
static struct ar_enc_entry entries[] = {
	{ .resources = names_a, .resource_count = 2, .providers = rotated, .provider_count = 2 },
	{ .resources = names_b, .resource_count = 1, .providers = vault, .provider_count = 1 },
	{ .resources = names_c,
	  .resource_count = 1,
	  .providers = plain_first,
	  .provider_count = 2 },
	{ .resources = names_a, .resource_count = 1, .providers = vault, .provider_count = 1 },
};

static const struct {
	const char *resource, *group, *wanted;
	size_t entry_count;
} resources[] = {
	{ "secrets", "", "aescbc/key2 aescbc/key1 plain", 3 },
	{ "widgets", "example.com", "aescbc/key2 aescbc/key1 plain", 3 },
	{ "deployments", "apps", "kms/vault", 3 },
	{ "configmaps", "", "plain secretbox/key2", 3 },
	{ "configmaps", "", "plain", 2 },                                /* of no entry */
	{ "secrets", "", "aescbc/key2 aescbc/key1 plain kms/vault", 4 }, /* of two */
};

START_TEST(a_config_is_learnt_and_looked_up)
{
	AR_TOLD_AUTO struct ar_told told = AR_TOLD_INIT;
	const struct ar_encconf conf = { .entries = entries,
					 .entry_count = resources[_i].entry_count };
	struct ar_resource resource = { .custom = false };
	struct ar_err err = AR_ERR_INIT;
	const char *list[8];
	char shown[200] = "";

	/* What was told of it does not count any more. */
	read_one("atrest.io/files", "{" FILE_OF(HASH_A, "1", SECRETS) "}", &told);
	ck_assert_int_eq(ar_told_learn(&told, HASH_A, &conf, &err), 0);
	ck_assert_int_eq(ar_told_learn(&told, HASH_A, &conf, &err), 0);
	ck_assert_uint_eq(told.file_count, 1);
	snprintf(resource.resource, sizeof resource.resource, "%s", resources[_i].resource);
	snprintf(resource.group, sizeof resource.group, "%s", resources[_i].group);
	const struct ar_told_file *file = ar_told_file(&told, HASH_A);
	size_t count = ar_told_reads(file, &resource, list, 8);
	for (size_t i = 0; i < count; i++)
		snprintf(shown + strlen(shown), sizeof shown - strlen(shown), "%s%s", i ? " " : "",
			 list[i]);
	ck_assert_str_eq(shown, resources[_i].wanted);
	/* Too little room is said, and nothing is written behind it. */
	list[1] = NULL;
	ck_assert_uint_eq(ar_told_reads(file, &resource, list, 1), count);
	ck_assert_ptr_null(list[1]);
}
END_TEST

START_TEST(keys_have_names)
{
	char buf[20];

	ck_assert(ar_told_key(AR_AESGCM, "key1", buf, sizeof buf));
	ck_assert_str_eq(buf, "aesgcm/key1");
	ck_assert(ar_told_key(AR_IDENTITY, "", buf, sizeof buf));
	ck_assert_str_eq(buf, "plain");
	ck_assert(!ar_told_key(AR_SECRETBOX, "key-of-a-long-name", buf, sizeof buf));
}
END_TEST

Suite *told_suite(void)
{
	Suite *suite = suite_create("told");
	TCase *tcase = tcase_create("told");

	tcase_add_test(tcase, nothing_is_told);
	tcase_add_test(tcase, all_of_it_is_read);
	tcase_add_test(tcase, a_goal_has_its_resources);
	tcase_add_loop_test(tcase, what_is_broken_is_left_out_and_said, 0,
			    sizeof broken / sizeof broken[0]);
	tcase_add_test(tcase, what_is_whole_beside_it_counts);
	tcase_add_test(tcase, more_than_anybody_tells_is_not_taken);
	tcase_add_loop_test(tcase, a_config_is_learnt_and_looked_up, 0,
			    sizeof resources / sizeof resources[0]);
	tcase_add_test(tcase, keys_have_names);
	suite_add_tcase(suite, tcase);
	return suite;
}
