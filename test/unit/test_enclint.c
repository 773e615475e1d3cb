/* SPDX-License-Identifier: Apache-2.0 */
#include "encconf_help.h"
#include "kube/resources.h"

/* What API servers take and users regret. */

struct given {
	const char *about;
	const char *body;
	const char *said; /* every finding as id@path, each with a blank behind it */
	int minor;        /* 0: the newest */
};

#define ENTRY(names, providers) "- resources: [" names "]\n  providers:\n" providers
#define NAMES(names)            "resources:\n" ENTRY(names, SECRETBOX IDENTITY)
#define IDENTITY                "  - identity: {}\n"
#define SECRETBOX               "  - secretbox:\n      keys: [{name: k, secret: " KEY_A "}]\n"
#define PROVIDER(name, keys)    "  - " name ":\n      keys: [" keys "]\n"
#define KEYS(keys)              "resources:\n" ENTRY("secrets", PROVIDER("aescbc", keys) IDENTITY)
#define KMS(version, endpoint)                                                         \
	"resources:\n- resources: [secrets]\n  providers:\n  - kms:\n      {name: k, " \
	"apiVersion: " version ", endpoint: '" endpoint "'}\n" IDENTITY
#define P0    "resources[0].providers[0]"
#define NAME0 "resources[0].resources[0]"
#define K0    P0 ".aescbc.keys[0]"
#define K1    P0 ".aescbc.keys[1]"

static const struct given cases[] = {
	{ "nothing to say", NAMES("secrets, configmaps, deployments.apps, widgets.example.org"), "",
	  0 },
	{ "singular", NAMES("secret"), "resource-unknown@" NAME0 " ", 0 },
	{ "group missing", NAMES("deployments"), "resource-unknown@" NAME0 " ", 0 },
	{ "no name", NAMES("''"), "resource-unknown@" NAME0 " ", 0 },
	{ "wildcard before 1.27", NAMES("'*.'"), "wildcard-unsupported@" NAME0 " ", 26 },
	{ "custom resource before 1.26", NAMES("widgets.example.org"),
	  "custom-unsupported@" NAME0 " ", 25 },
	{ "events under the core wildcard", NAMES("'*.'"), "wildcard-churn@" NAME0 " ", 0 },
	{ "leases under their group's wildcard", NAMES("'*.coordination.k8s.io'"),
	  "wildcard-churn@" NAME0 " ", 0 },
	{ "other wildcards are quiet", NAMES("'*.apps'"), "", 0 },
	{ "events and leases taken out before everything",
	  "resources:\n" ENTRY("events, leases.coordination.k8s.io", IDENTITY)
		  ENTRY("'*.*'", SECRETBOX IDENTITY),
	  "", 0 },
	{ "only events taken out",
	  "resources:\n" ENTRY("events", IDENTITY) ENTRY("'*.*'", SECRETBOX IDENTITY),
	  "wildcard-churn@resources[1].resources[0] ", 0 },
	{ "a wildcard in plain text costs nothing", "resources:\n" ENTRY("'*.*'", IDENTITY), "",
	  0 },
	{ "one resource in two entries",
	  "resources:\n" ENTRY("secrets", SECRETBOX IDENTITY) ENTRY("secrets", SECRETBOX IDENTITY),
	  "resource-twice@resources[1].resources[0] ", 0 },

	{ "identity first", "resources:\n" ENTRY("secrets", IDENTITY SECRETBOX),
	  "identity-first@" P0 " ", 0 },
	{ "identity alone is a choice", "resources:\n" ENTRY("secrets", IDENTITY), "", 0 },
	{ "no identity", "resources:\n" ENTRY("secrets", SECRETBOX),
	  "identity-missing@resources[0].providers ", 0 },
	{ "aesgcm",
	  "resources:\n" ENTRY("secrets",
			       PROVIDER("aesgcm", "{name: k, secret: " KEY_A "}") IDENTITY),
	  "provider-aesgcm@" P0 " ", 0 },
	{ "KMS v1 while it is on", KMS("v1", "unix:///k"), "kms-v1@" P0 ".kms.apiVersion ", 28 },
	{ "KMS v1 where it is off is an error, said once", KMS("v1", "unix:///k"),
	  "kms-v1-off@" P0 ".kms.apiVersion ", 0 },
	{ "two slashes", KMS("v2", "unix://var/run/k"), "kms-endpoint-path@" P0 ".kms.endpoint ",
	  0 },
	{ "no path", KMS("v2", "unix:k"), "kms-endpoint-path@" P0 ".kms.endpoint ", 0 },
	{ "three slashes", KMS("v2", "unix:///@k"), "", 0 },

	{ "aescbc with 16 and 24 bytes",
	  KEYS("{name: a, secret: " KEY_16 "}, {name: b, secret: " KEY_24 "}"),
	  "key-short@" K0 ".secret key-short@" K1 ".secret ", 0 },
	{ "aesgcm may have 16",
	  "resources:\n" ENTRY("secrets",
			       PROVIDER("aesgcm", "{name: k, secret: " KEY_16 "}") IDENTITY),
	  "provider-aesgcm@" P0 " ", 0 },
	{ "one name twice", KEYS("{name: a, secret: " KEY_A "}, {name: a, secret: " KEY_B "}"),
	  "key-name-twice@" K1 ".name ", 0 },
	{ "one name twice, in two elements of one type",
	  "resources:\n" ENTRY("secrets",
			       PROVIDER("aescbc", "{name: a, secret: " KEY_A "}")
				       PROVIDER("aescbc", "{name: a, secret: " KEY_B "}") IDENTITY),
	  "key-name-twice@resources[0].providers[1].aescbc.keys[0].name ", 0 },
	{ "one name for two providers is told apart",
	  "resources:\n" ENTRY("secrets", PROVIDER("aescbc", "{name: a, secret: " KEY_A "}")
						  PROVIDER("secretbox", "{name: a, secret: " KEY_B
									"}") IDENTITY),
	  "", 0 },
	{ "one key for two entries is no mistake",
	  "resources:\n" ENTRY("secrets", SECRETBOX IDENTITY)
		  ENTRY("configmaps", SECRETBOX IDENTITY),
	  "", 0 },
	{ "the same bytes under two names",
	  KEYS("{name: a, secret: " KEY_A "}, {name: b, secret: " KEY_B
	       "}, {name: c, secret: " KEY_A "}"),
	  "key-bytes-twice@" P0 ".aescbc.keys[2].secret ", 0 },
	{ "the same bytes, spelled in another way",
	  KEYS("{name: a, secret: " KEY_16 "}, {name: b, secret: \"pV3kOzHPm1Yq\\n7Xo0sT9uWR==\"}"),
	  "key-short@" K0 ".secret key-short@" K1 ".secret key-bytes-twice@" K1 ".secret ", 0 },
	{ "a colon in a name", KEYS("{name: 'a:b', secret: " KEY_A "}"),
	  "key-name-odd@" K0 ".name ", 0 },
	{ "a blank, a control, an umlaut",
	  KEYS("{name: 'a b', secret: " KEY_A "}, {name: \"a\\x01\", secret: " KEY_B "}"),
	  "key-name-odd@" K0 ".name key-name-odd@" K1 ".name ", 0 },
	{ "the key of the documentation", KEYS("{name: a, secret: c2VjcmV0IGlzIHNlY3VyZQ==}"),
	  "key-short@" K0 ".secret key-sample@" K0 ".secret ", 0 },
	{ "typed", KEYS("{name: a, secret: bXkgdmVyeSBvd24ga2V5IG9mIDMyIGJ5dGVzIGhlcmU=}"),
	  "key-weak@" K0 ".secret ", 0 },
	{ "zeros", KEYS("{name: a, secret: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=}"),
	  "key-weak@" K0 ".secret ", 0 },
	{ "counted", KEYS("{name: a, secret: gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=}"),
	  "key-weak@" K0 ".secret ", 0 },
	{ "a wrong length is an error, and no lint", KEYS("{name: a, secret: c2hvcnQ=}"),
	  "key-length@" K0 ".secret ", 0 },

	{ "an unknown field before 1.31", NAMES("secrets") "comment: x\n", "field-ignored@comment ",
	  30 },
	{ "a field twice before 1.31", "kind: EncryptionConfiguration\n" NAMES("secrets"),
	  "field-ignored@kind ", 30 },
	{ "a second document", NAMES("secrets") "---\na: b\n", "document-ignored@ ", 0 },
	{ "an end marker is no second document", NAMES("secrets") "...\n# the end\n", "", 0 },
	{ "no lints where types are wrong",
	  "resources:\n" ENTRY("secret, 1", PROVIDER("aesgcm", "")),
	  "config-type@resources[0].resources[1] keys-none@" P0 ".aesgcm.keys ", 0 },
};

START_TEST(lints_say_what_is_regretted)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char document[4000], said[4000];
		const struct ar_encconf_opts opts = { .minor = cases[i].minor ? cases[i].minor : -1,
						      .lints = true };

		snprintf(document, sizeof document, "%s%s", HEAD, cases[i].body);
		encconf_verdict(document, &opts, AR_NOTE, false, said, sizeof said);
		ck_assert_msg(strcmp(said, cases[i].said) == 0,
			      "%s\n%s\nsaid:   '%s'\nwanted: '%s'", cases[i].about, document, said,
			      cases[i].said);
	}
}
END_TEST

START_TEST(lints_are_only_said_when_asked_for)
{
	const struct ar_encconf_opts opts = { .minor = 30 };
	char said[500];

	encconf_verdict(HEAD NAMES("secret") "comment: x\n---\n", &opts, AR_NOTE, false, said,
			sizeof said);
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(lints_do_not_refuse)
{
	AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_err err = AR_ERR_INIT;
	const struct ar_encconf_opts opts = { .minor = -1, .lints = true };
	struct ar_text text = encconf_text(HEAD NAMES("secret"));

	ck_assert_int_eq(ar_encconf_check(&text, &opts, &findings, &tree, &conf, &err), 0);
	ck_assert_uint_eq(findings.count, 1);
	ck_assert(!ar_encconf_refused(&findings));
	ck_assert_str_eq(findings.list[0].what,
			 "there is no resource 'secret'; did you mean 'secrets'?");
	ck_assert_str_eq(findings.list[0].subject, "enc.yaml");
	ck_assert_uint_eq(findings.list[0].line, 4);
	ck_assert_uint_eq(findings.list[0].column, 15);
}
END_TEST

START_TEST(the_old_kind_is_said)
{
	const struct ar_encconf_opts opts = { .minor = -1, .lints = true };
	char said[500];

	encconf_verdict("kind: EncryptionConfig\napiVersion: v1\n" NAMES("secrets"), &opts, AR_NOTE,
			true, said, sizeof said);
	ck_assert_str_eq(said, "1:7 legacy-kind@kind ");
}
END_TEST

START_TEST(resource_names_are_told_apart)
{
	static const struct {
		const char *name;
		enum ar_resource_sort sort;
		const char *meant;
	} names[] = {
		{ "secrets", AR_RESOURCE_KNOWN, NULL },
		{ "secrets.", AR_RESOURCE_KNOWN, NULL },
		{ "ingresses.networking.k8s.io", AR_RESOURCE_KNOWN, NULL },
		{ "*.", AR_RESOURCE_WILD, NULL },
		{ "*.*", AR_RESOURCE_WILD, NULL },
		{ "*.example.org", AR_RESOURCE_WILD, NULL },
		{ "widgets.example.org", AR_RESOURCE_CUSTOM, NULL },
		{ "gateways.gateway.networking.k8s.io", AR_RESOURCE_CUSTOM, NULL },
		{ "secret", AR_RESOURCE_UNKNOWN, "secrets" },
		{ "secretes", AR_RESOURCE_UNKNOWN, "secrets" },
		{ "secrest", AR_RESOURCE_UNKNOWN, "secrets" },
		{ "secrets.v1", AR_RESOURCE_UNKNOWN, "secrets" },
		{ "deployments", AR_RESOURCE_UNKNOWN, "deployments.apps" },
		{ "deployment.apps", AR_RESOURCE_UNKNOWN, "deployments.apps" },
		{ "deployments.v1.apps", AR_RESOURCE_UNKNOWN, "deployments.apps" },
		{ "leases", AR_RESOURCE_UNKNOWN, "leases.coordination.k8s.io" },
		{ "leases.cordination.k8s.io", AR_RESOURCE_UNKNOWN, "leases.coordination.k8s.io" },
		{ "widgets", AR_RESOURCE_UNKNOWN, NULL },
		{ "", AR_RESOURCE_UNKNOWN, NULL },
		{ " ", AR_RESOURCE_UNKNOWN, NULL },
		{ " secrets", AR_RESOURCE_UNKNOWN, "secrets" },
		{ "widgets.apps", AR_RESOURCE_UNKNOWN, NULL },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *meant = "?";
		enum ar_resource_sort sort = ar_resource_sort_of(names[i].name, &meant);

		ck_assert_msg(sort == names[i].sort, "'%s' is %d", names[i].name, (int)sort);
		ck_assert_msg(names[i].meant ? meant && strcmp(meant, names[i].meant) == 0 : !meant,
			      "'%s' meant %s", names[i].name, meant ? meant : "nothing");
	}
}
END_TEST

START_TEST(word_distance_counts_slips)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} words[] = {
		{ "", "", 0 },
		{ "a", "", 1 },
		{ "secret", "secrets", 1 },
		{ "secrest", "secrets", 1 },
		{ "scerets", "secrets", 1 },
		{ "sexrets", "secrets", 1 },
		{ "pods", "nodes", 2 },
		{ "kitten", "sitting", 3 },
		{ "abcdef", "uvwxyz", 3 },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t distance = ar_word_distance(words[i].a, strlen(words[i].a), words[i].b,
						   strlen(words[i].b), 2);
		ck_assert_msg(distance == words[i].distance, "%s %s: %zu", words[i].a, words[i].b,
			      distance);
	}
}
END_TEST

static void setup(void)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_secret_setup(&err), 0);
}

Suite *enclint_suite(void);

Suite *enclint_suite(void)
{
	Suite *suite = suite_create("enclint");
	TCase *tests = tcase_create("lints");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, lints_say_what_is_regretted);
	tcase_add_test(tests, lints_are_only_said_when_asked_for);
	tcase_add_test(tests, lints_do_not_refuse);
	tcase_add_test(tests, the_old_kind_is_said);
	tcase_add_test(tests, resource_names_are_told_apart);
	tcase_add_test(tests, word_distance_counts_slips);
	suite_add_tcase(suite, tests);
	return suite;
}
