/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/encconf.h"
#include "kube/storage.h"

/*
 * Which entries of a config hold for a resource, by upstream's order (apiserver's
 * server/options/encryptionconfig/config.go): those that name it; where none does, those with
 * *.GROUP; where none has, those with *.*. Of several their providers are tried one after the
 * other, so that the first entry's first provider writes, and all of them read. Pure.
 */

/* Does this entry of the config hold for the resource? */
bool ar_entry_holds(const struct ar_encconf *conf, const struct ar_enc_entry *entry,
		    const struct ar_resource *resource);
/* The first entry that does, which writes; NULL: none, the resource is not encrypted. */
const struct ar_enc_entry *ar_entry_of(const struct ar_encconf *conf,
				       const struct ar_resource *resource);
