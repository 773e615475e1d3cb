/* SPDX-License-Identifier: Apache-2.0 */
#include "rung_world.h"

Suite *rung_suite(void);

#define SECRETS  HEAD "resources:\n- resources: [secrets]\n  providers:\n"
#define CBC(...) "    - aescbc:\n        keys:\n" __VA_ARGS__
#define KEY1     "        - name: key1\n          secret: " KEY_A "\n"
#define KEY2     "        - name: key2 # made 2026-11-24 by atrest\n          secret: " KEY_B "\n"
#define IDENTITY "    - identity: {}\n"
#define KMS      "    - kms: {apiVersion: v2, name: vault, endpoint: 'unix:///k'} # far\n"
#define JSON                                                                                   \
	"{\"kind\":\"EncryptionConfiguration\",\"apiVersion\":\"apiserver.config.k8s.io/v1\"," \
	"\"resources\":[{\"resources\":[\"secrets\"],\"providers\":["
#define FLOW HEAD "resources: [{resources: [secrets], providers: ["

static const struct ar_rung_key key2 = { AR_AESCBC, "key2", KEY_B, "2026-11-24" };
static const struct ar_rung_key box = { AR_SECRETBOX, "key2", KEY_B, "2026-11-24" };
static const struct ar_rung_key plain = { .provider = AR_IDENTITY };

/* --- bytes ----------------------------------------------------------------------------------- */

static const struct {
	enum op op;
	const struct ar_rung_key *key;
	const char *before, *after;
} cases[] = {
	{ READER, &key2, SECRETS CBC(KEY1) IDENTITY, SECRETS CBC(KEY1 KEY2) IDENTITY },
	{ READER, &key2, SECRETS CBC(KEY1) IDENTITY "# end",
	  SECRETS CBC(KEY1 KEY2) IDENTITY "# end" },
	{ READER, &key2, SECRETS IDENTITY,
	  SECRETS IDENTITY "    - aescbc:\n        keys:\n"
			   "          - name: key2 # made 2026-11-24 by atrest\n"
			   "            secret: " KEY_B "\n" },
	{ READER, &plain, SECRETS CBC(KEY1), SECRETS CBC(KEY1) IDENTITY },
	{ READER, &plain, SECRETS IDENTITY CBC(KEY1), SECRETS IDENTITY CBC(KEY1) },
	{ PROMOTE, &key2, SECRETS CBC(KEY1 KEY2) IDENTITY, SECRETS CBC(KEY2 KEY1) IDENTITY },
	{ PROMOTE, &key2, SECRETS IDENTITY CBC(KEY1 KEY2), SECRETS CBC(KEY2 KEY1) IDENTITY },
	{ PROMOTE, &key2, SECRETS CBC(KEY2 KEY1), SECRETS CBC(KEY2 KEY1) },
	{ PROMOTE, &plain, SECRETS CBC(KEY1) IDENTITY, SECRETS IDENTITY CBC(KEY1) },
	{ PROMOTE, &key2,
	  SECRETS "    # what was before\n" IDENTITY
		  "    # ours\n    # and safe\n" CBC("        # old\n" KEY1
						     "        # new\n" KEY2) "          # deep\n"
									     "    # end\n",
	  SECRETS "    # ours\n    # and safe\n" CBC(
		  "        # new\n" KEY2
		  "          # deep\n        # old\n" KEY1) "    # what was before\n" IDENTITY
							    "    # end\n" },
	{ PRUNE_PLAIN, &key2, SECRETS CBC(KEY2 KEY1) IDENTITY, SECRETS CBC(KEY2) IDENTITY },
	{ PRUNE, &key2, SECRETS CBC(KEY2 KEY1) IDENTITY, SECRETS CBC(KEY2) },
	{ PRUNE, &key2, SECRETS CBC(KEY2 "        # old, of 2024\n" KEY1) "# end\n",
	  SECRETS CBC(KEY2) "# end\n" },
	{ PRUNE_PLAIN, &plain, SECRETS IDENTITY CBC(KEY2 KEY1), SECRETS IDENTITY },
	{ PRUNE_PLAIN, &key2, SECRETS CBC(KEY2) IDENTITY CBC(KEY1) IDENTITY,
	  SECRETS CBC(KEY2) IDENTITY },
	/* Flow style and JSON. */
	{ READER, &box, FLOW AESCBC ", {identity: {}}]}]\n",
	  FLOW AESCBC ", {secretbox: {keys: [{name: key2, secret: " KEY_B
		      "}]}}, {identity: {}}]}]\n" },
	{ PROMOTE, &box,
	  FLOW AESCBC ", {secretbox: {keys: [{name: a, secret: " KEY_A
		      "}, {name: key2, secret: " KEY_B "}]}}]}]\n",
	  FLOW "{secretbox: {keys: [{name: key2, secret: " KEY_B "}, {name: a, secret: " KEY_A
	       "}]}}, " AESCBC "]}]\n" },
	{ READER, &key2,
	  JSON "{\"aescbc\":{\"keys\":[{\"name\":\"key1\",\"secret\":\"" KEY_A "\"}]}}]}]}",
	  JSON "{\"aescbc\":{\"keys\":[{\"name\":\"key1\",\"secret\":\"" KEY_A
	       "\"}, {\"name\":\"key2\",\"secret\":\"" KEY_B "\"}]}}]}]}" },
	{ PRUNE, &key2,
	  JSON "{\"aescbc\":{\"keys\":[{\"name\":\"key2\",\"secret\":\"" KEY_B
	       "\"},{\"name\":\"key1\",\"secret\":\"" KEY_A "\"}]}},{\"identity\":{}}]}]}",
	  JSON "{\"aescbc\":{\"keys\":[{\"name\":\"key2\",\"secret\":\"" KEY_B "\"}]}}]}]}" },
	{ PROMOTE, &plain, FLOW "\n  # cbc\n  " AESCBC ", # one\n  {identity: {}} # two\n]}]\n",
	  FLOW "\n  {identity: {}}, # two\n  # cbc\n  " AESCBC " # one\n]}]\n" },
	{ PROMOTE, &box,
	  FLOW "\n  # cbc\n  " AESCBC
	       ", # one\n  # box\n  {secretbox: {keys: [{name: key2, secret: " KEY_B
	       "}]}} # two\n]}]\n",
	  FLOW "\n  # box\n  {secretbox: {keys: [{name: key2, secret: " KEY_B
	       "}]}}, # two\n  # cbc\n  " AESCBC " # one\n]}]\n" },
	{ PROMOTE, &box,
	  FLOW AESCBC ", # one\n  # box\n  {secretbox: {keys: [{name: key2, secret: " KEY_B
		      "}]}} # two\n]}]\n",
	  FLOW "{secretbox: {keys: [{name: key2, secret: " KEY_B "}]}}, # two\n"
	       "                                               " AESCBC " # one\n  # box\n]}]\n" },
	/* The bytes that another entry has. */
	{ READER, &(struct ar_rung_key){ .provider = AR_AESCBC, .name = "key2" },
	  SECRETS CBC(KEY1 KEY2) "- resources: [configmaps]\n  providers:\n" CBC(KEY1),
	  SECRETS CBC(KEY1 KEY2) "- resources: [configmaps]\n  providers:\n" CBC(KEY1 KEY2) },
	{ PROMOTE, &(struct ar_rung_key){ .provider = AR_KMS, .name = "vault" },
	  SECRETS CBC(KEY1) KMS IDENTITY, SECRETS KMS CBC(KEY1) IDENTITY },
	/* The last line without a newline. */
	{ PROMOTE, &key2,
	  SECRETS CBC(KEY1) IDENTITY "    - aescbc:\n        keys:\n        - name: key2\n"
				     "          secret: " KEY_B,
	  SECRETS "    - aescbc:\n        keys:\n        - name: key2\n          secret: " KEY_B
		  "\n" CBC(KEY1) "    - identity: {}" },
};

START_TEST(says_the_bytes)
{
	const struct ar_text text = encconf_text(cases[_i].before);
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(run(cases[_i].op, cases[_i].key, &text, &edits, &out, &err) == 0, "%s",
		      err.msg);
	ck_assert_str_eq(ar_buf_text(&out), cases[_i].after);
	ck_assert(out.secret && edits.secret);
	if (strcmp(cases[_i].before, cases[_i].after) == 0)
		ck_assert_uint_eq(edits.count, 0);
}
END_TEST

static const struct {
	enum op op;
	const struct ar_rung_key *key;
	const char *before, *why;
} refused[] = {
	{ READER, &key2, SECRETS CBC("        - name: key2\n          secret: " KEY_A "\n"),
	  "'aescbc/key2' is there already, with other bytes" },
	{ PROMOTE, &(struct ar_rung_key){ AR_AESCBC, "key1", NULL, NULL },
	  SECRETS CBC(KEY1 "        - name: key1\n          secret: " KEY_B "\n"),
	  "'aescbc/key1' is there already, with other bytes" },
	{ PROMOTE, &key2, SECRETS CBC(KEY1), "this entry of 'resources' does not have" },
	{ PRUNE, &key2, SECRETS CBC(KEY1), "this entry of 'resources' does not have" },
	{ PRUNE, &box, SECRETS CBC(KEY1 KEY2), "this entry of 'resources' does not have" },
	{ PRUNE, &key2,
	  SECRETS CBC(
		  KEY2 KEY1) "    - kms: {apiVersion: v2, name: vault, endpoint: 'unix:///k'}\n",
	  "the kms provider 'vault' would go" },
	{ READER, &key2, HEAD "resources: 7\n", "cannot be understood" },
	{ READER, &key2, SECRETS "    - {}\n", "cannot be understood" },
	{ READER, &key2, SECRETS "    - aescbc: {keys: [{name: a}]}\n", "cannot be understood" },
	{ READER, &key2,
	  HEAD "resources:\n- resources: [secrets]\n  providers: &all\n" CBC(
		  KEY1) "- resources: [configmaps]\n  providers: *all\n",
	  "an alias stands here" },
	{ READER, &(struct ar_rung_key){ .provider = AR_AESCBC, .name = "key3" }, SECRETS CBC(KEY1),
	  "'aescbc/key3' cannot be added: its bytes are not at hand" },
	{ READER, &(struct ar_rung_key){ .provider = AR_KMS, .name = "vault" }, SECRETS CBC(KEY1),
	  "'kms/vault' cannot be added" },
	{ READER, &(struct ar_rung_key){ .provider = AR_AESCBC, .name = "key1" },
	  SECRETS CBC(KEY1) "- resources: [configmaps]\n  providers: [" AESCBC "]\n- resources: "
			    "[pods]\n  providers: [{aescbc: {keys: [{name: key1, secret: " KEY_B
			    "}]}}]\n- resources: [jobs.batch]\n  providers:\n" IDENTITY,
	  "'aescbc/key1' is there already, with other bytes" },
};

START_TEST(refuses)
{
	const struct ar_text text = encconf_text(refused[_i].before);
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(run(refused[_i].op, refused[_i].key, &text, &edits, &out, &err), -1);
	ck_assert_msg(strstr(err.msg, refused[_i].why) != NULL, "%s", err.msg);
	ck_assert_ptr_null(strstr(err.msg, "pV3k"));
	ck_assert_str_eq(err.source, "");
}
END_TEST

/* The same bytes, though they are written otherwise. */
START_TEST(a_key_that_is_there_is_not_added)
{
	const struct ar_text text = encconf_text(
		SECRETS "    - aescbc: {keys: [{name: key2, secret: \"Zb8vN1cQw5RtYk3m\\n"
			"Xs7HjL0pAf9eUi2oGd6TqBx4CnE=\"}]}\n");
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(ar_rung_reader(&text, &key2, &edits, &out, &err) == 0, "%s", err.msg);
	ck_assert_uint_eq(edits.count, 0);
}
END_TEST

/* --- more resources -------------------------------------------------------------------------- */

#define MORE "- resources: [configmaps, widgets.example.com]\n  providers:\n"

/* As the lists of the document begin. */
#define COPIED                                                                                   \
	"  - identity: {}\n  - aescbc:\n      keys:\n      - name: key1\n        secret: " KEY_A \
	"\n      - name: key2 # made 2026-11-24 by atrest\n        secret: " KEY_B "\n"

#define COPIED1                                                                                  \
	"  - identity: {}\n  - aescbc:\n      keys:\n      - name: key1\n        secret: " KEY_A \
	"\n"

static const struct {
	const char *names[10];
	const char *before, *after; /* NULL: refused */
} more[] = {
	{ { "configmaps", "secrets", "widgets.example.com", "configmaps" },
	  SECRETS CBC(KEY1 KEY2) IDENTITY "# end\n",
	  SECRETS CBC(KEY1 KEY2) IDENTITY MORE COPIED "# end\n" },
	{ { "secrets" }, SECRETS CBC(KEY1), SECRETS CBC(KEY1) },
	{ { "jobs.batch" },
	  HEAD "resources:\n- resources: ['*.*']\n  providers:\n" CBC(KEY1),
	  HEAD "resources:\n- resources: ['*.*']\n  providers:\n" CBC(KEY1) },
	{ { "pods" },
	  JSON "{\"identity\":{}},{\"aesgcm\":{\"keys\":[{\"name\":\"key1\",\"secret\":\"" KEY_A
	       "\"}]}}]}]}",
	  JSON "{\"identity\":{}},{\"aesgcm\":{\"keys\":[{\"name\":\"key1\",\"secret\":\"" KEY_A
	       "\"}]}}]},{\"resources\":[\"pods\"],\"providers\":[{\"identity\": {}},"
	       "{\"aesgcm\": {\"keys\":[{\"name\":\"key1\",\"secret\":\"" KEY_A "\"}]}}]}]}" },
	{ { "*.*" }, SECRETS CBC(KEY1), NULL },
	{ { "secret" }, SECRETS CBC(KEY1), NULL },
	{ { "pods" }, SECRETS CBC(KEY1) KMS, NULL },
	{ { "events" }, SECRETS CBC(KEY1), NULL },
	/* A wildcard that is there is no new one; and it holds. */
	{ { "*.apps", "deployments.apps", "pods" },
	  HEAD "resources:\n- resources: ['*.apps']\n  providers:\n" CBC(KEY1),
	  HEAD "resources:\n- resources: ['*.apps']\n  providers:\n" CBC(
		  KEY1) "- resources: [pods]\n  providers:\n" COPIED1 },
	/* More than stand in one entry. */
	{ { "a.b.c", "b.b.c", "c.b.c", "d.b.c", "e.b.c", "f.b.c", "g.b.c", "h.b.c", "i.b.c" },
	  SECRETS CBC(KEY1),
	  SECRETS CBC(KEY1) "- resources: [a.b.c, b.b.c, c.b.c, d.b.c, e.b.c, f.b.c, g.b.c, "
			    "h.b.c]\n  providers:\n" COPIED1
			    "- resources: [i.b.c]\n  providers:\n" COPIED1 },
};

START_TEST(adds_resources)
{
	const struct ar_text text = encconf_text(more[_i].before);
	struct ar_rung_names names = { more[_i].names, 0 };
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	while (more[_i].names[names.count])
		names.count++;
	int made = ar_rung_resources(&text, &names, &edits, &out, &err);
	ck_assert_msg((made == 0) == (more[_i].after != NULL), "%s", err.msg);
	ck_assert(!strstr(err.msg, "a bug in"));
	if (more[_i].after)
		ck_assert_str_eq(ar_buf_text(&out), more[_i].after);
}
END_TEST

/* --- the reduction --------------------------------------------------------------------------- */

START_TEST(reduces_a_resource)
{
	static const char text[] = SECRETS CBC(KEY1) IDENTITY CBC(
		KEY2) "- resources: [secrets, configmaps]\n  providers:\n    - kms: {name: vault, "
		      "endpoint: 'unix:///k'}\n    - secretbox: {keys: [{name: a, secret: " KEY_B
		      "}]}\n";
	struct ar_key_table table = AR_KEY_TABLE_INIT;
	STATE_AUTO state = { .buf.secret = true };
	struct ar_resource secrets = { .resource = "secrets" }, pods = { .resource = "pods" };
	struct ar_rung rung;
	struct ar_err err = AR_ERR_INIT;
	char word[64];

	ar_buf_adds(&state.buf, text);
	understand(&state, &table);
	ck_assert_int_eq(ar_reduce_resource(state.conf, &secrets, &table, &rung, &err), 0);
	ck_assert_uint_eq(rung.writer, 1);
	ck_assert_uint_eq(rung.reads, 31);
	ck_assert_int_eq(ar_reduce_resource(state.conf, &pods, &table, &rung, &err), 0);
	ck_assert(rung.writer == 0 && rung.reads == 1);
	ck_assert_int_eq(ar_reduce_resource(NULL, &pods, &table, &rung, &err), 0);
	ck_assert(rung.writer == 0 && rung.reads == 1);
	static const char *const words[] = { "plain", "aescbc/key1", "aescbc/key2", "kms:v1/vault",
					     "secretbox/a" };
	for (unsigned i = 0; i < 5; i++) {
		ar_key_word(&table, i, word, sizeof word);
		ck_assert_str_eq(word, words[i]);
	}
}
END_TEST

START_TEST(numbers_stored_values)
{
	struct ar_key_table table = AR_KEY_TABLE_INIT;
	struct ar_err err = AR_ERR_INIT;
	static const struct {
		const char *value;
		unsigned number;
	} values[] = {
		{ "k8s:enc:aescbc:v1:key1:x", 1 },
		{ "k8s:enc:aesgcm:v1:key1:x", 2 },
		{ "k8s:enc:aescbc:v1:key1:y", 1 },
		{ "{\"kind\":1}", 0 },
		{ "", 0 },
		{ "k8s:enc:other:v1:key1:y", 3 },
		{ "damaged", 4 },
		{ "k8s:enc:kms:v1:vault:", 5 },
		{ "k8s:enc:kms:v2:vault:", 6 },
	};
	unsigned number;

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct ar_stored stored = ar_stored_read(values[i].value, strlen(values[i].value),
							 NULL, 0);
		ck_assert_int_eq(ar_key_of_stored(&table, &stored, &number, &err), 0);
		ck_assert_uint_eq(number, values[i].number);
	}
	ck_assert_int_eq(ar_key_number(&table, AR_KMS, "vault", &number, &err), 0);
	ck_assert_uint_eq(number, 6);
	ck_assert_int_eq(ar_key_number(&table, AR_AESCBC, "", &number, &err), -1);
}
END_TEST

START_TEST(a_table_ends)
{
	struct ar_key_table table = AR_KEY_TABLE_INIT;
	struct ar_err err = AR_ERR_INIT;
	unsigned number = 0;
	char name[300];

	for (unsigned i = 1; i < AR_LADDER_KEYS; i++) {
		snprintf(name, sizeof name, "key%u", i);
		ck_assert_int_eq(ar_key_number(&table, AR_AESCBC, name, &number, &err), 0);
		ck_assert_uint_eq(number, i);
	}
	ck_assert_int_eq(ar_key_number(&table, AR_AESCBC, "key64", &number, &err), -1);
	ck_assert_int_eq(ar_key_number(&table, AR_AESCBC, "key9", &number, &err), 0);
	ck_assert_uint_eq(number, 9);
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	ck_assert_int_eq(ar_key_number(&table, AR_AESCBC, name, &number, &err), -1);
}
END_TEST

/* --- names ----------------------------------------------------------------------------------- */

static const struct {
	const char *like, *used[4], *name;
} names[] = {
	{ "key1", { "key1" }, "key2" },
	{ "key1", { NULL }, "key1" },
	{ "key1", { "key9", "key10", "other99" }, "key11" },
	{ "key", { "key" }, "key1" },
	{ "7", { "7", "key8" }, "8" },
	{ "key1", { "key1", "key12345678901234567890" }, "key2" },
	{ "key1", { "key1", "key03", "keys7", "ke9" }, "key4" },
	{ "a-2-1", { "a-2-1", "a-3" }, "a-2-2" },
};

START_TEST(names_a_key_as_none_before)
{
	struct ar_err err = AR_ERR_INIT;
	char name[32], small[4];
	size_t count = 0;

	while (count < 4 && names[_i].used[count])
		count++;
	ck_assert_int_eq(ar_rung_name(names[_i].like, names[_i].used, count, name, sizeof name,
				      &err),
			 0);
	ck_assert_str_eq(name, names[_i].name);
	ck_assert_int_eq(ar_rung_name("key1", NULL, 0, small, sizeof small, &err), -1);
}
END_TEST

Suite *rung_suite(void)
{
	Suite *suite = suite_create("rung");
	TCase *bytes = tcase_create("bytes"), *rest = tcase_create("numbers and names");

	tcase_add_loop_test(bytes, says_the_bytes, 0, sizeof cases / sizeof cases[0]);
	tcase_add_loop_test(bytes, refuses, 0, sizeof refused / sizeof refused[0]);
	tcase_add_test(bytes, a_key_that_is_there_is_not_added);
	tcase_add_loop_test(bytes, adds_resources, 0, sizeof more / sizeof more[0]);
	tcase_add_test(rest, reduces_a_resource);
	tcase_add_test(rest, numbers_stored_values);
	tcase_add_test(rest, a_table_ends);
	tcase_add_loop_test(rest, names_a_key_as_none_before, 0, sizeof names / sizeof names[0]);
	suite_add_tcase(suite, bytes);
	suite_add_tcase(suite, rest);
	return suite;
}
