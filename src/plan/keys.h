/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/encconf.h"

/* Keys of one EncryptionConfiguration that another one lacks: what was encrypted with them could
 * not be read with that one. */

#define AR_LOST_KEYS 8

struct ar_lost_keys {
	size_t count;                 /* all of them */
	char names[AR_LOST_KEYS][64]; /* of the first ones; names, never bytes */
};

/* Compares by name and bytes, in guarded memory; both texts must be secret. A text that cannot be
 * understood has no keys. -1: no memory. */
int ar_keys_lost(const struct ar_text *from, const struct ar_text *in, struct ar_lost_keys *ret,
		 struct ar_err *err);

/* Two keys of one name and the same bytes, as they are written. */
bool ar_keys_same(const struct ar_encconf *a, const struct ar_enc_key *x,
		  const struct ar_encconf *b, const struct ar_enc_key *y);
