/* SPDX-License-Identifier: Apache-2.0 */
#include "encconf_help.h"
#include "plan/first.h"

Suite *first_suite(void);

#define KEYS     "    - aescbc:\n        keys:\n        - name: key1\n          secret: " KEY_A "\n"
#define SECRETS  HEAD "resources:\n- resources: [secrets]\n  providers:\n"
#define IDENTITY "    - identity: {}\n"
#define BOX      "{secretbox: {keys: [{name: k, secret: " KEY_B "}]}}"
#define FLOW     HEAD "resources: [{resources: [secrets], providers: ["
#define JSON_HEAD \
	"{\"kind\":\"EncryptionConfiguration\",\"apiVersion\":\"apiserver.config.k8s.io/v1\","
#define JSON     JSON_HEAD "\"resources\":[{\"resources\":[\"secrets\"],\"providers\":["
#define JSON_KEY "{\"aesgcm\":{\"keys\":[{\"name\":\"a\",\"secret\":\"" KEY_A "\"}]}}"

/* Before and after; after NULL: refused. */
static const struct {
	const char *before, *after;
} cases[] = {
	{ SECRETS KEYS IDENTITY, SECRETS IDENTITY KEYS },
	{ SECRETS KEYS, SECRETS IDENTITY KEYS },
	{ SECRETS IDENTITY KEYS, SECRETS IDENTITY KEYS },
	{ SECRETS KEYS "    # plain, at last\n" IDENTITY "# end\n",
	  SECRETS "    # plain, at last\n" IDENTITY KEYS "# end\n" },
	{ FLOW AESCBC ", {identity: {}}]}]\n", FLOW "{identity: {}}, " AESCBC "]}]\n" },
	{ FLOW AESCBC ", " BOX "]}]\n", FLOW "{identity: {}}, " AESCBC ", " BOX "]}]\n" },
	{ JSON JSON_KEY "]}]}", JSON "{\"identity\":{}}, " JSON_KEY "]}]}" },
	{ SECRETS KEYS IDENTITY "- resources: [configmaps]\n  providers:\n" KEYS,
	  SECRETS IDENTITY KEYS "- resources: [configmaps]\n  providers:\n" IDENTITY KEYS },
	{ HEAD "resources: 7\n", NULL },
	{ "", NULL },
};

START_TEST(puts_identity_first)
{
	const struct ar_text text = encconf_text(cases[_i].before);
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = { .secret = true };
	struct ar_err err = AR_ERR_INIT;
	int made = ar_first_identity(&text, &edits, &out, &err);

	ck_assert_msg((made == 0) == (cases[_i].after != NULL), "%s", err.msg);
	if (made == 0)
		ck_assert_str_eq(ar_buf_text(&out), cases[_i].after);
	else
		ck_assert_ptr_nonnull(strstr(err.hint, "atrest config check"));
}
END_TEST

START_TEST(again_there_is_nothing_to_do)
{
	const struct ar_text text = encconf_text(SECRETS IDENTITY KEYS);
	AR_EDITS_AUTO struct ar_edits edits = AR_EDITS_INIT;
	AR_BUF_AUTO struct ar_buf out = { .secret = true };
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_first_identity(&text, &edits, &out, &err), 0);
	ck_assert_uint_eq(edits.count, 0);
}
END_TEST

Suite *first_suite(void)
{
	Suite *suite = suite_create("first");
	TCase *all = tcase_create("identity first");

	tcase_add_loop_test(all, puts_identity_first, 0, sizeof cases / sizeof cases[0]);
	tcase_add_test(all, again_there_is_nothing_to_do);
	suite_add_tcase(suite, all);
	return suite;
}
