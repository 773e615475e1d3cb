/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "plan/inject.h"
#include "plan/persist.h"

/* Shared by the suites of manifests and kubeadm configs. */

#define HEAD \
	"apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\n  namespace: kube-system\n"
#define ENC  "/etc/kubernetes/enc.yaml"
#define FLAG "--encryption-provider-config=" ENC
/* A manifest of version 1.30 with places for flags, mounts and volumes. */
#define MANIFEST(flags, mounts, volumes)                                                        \
	HEAD "spec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --a=1\n" flags    \
	     "    - --z=1\n    image: x:v1.30.0\n    name: kube-apiserver\n    volumeMounts:\n" \
	     "    - mountPath: /certs\n      name: ca-certs\n" mounts                           \
	     "  volumes:\n  - hostPath:\n      path: /certs\n    name: ca-certs\n" volumes
#define OUR_FLAG  "    - " FLAG "\n"
#define OUR_MOUNT "    - mountPath: " ENC "\n      name: encryption-config\n      readOnly: true\n"
#define OUR_VOLUME \
	"  - hostPath:\n      path: " ENC "\n      type: File\n    name: encryption-config\n"

/* Everything that is parsed from one text, released together. */
struct parsed {
	struct ar_text text;
	struct ar_tree *tree;
	struct ar_pod *pod;
	struct ar_kubeadmconf *conf;
	struct ar_err err;
};

static inline void parsed_done(struct parsed *parsed)
{
	ar_pod_free(parsed->pod);
	ar_kubeadmconf_free(parsed->conf);
	ar_tree_free(parsed->tree);
}
#define PARSED_AUTO __attribute__((cleanup(parsed_done)))

static inline struct parsed parsed_text(const char *text, unsigned flags)
{
	struct parsed parsed = { .text = { .name = "f.yaml", .data = text, .len = strlen(text) } };

	if (ar_tree_parse(&parsed.text, flags, &parsed.tree, &parsed.err) != 0)
		ck_abort_msg("not parsed: %s", parsed.err.msg);
	return parsed;
}

/* The pod of a text, NULL (and parsed.err) where it is refused. */
static inline struct parsed parsed_pod(const char *text, const char *container)
{
	struct parsed parsed = parsed_text(text, 0);
	int result = ar_pod_read(parsed.tree, container, &parsed.pod, &parsed.err);

	ck_assert_int_eq(result, parsed.pod ? 0 : -1);
	ck_assert_int_eq(ar_err_is_set(&parsed.err), result != 0);
	return parsed;
}

static inline struct parsed parsed_conf(const char *text)
{
	struct parsed parsed = parsed_text(text, AR_TREE_MANY);
	int result = ar_kubeadmconf_read(parsed.tree, &parsed.conf, &parsed.err);

	ck_assert_int_eq(result, parsed.conf ? 0 : -1);
	return parsed;
}

static const struct ar_wanted wanted_file = {
	.config = ENC,
	.flag_path = ENC,
	.mount_host = ENC,
	.mount_path = ENC,
	.mount_type = "File",
	.name = "encryption-config",
};
static const struct ar_wanted wanted_folder = {
	.config = "/etc/kubernetes/enc/enc.yaml",
	.flag_path = "/etc/kubernetes/enc/enc.yaml",
	.mount_host = "/etc/kubernetes/enc",
	.mount_path = "/etc/kubernetes/enc",
	.mount_type = "Directory",
	.name = "encryption-config",
	.hot_reload = true,
};
