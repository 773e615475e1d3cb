/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "diag/finding.h"
#include "etcd/census.h"
#include "flow/store.h"
#include "kube/stored.h"

/*
 * What etcd has to say before a key or the flag goes: no value may need what is taken away. Asked
 * of all that lies in it, whatever the config names: a config may have named more before.
 */

struct ar_guard {
	bool seen; /* all of it was counted; else `why` says why not */
	char why[400];
	int64_t encrypted;     /* values that begin with k8s:enc: */
	char first[300];       /* one of their folders, as in etcd: "/registry/secrets/" */
	char missing[300];     /* ar_guard_keys: the key that is missing; "" */
	int64_t missing_count; /* values that were seen to need it */
	int64_t revision;      /* the last one at which it was asked */
};

/* Counts encrypted values. `pod` is the API server's, whose flags say where etcd is. What cannot be
 * seen is no error. */
int ar_guard_count(const struct ar_session *session, const struct ar_pod *pod, struct ar_guard *ret,
		   struct ar_err *err);

/* May the flag be taken from the manifest `path` of this pod? Adds what speaks against it:
 * values-encrypted (never to be accepted), or still-encrypted where it cannot be told: etcd was not
 * seen, or a server that still encrypts what is written runs. */
int ar_guard_flag(const struct ar_session *session, const struct ar_pod *pod, const char *path,
		  struct ar_findings *findings, struct ar_err *err);

/* Does `config`, which is secret, have every key that values in etcd are encrypted with? By name,
 * and by opening a few values of each resource. Adds key-missing where not. etcd that cannot be
 * seen says nothing. */
int ar_guard_keys(const struct ar_session *session, const struct ar_pod *pod,
		  const struct ar_text *config, struct ar_findings *findings, bool *ret_fits,
		  struct ar_err *err);
