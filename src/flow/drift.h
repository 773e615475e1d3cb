/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/local.h"

/*
 * What is not as it should be, on a node that was looked at: the manifest, the process, the loaded
 * file and kubeadm-config compared with each other.
 */

/* Adds what differs, each as a finding; and the findings of the files themselves. -1: no memory, or
 * kubeadm-config cannot be understood. */
int ar_drift_find(const struct ar_session *session, const struct ar_local_ask *ask,
		  const struct ar_local *local, struct ar_findings *findings, struct ar_err *err);

/* What can be seen beside that, without the API: the machine, the logs, and whether a record holds
 * a key that is missed. For `doctor`. */
int ar_doctor_find(const struct ar_session *session, const struct ar_local_ask *ask,
		   struct ar_local *local, struct ar_findings *findings, struct ar_err *err);
