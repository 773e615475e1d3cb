/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "plan/inject_impl.h"
#include "plan/persist.h"

/* Inside of plan/persist: what the config has of what is wanted. */

struct ar__persist_judgement {
	const struct ar_kubeadm_arg *flag, *reload; /* the first of each, NULL: none */
	const struct ar_kubeadm_volume *volume;     /* that shows the file, or is ours */
	char flag_path[4096];
	enum ar_state states[AR_PARTS];
};

/* Compares; refuses conflicts. */
int ar__persist_judge(const struct ar_kubeadmconf *conf, const struct ar_wanted *wanted,
		      struct ar__persist_judgement *ret, struct ar_err *err);
/* Is this argument a setting of the flag (under its old name too), or of the reload flag? */
bool ar__is_flag_arg(const struct ar_kubeadm_arg *arg);
bool ar__is_reload_arg(const struct ar_kubeadm_arg *arg);
/* The host file that a path in the container is, by the extraVolumes and the folder that kubeadm
 * mounts itself; NULL where none covers it. *ret_volume is the extraVolume, NULL for kubeadm's own.
 */
const char *ar__persist_host(const struct ar_kubeadmconf *conf, const char *path, char *buf,
			     size_t size, const struct ar_kubeadm_volume **ret_volume);
bool ar__same_path(const char *a, const char *b);
