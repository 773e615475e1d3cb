/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/look.h"

#define AR_MANIFESTS      "/etc/kubernetes/manifests"
#define AR_KUBELET_CONFIG "/var/lib/kubelet/config.yaml"

/*
 * What must hold before a live manifest is given the flag, each failure a finding: the
 * EncryptionConfiguration is there, a root-only regular file, and valid for this server; no second
 * file of the folder defines the pod; the kubelet reads this folder; nothing here shows several
 * control-plane nodes. For taking the flag away: that nothing is still encrypted (guard.h). Of a
 * manifest elsewhere only what concerns any machine is said, as notes.
 *
 * `look` has the manifest's pod and knows whether it is live; the findings are added to it.
 */
int ar_preflight(const struct ar_session *session, const char *path, const struct ar_goal *goal,
		 struct ar_look *look, struct ar_err *err);
/* The same last guard for a live manifest that is to become `then`: does it lose the flag? */
int ar_preflight_restore(const struct ar_session *session, const struct ar_look *look,
			 const struct ar_text *then, struct ar_findings *findings,
			 struct ar_err *err);

/* The folder that holds `path`, into buf. */
void ar_folder_of(const char *path, char *buf, size_t size);
/* staticPodPath as the kubelet's config on this host has it, into buf; NULL when there is none. */
const char *ar_static_pod_path(const struct ar_session *session, char *buf, size_t size);
