/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "host/root.h"

/* What a file system lets be written at a place: what would make a step fail, known before it. */

struct ar_volume_state {
	/* For who runs this (root has the reserve, too); UINT64_MAX where they are not counted. */
	uint64_t free_bytes, free_inodes;
	bool read_only;              /* the file system, or just this mount of it */
	bool immutable, append_only; /* the file, where it is there, or its folder */
	/* The folder: a file in it cannot be replaced. */
	bool folder_immutable, folder_append_only;
	char fs_type[16]; /* "ext4", "xfs"; in hex where it has no name here */
	/* SELinux labels, "" where there is none. */
	char selinux[256], folder_selinux[256];
};

/* Looks at the file `path`, if it is there (at a symlink, not at what it leads to), and at its
 * folder; where that is not there, at the next one above that is. Opens nothing but folders. -1
 * with `err`: it cannot be looked at. */
int ar_volume_look(const struct ar_host *host, const char *path, struct ar_volume_state *ret,
		   struct ar_err *err);
