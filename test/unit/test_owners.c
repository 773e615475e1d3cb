/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "diag/owners.h"

Suite *owners_suite(void);

static const struct {
	const char *texts[AR_OWNER_TEXTS];
	const char *name; /* NULL: nobody */
} texts[] = {
	{ { "volumes:\n- hostPath: {path: /etc/kubernetes/pki}\n", "staticPodPath: /x\n",
	    "{\"metadata\": {\"annotations\": {\"volumes.kubernetes.io/x\": \"true\"}}}" },
	  NULL },
	{ { NULL, NULL, NULL }, NULL },
	{ { "", "", "" }, NULL },
	{ { "- --tls-cert-file=/etc/kubernetes/ssl/apiserver.crt\n", NULL, NULL }, "kubespray" },
	{ { "    path: /etc/kubernetes/encryption-providers\n", NULL, NULL }, "KubeOne" },
	{ { "annotations:\n  talos.dev/config-version: \"3\"\n", NULL, NULL }, "Talos" },
	{ { "namespace: openshift-kube-apiserver\n", NULL, NULL }, "OpenShift" },
	{ { "path: /srv/kubernetes/kube-apiserver\n", NULL, NULL }, "kOps" },
	{ { NULL, "--kubeconfig=/var/lib/rancher/rke2/agent/kubelet.kubeconfig", NULL }, "RKE2" },
	{ { NULL, NULL, "{\"annotations\": {\"cluster.x-k8s.io/machine\": \"m\"}}" },
	  "Cluster API" },
	{ { NULL, NULL, "{\"annotations\": {\"k3s.io/hostname\": \"m\"}}" }, "k3s" },
	{ { NULL, NULL, "{\"annotations\": {\"rke2.io/hostname\": \"m\"}}" }, "RKE2" },
	{ { NULL, NULL, "{\"labels\": {\"microk8s.io/cluster\": \"true\"}}" }, "MicroK8s" },
	{ { NULL, NULL, "{\"labels\": {\"minikube.k8s.io/name\": \"x\"}}" }, "minikube" },
	/* a word counts only where it is a mark */
	{ { NULL, "talos.dev/", NULL }, NULL },
	{ { "cluster.x-k8s.io/", NULL, NULL }, NULL },
};

START_TEST(words_tell_the_owner)
{
	struct ar_text read[AR_OWNER_TEXTS];
	struct ar_owner_facts facts = { .exists = NULL };
	struct ar_owner owner = { .name = NULL };

	for (int i = 0; i < AR_OWNER_TEXTS; i++) {
		const char *data = texts[_i].texts[i];
		read[i] = (struct ar_text){ .name = "t",
					    .data = data,
					    .len = data ? strlen(data) : 0 };
		facts.texts[i] = data ? &read[i] : NULL;
	}
	ck_assert_int_eq(ar_owner_find(&facts, &owner), texts[_i].name != NULL);
	ck_assert_pstr_eq(owner.name, texts[_i].name);
	if (owner.name) {
		ck_assert_ptr_nonnull(strstr(texts[_i].texts[owner.where], owner.mark));
		ck_assert_uint_gt(strlen(owner.instead), 10);
	}
}
END_TEST

START_TEST(arguments_are_looked_at_behind_a_nul)
{
	static const char args[] = "kubelet\0--root-dir=/var/lib/k0s/kubelet";
	const struct ar_text text = { .name = "kubelet", .data = args, .len = sizeof args };
	const struct ar_owner_facts facts = { .texts = { [AR_OWNER_KUBELET] = &text } };
	struct ar_owner owner;

	ck_assert(ar_owner_find(&facts, &owner));
	ck_assert_str_eq(owner.name, "k0s");
}
END_TEST

START_TEST(each_path_is_a_mark)
{
	bool exists[100] = { false };
	const struct ar_owner_facts facts = { .exists = exists };
	struct ar_owner owner;
	size_t count = 0;

	ck_assert(!ar_owner_find(&facts, &owner));
	for (; ar_owner_path(count); count++) {
		ck_assert_uint_lt(count, sizeof exists / sizeof *exists);
		ck_assert_int_eq(ar_owner_path(count)[0], '/');
		exists[count] = true;
		ck_assert(ar_owner_find(&facts, &owner));
		exists[count] = false;
		ck_assert_str_eq(owner.mark, ar_owner_path(count));
		ck_assert_int_eq(owner.where, AR_OWNER_TEXTS);
		ck_assert_ptr_nonnull(owner.name);
		ck_assert_ptr_nonnull(owner.instead);
	}
	ck_assert_uint_gt(count, 10);
}
END_TEST

START_TEST(a_word_in_force_says_more_than_a_folder)
{
	bool exists[100];
	static const char manifest[] = "talos.dev/secrets-version";
	const struct ar_text text = { .name = "m", .data = manifest, .len = strlen(manifest) };
	const struct ar_owner_facts facts = { .texts = { [AR_OWNER_MANIFEST] = &text },
					      .exists = exists };
	struct ar_owner owner;

	memset(exists, true, sizeof exists);
	ck_assert(ar_owner_find(&facts, &owner));
	ck_assert_str_eq(owner.name, "Talos");
}
END_TEST

Suite *owners_suite(void)
{
	Suite *suite = suite_create("owners");
	TCase *tcase = tcase_create("owners");

	tcase_add_loop_test(tcase, words_tell_the_owner, 0, sizeof texts / sizeof *texts);
	tcase_add_test(tcase, arguments_are_looked_at_behind_a_nul);
	tcase_add_test(tcase, each_path_is_a_mark);
	tcase_add_test(tcase, a_word_in_force_says_more_than_a_folder);
	suite_add_tcase(suite, tcase);
	return suite;
}
