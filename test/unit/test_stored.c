/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/scope.h"
#include "encconf_help.h"
#include "kube/stored.h"

Suite *stored_suite(void);

#define CONF(entries)           HEAD "resources:\n" entries
#define ENTRY(names, providers) "- resources: [" names "]\n  providers: [" providers "]\n"
#define KEYS(provider, keys)    "{" provider ": {keys: [" keys "]}}"
#define KEY(name)               "{name: \"" name "\", secret: " KEY_A "}"
#define KMS(version, name) \
	"{kms: {apiVersion: " version ", name: \"" name "\", endpoint: \"unix:///k.sock\"}}"
#define IDENTITY "{identity: {}}"

/* A config that is read, and what belongs to it. */
struct conf {
	struct ar_tree *tree;
	struct ar_encconf *conf;
	struct ar_stored_name *names;
	size_t name_count;
	struct ar_err err;
};

static void conf_done(struct conf *conf)
{
	free(conf->names);
	ar_encconf_free(conf->conf);
	ar_tree_free(conf->tree);
}
#define CONF_AUTO __attribute__((cleanup(conf_done)))

static struct conf conf_of(const char *data)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	struct conf conf = { .tree = NULL };
	struct ar_text text = encconf_text(data);

	ck_assert_int_eq(ar_encconf_read(&text, -1, &problems, &conf.tree, &conf.conf, &conf.err),
			 0);
	ck_assert_ptr_nonnull(conf.conf);
	ck_assert_int_eq(ar_stored_names(conf.conf, &conf.names, &conf.name_count, &conf.err), 0);
	return conf;
}

#define READ(value) ar_stored_read(value, sizeof(value) - 1, NULL, 0)

static void assert_name(struct ar_stored stored, const char *name)
{
	ck_assert_ptr_nonnull(stored.name);
	ck_assert_msg(ar_text_is(stored.name, stored.name_len, name), "%.*s", (int)stored.name_len,
		      stored.name);
}

START_TEST(a_value_tells_its_form)
{
	static const struct {
		const char *value;
		size_t len;
		enum ar_stored_kind kind;
		bool encrypted, plain;
	} rows[] = {
		{ "", 0, AR_STORED_EMPTY, false, false },
		{ "k8s:enc:aescbc:v1:key1:x", 24, AR_STORED_AESCBC, true, false },
		{ "k8s:enc:aesgcm:v1:key1:x", 24, AR_STORED_AESGCM, true, false },
		{ "k8s:enc:secretbox:v1:key1:x", 27, AR_STORED_SECRETBOX, true, false },
		{ "k8s:enc:kms:v1:vault:x", 22, AR_STORED_KMS1, true, false },
		{ "k8s:enc:kms:v2:vault:x", 22, AR_STORED_KMS2, true, false },
		{ "k8s:enc:kms:v3:vault:x", 22, AR_STORED_FOREIGN, true, false },
		{ "k8s:enc:aescbc:v2:key1:x", 24, AR_STORED_FOREIGN, true, false },
		{ "k8s:enc:aescbc:v1:key1", 22, AR_STORED_FOREIGN, true, false },
		{ "k8s:enc:aescbc:v1::x", 20, AR_STORED_FOREIGN, true, false },
		{ "k8s:enc:", 8, AR_STORED_FOREIGN, true, false },
		{ "k8s:enc", 7, AR_STORED_UNKNOWN, false, false },
		{ "k8s\0\x0a", 5, AR_STORED_PROTOBUF, false, true },
		{ "k8s", 3, AR_STORED_UNKNOWN, false, false },
		{ "{\"kind\"", 7, AR_STORED_JSON, false, true },
		{ "\xd9\xd9\xf7\xa1", 4, AR_STORED_CBOR, false, true },
		{ "apiVersion: v1", 14, AR_STORED_UNKNOWN, false, false },
		{ "K8S:ENC:aescbc:v1:key1:", 23, AR_STORED_UNKNOWN, false, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ar_stored stored = ar_stored_read(rows[i].value, rows[i].len, NULL, 0);
		ck_assert_msg(stored.kind == rows[i].kind, "%s: %s", rows[i].value,
			      ar_stored_word(stored.kind));
		ck_assert_int_eq(ar_stored_is_encrypted(stored.kind), rows[i].encrypted);
		ck_assert_int_eq(ar_stored_is_plain(stored.kind), rows[i].plain);
		ck_assert_int_eq(stored.name != NULL, stored.prefix_len > 0);
	}
}
END_TEST

START_TEST(a_name_ends_at_its_colon)
{
	struct ar_stored stored = READ("k8s:enc:aescbc:v1:key1:ab:cd");

	assert_name(stored, "key1");
	ck_assert_uint_eq(stored.prefix_len, strlen("k8s:enc:aescbc:v1:key1:"));
	ck_assert_ptr_null(stored.key_id);
}
END_TEST

START_TEST(a_name_of_the_config_may_have_a_colon)
{
	CONF_AUTO struct conf conf = conf_of(CONF(ENTRY(
		"secrets", KEYS("aescbc", KEY("a:b:c") ", " KEY("a") ", " KEY("a:b")) ", " KEYS(
				   "aesgcm", KEY("a:b:c:d")) ", " KMS("v1", "k:1"))));
	static const struct {
		const char *value, *name;
	} rows[] = {
		{ "k8s:enc:aescbc:v1:a:b:c:xyz", "a:b:c" },
		{ "k8s:enc:aescbc:v1:a:b:d:xyz", "a:b" },
		{ "k8s:enc:aescbc:v1:a:b", "a" },
		{ "k8s:enc:aescbc:v1:a:b:c:d:xyz", "a:b:c" }, /* the longer one is aesgcm's */
		{ "k8s:enc:aesgcm:v1:a:b:c:d:xyz", "a:b:c:d" },
		{ "k8s:enc:aesgcm:v1:a:b:c:xyz", "a" },
		{ "k8s:enc:kms:v1:k:1:xyz", "k:1" },
		{ "k8s:enc:kms:v2:k:1:xyz", "k" },
	};

	ck_assert_uint_eq(conf.name_count, 5);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_name(ar_stored_read(rows[i].value, strlen(rows[i].value), conf.names,
					   conf.name_count),
			    rows[i].name);
}
END_TEST

START_TEST(what_is_too_long_is_no_name)
{
	char value[600] = "k8s:enc:aescbc:v1:";
	size_t head = strlen(value);

	memset(value + head, 'n', 255);
	value[head + 255] = ':';
	ck_assert_uint_eq(ar_stored_read(value, sizeof value, NULL, 0).name_len, 255);
	value[head + 255] = 'n';
	value[head + 256] = ':';
	ck_assert_int_eq(ar_stored_read(value, sizeof value, NULL, 0).kind, AR_STORED_FOREIGN);
	/* An own one may be that long. */
	value[head + 256] = '\0';
	struct ar_stored_name own = { AR_STORED_AESCBC, strdup(value + head) };
	value[head + 256] = ':';
	ck_assert_uint_eq(ar_stored_read(value, sizeof value, &own, 1).name_len, 256);
	free((void *)(uintptr_t)own.name);
}
END_TEST

START_TEST(a_kms_v2_value_tells_its_key_id)
{
#define V2 "k8s:enc:kms:v2:vault:"
	struct ar_stored stored = READ(V2 "\x0a\x02xx\x12\x04id-1\x1a\x01y");

	assert_name(stored, "vault");
	ck_assert_ptr_nonnull(stored.key_id);
	ck_assert(ar_text_is(stored.key_id, stored.key_id_len, "id-1"));
	stored = READ(V2 "\x12\x04id-1\x12\x04id-2"); /* the later holds */
	ck_assert(ar_text_is(stored.key_id, stored.key_id_len, "id-2"));
	ck_assert_ptr_null(READ(V2).key_id);
	ck_assert_ptr_null(READ(V2 "\x12\x00").key_id);
	ck_assert_ptr_null(READ(V2 "\x10\x01").key_id);
	ck_assert_ptr_null(READ(V2 "\x12\x02\xff\xfe").key_id); /* a string is UTF-8 */
	/* Of a piece, and of a damaged one, nothing is believed. */
	ck_assert_ptr_null(READ(V2 "\x12\x04id-1\x0a\x09xx").key_id);
	ck_assert_ptr_null(READ("k8s:enc:kms:v1:vault:\x12\x04id-1").key_id);
}
END_TEST

START_TEST(the_first_key_of_the_first_provider_writes)
{
	static const struct {
		const char *providers, *prefix;
		enum ar_provider_kind provider;
		bool ambiguous;
	} rows[] = {
		{ KEYS("aescbc", KEY("key2") ", " KEY("key1")) ", " IDENTITY,
		  "k8s:enc:aescbc:v1:key2:", AR_AESCBC, false },
		{ IDENTITY ", " KEYS("aescbc", KEY("key1")), "", AR_IDENTITY, false },
		{ KEYS("aesgcm", KEY("a")) ", " KEYS("aesgcm", KEY("a:b")),
		  "k8s:enc:aesgcm:v1:a:", AR_AESGCM, true },
		{ KEYS("aesgcm", KEY("a")) ", " KEYS("aescbc", KEY("a:b")),
		  "k8s:enc:aesgcm:v1:a:", AR_AESGCM, false },
		{ KEYS("secretbox", KEY("a:b")) ", " KEYS("secretbox", KEY("a")),
		  "k8s:enc:secretbox:v1:a:b:", AR_SECRETBOX, true },
		{ KEYS("secretbox", KEY("a:b")) ", " KEYS("secretbox", KEY("a:bc")),
		  "k8s:enc:secretbox:v1:a:b:", AR_SECRETBOX, false },
		{ KMS("v1", "k"), "k8s:enc:kms:v1:k:", AR_KMS, false },
		{ KMS("v2", "k"), "k8s:enc:kms:v2:k:", AR_KMS, false },
		{ "{kms: {name: k, endpoint: \"unix:///k\"}}", "k8s:enc:kms:v1:k:", AR_KMS, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[2000];
		struct ar_writer writer;
		snprintf(text, sizeof text, CONF(ENTRY("secrets", "%s")), rows[i].providers);
		CONF_AUTO struct conf conf = conf_of(text);
		ck_assert_int_eq(ar_writer_of(conf.conf, conf.conf->entries, &writer, &conf.err),
				 0);
		ck_assert_str_eq(writer.prefix, rows[i].prefix);
		ck_assert_int_eq(writer.provider, rows[i].provider);
		ck_assert_int_eq(writer.ambiguous, rows[i].ambiguous);
	}
}
END_TEST

START_TEST(without_a_key_nobody_writes)
{
	static const char *const rows[] = {
		"",   "{aescbc: {keys: []}}", "{aescbc: {}}", KEYS("aescbc", KEY("")),
		"{}", KMS("v3", "k"),         KMS("v2", ""),
	};
	char text[2000], name[300];

	for (size_t i = 0; i <= sizeof rows / sizeof *rows; i++) {
		struct ar_writer writer;
		memset(name, 'n', 256);
		snprintf(name + 256, sizeof name - 256, ", secret: x");
		snprintf(text, sizeof text, CONF(ENTRY("secrets", "%s%s%s")),
			 i < 7 ? rows[i] : "{aescbc: {keys: [{name: ", i < 7 ? "" : name,
			 i < 7 ? "" : "}]}}");
		CONF_AUTO struct conf conf = conf_of(text);
		ck_assert_int_eq(ar_writer_of(conf.conf, conf.conf->entries, &writer, &conf.err),
				 -1);
		ck_assert(ar_err_is_set(&conf.err));
	}
}
END_TEST

START_TEST(current_is_what_the_writer_wrote)
{
	CONF_AUTO struct conf conf = conf_of(
		CONF(ENTRY("secrets", KEYS("aescbc", KEY("a")) ", " KEYS("aescbc", KEY("a:b")))
			     ENTRY("pods", IDENTITY) ENTRY("nodes", KMS("v2", "k"))));
	static const struct {
		size_t entry;
		const char *value;
		bool wrote;
	} rows[] = {
		{ 0, "k8s:enc:aescbc:v1:a:xx", true },
		{ 0, "k8s:enc:aescbc:v1:a:b:xx", false },
		{ 0, "k8s:enc:aescbc:v1:ab:xx", false },
		{ 0, "k8s:enc:aesgcm:v1:a:xx", false },
		{ 0, "{}", false },
		{ 0, "?", false },
		{ 0, "k8s:enc:x:v1:a:", false },
		{ 1, "{}", true },
		{ 1, "?", true },
		{ 1, "k8s:enc:x:v1:a:", false },
		{ 1, "k8s:enc:aescbc:v1:a:xx", false },
		{ 2, "k8s:enc:kms:v2:k:xx", true },
		{ 2, "k8s:enc:kms:v1:k:xx", false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ar_writer writer;
		struct ar_stored stored = ar_stored_read(rows[i].value, strlen(rows[i].value),
							 conf.names, conf.name_count);
		ck_assert_int_eq(ar_writer_of(conf.conf, &conf.conf->entries[rows[i].entry],
					      &writer, &conf.err),
				 0);
		ck_assert_msg(ar_writer_wrote(&writer, &stored) == rows[i].wrote, "%s",
			      rows[i].value);
	}
}
END_TEST

Suite *stored_suite(void)
{
	Suite *suite = suite_create("stored");
	TCase *tests = tcase_create("stored");

	tcase_add_test(tests, a_value_tells_its_form);
	tcase_add_test(tests, a_name_ends_at_its_colon);
	tcase_add_test(tests, a_name_of_the_config_may_have_a_colon);
	tcase_add_test(tests, what_is_too_long_is_no_name);
	tcase_add_test(tests, a_kms_v2_value_tells_its_key_id);
	tcase_add_test(tests, the_first_key_of_the_first_provider_writes);
	tcase_add_test(tests, without_a_key_nobody_writes);
	tcase_add_test(tests, current_is_what_the_writer_wrote);
	suite_add_tcase(suite, tests);
	return suite;
}
