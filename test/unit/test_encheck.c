/* SPDX-License-Identifier: Apache-2.0 */
#include "encconf_help.h"

/* The verdict on an EncryptionConfiguration is upstream's. Cases in tables: a document, and what
 * must be said to it. */

struct given {
	const char *rule; /* what the case is about */
	const char *body; /* behind the header */
	const char *said; /* every error as id@path, each with a blank behind it */
	bool reload;
	int minor; /* 0: the newest */
};

static void try_all(const struct given *cases, size_t count, bool with_head)
{
	for (size_t i = 0; i < count; i++) {
		char document[4000], said[4000];
		const struct ar_encconf_opts opts = {
			.minor = cases[i].minor ? cases[i].minor : -1,
			.hot_reload = cases[i].reload,
		};
		snprintf(document, sizeof document, "%s%s", with_head ? HEAD : "", cases[i].body);
		encconf_verdict(document, &opts, AR_ERROR, false, said, sizeof said);
		ck_assert_msg(strcmp(said, cases[i].said) == 0,
			      "%s\n%s\nsaid:   '%s'\nwanted: '%s'", cases[i].rule, document, said,
			      cases[i].said);
	}
}

#define TRY(cases, head) try_all(cases, sizeof(cases) / sizeof *(cases), head)

#define ENTRY(names, providers) "- {resources: [" names "], providers: [" providers "]}\n"
#define ONE(names)              "resources:\n" ENTRY(names, AESCBC)
#define P0                      "resources[0].providers[0]"
#define P1                      "resources[0].providers[1]"
#define NAME0                   "resources[0].resources[0]"
#define LIST0                   "resources[0].resources"
#define KMS(version, name, more) \
	"{kms: {apiVersion: " version ", name: " name ", endpoint: 'unix:///k.sock'" more "}}"
#define KMS_ENTRY(more) "resources:\n" ENTRY("secrets", "{kms: {name: k" more "}}")

/* Upstream's TestStructure. KMS v1 is judged as 1.28 does, where its gate is on. */
static const struct given structure[] = {
	{ "no document below the header", "", "resources-none@resources ", false, 0 },
	{ "no entry", "resources: []\n", "resources-none@resources ", false, 0 },
	{ "no name", "resources:\n" ENTRY("", AESCBC), "resources-none@" LIST0 " ", false, 0 },
	{ "no provider", "resources:\n" ENTRY("secrets", ""),
	  "providers-none@resources[0].providers ", false, 0 },
	{ "two providers in one element",
	  "resources:\n" ENTRY("secrets", "{aesgcm: {keys: [{name: a, secret: " KEY_A "}]}, "
					  "aescbc: {keys: [{name: a, secret: " KEY_A "}]}}"),
	  "provider-several@" P0 " ", false, 0 },
	{ "one aesgcm key of 32 bytes",
	  "resources:\n" ENTRY("secrets", "{aesgcm: {keys: [{name: a, secret: " KEY_A "}]}}"), "",
	  false, 0 },
	{ "v1, then v2 of the same name, one entry",
	  "resources:\n" ENTRY("secrets", KMS("v1", "foo", "") ", " KMS("v2", "foo", "")),
	  "kms-name@" P1 ".kms.name ", false, 28 },
	{ "v2 twice, one entry",
	  "resources:\n" ENTRY("secrets", KMS("v2", "foo", "") ", " KMS("v2", "foo", "")),
	  "kms-name@" P1 ".kms.name ", false, 0 },
	{ "v2 twice, two entries",
	  "resources:\n" ENTRY("secrets", KMS("v2", "foo", "")) ENTRY("pods", KMS("v2", "foo", "")),
	  "kms-name@resources[1].providers[0].kms.name ", false, 0 },
	{ "v1, then v2, two entries",
	  "resources:\n" ENTRY("secrets", KMS("v1", "foo", "")) ENTRY("pods", KMS("v2", "foo", "")),
	  "kms-name@resources[1].providers[0].kms.name ", false, 28 },
	{ "v1 twice, no reload",
	  "resources:\n" ENTRY("secrets", KMS("v1", "foo", "")) ENTRY("pods", KMS("v1", "foo", "")),
	  "", false, 28 },
	{ "v1 twice, reload",
	  "resources:\n" ENTRY("secrets", KMS("v1", "foo", "")) ENTRY("pods", KMS("v1", "foo", "")),
	  "kms-name@resources[1].providers[0].kms.name ", true, 28 },
	{ "v2, then v1 of the same name, no reload: only the later one is asked",
	  "resources:\n" ENTRY("secrets", KMS("v2", "foo", "") ", " KMS("v1", "foo", "")), "",
	  false, 28 },
	{ "events of the wrong group", ONE("events.events.k8s.io"), "resource-name@" NAME0 " ",
	  false, 0 },
	{ "unknown names pass, events of the wrong group do not",
	  ONE("secret, events.events.k8s.io"), "resource-name@resources[0].resources[1] ", false,
	  0 },
	{ "wildcard of the events group", ONE("'*.events.k8s.io'"), "resource-name@" NAME0 " ",
	  false, 0 },
	{ "wildcard of extensions", ONE("'*.extensions'"), "resource-name@" NAME0 " ", false, 0 },
	{ "one of extensions", ONE("foo.extensions"), "resource-name@" NAME0 " ", false, 0 },
	{ "bare star", ONE("'*'"), "resource-name@" NAME0 " ", false, 0 },
	{ "capitals", ONE("apiServerIPInfo"), "resource-name@" NAME0 " ", false, 0 },
	{ "capitals beyond ASCII", ONE("\xc3\x84pfel.example.org"), "resource-name@" NAME0 " ",
	  false, 0 },
	{ "no API: apiserveripinfo", ONE("apiserveripinfo"), "resource-name@" NAME0 " ", false, 0 },
	{ "no API: serviceipallocations", ONE("serviceipallocations"), "resource-name@" NAME0 " ",
	  false, 0 },
	{ "no API: servicenodeportallocations", ONE("servicenodeportallocations"),
	  "resource-name@" NAME0 " ", false, 0 },
	{ "wildcards of two groups", ONE("'*.apps', '*.'"), "", false, 0 },
	{ "one resource of any group, no overlap beside", ONE("'*.', 'foos.*'"),
	  "resource-name@resources[0].resources[1] ", false, 0 },
	{ "twice", ONE("secrets, secrets"), "resource-duplicate@" LIST0 " ", false, 0 },
	{ "four times is one error", ONE("secrets, secrets, secrets, secrets"),
	  "resource-duplicate@" LIST0 " ", false, 0 },
	{ "twice, once with a dot", ONE("secrets, secrets."), "resource-duplicate@" LIST0 " ",
	  false, 0 },
	{ "everything beside others", ONE("'*.apps', '*.', '*.*'"), "resource-overlap@" LIST0 " ",
	  false, 0 },
	{ "name and wildcard of different groups", ONE("deployments.apps, '*.'"), "", false, 0 },
	{ "name and wildcard of its group", ONE("deployments.apps, '*.apps'"),
	  "resource-overlap@" LIST0 " ", false, 0 },
	{ "secrets and the core wildcard", ONE("secrets, '*.'"), "resource-overlap@" LIST0 " ",
	  false, 0 },
	{ "pods and the core wildcard", ONE("pods, '*.'"), "resource-overlap@" LIST0 " ", false,
	  0 },
	{ "secrets and everything", ONE("secrets, '*.*'"), "resource-overlap@" LIST0 " ", false,
	  0 },
	{ "core wildcard and everything", ONE("'*.', '*.*'"), "resource-overlap@" LIST0 " ", false,
	  0 },
	{ "a wildcard twice is both", ONE("'*.', '*.'"),
	  "resource-duplicate@" LIST0 " resource-overlap@" LIST0 " ", false, 0 },
	{ "everything twice is both", ONE("'*.*', '*.*'"),
	  "resource-duplicate@" LIST0 " resource-overlap@" LIST0 " ", false, 0 },
	{ "the first rule of a name hits, no other", ONE("'Foo.extensions'"),
	  "resource-name@" NAME0 " ", false, 0 },
};

START_TEST(structure_is_judged_as_upstream_does)
{
	TRY(structure, true);
}
END_TEST

#define WITH_KEY(fields) "resources:\n" ENTRY("secrets", "{aescbc: {keys: [" fields "]}}")
#define K0               P0 ".aescbc.keys[0]"

static const struct given keys[] = {
	{ "16 bytes", WITH_KEY("{name: foo, secret: " KEY_16 "}"), "", false, 0 },
	{ "24 bytes", WITH_KEY("{name: foo, secret: " KEY_24 "}"), "", false, 0 },
	{ "no name", WITH_KEY("{secret: " KEY_16 "}"), "key-name-missing@" K0 ".name ", false, 0 },
	{ "no secret", WITH_KEY("{name: foo}"), "key-secret-missing@" K0 ".secret ", false, 0 },
	{ "neither", WITH_KEY("{}"),
	  "key-name-missing@" K0 ".name key-secret-missing@" K0 ".secret ", false, 0 },
	{ "no base64", WITH_KEY("{name: foo, secret: 'P@ssword'}"), "key-base64@" K0 ".secret ",
	  false, 0 },
	{ "9 bytes", WITH_KEY("{name: foo, secret: bWFyc2h1bWFs}"), "key-length@" K0 ".secret ",
	  false, 0 },
	{ "no padding", WITH_KEY("{name: foo, secret: pV3kOzHPm1Yq7Xo0sT9uWQ}"),
	  "key-base64@" K0 ".secret ", false, 0 },
	{ "a blank inside", WITH_KEY("{name: foo, secret: 'pV3kOzHPm1Yq 7Xo0sT9uWQ=='}"),
	  "key-base64@" K0 ".secret ", false, 0 },
	{ "a line break inside",
	  WITH_KEY("{name: foo, secret: \"pV3kOzHPm1Yq\\n7Xo0sT9uWQ==\\r\\n\"}"), "", false, 0 },
	{ "no key at all", WITH_KEY(""), "keys-none@" P0 ".aescbc.keys ", false, 0 },
	{ "keys null", "resources:\n" ENTRY("secrets", "{aescbc: {keys: }}"),
	  "keys-none@" P0 ".aescbc.keys ", false, 0 },
	{ "secretbox takes 32 bytes only",
	  "resources:\n" ENTRY("secrets", "{secretbox: {keys: [{name: a, secret: " KEY_16
					  "}, {name: b, secret: " KEY_A "}]}}"),
	  "key-length@" P0 ".secretbox.keys[0].secret ", false, 0 },
	{ "of several providers the first of kms, aesgcm, aescbc, secretbox is judged further",
	  "resources:\n" ENTRY("secrets", "{secretbox: {keys: []}, aescbc: {keys: [{}]}, aesgcm: "
					  "{keys: []}, identity: {}}"),
	  "provider-several@" P0 " keys-none@" P0 ".aesgcm.keys ", false, 0 },
	{ "duplicate names and bytes pass",
	  WITH_KEY("{name: a, secret: " KEY_A "}, {name: a, secret: " KEY_A "}"), "", false, 0 },
};

START_TEST(keys_are_judged_as_upstream_does)
{
	TRY(keys, true);
}
END_TEST

static const struct given kms[] = {
	{ "timeout of a minute", KMS_ENTRY(", apiVersion: v2, endpoint: 'unix:///s', timeout: 1m"),
	  "", false, 0 },
	{ "timeout below zero", KMS_ENTRY(", apiVersion: v2, endpoint: 'unix:///s', timeout: -1m"),
	  "kms-timeout@" P0 ".kms.timeout ", false, 0 },
	{ "timeout of zero", KMS_ENTRY(", apiVersion: v2, endpoint: 'unix:///s', timeout: '0'"),
	  "kms-timeout@" P0 ".kms.timeout ", false, 0 },
	{ "endpoint", KMS_ENTRY(", apiVersion: v2, endpoint: 'unix:///socket.sock'"), "", false,
	  0 },
	{ "no endpoint", KMS_ENTRY(", apiVersion: v2"), "kms-endpoint@" P0 ".kms.endpoint ", false,
	  0 },
	{ "endpoint of another scheme", KMS_ENTRY(", apiVersion: v2, endpoint: 'https://k'"),
	  "kms-endpoint@" P0 ".kms.endpoint ", false, 0 },
	{ "line break in the endpoint",
	  KMS_ENTRY(", apiVersion: v2, endpoint: \"unix:///foo\\n.sock\""),
	  "kms-endpoint@" P0 ".kms.endpoint ", false, 0 },
	{ "v1, cachesize 10", KMS_ENTRY(", endpoint: 'unix:///s', cachesize: 10"), "", false, 28 },
	{ "v1, cachesize 0", KMS_ENTRY(", endpoint: 'unix:///s', cachesize: 0"),
	  "kms-cachesize@" P0 ".kms.cachesize ", false, 28 },
	{ "v1, cachesize -1", KMS_ENTRY(", endpoint: 'unix:///s', cachesize: -1"), "", false, 28 },
	{ "v2, cachesize 10", KMS_ENTRY(", apiVersion: v2, endpoint: 'unix:///s', cachesize: 10"),
	  "kms-cachesize@" P0 ".kms.cachesize ", false, 0 },
	{ "v1 by name", KMS_ENTRY(", apiVersion: v1, endpoint: 'unix:///s'"), "", false, 28 },
	{ "v3", KMS_ENTRY(", apiVersion: v3, endpoint: 'unix:///s'"),
	  "kms-version@" P0 ".kms.apiVersion ", false, 0 },
	{ "v3 and cachesize", KMS_ENTRY(", apiVersion: v3, endpoint: 'unix:///s', cachesize: 0"),
	  "kms-cachesize@" P0 ".kms.cachesize kms-version@" P0 ".kms.apiVersion ", false, 0 },
	{ "no name", "resources:\n" ENTRY("secrets", KMS("v2", "''", "")),
	  "kms-name@" P0 ".kms.name ", false, 0 },
	{ "v2, a colon in the name", "resources:\n" ENTRY("secrets", KMS("v2", "'foo:bar'", "")),
	  "kms-name@" P0 ".kms.name ", false, 0 },
	{ "v1, a colon in the name", "resources:\n" ENTRY("secrets", KMS("v1", "'foo:bar'", "")),
	  "", false, 28 },
	{ "v2 twice, reload",
	  "resources:\n" ENTRY("secrets", KMS("v2", "foo", "") ", " KMS("v2", "foo", "")),
	  "kms-name@" P1 ".kms.name ", true, 0 },
	{ "empty apiVersion is v1", "resources:\n" ENTRY("secrets", KMS("''", "foo", "")), "",
	  false, 28 },
	{ "all that is wrong at once",
	  "resources:\n" ENTRY("secrets", "{kms: {apiVersion: v3, timeout: 0s, cachesize: 1}}"),
	  "kms-name@" P0 ".kms.name kms-timeout@" P0 ".kms.timeout kms-endpoint@" P0
	  ".kms.endpoint kms-cachesize@" P0 ".kms.cachesize kms-version@" P0 ".kms.apiVersion ",
	  false, 0 },
};

START_TEST(kms_is_judged_as_upstream_does)
{
	TRY(kms, true);
}
END_TEST

/* What the server builds behind validation. */
static const struct given masking[] = {
	{ "a name behind the wildcard",
	  "resources:\n" ENTRY("'*.'", AESCBC) ENTRY("secrets", AESCBC),
	  "resource-masked@resources[1].resources[0] ", false, 0 },
	{ "the same wildcard twice", "resources:\n" ENTRY("'*.'", AESCBC) ENTRY("'*.'", AESCBC),
	  "resource-masked@resources[1].resources[0] ", false, 0 },
	{ "a wildcard behind everything",
	  "resources:\n" ENTRY("configmaps", AESCBC) ENTRY("'*.*'", AESCBC) ENTRY("'*.'", AESCBC),
	  "resource-masked@resources[2].resources[0] ", false, 0 },
	{ "names first, everything last",
	  "resources:\n" ENTRY("configmaps, secrets", AESCBC) ENTRY("'*.*'", AESCBC), "", false,
	  0 },
	{ "the opt-out: events in plain text, then everything",
	  "resources:\n" ENTRY("events", "{identity: {}}") ENTRY("'*.*'", AESCBC), "", false, 0 },
	{ "group by group",
	  "resources:\n" ENTRY("configmaps, '*.apps'", AESCBC) ENTRY("secrets", AESCBC)
		  ENTRY("'*.'", AESCBC) ENTRY("'*.*'", AESCBC),
	  "", false, 0 },
	{ "one plain name in two entries passes",
	  "resources:\n" ENTRY("secrets", AESCBC) ENTRY("secrets", AESCBC), "", false, 0 },
	{ "KMS v1 is off from 1.29", KMS_ENTRY(", endpoint: 'unix:///s'"),
	  "kms-v1-off@" P0 ".kms.apiVersion ", false, 29 },
	{ "KMS v1 is on in 1.28", KMS_ENTRY(", endpoint: 'unix:///s'"), "", false, 28 },
	{ "KMS v2 is off in 1.26", KMS_ENTRY(", apiVersion: v2, endpoint: 'unix:///s'"),
	  "kms-v2-off@" P0 ".kms.apiVersion ", false, 26 },
	{ "KMS v2 is on in 1.27", KMS_ENTRY(", apiVersion: v2, endpoint: 'unix:///s'"), "", false,
	  27 },
	{ "before 1.25 there is no apiVersion",
	  KMS_ENTRY(", apiVersion: v3, endpoint: 'unix:///s', cachesize: 1"), "", false, 24 },
	{ "before 1.27 names have no rules", ONE("Foo, '*', '*.', secrets, secrets"), "", false,
	  26 },
	{ "and nothing masks", "resources:\n" ENTRY("'*.'", AESCBC) ENTRY("secrets", AESCBC), "",
	  false, 26 },
	{ "before 1.26 KMS names may repeat",
	  "resources:\n" ENTRY("secrets", KMS("v1", "a", "")) ENTRY("pods", KMS("v1", "a", "")), "",
	  true, 25 },
};

START_TEST(masking_and_gates_are_judged_as_upstream_builds)
{
	TRY(masking, true);
}
END_TEST

#define GOOD "resources:\n" ENTRY("secrets", AESCBC ", {identity: {}}")
#define API  "apiVersion: apiserver.config.k8s.io/v1\n"

static const struct given header[] = {
	{ "whole", "kind: EncryptionConfiguration\n" API GOOD, "", false, 0 },
	{ "the old alias", "kind: EncryptionConfig\napiVersion: v1\n" GOOD, "", false, 0 },
	{ "the old alias, with an empty group", "kind: EncryptionConfig\napiVersion: /v1\n" GOOD,
	  "", false, 0 },
	{ "no byte", "", "config-empty@ ", false, 0 },
	{ "nothing but a comment", "# enc\n", "config-kind@kind ", false, 0 },
	{ "an empty first document", "---\n---\nkind: EncryptionConfiguration\n" API GOOD,
	  "config-kind@kind config-kind@apiVersion ", false, 0 },
	{ "no kind", API GOOD, "config-kind@kind ", false, 0 },
	{ "no apiVersion", "kind: EncryptionConfiguration\n" GOOD, "config-kind@apiVersion ", false,
	  0 },
	{ "kind in the plural", "kind: EncryptionConfigurations\n" API GOOD, "config-kind@kind ",
	  false, 0 },
	{ "alias kind, new apiVersion", "kind: EncryptionConfig\n" API GOOD,
	  "config-kind@apiVersion ", false, 0 },
	{ "new kind, alias apiVersion", "kind: EncryptionConfiguration\napiVersion: v1\n" GOOD,
	  "config-kind@apiVersion ", false, 0 },
	{ "another kind is not judged further", "kind: Pod\napiVersion: v1\nspec: {}\n",
	  "config-kind@kind ", false, 0 },
	{ "a kind that is no string, and nothing else", "kind: [a]\n" API,
	  "config-type@kind resources-none@resources ", false, 0 },
	{ "a list", "- a\n", "config-type@ ", false, 0 },
	{ "the new kind is not known before 1.13", "kind: EncryptionConfiguration\n" API GOOD,
	  "config-kind@kind ", false, 12 },
	{ "field names have case", "Kind: EncryptionConfiguration\n" API GOOD,
	  "field-unknown@Kind ", false, 31 },
	{ "but the kind was found in any case before", "Kind: EncryptionConfiguration\n" API GOOD,
	  "", false, 30 },
	{ "of two spellings the later one of the sorted ones counts",
	  "kind: EncryptionConfiguration\nKind: Pod\n" API GOOD, "", false, 30 },
	{ "which may be the wrong one", "kind: EncryptionConfiguration\napiversion: v1\n" API GOOD,
	  "config-kind@apiVersion ", false, 30 },
	{ "null sets nothing", "kind: EncryptionConfiguration\napiversion: ~\n" API GOOD, "", false,
	  30 },
	{ "but takes the place of the same key",
	  "kind: EncryptionConfiguration\n" GOOD API "apiVersion: ~\n", "config-kind@apiVersion ",
	  false, 30 },
	{ "each has to be a string", "kind: EncryptionConfiguration\nKind: 1\n" API GOOD,
	  "config-type@kind ", false, 30 },
	{ "no YAML", "kind: [\n", "config-syntax@ ", false, 0 },
	{ "JSON must be JSON", "{kind: EncryptionConfiguration}\n", "config-syntax@ ", false, 0 },
	{ "JSON",
	  "{\"kind\":\"EncryptionConfiguration\",\"apiVersion\":\"apiserver.config.k8s.io/"
	  "v1\",\"resources\":"
	  "[{\"resources\":[\"secrets\"],\"providers\":[{\"identity\":{}}]}]}",
	  "", false, 0 },
};

START_TEST(header_is_judged_as_upstream_decodes)
{
	TRY(header, false);
}
END_TEST

static const struct given decoding[] = {
	{ "identity null is none", "resources:\n" ENTRY("secrets", "{identity: }"),
	  "provider-none@" P0 " ", false, 0 },
	{ "identity takes no field", "resources:\n" ENTRY("secrets", "{identity: {a: 1}}"),
	  "field-unknown@" P0 ".identity.a ", false, 0 },
	{ "identity is a mapping", "resources:\n" ENTRY("secrets", "{identity: true}"),
	  "config-type@" P0 ".identity ", false, 0 },
	{ "a null element", "resources:\n" ENTRY("secrets", "null"), "provider-none@" P0 " ", false,
	  0 },
	{ "a null entry", "resources: [null]\n",
	  "resources-none@" LIST0 " providers-none@resources[0].providers ", false, 0 },
	{ "null lists are empty", "resources:\n- {resources: , providers: }\n",
	  "resources-none@" LIST0 " providers-none@resources[0].providers ", false, 0 },
	{ "a null name is the empty one", ONE("null, secrets"), "", false, 0 },
	{ "a string for a list", "resources:\n- {resources: secrets, providers: [" AESCBC "]}\n",
	  "config-type@" LIST0 " ", false, 0 },
	{ "a mapping for the list of entries", "resources: {a: b}\n", "config-type@resources ",
	  false, 0 },
	{ "names that YAML 1.1 takes for something else",
	  ONE("1, 0x1F, 1e3, yes, 20240102, 1_000, .5"),
	  "config-type@resources[0].resources[0] config-type@resources[0].resources[1] "
	  "config-type@resources[0].resources[2] "
	  "config-type@resources[0].resources[3] config-type@resources[0].resources[4] "
	  "config-type@resources[0].resources[5] "
	  "config-type@resources[0].resources[6] ",
	  false, 0 },
	{ "dates and times are strings", ONE("2024-01-02, '12:30'"), "", false, 0 },
	{ "a key's name that is a number, and no second error for it",
	  WITH_KEY("{name: 1, secret: " KEY_A "}"), "config-type@" K0 ".name ", false, 0 },
	{ "a secret that is a number", WITH_KEY("{name: a, secret: 12}"),
	  "config-type@" K0 ".secret ", false, 0 },
	{ "timeout without a unit",
	  KMS_ENTRY(", apiVersion: v2, endpoint: 'unix:///s', timeout: '3'"),
	  "config-type@" P0 ".kms.timeout ", false, 0 },
	{ "timeout as a number", KMS_ENTRY(", apiVersion: v2, endpoint: 'unix:///s', timeout: 3"),
	  "config-type@" P0 ".kms.timeout ", false, 0 },
	{ "cachesize in other words", KMS_ENTRY(", endpoint: 'unix:///s', cachesize: 1e2"), "",
	  false, 28 },
	{ "cachesize with a fraction", KMS_ENTRY(", endpoint: 'unix:///s', cachesize: 1.5"),
	  "config-type@" P0 ".kms.cachesize ", false, 28 },
	{ "cachesize as a string", KMS_ENTRY(", endpoint: 'unix:///s', cachesize: '5'"),
	  "config-type@" P0 ".kms.cachesize ", false, 28 },
	{ "cachesize beyond 32 bits", KMS_ENTRY(", endpoint: 'unix:///s', cachesize: 3000000000"),
	  "config-type@" P0 ".kms.cachesize ", false, 28 },
	{ "unknown fields are refused from 1.31",
	  "resources:\n- {resources: [secrets], provider: [], providers: [" AESCBC "]}\n",
	  "field-unknown@resources[0].provider ", false, 31 },
	{ "and ignored before",
	  "resources:\n- {resources: [secrets], provider: [], providers: [" AESCBC "]}\n", "",
	  false, 30 },
	{ "a field twice is refused from 1.31", GOOD "resources: []\n",
	  "field-twice@resources resources-none@resources ", false, 31 },
	{ "and before the later one counts", GOOD "resources: []\n", "resources-none@resources ",
	  false, 30 },
	{ "wrong types do not hide the rest",
	  "resources:\n- {resources: secrets, providers: [{aescbc: 1}, {identity: {}, kms: {}}, "
	  "5]}\n" ENTRY("", ""),
	  "config-type@" LIST0 " config-type@" P0 ".aescbc config-type@resources[0].providers[2] "
	  "resources-none@resources[1].resources provider-several@" P1 " kms-name@" P1
	  ".kms.name kms-endpoint@" P1 ".kms.endpoint kms-v1-off@" P1
	  ".kms.apiVersion providers-none@resources[1].providers ",
	  false, 30 },
	{ "aliases stand for what they name",
	  "resources:\n- resources: &names [secrets]\n  providers: &list [" AESCBC
	  "]\n- resources: [pods]\n  providers: *list\n",
	  "", false, 0 },
	{ "a mapping merged in",
	  "resources:\n- &one {resources: [secrets], providers: [" AESCBC
	  "]}\n- <<: *one\n  resources: [pods]\n",
	  "field-twice@resources[1].resources ", false, 31 },
	{ "which is no error before 1.31",
	  "resources:\n- &one {resources: [secrets], providers: [" AESCBC
	  "]}\n- <<: *one\n  resources: [pods]\n",
	  "", false, 30 },
	{ "only the first document is read", GOOD "---\n: [ no YAML\n", "", false, 0 },
	{ "what JSON cannot say", GOOD "x: .inf\n", "config-syntax@ ", false, 30 },
};

START_TEST(types_are_judged_as_upstream_decodes)
{
	TRY(decoding, true);
}
END_TEST

START_TEST(errors_have_their_line_and_column)
{
	static const char document[] = HEAD
		"resources:\n  - resources:\n      - secrets\n      - Pods\n    providers:\n"
		"      - aescbc:\n          keys:\n            - name: key1\n"
		"              secret: c2hvcnQ=\n            - secret: " KEY_A "\n";
	const struct ar_encconf_opts opts = { .minor = -1 };
	char said[500];

	encconf_verdict(document, &opts, AR_ERROR, true, said, sizeof said);
	ck_assert_str_eq(said, "6:9 resource-name@resources[0].resources[1] 11:23 key-length@" P0
			       ".aescbc.keys[0].secret "
			       "12:15 key-name-missing@" P0 ".aescbc.keys[1].name ");
}
END_TEST

/* Law 7: whatever is wrong with a key, and wherever it stands, no finding has a byte of it. */
START_TEST(law_7_no_finding_shows_a_key)
{
#define PLANTED "UExBTlRFRGtleVBMQU5URURrZXlQTEFOVEVEa2V5UEw="
	static const char *const documents[] = {
		HEAD
		"resources:\n- {resources: [secrets], providers: [{aescbc: {keys: [{name: " PLANTED
		", secret: '" PLANTED "x'}]}}]}\n",
		HEAD "resources:\n- {resources: ['" PLANTED "', '" PLANTED
		     "'], providers: [{'" PLANTED "': 1}]}\n",
		HEAD "resources:\n- {resources: [secrets], providers: [{aescbc: {keys: [{name: "
		     "a, " PLANTED ": }]}}]}\n",
		HEAD "resources:\n- {resources: [secrets], providers: [{kms: {name: '" PLANTED
		     "', endpoint: '" PLANTED "', timeout: '" PLANTED "'}}, {kms: {name: '" PLANTED
		     "'}}]}\n",
		HEAD "resources: *" PLANTED "\n",
		HEAD PLANTED "\n",
		"kind: " PLANTED "\napiVersion: " PLANTED "\nresources: []\n",
		HEAD
		"resources:\n- {resources: [secrets], providers: [{aescbc: {keys: [{name: " PLANTED
		", secret: " PLANTED "}, "
		"{name: b, secret: " PLANTED "}, {name: " PLANTED ", secret: " PLANTED "}]}}]}\n",
	};
	const struct ar_encconf_opts opts = { .minor = -1, .lints = true };

	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
		AR_FINDINGS_AUTO struct ar_findings findings = AR_FINDINGS_INIT;
		AR_TREE_AUTO struct ar_tree *tree = NULL;
		AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
		struct ar_err err = AR_ERR_INIT;
		struct ar_text text = encconf_text(documents[i]);

		ck_assert_int_eq(ar_encconf_check(&text, &opts, &findings, &tree, &conf, &err), 0);
		ck_assert_uint_gt(findings.count, 0);
		for (size_t k = 0; k < findings.count; k++) {
			const struct ar_finding *finding = &findings.list[k];
			ck_assert_msg(!strstr(finding->what, "UExBTlRFR"), "document %zu: %s", i,
				      finding->what);
			ck_assert_msg(!finding->where || !strstr(finding->where, "UExBTlRFR"),
				      "document %zu: %s", i, finding->where);
		}
	}
}
END_TEST

START_TEST(a_flood_of_errors_is_cut_and_said)
{
	static char document[200000];
	static char said[200000];
	const struct ar_encconf_opts opts = { .minor = -1 };
	size_t len = (size_t)snprintf(document, sizeof document, "%sresources:\n", HEAD);

	for (int i = 0; i < 3000; i++)
		len += (size_t)snprintf(document + len, sizeof document - len,
					"- {resources: [secrets]}\n");
	encconf_verdict(document, &opts, AR_NOTE, false, said, sizeof said);
	ck_assert_ptr_nonnull(strstr(said,
				     "providers-none@resources[999].providers findings-cut@ "));
}
END_TEST

static void setup(void)
{
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_secret_setup(&err), 0);
}

Suite *encheck_suite(void);

Suite *encheck_suite(void)
{
	Suite *suite = suite_create("encheck");
	TCase *tests = tcase_create("verdict");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, structure_is_judged_as_upstream_does);
	tcase_add_test(tests, keys_are_judged_as_upstream_does);
	tcase_add_test(tests, kms_is_judged_as_upstream_does);
	tcase_add_test(tests, masking_and_gates_are_judged_as_upstream_builds);
	tcase_add_test(tests, header_is_judged_as_upstream_decodes);
	tcase_add_test(tests, types_are_judged_as_upstream_decodes);
	tcase_add_test(tests, errors_have_their_line_and_column);
	tcase_add_test(tests, law_7_no_finding_shows_a_key);
	tcase_add_test(tests, a_flood_of_errors_is_cut_and_said);
	suite_add_tcase(suite, tests);
	return suite;
}
