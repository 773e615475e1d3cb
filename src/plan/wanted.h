/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>

/* What the API server shall be told, in a manifest or in a kubeadm config. The defaults are the
 * user's guide's own. */

#define AR_FLAG        "encryption-provider-config"
#define AR_FLAG_OLD    "experimental-encryption-provider-config"
#define AR_FLAG_RELOAD "encryption-provider-config-automatic-reload"

struct ar_wanted {
	const char *config;     /* the file on the host, absolute: /etc/kubernetes/enc.yaml */
	const char *flag_path;  /* the flag's value: the file as the container sees it */
	const char *mount_host; /* hostPath: the file itself (type File), or its folder (type
				   Directory) */
	const char *mount_path; /* mountPath */
	const char *mount_type; /* "File" or "Directory" */
	const char *name;       /* of the volume: encryption-config */
	bool hot_reload;        /* also --encryption-provider-config-automatic-reload=true */
	bool replace;           /* a flag with another value is given this one */
};

/* Where the derived strings of a wanted live. */
struct ar_wanted_text {
	char flag_path[512], mount_host[512], mount_path[512];
};

struct ar_err;

/*
 * Derives the rest of `wanted` from its config, name and hot_reload. A config in a folder of its
 * own
 * (/etc/kubernetes/enc/enc.yaml) is mounted as that folder, type Directory, which is what hot
 * reload needs; one in a folder that it shares (/etc/kubernetes) is mounted as the file itself.
 * `mount_path` (NULL: as on the host) is the mountPath in the container. Refuses paths that are not
 * absolute and clean, names that are no DNS label, and hot reload in a shared folder. `text` holds
 * the derived strings, and must outlive `wanted`.
 */
int ar_wanted_derive(struct ar_wanted *wanted, const char *mount_path, struct ar_wanted_text *text,
		     struct ar_err *err);
