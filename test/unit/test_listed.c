/* SPDX-License-Identifier: Apache-2.0 */
#include "encconf_help.h"
#include "plan/listed.h"

Suite *listed_suite(void);

#define EIGHT(x) x ".a.c," x ".b.c," x ".c.c," x ".d.c," x ".e.c," x ".f.c," x ".g.c," x ".h.c,"

static const struct {
	const char *text, *listed; /* NULL: refused */
} cases[] = {
	{ "", "" },
	{ "secrets", "secrets" },
	{ "secrets,configmaps", "configmaps,secrets" },
	{ "configmaps,secrets,configmaps", "configmaps,secrets" },
	{ "widgets.example.com,*.apps,deployments.apps",
	  "*.apps,deployments.apps,widgets.example.com" },
	{ "secrets,", NULL },
	{ ",secrets", NULL },
	{ "secrets, configmaps", NULL },
	{ "secret", NULL },
	{ "Secrets", NULL },
	{ EIGHT("a") EIGHT("b") EIGHT("c") EIGHT("d") EIGHT("e") EIGHT("f") EIGHT("g")
		  EIGHT("h") "z.b.c",
	  NULL },
};

START_TEST(is_read)
{
	struct ar_listed listed;
	struct ar_err err = AR_ERR_INIT;

	const int result = ar_listed_read(cases[_i].text, &listed, &err);
	ck_assert_msg((result == 0) == (cases[_i].listed != NULL), "%s", err.msg);
	if (cases[_i].listed)
		ck_assert_str_eq(listed.text, cases[_i].listed);
}
END_TEST

/* Every node makes the same of it, in whichever order it was said. */
START_TEST(is_the_same_in_any_order)
{
	struct ar_listed a, b;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_listed_read("secrets,pods,configmaps", &a, &err), 0);
	ck_assert_int_eq(ar_listed_read("pods,configmaps,secrets,pods", &b, &err), 0);
	ck_assert_str_eq(a.text, b.text);
	ck_assert_uint_eq(a.count, 3);
	for (size_t i = 0; i < a.count; i++)
		ck_assert_str_eq(a.list[i], b.list[i]);
}
END_TEST

START_TEST(says_what_is_left_out)
{
	static const struct {
		const char *listed, *spare;
	} lists[] = { { "secrets,configmaps,*.apps", NULL },
		      { "secrets,*.apps,pods", "configmaps" },
		      { "configmaps,secrets", "*.apps" },
		      { "pods", "secrets" } };
	struct ar_text text = encconf_text(
		HEAD "resources:\n- resources: [secrets, configmaps]\n  providers: [" AESCBC
		     "]\n- resources: ['*.apps', secrets]\n  providers: [" AESCBC "]\n");
	AR_ENC_PROBLEMS_AUTO struct ar_enc_problems problems = AR_ENC_PROBLEMS_INIT;
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;
	struct ar_listed listed;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_encconf_read(&text, -1, &problems, &tree, &conf, &err), 0);
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
		ck_assert_int_eq(ar_listed_read(lists[i].listed, &listed, &err), 0);
		const char *spare = ar_listed_spare(&listed, conf);
		ck_assert_str_eq(spare ? spare : "-", lists[i].spare ? lists[i].spare : "-");
	}
}
END_TEST

Suite *listed_suite(void)
{
	Suite *suite = suite_create("listed");
	TCase *all = tcase_create("all");

	tcase_add_loop_test(all, is_read, 0, sizeof cases / sizeof cases[0]);
	tcase_add_test(all, is_the_same_in_any_order);
	tcase_add_test(all, says_what_is_left_out);
	suite_add_tcase(suite, all);
	return suite;
}
