/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdint.h>

#include "kube/pod.h"

/*
 * How a kube-apiserver reaches etcd, by its manifest's own flags: --etcd-servers, --etcd-cafile,
 * --etcd-certfile, --etcd-keyfile, --etcd-prefix, --etcd-servers-overrides,
 * --etcd-compaction-interval; where a file's flag is missing, kubeadm's path. Paths are the host's
 * (through the pod's mounts). And etcd's own quota, by its manifest. Pure.
 */

#define AR_ETCD_SERVERS 16

struct ar_etcd_server {
	char host[256]; /* IPv6 without brackets */
	unsigned port;
};

struct ar_etcd_override {               /* GROUP/RESOURCE#URL;URL */
	char resource[128], group[256]; /* the resource may be "*": all of the group */
	struct ar_etcd_server servers[AR_ETCD_SERVERS];
	size_t server_count; /* 0: http://, which is not spoken: none of these can be asked */
};

struct ar_etcdconf {
	struct ar_etcd_server servers[AR_ETCD_SERVERS];
	size_t server_count;
	char ca[512], cert[512], key[512]; /* host paths; "" only where a mount hides it */
	char prefix[256];                  /* "/registry" */
	struct ar_etcd_override *overrides;
	size_t override_count;
	unsigned compaction_s; /* the API server's interval, 300 unless said; 0: never */
	bool storage_json;     /* --storage-media-type is application/json */
};

#define AR_ETCDCONF_INIT          \
	{                         \
		.overrides = NULL \
	}
#define AR_ETCDCONF_AUTO __attribute__((cleanup(ar_etcdconf_done)))
/* Releases the overrides. */
void ar_etcdconf_done(struct ar_etcdconf *conf);

/* Reads them. Refused with place and remedy: http:// for all of etcd (only TLS is spoken), a server
 * that cannot be parsed. Without --etcd-servers it is the local one, https://127.0.0.1:2379. */
int ar_etcdconf_read(const struct ar_pod *pod, struct ar_etcdconf *ret, struct ar_err *err);

/* https://HOST[:PORT][/]. `port`: the one of an address that names none; 0: that is no address.
 * false: it is none with TLS. */
bool ar_etcd_server_read(const char *text, size_t len, unsigned port, struct ar_etcd_server *ret);

/* The override that holds for a built-in resource, the exact one before its group's; NULL: none.
 * (The API server has none for custom resources.) */
const struct ar_etcd_override *ar_etcdconf_override(const struct ar_etcdconf *conf,
						    const char *resource, const char *group);

/* --quota-backend-bytes of an etcd static pod's manifest; 0: not set there (etcd's default, 2 GiB,
 * holds), or the text is no such manifest. INT64_MAX where it is negative: etcd has no quota then.
 */
int64_t ar_etcd_quota_of(const struct ar_text *manifest);
