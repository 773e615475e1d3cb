/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "encconf_help.h"
#include "plan/scope.h"

Suite *scope_suite(void);

#define ENTRY(names, providers) "- resources: [" names "]\n  providers: [" providers "]\n"
#define WRITER(name)            "{aescbc: {keys: [{name: " name ", secret: " KEY_A "}]}}"
#define IDENTITY                "{identity: {}}"

static const struct ar_resource known[] = {
	{ "secrets", "", false },
	{ "configmaps", "", false },
	{ "events", "", false },
	{ "events", "events.k8s.io", false },
	{ "services", "", false },
	{ "deployments", "apps", false },
	{ "deployments", "extensions", false },
	{ "widgets", "example.com", true },
	{ "newthings", "apps", false }, /* of a release that is not known here */
	{ "customresourcedefinitions", "apiextensions.k8s.io", false },
};

#define KNOWN (sizeof known / sizeof *known)

/* "FOLDER=WRITER" of every item, each followed by a blank; what is unknown behind a '?'; or the
 * error's text. */
static void compose(const char *entries, const char *only, size_t known_count, char *buf,
		    size_t size)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	AR_SCOPE_AUTO struct ar_scope scope = AR_SCOPE_INIT;
	struct ar_err err = AR_ERR_INIT;
	char text[4000];

	snprintf(text, sizeof text, HEAD "resources:\n%s", entries);
	struct ar_text document = encconf_text(text);
	ck_assert_int_eq(ar_encconf_read(&document, -1, &problems, &tree, &conf, &err), 0);
	struct ar_scope_ask ask = { "/r", known, known_count, only };
	if (ar_scope_compose(conf, &ask, &scope, &err) != 0) {
		snprintf(buf, size, "%s (%s)", err.msg, err.hint);
		return;
	}
	size_t len = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < scope.count && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s=%s ", scope.items[i].folder,
					scope.items[i].writer.name);
	if (scope.unknown[0] && len < size)
		snprintf(buf + len, size - len, "?%s", scope.unknown);
}

static void expect(const char *entries, const char *only, size_t known_count, const char *want)
{
	char buf[4000];

	compose(entries, only, known_count, buf, sizeof buf);
	ck_assert_str_eq(buf, want);
}

START_TEST(names_are_taken_as_they_stand)
{
	expect(ENTRY("secrets, configmaps", WRITER("a")), NULL, 0,
	       "/r/configmaps/=a /r/secrets/=a ");
	expect(ENTRY("secrets", WRITER("a")) ENTRY("configmaps", IDENTITY), NULL, KNOWN,
	       "/r/configmaps/= /r/secrets/=a ");
	expect(ENTRY("gadgets.example.com, services", WRITER("a")), NULL, 0,
	       "/r/services/specs/=a /r/example.com/gadgets/=a ");
}
END_TEST

START_TEST(what_cannot_be_is_said)
{
	expect(ENTRY("secret, secrets, deployments, widgets", WRITER("a")), NULL, KNOWN,
	       "/r/secrets/=a ?secret, deployments, widgets");
	/* A name that could be a key is not shown, nor what steers a terminal. */
	expect(ENTRY(KEY_A ", \"a\\x1bb\"", WRITER("a")), NULL, KNOWN,
	       "?(of 44 characters), a\\x1bb");
	/* It exists, although it is not known here. */
	expect(ENTRY("newthings.apps", WRITER("a")), NULL, KNOWN, "/r/newthings/=a ");
	expect(ENTRY("newthings.apps", WRITER("a")), NULL, 0, "?newthings.apps");
}
END_TEST

START_TEST(many_unknown_names_are_cut)
{
	char entries[3000] = "- resources: [", want[3000];
	size_t len = strlen(entries);

	for (int i = 0; i < 100; i++)
		len += (size_t)snprintf(entries + len, sizeof entries - len, "wörd%d, ", i);
	snprintf(entries + len, sizeof entries - len, "]\n  providers: [" IDENTITY "]\n");
	compose(entries, NULL, 0, want, sizeof want);
	ck_assert_uint_lt(strlen(want), 401);
	ck_assert_uint_gt(strlen(want), 380);
	ck_assert_str_eq(want + strlen(want) - 4, " …");
}
END_TEST

START_TEST(wildcards_mean_what_exists)
{
	expect(ENTRY("'*.'", WRITER("a")), NULL, KNOWN,
	       "/r/configmaps/=a /r/events/=a /r/secrets/=a /r/services/specs/=a ");
	expect(ENTRY("'*.apps'", WRITER("a")), NULL, KNOWN, "/r/deployments/=a /r/newthings/=a ");
	expect(ENTRY("'*.example.com'", WRITER("a")), NULL, KNOWN, "/r/example.com/widgets/=a ");
	/* Events and what was once in extensions are there once, under the group that stores them.
	 */
	expect(ENTRY("'*.*'", WRITER("a")), NULL, KNOWN,
	       "/r/configmaps/=a /r/events/=a /r/secrets/=a /r/services/specs/=a "
	       "/r/apiextensions.k8s.io/customresourcedefinitions/=a /r/deployments/=a "
	       "/r/newthings/=a /r/example.com/widgets/=a ");
	expect(ENTRY("'*.*'", WRITER("a")), NULL, 0, "");
}
END_TEST

START_TEST(the_nearest_rule_holds)
{
	expect(ENTRY("secrets", WRITER("exact")) ENTRY("'*.'", WRITER("core"))
		       ENTRY("deployments.apps", WRITER("deploy")) ENTRY("'*.*'", WRITER("all")),
	       NULL, KNOWN,
	       "/r/configmaps/=core /r/events/=core /r/secrets/=exact /r/services/specs/=core "
	       "/r/apiextensions.k8s.io/customresourcedefinitions/=all /r/deployments/=deploy "
	       "/r/newthings/=all /r/example.com/widgets/=all ");
	/* Whichever stands first in the file. */
	expect(ENTRY("'*.*'", WRITER("all")) ENTRY("secrets", WRITER("exact")), "secrets", KNOWN,
	       "/r/secrets/=exact ");
}
END_TEST

START_TEST(of_two_entries_the_first_writes)
{
	expect(ENTRY("secrets", WRITER("one") ", " WRITER("two"))
		       ENTRY("secrets, configmaps", WRITER("three")),
	       NULL, KNOWN, "/r/configmaps/=three /r/secrets/=one ");
}
END_TEST

START_TEST(one_can_be_asked_for)
{
	expect(ENTRY("secrets, configmaps", WRITER("a")), "secrets", KNOWN, "/r/secrets/=a ");
	expect(ENTRY("'*.*'", WRITER("a")), "widgets.example.com", KNOWN,
	       "/r/example.com/widgets/=a ");
	/* A wildcard covers it, though nobody has seen it. */
	expect(ENTRY("'*.*'", WRITER("a")), "gadgets.example.com", 0, "/r/example.com/gadgets/=a ");
	expect(ENTRY("'*.'", WRITER("a")), "secrets", 0, "/r/secrets/=a ");
	expect(ENTRY("secrets, configmaps", WRITER("a")), "pods", KNOWN,
	       "the config does not encrypt 'pods' (it encrypts configmaps, secrets)");
	expect(ENTRY("secrets", WRITER("a")), "secret", KNOWN,
	       "the config does not encrypt 'secret' (it encrypts secrets)");
	expect(ENTRY("'*.example.org'", WRITER("a")), "secrets", KNOWN,
	       "the config does not encrypt 'secrets' (it encrypts no resource that there is)");
	expect(ENTRY("'*.*'", WRITER("a")), "widgets", KNOWN,
	       "the config does not encrypt 'widgets' (it encrypts configmaps, events, secrets, "
	       "services, customresourcedefinitions.apiextensions.k8s.io, deployments.apps, "
	       "newthings.apps, widgets.example.com)");
}
END_TEST

START_TEST(an_entry_without_a_writer_is_an_error)
{
	expect(ENTRY("secrets", ""), NULL, 0, "an entry of the config has no provider ()");
}
END_TEST

START_TEST(events_cannot_be_rewritten)
{
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	AR_SCOPE_AUTO struct ar_scope scope = AR_SCOPE_INIT;
	struct ar_err err = AR_ERR_INIT;
	struct ar_text text = encconf_text(HEAD
					   "resources:\n" ENTRY("events, secrets", WRITER("a")));
	const struct ar_scope_ask ask = { "/r", NULL, 0, NULL };

	ck_assert_int_eq(ar_encconf_read(&text, -1, &problems, &tree, &conf, &err), 0);
	ck_assert(!ar_scope_has_wildcard(conf));
	ck_assert_int_eq(ar_scope_compose(conf, &ask, &scope, &err), 0);
	ck_assert_uint_eq(scope.count, 2);
	ck_assert_ptr_nonnull(scope.items[0].cannot_rewrite);
	ck_assert_ptr_null(scope.items[1].cannot_rewrite);
}
END_TEST

START_TEST(a_wildcard_is_seen)
{
	static const struct {
		const char *names;
		bool wild;
	} rows[] = { { "secrets", false }, { "'*.'", true },          { "'*.*'", true },
		     { "'*.apps'", true }, { "secrets, '*.'", true }, { "a.b", false } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
		AR_TREE_AUTO struct ar_tree *tree = NULL;
		AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
		struct ar_err err = AR_ERR_INIT;
		char data[1000];
		snprintf(data, sizeof data, HEAD "resources:\n" ENTRY("%s", IDENTITY),
			 rows[i].names);
		struct ar_text text = encconf_text(data);
		ck_assert_int_eq(ar_encconf_read(&text, -1, &problems, &tree, &conf, &err), 0);
		ck_assert_int_eq(ar_scope_has_wildcard(conf), rows[i].wild);
	}
}
END_TEST

Suite *scope_suite(void)
{
	Suite *suite = suite_create("scope");
	TCase *tests = tcase_create("scope");

	tcase_add_test(tests, names_are_taken_as_they_stand);
	tcase_add_test(tests, what_cannot_be_is_said);
	tcase_add_test(tests, many_unknown_names_are_cut);
	tcase_add_test(tests, wildcards_mean_what_exists);
	tcase_add_test(tests, the_nearest_rule_holds);
	tcase_add_test(tests, of_two_entries_the_first_writes);
	tcase_add_test(tests, one_can_be_asked_for);
	tcase_add_test(tests, an_entry_without_a_writer_is_an_error);
	tcase_add_test(tests, events_cannot_be_rewritten);
	tcase_add_test(tests, a_wildcard_is_seen);
	suite_add_tcase(suite, tests);
	return suite;
}
