/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "etcd/client.h"
#include "etcd/message.h"

/* What the parts of src/etcd share. */

struct ar__etcd_peer { /* a server that can be asked */
	struct ar_etcd_server server;
	char name[sizeof((struct ar_etcd_server *)0)->host + 16]; /* "host:port", for messages */
	struct ar_http *http;                                     /* NULL until it is needed */
	bool down; /* did not answer: asked again only when no other does */
};

struct ar_etcd {
	struct ar__etcd_peer peers[AR_ETCD_SERVERS];
	size_t count, at; /* at: the one that answered last */
	char *ca, *cert;  /* PEM */
	size_t ca_len, cert_len;
	char *key; /* guarded */
	size_t key_len;
	char *ca_from, *cert_from;
	uint64_t cluster;       /* of the first answer; 0: there was none yet */
	int64_t revision;       /* the newest of a linearizable answer */
	struct ar_buf readable; /* a key that could be read, for questions that need any */
};

struct ar__etcd_call {
	const char *method; /* "KV/Range": of package etcdserverpb */
	const struct ar_buf *message;
	unsigned timeout_ms; /* 0: 30 s */
	size_t max;          /* 0: 64 MiB */
	bool secret;
};

/* Asks one server. -1: no answer, or one with an error; in words, and err->sys as client.h has it
 * (or, where the server is away, as ar_http_is_away). */
int ar__etcd_ask(struct ar_etcd *etcd, struct ar__etcd_peer *peer, const struct ar__etcd_call *call,
		 struct ar_grpc_reply *ret, struct ar_err *err);
/* Asks the servers in turn, beginning with the one that answered last, until one can answer. */
int ar__etcd_call(struct ar_etcd *etcd, const struct ar__etcd_call *call, struct ar_grpc_reply *ret,
		  struct ar_err *err);
/* Is it the same cluster as before, and (for a linearizable answer) no revision before the last? */
int ar__etcd_believe(struct ar_etcd *etcd, const struct ar__etcd_header *header, bool linearizable,
		     struct ar_err *err);
/* Fills the peer's name. */
void ar__etcd_name(struct ar__etcd_peer *peer);
/* Says in words what a reply with another code than 0 means. Always returns -1. */
int ar__etcd_explain(const struct ar__etcd_peer *peer, const struct ar_grpc_reply *reply,
		     struct ar_err *err);

/* The Status of the first server that answers. */
int ar__etcd_status(struct ar_etcd *etcd, struct ar_etcd_member *ret, struct ar_err *err);
