/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/buf.h"
#include "kube/kubeadmconf.h"

/* Inside of kube/kubeadmconf: where the parts stand, and their typed side. */

struct ar__kubeadm_parts {
	const struct ar_tree *tree;
	const struct ar_node *cluster, *api_server, *args, *volumes;
	enum ar_kubeadm_form form;
};

/* Appends the JSON of all that struct ar_kubeadmconf types: of the parts, and the apiVersion of
 * `doc`. Refuses wrong types with their place. */
int ar__kubeadm_write(const struct ar__kubeadm_parts *parts, const struct ar_node *doc,
		      struct ar_buf *json, struct ar_err *err);
/* A config filled from that JSON, whose nodes are still unset; ar_kubeadmconf_free() releases it.
 */
int ar__kubeadm_load(const struct ar_buf *json, struct ar_kubeadmconf **ret_conf,
		     struct ar_err *err);
