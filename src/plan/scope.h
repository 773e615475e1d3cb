/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/storage.h"
#include "kube/stored.h"

/*
 * What a config is about: which resources it encrypts, each with its folder in etcd and its writer.
 * Wildcards are resolved against the resources that exist. Pure.
 *
 * Look-up by upstream's order: the exact name, then *.GROUP, then *.*; the first entry that has it
 * writes (apiserver's server/options/encryptionconfig/config.go).
 */

struct ar_scope_item {
	struct ar_resource resource;
	char folder[AR_STORAGE_MAX]; /* "/registry/secrets/" */
	struct ar_writer writer;
	size_t entry;               /* of the config: the first that holds for it */
	const char *cannot_rewrite; /* as ar_storage_cannot_rewrite */
};

struct ar_scope {
	struct ar_scope_item *items; /* sorted by group, then resource */
	size_t count;
	char unknown[400]; /* names of the config that no resource has; "" */
};

#define AR_SCOPE_INIT         \
	{                     \
		.items = NULL \
	}
#define AR_SCOPE_AUTO __attribute__((cleanup(ar_scope_done)))
/* Releases the items. */
void ar_scope_done(struct ar_scope *scope);

struct ar_scope_ask {
	const char *etcd_prefix;
	const struct ar_resource *known; /* resources that exist, by discovery or by etcd */
	size_t known_count;
	const char *only; /* one resource ("secrets", "widgets.example.com"); NULL: all of them */
};

/* Does the config have a wildcard, so that `known` is needed? */
bool ar_scope_has_wildcard(const struct ar_encconf *conf);
/* Composes it. Names without a wildcard need not be among `known`: secrets and configmaps are
 * taken as they stand; one that could only be custom is, too. `only` that the config does not
 * encrypt is an error that says which ones it does. */
int ar_scope_compose(const struct ar_encconf *conf, const struct ar_scope_ask *ask,
		     struct ar_scope *ret, struct ar_err *err);
