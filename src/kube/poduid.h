/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * A pod's UID, in the names that the kubelet gives things of it. Static pods have a hash of their
 * manifest for a UID: 32 hex digits; others an RFC 4122 one.
 *
 * Sources: kubelet's BuildPodLogsDirectory (NAMESPACE_NAME_UID) and its pod cgroups (pod<UID>,
 * under systemd with its dashes as underscores).
 */

#define AR_POD_UID 64

/* The UID out of the name of a folder of /var/log/pods, if it is of a pod that the manifest `name`
 * makes in `namespace` (NULL: default): the pod is called NAME-NODE. "" in ret where it is not. */
bool ar_pod_uid_of_folder(const char *folder, const char *namespace, const char *name,
			  char ret[AR_POD_UID]);
/* Does this text of /proc/PID/cgroup lie in the pod's cgroup? */
bool ar_pod_uid_in_cgroup(const char *cgroup, const char *uid);
/* Number of the container's start, by the name of its log file ("3.log"); -1: it is none. */
int ar_pod_log_number(const char *name);
