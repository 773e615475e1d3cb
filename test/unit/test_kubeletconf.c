/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "kube/kubeletconf.h"

Suite *kubeletconf_suite(void);

#define KUBELET "kind: KubeletConfiguration\n"

static const struct {
	const char *text, *path;
} configs[] = {
	{ KUBELET "staticPodPath: /etc/kubernetes/manifests\n", "/etc/kubernetes/manifests" },
	{ KUBELET "staticPodPath: \"/x y\"\n", "/x y" },
	{ "{\"staticPodPath\": \"/j\"}", "/j" },
	{ KUBELET, NULL },
	{ KUBELET "staticPodPath: \"\"\n", NULL },
	{ KUBELET "staticPodPath: null\n", NULL },
	{ KUBELET "staticPodPath: 12\n", NULL },
	{ KUBELET "staticPodPath: [/a]\n", NULL },
	{ KUBELET "staticPodPath: /a/path/that/is/longer/than/the/buffer/that/is/given\n", NULL },
	{ "- a\n", NULL },
	{ "", NULL },
};

START_TEST(the_static_pod_path_is_a_string_or_none)
{
	const struct ar_text text = { .name = "c",
				      .data = configs[_i].text,
				      .len = strlen(configs[_i].text) };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	struct ar_err err = AR_ERR_INIT;
	char buf[40];

	ck_assert_int_eq(ar_tree_parse(&text, AR_TREE_FIRST, &tree, &err), 0);
	const char *path = ar_kubeletconf_static_pod_path(tree, buf, sizeof buf);
	ck_assert_pstr_eq(path, configs[_i].path);
}
END_TEST

#define ETCD(command) "kind: Pod\nspec:\n  containers:\n  - command: " command "\n"

static const struct {
	const char *text;
	size_t members;
} etcds[] = {
	{ ETCD("[etcd, --initial-cluster=a=https://1:2380]"), 1 },
	{ ETCD("[etcd, '--initial-cluster=a=https://1:2380,b=https://2:2380,c=https://3:2380']"),
	  3 },
	{ ETCD("[etcd, --initial-cluster, 'a=x,b=y']"), 2 },
	{ ETCD("[etcd]\n    args: ['--initial-cluster=a=x,b=y']"), 2 },
	{ ETCD("[etcd, --initial-cluster-state=existing]"), 0 },
	{ ETCD("[etcd, --initial-cluster]"), 0 },
	{ ETCD("etcd"), 0 },
	{ "kind: Pod\n", 0 },
	{ "not: [yaml", 0 },
	{ "", 0 },
};

START_TEST(the_members_of_etcd_are_those_it_starts_with)
{
	const struct ar_text text = { .name = "e",
				      .data = etcds[_i].text,
				      .len = strlen(etcds[_i].text) };

	ck_assert_uint_eq(ar_etcd_members(&text), etcds[_i].members);
}
END_TEST

Suite *kubeletconf_suite(void)
{
	Suite *suite = suite_create("kubeletconf");
	TCase *tcase = tcase_create("kubeletconf");

	tcase_add_loop_test(tcase, the_static_pod_path_is_a_string_or_none, 0,
			    sizeof configs / sizeof *configs);
	tcase_add_loop_test(tcase, the_members_of_etcd_are_those_it_starts_with, 0,
			    sizeof etcds / sizeof *etcds);
	suite_add_tcase(suite, tcase);
	return suite;
}
