/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/configmap.h"
#include "flow/creds.h"
#include "flow/look.h"
#include "flow/server.h"
#include "kube/metrics.h"
#include "plan/plane.h"

/*
 * A control-plane node, looked at as a whole: its files, the API server that runs on it, and what
 * that one says. What cannot be seen (the API is down, there are no credentials) is left out and
 * said; nothing here waits longer than one request.
 */

/* Whose files, and how to speak to the server. */
struct ar_local_ask {
	const char *manifest;  /* path of the API server's manifest */
	const char *config;    /* of the EncryptionConfiguration */
	const char *old;       /* where it stood before a move, NULL: nowhere else */
	struct ar_goal *patch; /* what the manifest shall have: its preflight is for this goal */
	bool hot_reload;       /* the config must satisfy a reload's rules */
	bool kubeadm;          /* read kubeadm-config too */
};

enum ar_kubeadm_seen {
	AR_KUBEADM_UNSEEN, /* not asked for, or the API could not be asked */
	AR_KUBEADM_ABSENT, /* this cluster has none */
	AR_KUBEADM_THERE,
};

struct ar_local {
	struct ar_look manifest, config, old;
	struct ar_running running; /* this node's API server */
	struct ar_ready ready;     /* what its /readyz says */
	struct ar_loaded loaded;   /* what its /metrics say; seen only where `measured` */
	bool image;                /* under --root: nothing of it runs */
	bool measured, asks;       /* they were read; there are credentials to read them with */
	enum ar_kubeadm_seen kubeadm_seen;
	struct ar_configmap kubeadm;
	char unseen[400]; /* why the API was not asked, or did not answer; "" else */
	struct ar_server server;
	struct ar_plane seen; /* all of this for next(); borrows */
};

#define AR_LOCAL_INIT                        \
	{                                    \
		.kubeadm = AR_CONFIGMAP_INIT \
	}
#define AR_LOCAL_AUTO __attribute__((cleanup(ar_local_done)))
/* Releases it; it is AR_LOCAL_INIT again. */
void ar_local_done(struct ar_local *node);

/* Looks. `creds` may be closed (then the API is not asked). -1: the manifest or the config cannot
 * be read or understood, or no memory. */
int ar_local_look(const struct ar_session *session, const struct ar_local_ask *ask,
		  struct ar_creds *creds, struct ar_local *ret, struct ar_err *err);

/* Did the server start, or reload, later than the config was written? For servers that report no
 * hash. */
bool ar_local_started_later(const struct ar_local *local);

/* Reads from the server alone again: process, /readyz, /metrics, and what follows from them. */
int ar_local_look_server(const struct ar_session *session, struct ar_creds *creds,
			 struct ar_local *node, struct ar_err *err);

/* What the manifest says already of a config, and where its server is to be found. */
struct ar_found {
	char flag[512];   /* the flag's value, "" where there is none */
	char config[512]; /* the host's file that it is, "" where that cannot be told */
	char volume[256]; /* the volume that shows it, "" */
	bool reloads;
	char host[256]; /* what `address` borrows */
	struct ar_api_where address;
};

/* Reads it. `container` as in struct ar_goal. `ret` stays where it is: `address` points into it. */
int ar_local_find(const struct ar_session *session, const char *manifest, const char *container,
		  struct ar_found *ret, struct ar_err *err);
