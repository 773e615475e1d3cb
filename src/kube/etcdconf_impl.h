/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/etcdconf.h"

/* Addresses of etcd servers, taken apart. Internal to src/kube. */

enum ar_etcd_fault {
	AR_ETCD_FINE,
	AR_ETCD_HTTP,
	AR_ETCD_NOT_HTTPS,
	AR_ETCD_USER,
	AR_ETCD_HOST,
	AR_ETCD_PORT,
	AR_ETCD_MANY,
	AR_ETCD_FAULTS
};

struct ar_etcd_fault_text {
	const char *what, *hint; /* "names no proper host", what to write */
};
extern const struct ar_etcd_fault_text ar__etcd_faults[AR_ETCD_FAULTS];

struct ar_word { /* a part of a text */
	const char *at;
	size_t len;
};

/* Takes the part up to the next `separator` off. */
struct ar_word ar__cut(struct ar_word *rest, char separator);
/* Appends the servers of a list to `servers`. *ret_which: the one with the fault, counted from 1.
 */
enum ar_etcd_fault ar__etcd_servers(struct ar_word list, char separator,
				    struct ar_etcd_server servers[AR_ETCD_SERVERS], size_t *count,
				    size_t *ret_which);
