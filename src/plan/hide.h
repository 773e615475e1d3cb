/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "plan/next.h"

/* What a diff of this text must redact, by what the text is: keys of an EncryptionConfiguration,
 * tokens and certificateKey of a kubeadm config, nothing of a manifest. A secret text that cannot
 * be understood is hidden whole. */
int ar_hide_find(const struct ar_text *text, struct ar_hidden *ret, struct ar_err *err);

/* Takes the source line out of an error about a kubeadm config that holds tokens or a
 * certificateKey: the line may be one of them, and the next one may be its value. */
void ar_hide_source(const struct ar_text *text, struct ar_err *err);
