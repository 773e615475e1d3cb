/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "yaml/tree.h"

/*
 * Are parts of a document the same before and after, as upstream reads them (normalised JSON)? The
 * proofs of inject and persist ask this of everything that they did not plan to change. Internal to
 * src/plan.
 */

struct ar__twins {
	const struct ar_tree *old, *now;
};

/* Two nodes. -1: they differ, and `err` says which. */
int ar__same_node(const struct ar__twins *twins, const struct ar_node *a, const struct ar_node *b,
		  struct ar_err *err);
/* Two mappings but for the keys in `apart`, which ends in NULL. */
int ar__same_maps(const struct ar__twins *twins, const struct ar_node *a, const struct ar_node *b,
		  const char *const *apart, struct ar_err *err);
