/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/diff.h"
#include "yaml/tree.h"

/*
 * A kubeadm configuration file: several documents, of which the ClusterConfiguration holds what
 * kubeadm writes into the API server's manifest (apiServer.extraArgs and extraVolumes).
 */

enum ar_kubeadm_form {
	AR_KUBEADM_MAP,
	AR_KUBEADM_LIST
}; /* extraArgs up to v1beta3 / from v1beta4 */

struct ar_kubeadm_arg {
	const char *name, *value;
	const struct ar_node *node; /* list form: the item; map form: the key */
	const struct ar_node *value_node;
};

struct ar_kubeadm_volume {
	const char *name, *host_path, *mount_path, *path_type; /* NULL where absent */
	bool read_only;
	const struct ar_node *node;
};

struct ar_kubeadmconf {
	const struct ar_tree *tree;
	const struct ar_node
		*cluster; /* root of the ClusterConfiguration document, NULL where there is none */
	const char *api_version; /* "kubeadm.k8s.io/v1beta4"; of another kubeadm document where
				    there is none */
	enum ar_kubeadm_form form;
	const char *kubernetes_version; /* may be NULL */
	const char *endpoint;           /* controlPlaneEndpoint, may be NULL */
	const char *certificates_dir;   /* certificatesDir, may be NULL: /etc/kubernetes/pki */
	const struct ar_node *api_server_key, *args_key, *volumes_key; /* NULL where absent */
	struct ar_kubeadm_arg *args;
	size_t arg_count;
	struct ar_kubeadm_volume *volumes;
	size_t volume_count;
};

/* Is some document of the tree of a kubeadm.k8s.io kind? Decides what `atrest patch FILE` does. */
bool ar_kubeadmconf_is(const struct ar_tree *tree);
/* Understands it. Refuses with place and remedy: older than v1beta1, wrong types, aliases or merge
 * keys on the path, several ClusterConfigurations. */
int ar_kubeadmconf_read(const struct ar_tree *tree, struct ar_kubeadmconf **ret_conf,
			struct ar_err *err);
/* Accepts NULL. */
void ar_kubeadmconf_free(struct ar_kubeadmconf *conf);
static inline void ar_kubeadmconf_free_ptr(struct ar_kubeadmconf **conf)
{
	ar_kubeadmconf_free(*conf);
}
#define AR_KUBEADMCONF_AUTO __attribute__((cleanup(ar_kubeadmconf_free_ptr)))

/* Ranges that a diff must hide: bootstrap tokens, certificateKey, tlsBootstrapToken and the like,
 * anywhere. Sorted; *ret_list is malloc'ed. */
int ar_kubeadmconf_secrets(const struct ar_tree *tree, struct ar_range **ret_list,
			   size_t *ret_count, struct ar_err *err);
