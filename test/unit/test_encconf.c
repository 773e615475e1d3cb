/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "encconf_help.h"

/* --- the model --- */

struct loaded {
	struct ar_enc_problems problems;
	struct ar_tree *tree;
	struct ar_encconf *conf;
};

static struct loaded load(const struct ar_text *text)
{
	struct loaded loaded = { .tree = NULL };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_encconf_read(text, -1, &loaded.problems, &loaded.tree, &loaded.conf,
					 &err),
			 0);
	return loaded;
}

static void unload(struct loaded *loaded)
{
	ar_encconf_free(loaded->conf);
	ar_tree_free(loaded->tree);
	ar_enc_problems_done(&loaded->problems);
}

START_TEST(model_says_what_writes_and_what_reads)
{
	struct ar_text text = encconf_text(
		HEAD "resources:\n"
		     "- resources: [secrets, \"null\", 'a\xc3\xa9\xf0\x9f\x94\x91']\n"
		     "  providers:\n"
		     "  - kms: {name: vault, endpoint: 'unix:///v', timeout: 1.5s, cachesize: -7}\n"
		     "  - aesgcm: {keys: [{name: k16, secret: " KEY_16
		     "}, {name: k32, secret: " KEY_A "}]}\n"
		     "  - identity: {}\n"
		     "  - identity: {}\n"
		     "    secretbox: {keys: [{name: s, secret: '!'}]}\n");
	struct loaded l = load(&text);
	const struct ar_enc_entry *entry = l.conf->entries;

	ck_assert_uint_eq(l.problems.count, 0);
	ck_assert_uint_eq(l.conf->entry_count, 1);
	ck_assert_uint_eq(entry->resource_count, 3);
	ck_assert_str_eq(entry->resources[1], "null");
	ck_assert_str_eq(entry->resources[2], "a\xc3\xa9\xf0\x9f\x94\x91");
	ck_assert(ar_node_is(l.tree, entry->resource_nodes[0], "secrets"));
	ck_assert_uint_eq(entry->provider_count, 4);

	const struct ar_enc_provider *p = entry->providers;
	ck_assert_int_eq(p[0].kind, AR_KMS);
	ck_assert_str_eq(p[0].kms->name, "vault");
	ck_assert_str_eq(p[0].kms->api_version, "v1");
	ck_assert_int_eq(*p[0].kms->timeout, 1500000000);
	ck_assert_int_eq(*p[0].kms->cachesize, -7);
	ck_assert_int_eq(p[1].kind, AR_AESGCM);
	ck_assert_uint_eq(p[1].key_count, 2);
	ck_assert_str_eq(p[1].keys[1].name, "k32");
	ck_assert_uint_eq(p[1].keys[0].bytes, 16);
	ck_assert_uint_eq(p[1].keys[1].bytes, 32);
	ck_assert(ar_node_is(l.tree, p[1].keys[1].secret, KEY_A));
	ck_assert_int_eq(p[2].kind, AR_IDENTITY);
	ck_assert_uint_eq(p[3].set, 2);
	ck_assert_int_eq(p[3].kind, AR_SECRETBOX);
	ck_assert_uint_eq(p[3].keys[0].bytes, 0);
	unload(&l);
}
END_TEST

START_TEST(model_has_no_null_texts)
{
	struct ar_text text = encconf_text(HEAD "resources: [{resources: [~], providers: [{kms: "
						"{}}, {aescbc: {keys: [{}, ~]}}, ~]}]\n");
	struct loaded l = load(&text);
	const struct ar_enc_entry *entry = l.conf->entries;

	ck_assert_str_eq(entry->resources[0], "");
	ck_assert_str_eq(entry->providers[0].kms->name, "");
	ck_assert_str_eq(entry->providers[0].kms->endpoint, "");
	ck_assert_ptr_null(entry->providers[0].kms->timeout);
	ck_assert_uint_eq(entry->providers[1].key_count, 2);
	ck_assert_str_eq(entry->providers[1].keys[1].name, "");
	ck_assert_ptr_null(entry->providers[1].keys[1].secret);
	ck_assert_int_eq(entry->providers[2].kind, AR_PROVIDER_KINDS);
	unload(&l);
}
END_TEST

START_TEST(fields_are_looked_up_as_the_server_reads_them)
{
	struct ar_text text = encconf_text("a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\n"
					   "one: {x: 3, <<: *a}\nlist: {<<: [*a, *b], y: "
					   "4}\ntwice: {x: 5, x: 6}\nquoted: {'<<': {x: 7}}\n");
	struct loaded l = load(&text);
	static const struct {
		const char *map, *field, *value;
	} cases[] = {
		{ "one", "x", "1" }, /* behind, the merge is set last */
		{ "list", "x", "1" }, { "list", "z", "2" },
		{ "list", "y", "4" }, { "twice", "x", "6" },
	};
	const struct ar_node *root = ar_tree_root(l.tree, 0);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct ar_node *map = ar_encconf_field(l.tree, root, cases[i].map);
		const struct ar_node *value = ar_encconf_field(l.tree, map, cases[i].field);
		ck_assert_msg(value && ar_node_is(l.tree, value, cases[i].value), "%s.%s",
			      cases[i].map, cases[i].field);
	}
	ck_assert_ptr_null(ar_encconf_field(l.tree, ar_encconf_field(l.tree, root, "quoted"), "x"));
	ck_assert_ptr_null(ar_encconf_field(l.tree, NULL, "x"));
	unload(&l);
}
END_TEST

/* --- writing --- */

static const char *const two_names[] = { "secrets", "configmaps" };

static struct ar_encconf_new fresh(enum ar_provider_kind provider, enum ar_identity identity)
{
	return (struct ar_encconf_new){
		.provider = provider,
		.resources = two_names,
		.resource_count = 2,
		.identity = identity,
		.key_name = "key1",
		.key_base64 = KEY_A,
		.made = "2026-11-24",
	};
}

static struct ar_buf written(const struct ar_encconf_new *conf)
{
	struct ar_buf out = { .secret = true };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_encconf_write(conf, &out, &err), 0);
	return out;
}

START_TEST(a_new_file_is_this_text)
{
	struct ar_encconf_new conf = fresh(AR_AESCBC, AR_IDENTITY_LAST);
	AR_BUF_AUTO struct ar_buf out = written(&conf);

	ck_assert_str_eq(ar_buf_text(&out),
			 "apiVersion: apiserver.config.k8s.io/v1\n"
			 "kind: EncryptionConfiguration\n"
			 "resources:\n"
			 "  - resources:\n"
			 "      - \"secrets\"\n"
			 "      - \"configmaps\"\n"
			 "    providers:\n"
			 "      - aescbc:\n"
			 "          keys:\n"
			 "            - name: \"key1\" # made 2026-11-24 by atrest\n"
			 "              secret: \"" KEY_A "\"\n"
			 "      - identity: {}\n");
}
END_TEST

START_TEST(a_new_file_is_valid_without_a_warning_and_reads_back)
{
	static const enum ar_provider_kind kinds[] = { AR_AESCBC, AR_SECRETBOX, AR_AESGCM };
	const struct ar_encconf_opts opts = { .minor = -1, .hot_reload = true, .lints = true };

	for (size_t i = 0; i < 9; i++) {
		struct ar_encconf_new conf = fresh(kinds[i / 3], (enum ar_identity)(i % 3));
		AR_BUF_AUTO struct ar_buf out = written(&conf);
		char said[500];

		encconf_verdict(ar_buf_text(&out), &opts, AR_WARNING, false, said, sizeof said);
		const char *want = i % 3 == AR_IDENTITY_FIRST && i / 3 == 2
					   ? "identity-first@resources[0].providers[0] "
					     "provider-aesgcm@resources[0].providers[1] "
				   : i % 3 == AR_IDENTITY_FIRST
					   ? "identity-first@resources[0].providers[0] "
				   : i / 3 == 2 ? "provider-aesgcm@resources[0].providers[0] "
						: "";
		ck_assert_str_eq(said, want);

		struct ar_text text = encconf_text(ar_buf_text(&out));
		struct loaded l = load(&text);
		const struct ar_enc_provider *p = &l.conf->entries[0]
							   .providers[i % 3 == AR_IDENTITY_FIRST];
		ck_assert_uint_eq(l.conf->entries[0].provider_count,
				  i % 3 == AR_IDENTITY_NONE ? 1 : 2);
		ck_assert_int_eq(p->kind, kinds[i / 3]);
		ck_assert_str_eq(p->keys[0].name, "key1");
		ck_assert_str_eq(p->keys[0].made, "2026-11-24");
		ck_assert_uint_eq(p->keys[0].bytes, 32);
		unload(&l);
	}
}
END_TEST

START_TEST(names_are_quoted_so_that_yaml_1_1_cannot_misread_them)
{
	static const char *const names[] = { "yes",
					     "0x1F",
					     "null",
					     "1e3",
					     "~",
					     "*.*",
					     "a\"b\\c",
					     "\xc3\xa9\x7f\n",
					     "2024-01-02 x: # y" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct ar_encconf_new conf = fresh(AR_SECRETBOX, AR_IDENTITY_NONE);
		conf.key_name = names[i];
		conf.resources = &names[i];
		conf.resource_count = 1;
		AR_BUF_AUTO struct ar_buf out = written(&conf);
		struct ar_text text = encconf_text(ar_buf_text(&out));
		struct loaded l = load(&text);

		ck_assert_uint_eq(l.problems.count, 0);
		ck_assert_str_eq(l.conf->entries[0].resources[0], names[i]);
		ck_assert_str_eq(l.conf->entries[0].providers[0].keys[0].name, names[i]);
		ck_assert_str_eq(l.conf->entries[0].providers[0].keys[0].made, "2026-11-24");
		unload(&l);
	}
}
END_TEST

START_TEST(what_cannot_be_written_is_refused)
{
	struct ar_encconf_new conf = fresh(AR_KMS, AR_IDENTITY_NONE);
	AR_BUF_AUTO struct ar_buf out = { .secret = true };
	struct ar_err err = AR_ERR_INIT, again = AR_ERR_INIT;

	ck_assert_int_eq(ar_encconf_write(&conf, &out, &err), -1);
	ck_assert(ar_err_is_set(&err));
	conf = fresh(AR_AESCBC, AR_IDENTITY_NONE);
	conf.key_name = "\xff";
	ck_assert_int_eq(ar_encconf_write(&conf, &out, &again), -1);
	ck_assert(ar_err_is_set(&again));
}
END_TEST

/* Exactly what kube-bench 1.2.28 runs, with the shell's own tools. */
static int run_kube_bench_grep(const char *path)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		execl("/bin/sh", "sh", "-c",
		      "words=$(grep -A1 'providers:' \"$1\" | tail -n1 | grep -o '[A-Za-z]*') && [ "
		      "-n \"$words\" ] || exit 1\n"
		      "for word in $words; do case $word in aescbc|kms|secretbox) ;; *) exit 1;; "
		      "esac; done",
		      "sh", path, (char *)NULL);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static bool passes_kube_bench(const char *text)
{
	char path[] = "/tmp/atrest-unit-XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	int status = run_kube_bench_grep(path);
	unlink(path);
	ck_assert_int_le(status, 1);
	return status == 0;
}

START_TEST(a_new_file_passes_kube_bench)
{
	for (size_t i = 0; i < 4; i++) {
		struct ar_encconf_new conf = fresh(i / 2 ? AR_AESCBC : AR_SECRETBOX,
						   i % 2 ? AR_IDENTITY_LAST : AR_IDENTITY_NONE);
		AR_BUF_AUTO struct ar_buf out = written(&conf);
		ck_assert_msg(passes_kube_bench(ar_buf_text(&out)), "%s", ar_buf_text(&out));
	}
	struct ar_encconf_new first = fresh(AR_AESCBC, AR_IDENTITY_FIRST);
	AR_BUF_AUTO struct ar_buf out = written(&first);
	ck_assert(!passes_kube_bench(ar_buf_text(&out)));
}
END_TEST

#define BODY(line)                                                     \
	HEAD "resources:\n- resources: [secrets]\n  providers:\n" line \
	     "  - aescbc:\n      keys:\n"                              \
	     "      - {name: key1, secret: " KEY_A "}\n"

/* The lint says what kube-bench would find. */
START_TEST(the_kube_bench_lint_agrees_with_kube_bench)
{
	static const char *const texts[] = {
		BODY(""),
		BODY("  # the first one writes\n"),
		BODY("  # aescbc\n"),
		BODY("\n"),
		HEAD "resources: [{resources: [secrets], providers: [" AESCBC "]}]\n",
		HEAD "resources:\n- providers:\n  - secretbox: {keys: [{name: k, secret: " KEY_A
		     "}]}\n  resources: [secrets]\n",
		HEAD "resources:\n- providers:\n  - aescbc:\n      {keys: [{name: k, secret: " KEY_A
		     "}]}\n  resources: [secrets]\n",
		HEAD "resources:\n- resources: [secrets]\n  providers: [" AESCBC "] # providers:",
		HEAD "resources:\n- providers:\n  - kms:\n      {name: a, apiVersion: v2, "
		     "endpoint: 'unix:///x'}\n  resources: [secrets]\n",
	};
	const struct ar_encconf_opts opts = { .minor = -1, .lints = true };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char said[500];
		encconf_verdict(texts[i], &opts, AR_NOTE, false, said, sizeof said);
		ck_assert_msg(passes_kube_bench(texts[i]) == !strstr(said, "kube-bench@"), "%s%s",
			      texts[i], said);
	}
}
END_TEST

START_TEST(the_age_of_a_key_is_its_own_comment_only)
{
	static const struct {
		const char *item, *made;
	} cases[] = {
		{ "- name: a # made 2026-11-24 by atrest\n         secret: x", "2026-11-24" },
		{ "- name: a   # made 2026-11-24 by atrest\n         secret: x", "2026-11-24" },
		{ "- secret: x\n         name: a # made 2026-11-24 by atrest", "2026-11-24" },
		{ "- name: a # made 2026-11-24 by atrest, moved since\n         secret: x",
		  "2026-11-24" },
		{ "- name: a # made yesterday by atrest\n         secret: x", "" },
		{ "- name: a # made 2026-11-2\n         secret: x", "" },
		{ "- name: a\n         # made 2026-11-24 by atrest\n         secret: x", "" },
		{ "- name: 'a # made 2026-11-24 by atrest'\n         secret: x", "" },
		{ "- name: a\n         secret: x # made 2026-11-24 by atrest", "" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char document[600];
		snprintf(document, sizeof document,
			 HEAD "resources:\n- resources: [secrets]\n  providers:\n"
			      "  - aescbc:\n      keys:\n       %s\n",
			 cases[i].item);
		struct ar_text text = encconf_text(document);
		struct loaded l = load(&text);
		ck_assert_str_eq(l.conf->entries[0].providers[0].keys[0].made, cases[i].made);
		unload(&l);
	}
}
END_TEST

START_TEST(providers_are_known_by_name)
{
	ck_assert_int_eq(ar_provider_by_name("secretbox"), AR_SECRETBOX);
	ck_assert_int_eq(ar_provider_by_name("AESCBC"), -1);
	ck_assert_int_eq(ar_provider_by_name(""), -1);
	ck_assert_str_eq(ar_provider_name(AR_AESCBC), "aescbc");
	ck_assert_uint_eq(ar_provider_key_len(AR_AESGCM), 32);
	ck_assert_uint_eq(ar_provider_key_len(AR_KMS), 0);
}
END_TEST

/* --- redaction --- */

/* `text` with what must be hidden as #. */
static void hidden(const char *text, char *ret, size_t size)
{
	struct ar_text document = encconf_text(text);
	struct ar_err err = AR_ERR_INIT;
	struct ar_range *list = NULL;
	size_t count = 0, last = 0;

	ck_assert_int_eq(ar_encconf_secrets(&document, &list, &count, &err), 0);
	ck_assert_uint_lt(document.len, size);
	memcpy(ret, text, document.len + 1);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_ge(list[i].start, last);
		ck_assert_uint_lt(list[i].start, list[i].end);
		ck_assert_uint_le(list[i].end, document.len);
		memset(ret + list[i].start, '#', list[i].end - list[i].start);
		last = list[i].end;
	}
	free(list);
}

START_TEST(law_7_secrets_are_hidden_whatever_is_wrong)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "k: {name: a, secret: hunter2}\n", "k: {name: a, secret: #######}\n" },
		{ "secret: 'a'\nSecret: \"b\"\n", "secret: ###\nSecret: ###\n" },
		{ "secret: [a, {b: c}]\nd: e\n", "secret: ###########\nd: e\n" },
		{ "secret: &x hunter2\nother: *x\n", "secret: ##########\nother: *x\n" },
		{ "x: &x hunter2\nsecret: *x\n", "x: ##########\nsecret: *x\n" },
		{ "keys:\n- name: a\n  secert: hunter2\n",
		  "keys:\n- name: a\n  secert: #######\n" },
		{ "keys: [{name: a, value: {x: hunter2}}]\n",
		  "keys: [{name: a, value: ############}]\n" },
		{ "a: b\n---\nsecret: hunter2\n", "a: b####################" },
		{ "secret: [\n", "##########" },
		{ "not: yaml: secret: hunter2", "##########################" },
		{ "", "" },
		{ "a: b # was " KEY_16 "\n", "a: b # was ########################\n" },
		{ "kind: EncryptionConfiguration\n", "kind: EncryptionConfiguration\n" },
		{ "name: " KEY_A "\n", "name: ############################################\n" },
		{ "- unix:///var/run/kmsplugin/socket.sock\n- deployments.apps\n",
		  "- unix:///var/run/kmsplugin/socket.sock\n- deployments.apps\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char shown[400];
		hidden(cases[i].text, shown, sizeof shown);
		if (strchr(cases[i].shown, '\n') ||
		    strlen(cases[i].shown) == strlen(cases[i].text)) {
			ck_assert_str_eq(shown, cases[i].shown);
		} else {
			ck_assert_msg(strncmp(shown, "a: b####", 8) == 0 &&
					      !strstr(shown, "hunter2"),
				      "%s", shown);
		}
	}
}
END_TEST

static void setup(void)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_secret_setup(&err), 0);
}

Suite *encconf_suite(void);

Suite *encconf_suite(void)
{
	Suite *suite = suite_create("encconf");
	TCase *tests = tcase_create("encconf");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, model_says_what_writes_and_what_reads);
	tcase_add_test(tests, model_has_no_null_texts);
	tcase_add_test(tests, fields_are_looked_up_as_the_server_reads_them);
	tcase_add_test(tests, a_new_file_is_this_text);
	tcase_add_test(tests, a_new_file_is_valid_without_a_warning_and_reads_back);
	tcase_add_test(tests, names_are_quoted_so_that_yaml_1_1_cannot_misread_them);
	tcase_add_test(tests, what_cannot_be_written_is_refused);
	tcase_add_test(tests, a_new_file_passes_kube_bench);
	tcase_add_test(tests, the_kube_bench_lint_agrees_with_kube_bench);
	tcase_add_test(tests, the_age_of_a_key_is_its_own_comment_only);
	tcase_add_test(tests, providers_are_known_by_name);
	tcase_add_test(tests, law_7_secrets_are_hidden_whatever_is_wrong);
	suite_add_tcase(suite, tests);
	return suite;
}
