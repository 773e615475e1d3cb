/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "manifest_help.h"

Suite *kubeadmconf_suite(void);

#define CLUSTER(version) "apiVersion: kubeadm.k8s.io/" version "\nkind: ClusterConfiguration\n"
#define INIT             "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n"

START_TEST(both_forms_of_arguments_are_read)
{
	PARSED_AUTO struct parsed map =
		parsed_conf(CLUSTER("v1beta3") "apiServer:\n  extraArgs: {a: b, c: 'd'}\n");
	PARSED_AUTO struct parsed list = parsed_conf(INIT "---\n" CLUSTER(
		"v1beta4") "controlPlaneEndpoint: x:6443\nkubernetesVersion: v1.31.0\napiServer:\n"
			   "  extraArgs:\n  - name: a\n    value: b\n  - name: a\n    value: ''\n"
			   "  extraVolumes:\n  - {name: v, hostPath: /h, mountPath: /m, readOnly: "
			   "true, pathType: File}\n");

	ck_assert_int_eq(map.conf->form, AR_KUBEADM_MAP);
	ck_assert_uint_eq(map.conf->arg_count, 2);
	ck_assert_str_eq(map.conf->args[1].name, "c");
	ck_assert_str_eq(map.conf->args[1].value, "d");
	ck_assert(ar_node_is(map.tree, map.conf->args[1].value_node, "d"));
	ck_assert_int_eq(list.conf->form, AR_KUBEADM_LIST);
	ck_assert_uint_eq(list.conf->arg_count, 2);
	ck_assert_str_eq(list.conf->args[1].value, "");
	ck_assert_str_eq(list.conf->kubernetes_version, "v1.31.0");
	ck_assert_str_eq(list.conf->endpoint, "x:6443");
	ck_assert_str_eq(list.conf->api_version, "kubeadm.k8s.io/v1beta4");
	ck_assert_uint_eq(list.conf->volume_count, 1);
	ck_assert_str_eq(list.conf->volumes[0].path_type, "File");
	ck_assert(list.conf->volumes[0].read_only);
}
END_TEST

START_TEST(absent_null_and_empty_are_read_as_nothing)
{
	static const char *const servers[] = { "", "apiServer:\n", "apiServer: {}\n",
					       "apiServer: {extraArgs: }\n",
					       "apiServer: {extraArgs: [], extraVolumes: ~}\n" };
	char text[256];

	snprintf(text, sizeof text, CLUSTER("v1beta4") "%s", servers[_i]);
	PARSED_AUTO struct parsed p = parsed_conf(text);
	ck_assert_msg(p.conf != NULL, "%s", p.err.msg);
	ck_assert_uint_eq(p.conf->arg_count + p.conf->volume_count, 0);
	ck_assert_int_eq(p.conf->api_server_key != NULL, _i > 0);
	ck_assert_int_eq(p.conf->args_key != NULL, _i > 2);
}
END_TEST

static const struct {
	const char *text, *reason;
	size_t line;
} refused[] = {
	{ "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n", "no document of kubeadm.k8s.io/",
	  1 },
	{ CLUSTER("v1alpha3"), "expected v1beta1 to v1beta4", 1 },
	{ CLUSTER("v1beta5"), "expected v1beta1 to v1beta4", 1 },
	{ INIT "---\n" CLUSTER("v1alpha2"), "v1alpha2", 4 },
	{ CLUSTER("v1beta3") "---\n" CLUSTER("v1beta3"),
	  "second ClusterConfiguration; the first is in line 1", 4 },
	{ CLUSTER("v1beta3") "apiServer: []\n", "'apiServer' is a list", 3 },
	{ CLUSTER("v1beta3") "apiServer: {extraArgs: [{name: a}]}\n",
	  "'extraArgs' is a list; expected a mapping", 3 },
	{ CLUSTER("v1beta4") "apiServer: {extraArgs: {a: b}}\n",
	  "'extraArgs' is a mapping; expected a list", 3 },
	{ CLUSTER("v1beta3") "apiServer: {extraArgs: {a: true}}\n",
	  "is a boolean; expected a string", 3 },
	{ CLUSTER("v1beta4") "apiServer: {extraArgs: [{value: a}]}\n", "'name' is missing", 3 },
	{ CLUSTER("v1beta4") "apiServer: {extraVolumes: [{name: a, hostPath: /a}]}\n",
	  "'mountPath' is missing", 3 },
	{ "x: &a {}\n" CLUSTER("v1beta4") "apiServer: *a\n", "alias", 4 },
	{ "x: &a {b: c}\n" CLUSTER("v1beta4") "apiServer: {<<: *a}\n", "merge key", 4 },
	{ CLUSTER("v1beta4") "apiServer: {extraArgs: &a []}\nx: *a\n", "anchor", 3 },
	{ CLUSTER("v1beta3") "apiServer: {extraArgs: {a: '{{ b }}'}}\n", "template", 3 },
};

START_TEST(what_must_not_be_edited_is_refused_with_its_place)
{
	PARSED_AUTO struct parsed p = parsed_conf(refused[_i].text);

	ck_assert_ptr_null(p.conf);
	ck_assert_msg(strstr(p.err.msg, refused[_i].reason) != NULL, "'%s' lacks '%s'", p.err.msg,
		      refused[_i].reason);
	ck_assert_uint_eq(p.err.line, refused[_i].line);
}
END_TEST

START_TEST(a_kubeadm_config_is_known_by_its_group)
{
	PARSED_AUTO struct parsed other = parsed_text("apiVersion: v1\nkind: Pod\n", AR_TREE_MANY);
	PARSED_AUTO struct parsed second = parsed_text("a: b\n---\n" INIT, AR_TREE_MANY);

	ck_assert(!ar_kubeadmconf_is(other.tree));
	ck_assert(ar_kubeadmconf_is(second.tree));
}
END_TEST

/* In pieces: no file of ours holds what looks like a credential. */
#define TOKEN    \
	"abcdef" \
	".0123456789abcdef"
#define HEX16 "0123456789abcdef"
#define HEX64 HEX16 HEX16 HEX16 HEX16

/* Law 7: what a diff must not show. */
static const struct {
	const char *text, *hidden; /* each followed by a blank */
} secrets[] = {
	{ INIT "bootstrapTokens:\n- token: " TOKEN "\n  ttl: 1h\n", TOKEN " " },
	{ INIT "bootstrapTokens: [{token: \"x y\"}]\n", "\"x y\" " },
	{ INIT "certificateKey: abc\n", "abc " },
	{ INIT "discovery: {tlsBootstrapToken: abc, bootstrapToken: {token: d, caCertHashes: "
	       "[\"sha256:" HEX64 "\"]}}\n",
	  "abc d " },
	{ INIT "# was " TOKEN "\nx: " HEX64 " # " HEX64 "\n", TOKEN " " HEX64 " " HEX64 " " },
	{ INIT "x: " HEX64 "0\ny: a" TOKEN "\nz: " TOKEN "0\n", "" },
	{ INIT "x: &t abc\ntoken: *t\n", "abc *t " },
	{ INIT "token: {a: b}\n", "{a: b} " },
	{ INIT "token:\n", "" },
	{ INIT "tokens: a\nname: token\n", "" },
};

START_TEST(tokens_and_certificate_keys_are_hidden)
{
	PARSED_AUTO struct parsed p = parsed_text(secrets[_i].text, AR_TREE_MANY);
	struct ar_range *list = NULL;
	char seen[512] = "";
	size_t count;

	ck_assert_int_eq(ar_kubeadmconf_secrets(p.tree, &list, &count, &p.err), 0);
	for (size_t i = 0; i < count; i++) {
		ck_assert(i == 0 || list[i].start >= list[i - 1].end);
		snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%.*s ",
			 (int)(list[i].end - list[i].start), secrets[_i].text + list[i].start);
	}
	free(list);
	ck_assert_str_eq(seen, secrets[_i].hidden);
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, sizeof table / sizeof *table)

Suite *kubeadmconf_suite(void)
{
	Suite *suite = suite_create("kubeadmconf");
	TCase *tcase = tcase_create("kubeadmconf");

	tcase_add_test(tcase, both_forms_of_arguments_are_read);
	tcase_add_loop_test(tcase, absent_null_and_empty_are_read_as_nothing, 0, 5);
	LOOP(tcase, what_must_not_be_edited_is_refused_with_its_place, refused);
	tcase_add_test(tcase, a_kubeadm_config_is_known_by_its_group);
	LOOP(tcase, tokens_and_certificate_keys_are_hidden, secrets);
	suite_add_tcase(suite, tcase);
	return suite;
}
