/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/kubeadmconf.h"
#include "plan/inject.h"

/*
 * The same change in a kubeadm config: extraArgs and extraVolumes of the ClusterConfiguration, so
 * that a cluster is born encrypted, and an upgrade keeps it.
 */

/* Plans what is missing (parts MOUNT and VOLUME are one extraVolume here: MOUNT carries it, VOLUME
 * is AR_ABSENT). Without a ClusterConfiguration document it refuses, unless `create`: then one is
 * appended. Conflicts as in ar_inject_plan. */
int ar_persist_plan(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted, bool create,
		    struct ar_inject *ret, struct ar_err *err);
/* Takes them out again; what becomes empty (extraArgs, extraVolumes, apiServer) goes with its key.
 * A document that was created stays, with its apiVersion and kind. */
int ar_persist_remove(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		      struct ar_inject *ret, struct ar_err *err);
/* Law 4, as ar_inject_prove. */
int ar_persist_prove(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		     const struct ar_inject *plan, bool remove, struct ar_buf *out,
		     struct ar_err *err);
/* The JSON patch that kubeadm's --patches folder takes (kube-apiserver+json.json), from what is
 * missing in `pod` (NULL: as for a pristine kubeadm manifest). Appended to `out`. */
int ar_persist_patch(const struct ar_pod *pod, const struct ar_wanted *wanted, struct ar_buf *out,
		     struct ar_err *err);
