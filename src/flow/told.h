/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "api/lease.h"
#include "base/digest.h"
#include "kube/encconf.h"
#include "kube/storage.h"
#include "plan/listed.h"

/*
 * What the nodes tell each other in the annotations of the Lease: the goal that is under way, what
 * each node's own run saw of its server, and what the files mean whose hashes servers report.
 *
 * Names of keys only, never one's bytes. All of it may be missing, old, broken or a lie: what
 * cannot be understood is left out and said, and whoever uses the rest checks it against what the
 * servers say themselves (the ladder asks those for hashes; only of servers before 1.34, which
 * report none, a node's word is taken, and only for the very process that it saw).
 *
 * A key is called "PROVIDER/NAME" here ("aescbc/key2", "kms/vault"), and plain text "plain".
 */

#define AR_TOLD_PLAIN "plain"
#define AR_TOLD_KEY   320 /* room for a key's name with its provider */
#define AR_TOLD_FILES 16  /* the last ones are kept */
#define AR_TOLD_NODES 16

/* "PROVIDER/NAME" into buf; "plain" for AR_IDENTITY. false: it does not fit. */
bool ar_told_key(enum ar_provider_kind provider, const char *name, char *buf, size_t size);

struct ar_told_goal {
	char key[AR_TOLD_KEY]; /* "aescbc/key2", "plain"; "": none is under way */
	char what[16];         /* the command that named it: "rotate", "enable", "disable" */
	char by[256];          /* on this node */
	char at[40];           /* then; RFC 3339 */
	/* What shall be encrypted, as ar_listed_read() has it, where the goal is about more than
	 * the configs name; "": it is not. */
	char resources[AR_LISTED_TEXT];
};

struct ar_told_node {
	char host[256];
	char sha256[AR_SHA256_HEX]; /* of its config; "": it has none, or no flag */
	char path[512];
	char rung[32]; /* ar_ladder_word() of its next step */
	bool loaded;   /* its server has loaded that (or runs without the flag, where there is none)
			*/
	int64_t start; /* of its server's process, seconds since 1970; 0: none runs */
	int64_t reload; /* of its last reload that succeeded; 0: none */
	/* A count of etcd from there found nothing but this key, while every server wrote with it;
	 * "" and 0: none did. */
	char clean[AR_TOLD_KEY];
	int64_t clean_revision;
	char at[40];
};

struct ar_told_entry {
	const char **resources;
	size_t resource_count;
	const char **reads; /* in their order; the first one writes */
	size_t read_count;
};

struct ar_told_file {
	char sha256[AR_SHA256_HEX];
	char at[40]; /* when it was told */
	struct ar_told_entry *entries;
	size_t entry_count;
	json_t *from; /* owns their texts */
};

struct ar_told {
	struct ar_told_goal goal;
	struct ar_told_node nodes[AR_TOLD_NODES]; /* by host */
	size_t node_count;
	struct ar_told_file *files; /* the newest first */
	size_t file_count;
	char odd[300]; /* what could not be understood; "" */
};

#define AR_TOLD_INIT           \
	{                      \
		.files = NULL, \
	}
#define AR_TOLD_AUTO __attribute__((cleanup(ar_told_done)))
/* Releases it; it is AR_TOLD_INIT again. */
void ar_told_done(struct ar_told *told);

/* Reads annotations (NULL: none). -1: no memory. Pure. */
int ar_told_read(const json_t *annotations, struct ar_told *ret, struct ar_err *err);
/* Adds the meaning of a config that lies here, for lookups, in place of what was told of it;
 * nothing is written. */
int ar_told_learn(struct ar_told *told, const char *sha256, const struct ar_encconf *conf,
		  struct ar_err *err);

/* The node with this name; NULL. */
const struct ar_told_node *ar_told_node(const struct ar_told *told, const char *host);
/* The file with this hash; NULL: nobody told what it means. */
const struct ar_told_file *ar_told_file(const struct ar_told *told, const char *sha256);
/* What a file does with one resource: into `ret` (room for `max`) the names of the keys that read
 * it, the first of them writes; all borrowed. Returns how many there are (as snprintf does: more
 * than max: they did not fit); 1 and "plain" where no entry holds for it. */
size_t ar_told_reads(const struct ar_told_file *file, const struct ar_resource *resource,
		     const char **ret, size_t max);

/* --- writing: each reads the Lease, changes its part, and does it again (a few times) where
 * somebody else wrote meanwhile. `lease` is as it is then. What stands there already is not
 * written again. --- */

/* Names the goal where none is under way but that of `instead` (a key as in ar_told_goal; NULL:
 * none; the same goal always is fine, and stays as it was named, with its resources). *ret is the
 * goal that holds now: another one, or one with other resources, where somebody was first. */
int ar_told_put_goal(struct ar_api *api, struct ar_lease *lease, const struct ar_told_goal *goal,
		     const char *instead, struct ar_told_goal *ret, struct ar_err *err);
/* Takes this goal away, where it still is the one: by its key, its resources, and when it was
 * named. */
int ar_told_drop_goal(struct ar_api *api, struct ar_lease *lease, const struct ar_told_goal *goal,
		      struct ar_err *err);
/* Tells this node's state, and what its config means (`conf` NULL: it has none). */
int ar_told_put_node(struct ar_api *api, struct ar_lease *lease, const struct ar_told_node *node,
		     const struct ar_encconf *conf, struct ar_err *err);
