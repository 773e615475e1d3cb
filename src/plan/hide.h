/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "plan/next.h"

/* What a diff of this text must redact, by what the text is: keys of an EncryptionConfiguration,
 * tokens and certificateKey of a kubeadm config, nothing of a manifest. A secret text that cannot
 * be understood is hidden whole. */
int ar_hide_find(const struct ar_text *text, struct ar_hidden *ret, struct ar_err *err);
