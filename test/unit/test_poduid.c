/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <string.h>

#include "kube/poduid.h"

Suite *poduid_suite(void);

#define STATIC "0123456789abcdef0123456789abcdef"
#define DASHED "01234567-89ab-cdef-0123-456789abcdef"
#define SCOPED "01234567_89ab_cdef_0123_456789abcdef"

static const struct {
	const char *cgroup, *uid;
	bool in;
} cgroups[] = {
	/* cgroup v2, cgroupfs and systemd */
	{ "0::/kubepods/burstable/pod" STATIC "/f00d\n", STATIC, true },
	{ "0::/kubepods/burstable/pod" DASHED "/f00d\n", DASHED, true },
	{ "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" STATIC
	  ".slice/cri-containerd-f00d.scope\n",
	  STATIC, true },
	{ "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" SCOPED
	  ".slice/crio-f00d.scope\n",
	  DASHED, true },
	/* cgroup v1 */
	{ "12:pids:/kubepods/pod" STATIC "/f00d\n11:memory:/kubepods/pod" STATIC "/f00d\n", STATIC,
	  true },
	{ "1:name=systemd:/kubepods/pod" STATIC, STATIC, true },
	/* a node in a container */
	{ "0::/docker/cafe/kubelet.slice/kubelet-kubepods.slice/"
	  "kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod" STATIC
	  ".slice/cri-containerd-f00d.scope\n",
	  STATIC, true },
	{ "0::/../../kubepods/burstable/pod" STATIC "/f00d\n", STATIC, true },
	/* another pod, or none */
	{ "0::/kubepods/burstable/pod" STATIC "/f00d\n", DASHED, false },
	{ "0::/kubepods/burstable/pod" STATIC "0/f00d\n", STATIC, false },
	{ "0::/kubepods/burstable/xpod" STATIC "/f00d\n", STATIC, false },
	{ "0::/kubepods/burstable/" STATIC "/f00d\n", STATIC, false },
	{ "0::/pod/f00d\n", "", false },
	{ "0::/\n", STATIC, false },
	{ "", STATIC, false },
};

START_TEST(a_cgroup_is_of_one_pod)
{
	ck_assert_int_eq(ar_pod_uid_in_cgroup(cgroups[_i].cgroup, cgroups[_i].uid), cgroups[_i].in);
}
END_TEST

static const struct {
	const char *folder, *namespace, *uid; /* uid NULL: not of this manifest */
} folders[] = {
	{ "kube-system_kube-apiserver-node1_" STATIC, "kube-system", STATIC },
	{ "kube-system_kube-apiserver-node1.example_" DASHED, "kube-system", DASHED },
	{ "default_kube-apiserver-node1_" STATIC, NULL, STATIC },
	{ "kube-system_kube-apiserver-node1_" STATIC, NULL, NULL },
	{ "kube-system_kube-apiserver_" STATIC, "kube-system", NULL }, /* no node: no static pod */
	{ "kube-system_kube-controller-manager-node1_" STATIC, "kube-system", NULL },
	{ "kube-system_kube-apiserver-node1_", "kube-system", NULL },
	{ "kube-system_kube-apiserver-node1", "kube-system", NULL },
	{ "kube-system_kube-apiserver-node1_" STATIC STATIC STATIC, "kube-system", NULL },
	{ "kube-system_kube-apiserver-node1_../x", "kube-system", NULL },
	{ ".", "kube-system", NULL },
	{ "", "kube-system", NULL },
};

START_TEST(a_log_folder_names_the_uid)
{
	char uid[AR_POD_UID] = "x";

	ck_assert_int_eq(ar_pod_uid_of_folder(folders[_i].folder, folders[_i].namespace,
					      "kube-apiserver", uid),
			 folders[_i].uid != NULL);
	ck_assert_str_eq(uid, folders[_i].uid ? folders[_i].uid : "");
}
END_TEST

static const struct {
	const char *name;
	int number;
} logs[] = {
	{ "0.log", 0 },
	{ "13.log", 13 },
	{ "0.log.20261124-133244", -1 },
	{ "0.log.gz", -1 },
	{ ".log", -1 },
	{ "a.log", -1 },
	{ "-1.log", -1 },
	{ "99999999999999999999.log", -1 },
	{ "", -1 },
};

START_TEST(a_log_file_names_the_start)
{
	ck_assert_int_eq(ar_pod_log_number(logs[_i].name), logs[_i].number);
}
END_TEST

Suite *poduid_suite(void)
{
	Suite *suite = suite_create("poduid");
	TCase *tcase = tcase_create("poduid");

	tcase_add_loop_test(tcase, a_cgroup_is_of_one_pod, 0, sizeof cgroups / sizeof *cgroups);
	tcase_add_loop_test(tcase, a_log_folder_names_the_uid, 0, sizeof folders / sizeof *folders);
	tcase_add_loop_test(tcase, a_log_file_names_the_start, 0, sizeof logs / sizeof *logs);
	suite_add_tcase(suite, tcase);
	return suite;
}
