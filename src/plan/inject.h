/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/pod.h"
#include "plan/wanted.h"
#include "yaml/compare.h"

/*
 * The edits that give a kube-apiserver manifest the flag, the mount and the volume, or take exactly
 * these out again; and the proof that they do just that.
 */

enum ar_part { AR_PART_FLAG, AR_PART_RELOAD, AR_PART_MOUNT, AR_PART_VOLUME, AR_PARTS };

enum ar_state {
	AR_ABSENT,  /* not there and not wanted (or nothing to take out) */
	AR_PRESENT, /* there as wanted: nothing to do */
	AR_COVERED, /* another mount already shows the file: nothing to do */
	AR_ADD,
	AR_CHANGE,
	AR_REMOVE,
};

struct ar_part_plan {
	enum ar_state state;
	size_t edit;    /* index in edits of the edit that does it, where one does */
	size_t line;    /* where it stands now (PRESENT, COVERED, CHANGE, REMOVE), 1-based */
	char what[320]; /* in words: "flag --encryption-provider-config=/etc/…" */
};

struct ar_inject {
	struct ar_edits edits; /* empty: done */
	struct ar_part_plan parts[AR_PARTS];
};

/* Releases the edits. */
void ar_inject_done(struct ar_inject *inject);
#define AR_INJECT_INIT                 \
	{                              \
		.edits = AR_EDITS_INIT \
	}
#define AR_INJECT_AUTO __attribute__((cleanup(ar_inject_done)))

/* Plans what is missing. Refuses, saying what is there and where, when the flag has another value
 * (unless wanted->replace), stands twice with different values, or the name or mountPath is taken
 * by something else. New items take their place in kubeadm's order where the list is in it, else
 * behind the last sibling; they copy indentation, dash, quote and newline style and the key order
 * of their siblings. */
int ar_inject_plan(const struct ar_pod *pod, const struct ar_wanted *wanted, struct ar_inject *ret,
		   struct ar_err *err);
/* Plans the removal of the flag(s), and of the mount and volume where they are exactly ours (by
 * name, and not used by others): the file ends as it was before `ar_inject_plan`, byte for byte. */
int ar_inject_remove(const struct ar_pod *pod, const struct ar_wanted *wanted,
		     struct ar_inject *ret, struct ar_err *err);

/* Law 4. Splices, parses again, compares the trees, understands the new pod and requires that a
 * second plan is empty. The new bytes are appended to `out`. -1: our own bug, nothing may be
 * written. `remove`: the plan was a removal. */
int ar_inject_prove(const struct ar_pod *pod, const struct ar_wanted *wanted,
		    const struct ar_inject *plan, bool remove, struct ar_buf *out,
		    struct ar_err *err);
