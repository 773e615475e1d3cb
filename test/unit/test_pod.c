/* SPDX-License-Identifier: Apache-2.0 */
#include "manifest_help.h"

Suite *pod_suite(void);

#define CONTAINER(rest) HEAD "spec:\n  containers:\n  - name: kube-apiserver\n" rest

START_TEST(a_pod_is_read_with_its_places)
{
	PARSED_AUTO struct parsed p = parsed_pod(MANIFEST("", OUR_MOUNT, OUR_VOLUME), NULL);

	ck_assert_ptr_nonnull(p.pod);
	ck_assert_str_eq(p.pod->name, "kube-apiserver");
	ck_assert_str_eq(p.pod->namespace, "kube-system");
	ck_assert_str_eq(p.pod->container_name, "kube-apiserver");
	ck_assert_int_eq(p.pod->minor, 30);
	ck_assert_int_eq(p.pod->patch, 0);
	ck_assert_uint_eq(p.pod->arg_count, 3);
	ck_assert_str_eq(p.pod->args[1].text, "--a=1");
	ck_assert_uint_eq(p.pod->first_flag, 1);
	ck_assert_uint_eq(p.pod->mount_count, 2);
	ck_assert_str_eq(p.pod->mounts[1].mount_path, ENC);
	ck_assert(p.pod->mounts[1].read_only && !p.pod->mounts[0].read_only);
	ck_assert_uint_eq(p.pod->volume_count, 2);
	ck_assert_str_eq(p.pod->volumes[1].host_type, "File");
	ck_assert_ptr_null(p.pod->volumes[0].host_type);
	ck_assert(ar_node_is(p.tree, p.pod->args[2].node, "--z=1"));
	ck_assert_uint_eq(ar_text_place(&p.text, p.pod->mounts[1].node->start).line, 17);
}
END_TEST

/* Which list takes new flags, and where the program's own flags begin. */
static const struct {
	const char *container;
	bool in_args;
	size_t first_flag, list_start;
} programs[] = {
	{ "    command: [kube-apiserver, --a]\n", false, 1, 0 },
	{ "    command: [/usr/local/bin/kube-apiserver]\n", false, 1, 0 },
	{ "    command: [kube-apiserver]\n    args: [--a]\n", true, 1, 1 },
	{ "    command: [kube-apiserver]\n    args: []\n", false, 1, 0 },
	{ "    command: [kube-apiserver, --a]\n    args: [--b]\n", false, 1, 0 },
	{ "    command: [/go-runner]\n    args: [--log-file=/x/kube-apiserver, kube-apiserver, "
	  "--a]\n",
	  true, 3, 1 },
	{ "    command: [/hyperkube, apiserver, --a]\n", false, 2, 0 },
	{ "    command: [hyperkube]\n    args: [kube-apiserver, --a]\n", true, 2, 1 },
	{ "    args: [kube-apiserver, --a]\n", true, 1, 0 },
	{ "    args: [--a, --b]\n", true, 0, 0 },
};

START_TEST(flags_go_where_the_programs_flags_stand)
{
	char text[1024];

	snprintf(text, sizeof text, CONTAINER("%s"), programs[_i].container);
	PARSED_AUTO struct parsed p = parsed_pod(text, NULL);
	ck_assert_msg(p.pod != NULL, "%s", p.err.msg);
	ck_assert_uint_eq(p.pod->first_flag, programs[_i].first_flag);
	ck_assert_uint_eq(p.pod->list_start, programs[_i].list_start);
	ck_assert(p.pod->args_list ==
		  ar_map_get(p.tree, p.pod->container, programs[_i].in_args ? "args" : "command"));
}
END_TEST

/* Law 9: refused with the place and the reason. */
static const struct {
	const char *text, *reason;
	size_t line;
} refused[] = {
	{ "", "empty", 1 },
	{ "- a\n", "expected a mapping", 1 },
	{ "apiVersion: v1\n", "no 'kind'", 1 },
	{ "apiVersion: v1\nkind: PodList\n", "kind is 'PodList'", 2 },
	{ "apiVersion: v2\nkind: Pod\n", "apiVersion is not v1", 1 },
	{ "apiVersion: v1\nkind: Pod\nspec: {}\n", "'metadata' is missing", 1 },
	{ HEAD, "'spec' is missing", 1 },
	{ HEAD "spec: {}\n", "'containers' is missing", 6 },
	{ HEAD "spec:\n  containers: {}\n", "expected a list", 7 },
	{ HEAD "  uid: x\nspec: {}\n", "metadata.uid", 6 },
	{ HEAD "  annotations: {kubernetes.io/config.mirror: x}\nspec: {}\n", "config.mirror", 6 },
	{ HEAD "spec:\n  containers:\n  - name: etcd\n    command: [etcd]\n", "there is 'etcd'",
	  8 },
	{ HEAD "spec:\n  containers:\n  - name: a\n    command: [kube-apiserver]\n  - name: b\n"
	       "    command: [kube-apiserver]\n",
	  "several containers", 10 },
	{ CONTAINER(""), "neither command nor args", 8 },
	{ CONTAINER("    command: [/bin/sh, -c, kube-apiserver]\n"), "shell", 9 },
	{ CONTAINER("    command: [bash]\n    args: ['kube-apiserver --a']\n"), "shell", 9 },
	{ HEAD "spec:\n  containers:\n  - name: x\n    command: [sh, -c, exec kube-apiserver]\n",
	  "shell", 8 },
	{ CONTAINER("    command:\n    - kube-apiserver --a=1\n"), "one argument", 10 },
	{ CONTAINER("    command: [x]\n"), "no item of command or args", 9 },
	{ CONTAINER("    command: kube-apiserver\n"), "is a string; expected a list", 9 },
	{ CONTAINER("    command: [kube-apiserver, on]\n"), "is a boolean; expected a string", 9 },
	{ CONTAINER("    command: [kube-apiserver, 010]\n"), "is a number", 9 },
	{ CONTAINER("    command: [kube-apiserver, ~]\n"), "is null", 9 },
	{ CONTAINER("    command: [kube-apiserver, \"a\\0b\"]\n"), "NUL", 9 },
	{ CONTAINER("    command: [kube-apiserver, '--a={{ x }}']\n"), "'{{' marks a template", 9 },
	{ CONTAINER("    command: [kube-apiserver, '${flags}']\n"), "'${' marks a template", 9 },
	{ CONTAINER("    command: [kube-apiserver]\n    volumeMounts: [{name: x}]\n"),
	  "'mountPath' is missing", 10 },
	{ CONTAINER("    command: [kube-apiserver]\n    volumeMounts: [{name: x, mountPath: /x, "
		    "readOnly: 1}]\n"),
	  "expected true or false", 10 },
	{ CONTAINER("    command: [kube-apiserver]\n  volumes: [{name: x, hostPath: {}}]\n"),
	  "'path' is missing", 10 },
	{ CONTAINER("    command: [kube-apiserver]\n  volumes: [x]\n"), "expected a mapping", 10 },
	{ HEAD "x: &c [kube-apiserver]\nspec:\n  containers:\n  - name: kube-apiserver\n    "
	       "command: *c\n",
	  "alias", 10 },
	{ CONTAINER("    command: &c [kube-apiserver]\n  - name: b\n    args: *c\n"), "anchor", 9 },
	{ HEAD "x: &x {a: b}\nspec:\n  <<: *x\n  containers: []\n", "merge key", 8 },
};

START_TEST(what_must_not_be_edited_is_refused_with_its_place)
{
	PARSED_AUTO struct parsed p = parsed_pod(refused[_i].text, NULL);

	ck_assert_ptr_null(p.pod);
	ck_assert_msg(strstr(p.err.msg, refused[_i].reason) != NULL, "'%s' lacks '%s'", p.err.msg,
		      refused[_i].reason);
	ck_assert_uint_eq(p.err.line, refused[_i].line);
	ck_assert_int_eq(p.err.class, AR_FAILED);
}
END_TEST

START_TEST(a_container_is_taken_by_name)
{
	static const char two[] = HEAD
		"spec:\n  containers:\n  - name: a\n    command: [kube-apiserver]\n"
		"  - name: b\n    command: [kube-apiserver]\n";
	PARSED_AUTO struct parsed b = parsed_pod(two, "b");
	PARSED_AUTO struct parsed c = parsed_pod(two, "c");

	ck_assert_str_eq(b.pod->container_name, "b");
	ck_assert_uint_eq(b.pod->container_index, 1);
	ck_assert_ptr_null(c.pod);
	ck_assert_ptr_nonnull(strstr(c.err.msg, "'a', 'b'"));
}
END_TEST

/* How often the flag is set, and to what at last. */
static const struct {
	const char *items, *value;
	size_t count;
} flags[] = {
	{ "--encryption-provider-config=/x", "/x", 1 },
	{ "--encryption-provider-config, /x", "/x", 1 },
	{ "--encryption_provider_config=/x", "/x", 1 },
	{ "--experimental-encryption-provider-config=/x", "/x", 1 },
	{ "-encryption-provider-config=/x", "/x", 1 },
	{ "'--encryption-provider-config /x'", "/x", 1 },
	{ "--encryption-provider-config=/x, --b, --encryption-provider-config=/y", "/y", 2 },
	{ "--encryption-provider-config, --b", NULL, 1 },
	{ "--encryption-provider-config=", "", 1 },
	{ "--encryption-provider-config=a=b", "a=b", 1 },
	{ "--encryption-provider-config-automatic-reload=true", NULL, 0 },
	{ "--encryption-provider-configs=/x", NULL, 0 },
	{ "---encryption-provider-config=/x", NULL, 0 },
	{ "encryption-provider-config=/x", NULL, 0 },
	{ "--, --encryption-provider-config=/x", NULL, 0 },
};

START_TEST(a_flag_is_known_by_its_exact_name_in_every_spelling)
{
	char text[1024];
	struct ar_flag found[4];

	snprintf(text, sizeof text, CONTAINER("    command: [kube-apiserver, %s, --z]\n"),
		 flags[_i].items);
	PARSED_AUTO struct parsed p = parsed_pod(text, NULL);
	ck_assert_msg(p.pod != NULL, "%s", p.err.msg);
	size_t count = ar_pod_flags(p.pod, "encryption-provider-config",
				    "experimental-encryption-provider-config", found, 4);
	ck_assert_uint_eq(count, flags[_i].count);
	if (count)
		ck_assert_pstr_eq(found[count - 1].value, flags[_i].value);
}
END_TEST

#define MOUNTED                                                               \
	CONTAINER("    command: [kube-apiserver]\n    volumeMounts:\n"        \
		  "    - {name: etc, mountPath: /host/}\n"                    \
		  "    - {name: deep, mountPath: /host/kubernetes/deep}\n"    \
		  "    - {name: sub, mountPath: /sub, subPath: kubernetes}\n" \
		  "    - {name: sub, mountPath: /expr, subPathExpr: $(X)}\n"  \
		  "    - {name: none, mountPath: /none}\n"                    \
		  "    - {name: missing, mountPath: /missing}\n"              \
		  "  volumes:\n"                                              \
		  "  - {name: etc, hostPath: {path: /etc}}\n"                 \
		  "  - {name: deep, hostPath: {path: /srv/deep/}}\n"          \
		  "  - {name: sub, hostPath: {path: /etc}}\n"                 \
		  "  - {name: none, emptyDir: {}}\n")

static const struct {
	const char *path, *host, *mount;
} paths[] = {
	{ "/host/a", "/etc/a", "etc" },
	{ "/host", "/etc", "etc" },
	{ "/host//./a/", "/etc/a", "etc" },
	{ "/hosts/a", NULL, NULL },
	{ "/host/kubernetes/a", "/etc/kubernetes/a", "etc" },
	{ "/host/kubernetes/deep/a", "/srv/deep/a", "deep" },
	{ "/sub/enc.yaml", "/etc/kubernetes/enc.yaml", "sub" },
	{ "/expr/a", NULL, "sub" },
	{ "/none/a", NULL, "none" },
	{ "/missing/a", NULL, "missing" },
	{ "/", NULL, NULL },
};

START_TEST(the_longest_mount_decides_which_host_file_a_path_is)
{
	PARSED_AUTO struct parsed p = parsed_pod(MOUNTED, NULL);
	const struct ar_env_mount *mount;
	char buf[256];

	const char *host = ar_pod_host_path(p.pod, paths[_i].path, buf, sizeof buf, &mount);
	ck_assert_pstr_eq(host, paths[_i].host);
	ck_assert_pstr_eq(mount ? mount->name : NULL, paths[_i].mount);
}
END_TEST

static const struct {
	const char *text, *why;
} rivals[] = {
	{ MANIFEST("", "", ""), "defines the pod kube-system/kube-apiserver" },
	{ "apiVersion: v1\nkind: Pod\nmetadata: {name: kube-apiserver, namespace: other}\n"
	  "spec: {containers: [{name: x, command: [kube-apiserver]}]}\n",
	  "runs kube-apiserver too" },
	{ "kind: Pod\nkind: Pod\nmetadata: {name: kube-apiserver, namespace: kube-system}\n",
	  "defines the pod kube-system/kube-apiserver" },
	{ "kube-apiserver: [", "cannot be parsed, and mentions kube-apiserver" },
	{ "apiVersion: v1\nkind: Pod\nmetadata: {name: etcd}\nspec: {containers: [{name: etcd}]}\n",
	  NULL },
	{ "kind: ConfigMap\nmetadata: {name: kube-apiserver, namespace: kube-system}\n", NULL },
	{ "[", NULL },
	{ "", NULL },
};

START_TEST(a_rival_defines_the_pod_or_runs_the_server)
{
	const struct ar_text text = { .name = "r",
				      .data = rivals[_i].text,
				      .len = strlen(rivals[_i].text) };
	char why[100];

	bool is = ar_pod_rivals(&text, "kube-system", "kube-apiserver", why, sizeof why);
	ck_assert_int_eq(is, rivals[_i].why != NULL);
	ck_assert_str_eq(why, rivals[_i].why ? rivals[_i].why : "");
}
END_TEST

/* What the kubelet would refuse anyway, in what a patch touches or relies on. */
#define NAMED(name)                                                                          \
	"apiVersion: v1\nkind: Pod\nmetadata:\n  name: " name "\nspec:\n  containers:\n  - " \
	"name: kube-apiserver\n    image: x\n    command: [kube-apiserver]\n"
static const struct {
	const char *text, *reason; /* NULL: valid */
} valid[] = {
	{ NAMED("kube-apiserver.x-1"), NULL },
	{ NAMED("kube-apiserver") "    volumeMounts: [{name: coming, mountPath: /x}]\n", NULL },
	{ NAMED("Kube"), "is no name" },
	{ NAMED("a..b"), "is no name" },
	{ NAMED("a.-b"), "is no name" },
	{ NAMED("x\n  namespace: a.b"), "is no name" },
	{ NAMED("x\n  labels: {a: 1}"), "is a number; expected a string" },
	{ NAMED("x\n  annotations: {a: yes}"), "is a boolean; expected a string" },
	{ NAMED("x") "  hostNetwork: \"true\"\n", "neither true nor false" },
	{ NAMED("x") "    env: [{name: A, value: 1}]\n", "is a number; expected a string" },
	{ NAMED("x") "    volumeMounts: [{name: a, mountPath: /x}]\n",
	  "mounts a volume that the pod does not have" },
	{ NAMED("x") "    volumeMounts: [{name: a, mountPath: /x}, {name: a, mountPath: /x}]\n  "
		     "volumes: [{name: a}]\n",
	  "has the mountPath of a mount before it" },
	{ NAMED("x") "  - {name: kube-apiserver, image: x}\n", "several containers" },
	{ NAMED("x") "  - {name: a, image: x}\n  - {name: a, image: x}\n",
	  "has the name of a container before it" },
	{ NAMED("x") "  - {name: a}\n", "has no image" },
	{ NAMED("x") "  - {image: a}\n", "has no name" },
	{ NAMED("x") "  initContainers: [{name: a_b, image: x}]\n", "is no name" },
	{ NAMED("x") "  volumes: [{name: a}, {name: a}]\n", "has the name of a volume before it" },
	{ NAMED("x") "  volumes: [{name: A}]\n", "is no name" },
	{ NAMED("x") "  volumes: [{name: a, hostPath: {path: \"\"}}]\n", "empty hostPath" },
	{ NAMED("x") "  volumes: [{name: a, hostPath: {path: /a, type: file}}]\n",
	  "of unknown type" },
};

START_TEST(what_the_kubelet_refuses_is_refused)
{
	PARSED_AUTO struct parsed p = parsed_text(valid[_i].text, 0);
	int result = ar_pod_read(p.tree, NULL, &p.pod, &p.err);

	if (result == 0)
		result = ar_pod_valid(p.pod, "coming", &p.err);
	ck_assert_int_eq(result, valid[_i].reason ? -1 : 0);
	if (valid[_i].reason)
		ck_assert_msg(strstr(p.err.msg, valid[_i].reason) != NULL, "'%s' lacks '%s'",
			      p.err.msg, valid[_i].reason);
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, sizeof table / sizeof *table)

Suite *pod_suite(void)
{
	Suite *suite = suite_create("pod");
	TCase *tcase = tcase_create("pod");

	tcase_add_test(tcase, a_pod_is_read_with_its_places);
	LOOP(tcase, flags_go_where_the_programs_flags_stand, programs);
	LOOP(tcase, what_must_not_be_edited_is_refused_with_its_place, refused);
	tcase_add_test(tcase, a_container_is_taken_by_name);
	LOOP(tcase, a_flag_is_known_by_its_exact_name_in_every_spelling, flags);
	LOOP(tcase, the_longest_mount_decides_which_host_file_a_path_is, paths);
	LOOP(tcase, what_the_kubelet_refuses_is_refused, valid);
	LOOP(tcase, a_rival_defines_the_pod_or_runs_the_server, rivals);
	suite_add_tcase(suite, tcase);
	return suite;
}
