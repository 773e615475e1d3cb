/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "base/err.h"
#include "base/text.h"

/* Is the EncryptionConfiguration `there` what `asked` is, but for the key itself: the same
 * resources, providers in the same order, key names? With `key_given` the keys' bytes must agree
 * too (compared in guarded memory). Both texts are secret. -1 only when memory is out; a file that
 * cannot be understood is not the same. */
int ar_config_same(const struct ar_text *there, const struct ar_text *asked, bool key_given,
		   bool *ret_same, struct ar_err *err);
