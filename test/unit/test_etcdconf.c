/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "kube/etcdconf.h"
#include "manifest_help.h"

Suite *etcdconf_suite(void);

#define PKI         "    - mountPath: /etc/kubernetes/pki\n      name: k8s-certs\n"
#define PKI_VOLUME  "  - hostPath:\n      path: /srv/pki\n    name: k8s-certs\n"
#define WITH(flags) MANIFEST(flags, "", "")

/* What the flags of a manifest say; -1 and parsed->err where they are refused. */
static int read_conf(struct parsed *parsed, struct ar_etcdconf *ret)
{
	ck_assert_msg(parsed->pod != NULL, "%s", parsed->err.msg);
	return ar_etcdconf_read(parsed->pod, ret, &parsed->err);
}

START_TEST(kubeadm_s_manifest_says_it_all)
{
	PARSED_AUTO struct parsed parsed = parsed_pod(
		MANIFEST("    - --etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt\n"
			 "    - --etcd-certfile=/etc/kubernetes/pki/apiserver-etcd-client.crt\n"
			 "    - --etcd-keyfile=/etc/kubernetes/pki/apiserver-etcd-client.key\n"
			 "    - --etcd-servers=https://127.0.0.1:2379\n",
			 PKI, PKI_VOLUME),
		NULL);
	AR_ETCDCONF_AUTO struct ar_etcdconf conf = AR_ETCDCONF_INIT;

	ck_assert_int_eq(read_conf(&parsed, &conf), 0);
	ck_assert_uint_eq(conf.server_count, 1);
	ck_assert_str_eq(conf.servers[0].host, "127.0.0.1");
	ck_assert_uint_eq(conf.servers[0].port, 2379);
	ck_assert_str_eq(conf.ca, "/srv/pki/etcd/ca.crt");
	ck_assert_str_eq(conf.cert, "/srv/pki/apiserver-etcd-client.crt");
	ck_assert_str_eq(conf.key, "/srv/pki/apiserver-etcd-client.key");
	ck_assert_str_eq(conf.prefix, "/registry");
	ck_assert_uint_eq(conf.override_count, 0);
	ck_assert_uint_eq(conf.compaction_s, 300);
	ck_assert(!conf.storage_json);
}
END_TEST

START_TEST(what_is_not_said_is_kubeadm_s)
{
	PARSED_AUTO struct parsed parsed = parsed_pod(WITH(""), NULL);
	PARSED_AUTO struct parsed mounted = parsed_pod(MANIFEST("", PKI, PKI_VOLUME), NULL);
	AR_ETCDCONF_AUTO struct ar_etcdconf conf = AR_ETCDCONF_INIT, there = AR_ETCDCONF_INIT;

	ck_assert_int_eq(read_conf(&parsed, &conf), 0);
	ck_assert_uint_eq(conf.server_count, 1);
	ck_assert_str_eq(conf.servers[0].host, "127.0.0.1");
	ck_assert_str_eq(conf.ca, "/etc/kubernetes/pki/etcd/ca.crt");
	ck_assert_str_eq(conf.cert, "/etc/kubernetes/pki/apiserver-etcd-client.crt");
	ck_assert_str_eq(conf.key, "/etc/kubernetes/pki/apiserver-etcd-client.key");
	ck_assert_int_eq(read_conf(&mounted, &there), 0);
	ck_assert_str_eq(there.ca, "/srv/pki/etcd/ca.crt");
}
END_TEST

START_TEST(a_mount_that_is_no_host_s_hides_a_file)
{
	PARSED_AUTO struct parsed parsed =
		parsed_pod(MANIFEST("    - --etcd-keyfile=/run/keys/etcd.key\n"
				    "    - --etcd-cafile=/opt/etcd/ca.crt\n",
				    "    - mountPath: /run/keys\n      name: keys\n",
				    "  - secret:\n      secretName: x\n    name: keys\n"),
			   NULL);
	AR_ETCDCONF_AUTO struct ar_etcdconf conf = AR_ETCDCONF_INIT;

	ck_assert_int_eq(read_conf(&parsed, &conf), 0);
	ck_assert_str_eq(conf.key, "");
	ck_assert_str_eq(conf.ca, "/opt/etcd/ca.crt");
}
END_TEST

START_TEST(several_servers_in_any_spelling)
{
	PARSED_AUTO struct parsed parsed =
		parsed_pod(WITH("    - --etcd-servers\n"
				"    - https://10.0.0.1:2379,https://[fd00::1]:12379/\n"
				"    - --etcd_servers=https://etcd.example.com,10.0.0.2:1\n"),
			   NULL);
	AR_ETCDCONF_AUTO struct ar_etcdconf conf = AR_ETCDCONF_INIT;
	static const struct ar_etcd_server want[] = { { "10.0.0.1", 2379 },
						      { "fd00::1", 12379 },
						      { "etcd.example.com", 2379 },
						      { "10.0.0.2", 1 } };

	ck_assert_msg(read_conf(&parsed, &conf) == 0, "%s", parsed.err.msg);
	ck_assert_uint_eq(conf.server_count, 4);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_str_eq(conf.servers[i].host, want[i].host);
		ck_assert_uint_eq(conf.servers[i].port, want[i].port);
	}
}
END_TEST

START_TEST(a_server_that_cannot_be_asked_is_refused_at_its_place)
{
	static const struct {
		const char *servers, *says;
	} rows[] = {
		{ "http://127.0.0.1:2379", "server 1 is reached without TLS" },
		{ "https://a:2379,http://b:2379", "server 2 is reached without TLS" },
		{ "unix:///run/etcd.sock", "is no https:// address" },
		{ "https://", "names no proper host" },
		{ "https://:2379", "names no proper host" },
		{ "https://a:0", "has no proper port" },
		{ "https://a:65536", "has no proper port" },
		{ "https://a:99999999999999999999", "has no proper port" },
		{ "https://a:", "has no proper port" },
		{ "https://a:2379/v3", "has no proper port" },
		{ "https://a/v3", "names no proper host" },
		{ "https://me:word@a:2379", "has a user in front" },
		{ "https://[::1", "names no proper host" },
		{ "https://[::1]2379", "has no proper port" },
		{ "https://$(HOST_IP):2379", "names no proper host" },
		{ "https://a,,https://b", "server 2 names no proper host" },
		{ "a1,a2,a3,a4,a5,a6,a7,a8,a9,b1,b2,b3,b4,b5,b6,b7,b8", "is one more than" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[2000];
		snprintf(text, sizeof text, WITH("    - \"--etcd-servers=%s\"\n"), rows[i].servers);
		PARSED_AUTO struct parsed parsed = parsed_pod(text, NULL);
		AR_ETCDCONF_AUTO struct ar_etcdconf conf = AR_ETCDCONF_INIT;
		ck_assert_int_eq(read_conf(&parsed, &conf), -1);
		ck_assert_msg(strstr(parsed.err.msg, rows[i].says) != NULL, "%s: %s",
			      rows[i].servers, parsed.err.msg);
		ck_assert_uint_eq(parsed.err.line, 11);
		ck_assert(parsed.err.hint[0] != '\0');
		ck_assert(!strstr(parsed.err.msg, "word"));
	}
}
END_TEST

START_TEST(overrides_name_a_resource_and_its_servers)
{
	PARSED_AUTO struct parsed parsed =
		parsed_pod(WITH("    - --etcd-servers-overrides=/events#https://e1:2381;https://"
				"e2:2381,apps/*#https://a:1\n"
				"    - --etcd-servers-overrides=apps/deployments#https://d:1,/pods#"
				"http://p:1\n"),
			   NULL);
	AR_ETCDCONF_AUTO struct ar_etcdconf conf = AR_ETCDCONF_INIT;
	const struct ar_etcd_override *one;

	ck_assert_msg(read_conf(&parsed, &conf) == 0, "%s", parsed.err.msg);
	ck_assert_uint_eq(conf.override_count, 4);
	one = ar_etcdconf_override(&conf, "events", "");
	ck_assert_ptr_nonnull(one);
	ck_assert_uint_eq(one->server_count, 2);
	ck_assert_str_eq(one->servers[1].host, "e2");
	ck_assert_uint_eq(one->servers[1].port, 2381);
	ck_assert_str_eq(ar_etcdconf_override(&conf, "daemonsets", "apps")->servers[0].host, "a");
	ck_assert_str_eq(ar_etcdconf_override(&conf, "deployments", "apps")->servers[0].host, "d");
	ck_assert_ptr_null(ar_etcdconf_override(&conf, "secrets", ""));
	ck_assert_ptr_null(ar_etcdconf_override(&conf, "events", "apps.example"));
	/* One that is only reached without TLS is there, and cannot be asked. */
	ck_assert_uint_eq(ar_etcdconf_override(&conf, "pods", "")->server_count, 0);
}
END_TEST

START_TEST(an_override_that_is_none_is_refused)
{
	static const char *const rows[] = {
		"events#https://e:1",     "/events",           "/events#",
		"/#https://e:1",          "a/b/c#https://e:1", "/events#https://e:x",
		"/a#https://a#https://b", "/a#https://a:1,x"
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[2000];
		snprintf(text, sizeof text, WITH("    - \"--etcd-servers-overrides=%s\"\n"),
			 rows[i]);
		PARSED_AUTO struct parsed parsed = parsed_pod(text, NULL);
		AR_ETCDCONF_AUTO struct ar_etcdconf conf = AR_ETCDCONF_INIT;
		ck_assert_msg(read_conf(&parsed, &conf) == -1, "%s", rows[i]);
		ck_assert_uint_eq(parsed.err.line, 11);
	}
}
END_TEST

START_TEST(prefix_interval_and_form)
{
	static const struct {
		const char *flags, *prefix;
		unsigned seconds;
		bool json;
	} rows[] = {
		{ "    - --etcd-prefix=registry/\n    - --etcd-compaction-interval=10m\n",
		  "/registry", 600, false },
		{ "    - --etcd-prefix=//a//b/\n    - --etcd-compaction-interval=0\n", "/a/b", 0,
		  false },
		{ "    - --etcd-compaction-interval=1.5s\n    - --etcd-prefix=/\n", "/", 2, false },
		{ "    - --etcd-compaction-interval=soon\n", "/registry", 300, false },
		{ "    - --etcd-prefix=/a\n    - --etcd-prefix=/b\n", "/b", 300, false },
		{ "    - --storage-media-type=application/json\n", "/registry", 300, true },
		{ "    - --storage-media-type=application/json\n"
		  "    - --storage-media-type=application/vnd.kubernetes.protobuf\n",
		  "/registry", 300, false },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[2000];
		snprintf(text, sizeof text, WITH("%s"), rows[i].flags);
		PARSED_AUTO struct parsed parsed = parsed_pod(text, NULL);
		AR_ETCDCONF_AUTO struct ar_etcdconf conf = AR_ETCDCONF_INIT;
		ck_assert_int_eq(read_conf(&parsed, &conf), 0);
		ck_assert_str_eq(conf.prefix, rows[i].prefix);
		ck_assert_uint_eq(conf.compaction_s, rows[i].seconds);
		ck_assert_int_eq(conf.storage_json, rows[i].json);
	}
}
END_TEST

START_TEST(etcd_s_own_manifest_says_its_quota)
{
#define ETCD(items) \
	"kind: Pod\nspec:\n  containers:\n  - command:\n    - etcd\n" items "    name: etcd\n"
	static const struct {
		const char *text;
		int64_t quota;
	} rows[] = {
		{ ETCD("    - --quota-backend-bytes=8589934592\n"), INT64_C(8589934592) },
		{ ETCD("    - --quota-backend-bytes\n    - \"4096\"\n"), 4096 },
		{ ETCD("    - -quota-backend-bytes=1\n"), 1 },
		{ ETCD("    - --quota-backend-bytes=1\n    - --quota-backend-bytes=2\n"), 2 },
		{ ETCD("    - --quota-backend-bytes=-1\n"), INT64_MAX },
		{ ETCD("    - --quota-backend-bytes=8Gi\n"), 0 },
		{ ETCD("    - --quota-backend-bytes=99999999999999999999\n"), 0 },
		{ ETCD("    - --quota-backend-bytes=\n"), 0 },
		{ ETCD("    - --quota-backend-bytes\n"), 0 },
		{ ETCD("    - --quota-backend-bytes-x=5\n"), 0 },
		{ ETCD("    - ---quota-backend-bytes=5\n"), 0 },
		{ ETCD("    - quota-backend-bytes=5\n"), 0 },
		{ ETCD("    - [--quota-backend-bytes=5]\n"), 0 },
		{ ETCD("    - --name=x\n"), 0 },
		{ "spec: {containers: [{args: [--quota-backend-bytes, 7]}]}", 7 },
		{ "spec: {containers: {args: [--quota-backend-bytes=7]}}", 0 },
		{ "spec: [", 0 },
		{ "", 0 },
		{ "null", 0 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct ar_text text = { .name = "etcd.yaml",
					      .data = rows[i].text,
					      .len = strlen(rows[i].text) };
		ck_assert_msg(ar_etcd_quota_of(&text) == rows[i].quota, "%s", rows[i].text);
	}
}
END_TEST

Suite *etcdconf_suite(void)
{
	Suite *suite = suite_create("etcdconf");
	TCase *tests = tcase_create("etcdconf");

	tcase_add_test(tests, kubeadm_s_manifest_says_it_all);
	tcase_add_test(tests, what_is_not_said_is_kubeadm_s);
	tcase_add_test(tests, a_mount_that_is_no_host_s_hides_a_file);
	tcase_add_test(tests, several_servers_in_any_spelling);
	tcase_add_test(tests, a_server_that_cannot_be_asked_is_refused_at_its_place);
	tcase_add_test(tests, overrides_name_a_resource_and_its_servers);
	tcase_add_test(tests, an_override_that_is_none_is_refused);
	tcase_add_test(tests, prefix_interval_and_form);
	tcase_add_test(tests, etcd_s_own_manifest_says_its_quota);
	suite_add_tcase(suite, tests);
	return suite;
}
