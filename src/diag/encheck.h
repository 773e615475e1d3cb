/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "diag/finding.h"
#include "kube/encconf.h"

/*
 * Would an API server take this EncryptionConfiguration, and will its owner be happy with it?
 *
 * The verdict is upstream's (k8s.io/apiserver: decoding, strict from 1.31;
 * ValidateEncryptionConfiguration; the build stage's masking and gates), all errors in one run,
 * each with upstream's field path. Lints for what upstream accepts and users regret come behind
 * them.
 */

struct ar_encconf_opts {
	int minor; /* Kubernetes 1.<minor> that will read it; -1: not known, the newest rules */
	bool hot_reload; /* --encryption-provider-config-automatic-reload is on */
	bool lints;
};

/* Is one of the findings a reason for upstream to refuse the file? */
bool ar_encconf_refused(const struct ar_findings *findings);

/*
 * Checks `text` (text->secret must be set). Every reason to refuse becomes an AR_ERROR finding with
 * its place and upstream's path; lints become warnings and notes. No finding holds a byte of a key.
 *
 * *ret_conf is the typed config, NULL where it could not be decoded; *ret_tree owns what it
 * borrows, and is NULL where the text could not be parsed. Returns -1 only when memory is out: a
 * bad file is a finding, not an error.
 */
int ar_encconf_check(const struct ar_text *text, const struct ar_encconf_opts *opts,
		     struct ar_findings *findings, struct ar_tree **ret_tree,
		     struct ar_encconf **ret_conf, struct ar_err *err);
