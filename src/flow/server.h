/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/session.h"
#include "host/process.h"
#include "kube/pod.h"
#include "kube/poduid.h"

/*
 * This node's API server as it runs: its process, and what it was started with.
 *
 * It is known by its pod's UID, never by its name alone: a host that runs containers of containers
 * shows several servers. The UIDs of the manifest's pods are the names of their folders under
 * /var/log/pods; a process's cgroup says to which of them it belongs.
 */

#define AR_POD_LOGS    "/var/log/pods"
#define AR_SERVER_NAME "kube-apiserver"
#define AR_PODS        8 /* of one manifest at a time; two are usual while one is replaced */

struct ar_running {
	bool seen;
	struct ar_process process;
	char uid[AR_POD_UID];           /* of its pod */
	bool flag, reloads;             /* it was started with the flag; and to reload by itself */
	char config[512];               /* the flag's value */
	char pods[AR_PODS][AR_POD_UID]; /* all that have a log folder, this one's too */
	size_t pod_count;
};

#define AR_RUNNING_INIT       \
	{                     \
		.seen = false \
	}
#define AR_RUNNING_AUTO __attribute__((cleanup(ar_running_done)))
/* Releases it; it is AR_RUNNING_INIT again. */
void ar_running_done(struct ar_running *running);
/* The value; `running` is AR_RUNNING_INIT from then on. */
struct ar_running ar_running_take(struct ar_running *running);

/* Looks for the server that `pod`'s manifest made. None is no error. With several (one that ends,
 * one that starts) it is the one that started last. */
int ar_server_look(const struct ar_session *session, const struct ar_pod *pod,
		   struct ar_running *ret, struct ar_err *err);
/* Was this pod there already? */
bool ar_running_has_pod(const struct ar_running *running, const char *uid);
/* Folder of the container's logs of a pod of this manifest, into buf; "" where it is not there. */
void ar_server_logs(const struct ar_session *session, const struct ar_pod *pod, const char *uid,
		    char *buf, size_t size);
/* The port it listens on, by its manifest. */
unsigned ar_server_port(const struct ar_pod *pod);
