/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/local.h"

/*
 * The other half of taking an `enable` back: kubeadm-config, which has the change too, and would
 * give it back with the next upgrade.
 */

struct ar_unkeep {
	struct ar_found found; /* what the manifest says before it is put back */
	struct ar_wanted_text text;
	struct ar_goal goal;
	struct ar_creds creds;
	struct ar_configmap kubeadm;
	struct ar_observation seen;
	struct ar_step step; /* what takes it out; no edits: nothing is to be done */
	char why[400];       /* why kubeadm-config could not be looked at; "" */
};

#define AR_UNKEEP_INIT                                             \
	{                                                          \
		.kubeadm = AR_CONFIGMAP_INIT, .step = AR_STEP_INIT \
	}
#define AR_UNKEEP_AUTO __attribute__((cleanup(ar_unkeep_done)))
/* Releases it. */
void ar_unkeep_done(struct ar_unkeep *unkeep);

/* Looks: the manifest at `manifest` still has what is to be taken out of kubeadm-config. An API
 * that does not answer is no error: ret->why says so. */
int ar_unkeep_look(const struct ar_session *session, const char *manifest, const char *kubeconfig,
		   struct ar_unkeep *ret, struct ar_err *err);
/* Writes it, where there is something to be written. */
int ar_unkeep_apply(struct ar_unkeep *unkeep, struct ar_err *err);
