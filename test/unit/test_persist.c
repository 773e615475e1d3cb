/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "manifest_help.h"

Suite *persist_suite(void);

#define CLUSTER(version) "apiVersion: kubeadm.k8s.io/" version "\nkind: ClusterConfiguration\n"
#define INIT             "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n"
#define MAP_ARG          "    encryption-provider-config: " ENC "\n"
#define LIST_ARG         "  - name: encryption-provider-config\n    value: " ENC "\n"
#define VOLUME                                                                         \
	"  - hostPath: " ENC "\n    mountPath: " ENC "\n    name: encryption-config\n" \
	"    pathType: File\n    readOnly: true\n"
#define SERVER_MAP  "apiServer:\n  extraArgs:\n" MAP_ARG "  extraVolumes:\n" VOLUME
#define SERVER_LIST "apiServer:\n  extraArgs:\n" LIST_ARG "  extraVolumes:\n" VOLUME

enum { CREATE = 1, REMOVE = 2, REPLACE = 4 };

static void expect(const char *before, const struct ar_wanted *given, unsigned how,
		   const char *after)
{
	PARSED_AUTO struct parsed p = parsed_conf(before);
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_wanted wanted = *given;

	wanted.replace = how & REPLACE;
	ck_assert_msg(p.conf != NULL, "%s", p.err.msg);
	int planned = how & REMOVE ? ar_persist_remove(p.conf, &wanted, &plan, &p.err)
				   : ar_persist_plan(p.conf, &wanted, how & CREATE, &plan, &p.err);
	ck_assert_msg(planned == 0, "%s", p.err.msg);
	ck_assert_msg(ar_persist_prove(p.conf, &wanted, &plan, how & REMOVE, &out, &p.err) == 0,
		      "%s", p.err.msg);
	ck_assert_str_eq(ar_buf_text(&out), after);
	ck_assert_int_eq(plan.edits.count == 0, strcmp(before, after) == 0);
}

static const struct {
	const char *before, *after;
} there_and_back[] = {
	{ CLUSTER("v1beta3"), CLUSTER("v1beta3") SERVER_MAP },
	{ CLUSTER("v1beta4"), CLUSTER("v1beta4") SERVER_LIST },
	{ INIT "---\n" CLUSTER("v1beta4") "---\na: b\n",
	  INIT "---\n" CLUSTER("v1beta4") SERVER_LIST "---\na: b\n" },
	{ CLUSTER("v1beta3") "apiServer:\n  certSANs: [a]\nx: y\n",
	  CLUSTER("v1beta3") "apiServer:\n  certSANs: [a]\n  extraArgs:\n" MAP_ARG
			     "  extraVolumes:\n" VOLUME "x: y\n" },
	{ CLUSTER("v1beta3") "apiServer:\n  extraArgs:\n    a: \"b\"\n    f: c # d\n",
	  CLUSTER("v1beta3") "apiServer:\n  extraArgs:\n    a: \"b\"\n    "
			     "encryption-provider-config: \"" ENC "\"\n"
			     "    f: c # d\n  extraVolumes:\n" VOLUME },
	{ CLUSTER("v1beta4") "apiServer:\n  extraArgs:\n  - name: z\n    value: \"1\"\n  - name: "
			     "a\n    value: b\n"
			     "  extraVolumes:\n  - name: v\n    hostPath: /h\n    mountPath: /h\n",
	  CLUSTER("v1beta4") "apiServer:\n  extraArgs:\n  - name: z\n    value: \"1\"\n  - name: "
			     "a\n    value: b\n" LIST_ARG
			     "  extraVolumes:\n  - name: encryption-config\n    hostPath: " ENC
			     "\n    mountPath: " ENC "\n    pathType: File\n"
			     "    readOnly: true\n  - name: v\n    hostPath: /h\n    mountPath: "
			     "/h\n" },
	{ CLUSTER("v1beta3") "certificatesDir: /etc/kubernetes\n",
	  CLUSTER("v1beta3") "certificatesDir: /etc/kubernetes\napiServer:\n  "
			     "extraArgs:\n" MAP_ARG },
};

START_TEST(the_same_goes_into_both_forms_and_out_again)
{
	expect(there_and_back[_i].before, &wanted_file, 0, there_and_back[_i].after);
	expect(there_and_back[_i].after, &wanted_file, 0, there_and_back[_i].after);
	expect(there_and_back[_i].after, &wanted_file, REMOVE, there_and_back[_i].before);
}
END_TEST

/* Empty values are filled in place; what is taken out again leaves no empty key behind. */
START_TEST(empty_values_are_filled)
{
	expect(CLUSTER("v1beta3") "apiServer: {}\n", &wanted_file, 0,
	       CLUSTER("v1beta3") SERVER_MAP);
	expect(CLUSTER("v1beta3") "apiServer: # c\n", &wanted_file, 0,
	       CLUSTER("v1beta3") "apiServer: # c\n  extraArgs:\n" MAP_ARG
				  "  extraVolumes:\n" VOLUME);
	expect(CLUSTER("v1beta4") "apiServer:\n  extraArgs: []\n  extraVolumes: null\n",
	       &wanted_file, 0, CLUSTER("v1beta4") SERVER_LIST);
	expect(CLUSTER("v1beta4") "apiServer:\n  extraVolumes:\n", &wanted_file, 0,
	       CLUSTER("v1beta4") "apiServer:\n  extraArgs:\n" LIST_ARG "  extraVolumes:\n" VOLUME);
	expect(CLUSTER("v1beta4") SERVER_LIST, &wanted_file, REMOVE, CLUSTER("v1beta4"));
}
END_TEST

START_TEST(values_stay_strings)
{
	expect(CLUSTER("v1beta3") "apiServer: {extraArgs: {a: 'false'}}\n", &wanted_folder, 0,
	       CLUSTER("v1beta3") "apiServer: {extraArgs: {a: 'false', encryption-provider-config: "
				  "/etc/kubernetes/enc/enc.yaml, "
				  "encryption-provider-config-automatic-reload: \"true\"}, "
				  "extraVolumes: "
				  "[{hostPath: /etc/kubernetes/enc, mountPath: "
				  "/etc/kubernetes/enc, name: encryption-config, "
				  "pathType: Directory, readOnly: true}]}\n");
}
END_TEST

START_TEST(a_document_is_created_only_when_asked_for)
{
	PARSED_AUTO struct parsed p = parsed_conf(INIT);
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;

	ck_assert_int_eq(ar_persist_plan(p.conf, &wanted_file, false, &plan, &p.err), -1);
	ck_assert_ptr_nonnull(strstr(p.err.hint, "--create"));
	expect(INIT, &wanted_file, CREATE, INIT "---\n" CLUSTER("v1beta4") SERVER_LIST);
	expect("apiVersion: kubeadm.k8s.io/v1beta4\r\nkind: InitConfiguration", &wanted_file,
	       CREATE,
	       "apiVersion: kubeadm.k8s.io/v1beta4\r\nkind: InitConfiguration\r\n---\r\n"
	       "apiVersion: kubeadm.k8s.io/v1beta4\r\nkind: ClusterConfiguration\r\napiServer:\r\n "
	       " extraArgs:\r\n"
	       "  - name: encryption-provider-config\r\n    value: " ENC
	       "\r\n  extraVolumes:\r\n  - hostPath: " ENC "\r\n"
	       "    mountPath: " ENC
	       "\r\n    name: encryption-config\r\n    pathType: File\r\n    readOnly: true\r\n");
}
END_TEST

START_TEST(replace_changes_every_setting)
{
	expect(CLUSTER("v1beta4") "apiServer:\n  extraArgs:\n  - {name: "
				  "encryption-provider-config, value: '/x'}\n"
				  "  - {name: encryption-provider-config, value: /x}\n  "
				  "extraVolumes:\n" VOLUME,
	       &wanted_file, REPLACE,
	       CLUSTER("v1beta4") "apiServer:\n  extraArgs:\n  - {name: "
				  "encryption-provider-config, value: '" ENC "'}\n"
				  "  - {name: encryption-provider-config, value: " ENC
				  "}\n  extraVolumes:\n" VOLUME);
}
END_TEST

static const struct {
	const char *text, *reason;
	bool folder;
} conflicts[] = {
	{ "apiServer: {extraArgs: {encryption-provider-config: /x}}\n",
	  "is set to '/x', which no volume shows", false },
	{ "apiServer: {extraArgs: {encryption-provider-config: /etc/kubernetes/pki/x}}\n",
	  "is set to '/etc/kubernetes/pki/x'; wanted", false },
	{ "apiServer: {extraArgs: {encryption-provider-config: ''}}\n", "has no value", false },
	{ "apiServer: {extraArgs: {encryption-provider-config: /x, "
	  "experimental-encryption-provider-config: /y}}\n",
	  "stands twice", false },
	{ "apiServer: {extraVolumes: [{name: encryption-config, hostPath: /a, mountPath: /a}]}\n",
	  "name 'encryption-config' is taken", false },
	{ "apiServer: {extraVolumes: [{name: a, hostPath: /a, mountPath: " ENC "}]}\n",
	  "is taken by extraVolume 'a'", false },
	{ "kubernetesVersion: v1.25.0\n", "1.25 (by kubernetesVersion) does not know", true },
	{ "apiServer: {extraArgs: {encryption-provider-config-automatic-reload: 'false'}}\n",
	  "is set to 'false'; wanted true", true },
};

START_TEST(a_conflict_is_refused_saying_what_is_there)
{
	char text[512];
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;

	snprintf(text, sizeof text, CLUSTER("v1beta3") "%s", conflicts[_i].text);
	PARSED_AUTO struct parsed p = parsed_conf(text);
	ck_assert_msg(p.conf != NULL, "%s", p.err.msg);
	const struct ar_wanted *wanted = conflicts[_i].folder ? &wanted_folder : &wanted_file;
	ck_assert_int_eq(ar_persist_plan(p.conf, wanted, false, &plan, &p.err), -1);
	ck_assert_msg(strstr(p.err.msg, conflicts[_i].reason) != NULL, "'%s' lacks '%s'", p.err.msg,
		      conflicts[_i].reason);
}
END_TEST

START_TEST(a_name_of_kubeadms_own_volumes_is_refused)
{
	PARSED_AUTO struct parsed p = parsed_conf(CLUSTER("v1beta3"));
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;
	struct ar_wanted wanted = wanted_file;

	wanted.name = "k8s-certs";
	ck_assert_int_eq(ar_persist_plan(p.conf, &wanted, false, &plan, &p.err), -1);
}
END_TEST

START_TEST(removal_leaves_what_is_not_ours)
{
	static const char other[] =
		CLUSTER("v1beta3") "apiServer: {extraVolumes: [{name: encryption-config, hostPath: "
				   "/a, mountPath: /a}]}\n";
	PARSED_AUTO struct parsed p = parsed_conf(
		CLUSTER("v1beta3") "apiServer: {extraArgs: {encryption-provider-config: /x}}\n");
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;

	ck_assert_int_eq(ar_persist_remove(p.conf, &wanted_file, &plan, &p.err), -1);
	expect(other, &wanted_file, REMOVE, other);
}
END_TEST

/* A plan that says one thing and does another is found out. */
static const struct {
	const char *at, *text; /* `text` takes the place of `at` */
} wrong[] = {
	{ "a: b", "a: c" },
	{ "a: b, ", "" },
	{ "/h", "/i" },
	{ "x: y", "x: z" },
	{ "certSANs", "certSANS" },
	{ "x: y\n", "x: y\n---\nz: z\n" },
	{ "kind: Cluster", "kind: Clust" },
	{ "{extraArgs", "{[" },
	{ "encryption-provider-config: " ENC, "encryption-provider-config: /x" },
};

START_TEST(the_proof_finds_a_wrong_edit)
{
	static const char text[] = CLUSTER(
		"v1beta3") "x: y\napiServer: {extraArgs: {a: b, encryption-provider-config: " ENC
			   "}, extraVolumes: [{name: v, hostPath: /h, mountPath: /h}, {name: "
			   "encryption-config, hostPath: " ENC ", mountPath: " ENC
			   "}], certSANs: [c]}\n";
	PARSED_AUTO struct parsed p = parsed_conf(text);
	AR_INJECT_AUTO struct ar_inject plan = AR_INJECT_INIT;
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	size_t at = (size_t)(strstr(text, wrong[_i].at) - text);

	ck_assert_ptr_nonnull(p.conf);
	ck_assert_int_eq(ar_edits_add(&plan.edits, at, at + strlen(wrong[_i].at), wrong[_i].text,
				      strlen(wrong[_i].text), &p.err),
			 0);
	ck_assert_int_eq(ar_persist_prove(p.conf, &wanted_file, &plan, false, &out, &p.err), -1);
	ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* The paths that the patch adds to, in order, each followed by a blank. */
static void patch_paths(const struct ar_pod *pod, const struct ar_wanted *wanted, char *ret,
			size_t size)
{
	AR_BUF_AUTO struct ar_buf out = AR_BUF_INIT;
	struct ar_err err = AR_ERR_INIT;

	ck_assert_int_eq(ar_persist_patch(pod, wanted, &out, &err), 0);
	json_t *patch = json_loads(ar_buf_text(&out), JSON_REJECT_DUPLICATES, NULL);
	ck_assert_ptr_nonnull(patch);
	ret[0] = '\0';
	for (size_t i = 0; i < json_array_size(patch); i++) {
		const json_t *op = json_array_get(patch, i);
		ck_assert_str_eq(json_string_value(json_object_get(op, "op")), "add");
		snprintf(ret + strlen(ret), size - strlen(ret), "%s ",
			 json_string_value(json_object_get(op, "path")));
	}
	json_decref(patch);
}

START_TEST(the_json_patch_adds_what_is_missing)
{
	char paths[512];
	PARSED_AUTO struct parsed none = parsed_pod(MANIFEST("", "", ""), NULL);
	PARSED_AUTO struct parsed all = parsed_pod(MANIFEST(OUR_FLAG, OUR_MOUNT, OUR_VOLUME), NULL);
	PARSED_AUTO struct parsed bare =
		parsed_pod(HEAD "spec:\n  containers:\n  - name: a\n  - name: kube-apiserver\n"
				"    command: [kube-apiserver]\n    args: [--a]\n",
			   NULL);

	patch_paths(NULL, &wanted_folder, paths, sizeof paths);
	ck_assert_str_eq(paths, "/spec/containers/0/command/- /spec/containers/0/command/- "
				"/spec/containers/0/volumeMounts/- /spec/volumes/- ");
	patch_paths(none.pod, &wanted_file, paths, sizeof paths);
	ck_assert_str_eq(
		paths,
		"/spec/containers/0/command/- /spec/containers/0/volumeMounts/- /spec/volumes/- ");
	patch_paths(all.pod, &wanted_file, paths, sizeof paths);
	ck_assert_str_eq(paths, "");
	patch_paths(bare.pod, &wanted_file, paths, sizeof paths);
	ck_assert_str_eq(
		paths, "/spec/containers/1/args/- /spec/containers/1/volumeMounts /spec/volumes ");
}
END_TEST

#define LOOP(tcase, test, table) tcase_add_loop_test(tcase, test, 0, sizeof table / sizeof *table)

Suite *persist_suite(void)
{
	Suite *suite = suite_create("persist");
	TCase *tcase = tcase_create("persist");

	LOOP(tcase, the_same_goes_into_both_forms_and_out_again, there_and_back);
	tcase_add_test(tcase, empty_values_are_filled);
	tcase_add_test(tcase, values_stay_strings);
	tcase_add_test(tcase, a_document_is_created_only_when_asked_for);
	tcase_add_test(tcase, replace_changes_every_setting);
	LOOP(tcase, a_conflict_is_refused_saying_what_is_there, conflicts);
	tcase_add_test(tcase, a_name_of_kubeadms_own_volumes_is_refused);
	tcase_add_test(tcase, removal_leaves_what_is_not_ours);
	LOOP(tcase, the_proof_finds_a_wrong_edit, wrong);
	tcase_add_test(tcase, the_json_patch_adds_what_is_missing);
	suite_add_tcase(suite, tcase);
	return suite;
}
