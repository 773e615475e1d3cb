/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "kube/kubeconfig.h"

Suite *kubeconfig_suite(void);

#define HEAD                                                                                      \
	"apiVersion: v1\nkind: Config\ncurrent-context: me@here\ncontexts:\n- context:\n    "     \
	"cluster: "                                                                               \
	"here\n    user: me\n  name: me@here\n- context: {cluster: there, user: other}\n  name: " \
	"x\n"
#define CLUSTER "clusters:\n- cluster:\n    server: https://10.0.0.1:6443\n"
#define CA      "    certificate-authority-data: Q0EgYnl0ZXM=\n"
#define NAMED   "  name: here\n"
#define USER    "users:\n- name: other\n  user: {token: of-another}\n- name: me\n  user:\n"
#define CERTS   "    client-certificate-data: Y2VydCBieXRlcw==\n    client-key-data: a2V5IGJ5dGVz\n"
#define WHOLE   HEAD CLUSTER CA NAMED USER

static int read_text(const char *data, struct ar_kubeconfig *conf, struct ar_err *err)
{
	const struct ar_text text = { .name = "admin.conf", .data = data, .len = strlen(data) };

	return ar_kubeconfig_read(&text, conf, err);
}

START_TEST(a_config_of_kubeadm_is_understood)
{
	AR_KUBECONFIG_AUTO struct ar_kubeconfig conf = AR_KUBECONFIG_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_msg(read_text(WHOLE CERTS, &conf, &err) == 0, "%s", err.msg);
	ck_assert_str_eq(conf.from, "admin.conf");
	ck_assert_str_eq(conf.server, "https://10.0.0.1:6443");
	ck_assert_str_eq(conf.host, "10.0.0.1");
	ck_assert_uint_eq(conf.port, 6443);
	ck_assert_str_eq(conf.server_name, "");
	ck_assert_str_eq(conf.user, "me");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_CA].data, "CA bytes");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_CERT].data, "cert bytes");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_KEY].data, "key bytes");
	ck_assert_uint_eq(conf.parts[AR_KUBECONFIG_KEY].len, 9);
	ck_assert_ptr_null(conf.parts[AR_KUBECONFIG_TOKEN].data);
}
END_TEST

START_TEST(files_are_named_and_filled_in_later)
{
	AR_KUBECONFIG_AUTO struct ar_kubeconfig conf = AR_KUBECONFIG_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(read_text(HEAD CLUSTER "    certificate-authority: pki/ca.crt\n"
						"    tls-server-name: kubernetes\n" NAMED USER
						"    client-certificate: /pki/c.pem\n"
						"    client-key: /pki/k.pem\n    tokenFile: /t\n",
				   &conf, &err),
			 0);
	ck_assert_str_eq(conf.server_name, "kubernetes");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_CA].path, "pki/ca.crt");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_CERT].path, "/pki/c.pem");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_KEY].path, "/pki/k.pem");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_TOKEN].path, "/t");
	for (int i = 0; i < AR_KUBECONFIG_PARTS; i++)
		ck_assert_ptr_null(conf.parts[i].data);
	ck_assert_int_eq(ar_kubeconfig_fill(&conf, AR_KUBECONFIG_TOKEN, "\n a token\n", 10, &err),
			 0);
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_TOKEN].data, "a token");
	ck_assert_int_eq(ar_kubeconfig_fill(&conf, AR_KUBECONFIG_TOKEN, "new", 3, &err), 0);
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_TOKEN].data, "new");
	ck_assert_int_eq(ar_kubeconfig_fill(&conf, AR_KUBECONFIG_CA, "ca\n", 3, &err), 0);
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_CA].data, "ca\n");
}
END_TEST

START_TEST(data_win_over_a_file_and_a_token_may_stand_there)
{
	AR_KUBECONFIG_AUTO struct ar_kubeconfig conf = AR_KUBECONFIG_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(read_text(HEAD CLUSTER CA
				   "    certificate-authority: /ca\n" NAMED USER
				   "    token: not-a-real-token\n    tokenFile: /t\n",
				   &conf, &err),
			 0);
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_CA].data, "CA bytes");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_CA].path, "");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_TOKEN].data, "not-a-real-token");
	ck_assert_str_eq(conf.parts[AR_KUBECONFIG_TOKEN].path, "");
}
END_TEST

static const struct {
	const char *server, *host;
	unsigned port; /* 0: refused */
} servers[] = {
	{ "https://lb.example", "lb.example", 443 },
	{ "https://lb.example/", "lb.example", 443 },
	{ "https://lb.example:8443/path", "lb.example", 8443 },
	{ "\"https://[fd00::1]:6443\"", "fd00::1", 6443 },
	{ "\"https://[fd00::1]\"", "fd00::1", 443 },
	{ "http://10.0.0.1:6443", NULL, 0 },
	{ "https://", NULL, 0 },
	{ "https://:6443", NULL, 0 },
	{ "https://h:0", NULL, 0 },
	{ "https://h:65536", NULL, 0 },
	{ "https://h:99999999999999999999", NULL, 0 },
	{ "https://h:64x", NULL, 0 },
	{ "https://h:", NULL, 0 },
	{ "https://h:-1", NULL, 0 },
	{ "\"https://[fd00::1]6443\"", NULL, 0 },
	{ "https://me:hush@h:6443", NULL, 0 },
	{ "12", NULL, 0 },
	{ "", NULL, 0 },
};

START_TEST(a_server_is_a_host_and_a_port)
{
	AR_KUBECONFIG_AUTO struct ar_kubeconfig conf = AR_KUBECONFIG_INIT;
	struct ar_err err = AR_ERR_INIT;
	char text[1000];

	snprintf(text, sizeof text, HEAD "clusters:\n- cluster:\n    server: %s\n" NAMED USER CERTS,
		 servers[_i].server);
	ck_assert_int_eq(read_text(text, &conf, &err), servers[_i].port ? 0 : -1);
	ck_assert_ptr_null(strstr(err.msg, "hush"));
	if (servers[_i].port) {
		ck_assert_str_eq(conf.host, servers[_i].host);
		ck_assert_uint_eq(conf.port, servers[_i].port);
	}
}
END_TEST

static const struct {
	const char *text, *says;
} refused[] = {
	{ HEAD CLUSTER "    insecure-skip-tls-verify: true\n" NAMED USER CERTS, "verified" },
	{ HEAD CLUSTER "    insecure-skip-tls-verify: yes\n" NAMED USER CERTS, "verified" },
	{ WHOLE "    exec: {command: aws}\n", "another program (exec)" },
	{ WHOLE "    auth-provider: {name: gcp}\n", "another program (auth-provider)" },
	{ WHOLE CERTS "    as: somebody\n", "somebody else" },
	{ HEAD "clusters: []\n" USER CERTS, "no cluster 'here'" },
	{ HEAD CLUSTER NAMED "users: {}\n", "no user 'me'" },
	{ "current-context: gone\n" CLUSTER NAMED USER CERTS, "no context 'gone'" },
	{ CLUSTER NAMED USER CERTS, "no context ''" },
	{ WHOLE "    client-key-data: '*no base64*'\n", "not base64" },
	{ WHOLE "    client-key-data: [a]\n", "not base64" },
	{ WHOLE "    client-key: [a]\n", "expected a string" },
	{ "current-context: 1\n", "expected a string" },
	{ "- a\n", "no kubeconfig" },
	{ "", "no kubeconfig" },
	{ "a: [\n", "" },
};

START_TEST(what_cannot_be_used_is_refused_with_a_reason)
{
	AR_KUBECONFIG_AUTO struct ar_kubeconfig conf = AR_KUBECONFIG_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(read_text(refused[_i].text, &conf, &err), -1);
	ck_assert_msg(strstr(err.msg, refused[_i].says) != NULL, "%s", err.msg);
	ck_assert_str_eq(err.path, "admin.conf");
	ck_assert_str_eq(err.source, ""); /* no line of such a file is shown */
	ck_assert_ptr_null(strstr(err.msg, "no base64*"));
	ck_assert_ptr_null(conf.parts[AR_KUBECONFIG_CA].data); /* nothing was handed out */
	ck_assert_uint_eq(conf.port, 0);
}
END_TEST

Suite *kubeconfig_suite(void)
{
	Suite *suite = suite_create("kubeconfig");
	TCase *tcase = tcase_create("kubeconfig");

	tcase_add_test(tcase, a_config_of_kubeadm_is_understood);
	tcase_add_test(tcase, files_are_named_and_filled_in_later);
	tcase_add_test(tcase, data_win_over_a_file_and_a_token_may_stand_there);
	tcase_add_loop_test(tcase, a_server_is_a_host_and_a_port, 0,
			    sizeof servers / sizeof *servers);
	tcase_add_loop_test(tcase, what_cannot_be_used_is_refused_with_a_reason, 0,
			    sizeof refused / sizeof *refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
