/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>

#include "base/text.h"

/*
 * Who else makes this control plane's manifest: a tool that would write over a change, or has its
 * own way to turn encryption on. Told by marks that such tools leave: files and folders on the
 * host, and words in the manifest, in the kubelet's settings or in the node's annotations.
 *
 * A mark is no proof (a node may have been taken over from one), so the finding that is made of it,
 * owned-elsewhere, can be accepted. Plain kubeadm leaves none; neither does kind.
 */

enum ar_owner_text {
	AR_OWNER_MANIFEST, /* the API server's */
	AR_OWNER_KUBELET,  /* the kubelet's config file, or its arguments (NUL between them) */
	AR_OWNER_NODE,     /* the Node object, as JSON: labels and annotations */
	AR_OWNER_TEXTS
};

struct ar_owner_facts {
	const struct ar_text *texts[AR_OWNER_TEXTS]; /* NULL where it was not read */
	const bool *exists; /* by the index of ar_owner_path(); NULL: not looked at */
};

struct ar_owner {
	const char *name;         /* "Cluster API" */
	const char *mark;         /* the path, or the word in a text */
	enum ar_owner_text where; /* the text; AR_OWNER_TEXTS: `mark` is a path of the host */
	const char *instead;      /* what to use there */
};

/* Paths of the host whose existence is a mark, one by one; NULL behind the last. */
const char *ar_owner_path(size_t index);
/* The first owner that shows. Its strings are constants. False: none does. */
bool ar_owner_find(const struct ar_owner_facts *facts, struct ar_owner *ret);
