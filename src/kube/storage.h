/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/*
 * Where an API server keeps a resource in etcd, and back. Pure.
 *
 * Rules: kubernetes' default_storage_factory_builder.go and apiserver's storage_factory.go.
 * Built-in resources lie under their plural without a group, but for a few; custom resources, and
 * the two groups that serve them, under GROUP/PLURAL.
 */

#define AR_STORAGE_MAX 600 /* longest folder or key that is handled */

struct ar_resource {        /* what a config's names resolve to */
	char resource[128]; /* plural, lower case: "secrets" */
	char group[256];    /* "" for core */
	bool custom;        /* its folder begins with its group */
};

/* "secrets", "widgets.example.com": as a config names it; into buf, which it returns. */
const char *ar_resource_name(const struct ar_resource *resource, char *buf, size_t size);

/* "/registry/secrets/" of {"secrets", ""} under "/registry"; false where it does not fit. The
 * etcd prefix is used as the API server uses it: a slash in front where there is none, cleaned. */
bool ar_storage_folder(const char *etcd_prefix, const struct ar_resource *resource, char *buf,
		       size_t size);

/* A key taken apart. All borrowed from it. */
struct ar_storage_key {
	const char *namespace, *name; /* namespace has length 0 for cluster-wide objects */
	size_t namespace_len, name_len;
};
/* `key` under `folder` (which ends with a slash): "NAMESPACE/NAME" or "NAME". false: neither. */
bool ar_storage_split(const char *folder, const char *key, size_t len, struct ar_storage_key *ret);

/* The resource whose folder the key lies in, told from the key alone (the API is down): built-in
 * ones by their table, else GROUP/PLURAL where the first part has a dot. false: neither (ranges,
 * masterleases, what somebody else keeps there). *ret_folder_len is the folder's length in `key`.
 */
bool ar_storage_resource(const char *etcd_prefix, const char *key, size_t len,
			 struct ar_resource *ret, size_t *ret_folder_len);

/* Why no request of the API can rewrite it ("events expire by themselves", …); NULL: it can. */
const char *ar_storage_cannot_rewrite(const struct ar_resource *resource);
