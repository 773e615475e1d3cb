/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ladder: what one node may do next, so that a key (or plain text) becomes what every server
 * writes, and what was written before goes, with no moment in which a server meets a value that it
 * cannot read.
 *
 *     READER    the file here reads the goal's key, and whatever else is in use. Its writer stays;
 *               where every other server reads the goal's key already, READER and PROMOTE are one
 *     LOAD      this node's server runs with the file as it lies here
 *     PROMOTE   the goal's key writes; what wrote before still reads
 *     PERSIST   kubeadm-config has the flag; only once every server writes with the goal's key
 *     REWRITE   what is stored under anything else is written anew
 *     COMPACT   older revisions still hold it: the API server's own compaction is waited for
 *     PRUNE     what nothing needs any more goes from the file (of a goal in plain text: the flag
 *               goes, then the file)
 *     WAIT      another node is not there yet; struct ar_ladder_step says who, and for what
 *
 * One function answers for one kind of resource on one node, from what is seen, never from what
 * was done before. Pure. Whoever has several kinds of resources in one file asks for each, and
 * takes ar_ladder_first of the answers: the enum is in the ladder's order.
 *
 * Why this order: a server that is behind gets every value by its watch, ends the watch on the
 * first that it cannot read, and then serves none of that resource.
 *
 * The rules, their reasons, and the model that every one of them is checked by: docs/ladder.md.
 */

/* Keys are numbers here, with 0 for plain text (the provider identity). A key is its provider and
 * its name, as they stand before a stored value. */
#define AR_LADDER_PLAIN   0U
#define AR_LADDER_KEYS    64U
#define AR_LADDER_SERVERS 16U
typedef uint64_t ar_keyset; /* bit `1 << key` */

/* What a config does with one kind of resource. */
struct ar_rung {
	unsigned writer;
	ar_keyset reads; /* the writer is among them */
};
/* Of a server without the flag, or of a resource that no entry names. */
#define AR_RUNG_PLAIN                                 \
	(struct ar_rung)                              \
	{                                             \
		.writer = AR_LADDER_PLAIN, .reads = 1 \
	}

struct ar_ladder_server {
	bool known; /* it answers, and what it has loaded is known */
	bool gone;  /* somebody accepted that it will never come back */
	struct ar_rung loaded;
	/* What a start of it would load, as its own node's run has said it: a server may start
	 * again at any moment, and nobody else sees its disk. A node takes back what it said before
	 * it writes a file, and says anew what lies there behind it. Not told: it is waited for. Of
	 * this node's own server nothing is read here, but in seen->disk. */
	bool told;
	struct ar_rung disk;
};

struct ar_ladder_seen {
	bool file;             /* there is a config on this node */
	bool flag;             /* and the manifest names it */
	struct ar_rung disk;   /* what a start from this disk would load; without a flag: plain */
	struct ar_rung config; /* what the file says, whether the manifest names it or not */
	bool current;          /* this node's server has loaded what lies here, to the byte */
	bool down;             /* it surely does not run; else, not known, it may write anything */
	struct ar_ladder_server servers[AR_LADDER_SERVERS];
	size_t count, self; /* all servers of the cluster; which of them is this node's */
	bool all_told; /* the servers were counted from every source; else one may be missing */
	ar_keyset keys_here; /* keys whose bytes are at hand: in the file, or made or imported */
	bool counted;        /* etcd was counted, after the servers were looked at */
	ar_keyset live;      /* keys (or plain) under which values are stored now */
	/* Keys of every revision that can still be read, not of the oldest alone: a value may have
	 * been written and rewritten behind it. It is known to be `live` where the oldest revision
	 * is not older than a count that found `live` while every server wrote just that. */
	bool past_known;
	ar_keyset past;
	bool persisted; /* kubeadm-config says what the goal wants of it */
	bool escrowed;  /* the goal's key lies in an export or archive, or that was accepted */
};

struct ar_ladder_goal {
	unsigned writer;
	ar_keyset keep; /* what stays as a reader besides: plain, usually */
	bool persist;   /* kubeadm-config is there, and shall agree */
	bool rewrite;   /* what is stored shall follow, and old keys go; else it ends at PERSIST */
};

/* In the order of the ladder; a refusal for one resource is one for all. */
enum ar_ladder_kind {
	AR_LADDER_REFUSE,
	AR_LADDER_READER,
	/* The file must not be loaded before these servers have changed: they do not read what it
	 * writes, or write what it lacks. */
	AR_LADDER_WAIT_LOAD,
	AR_LADDER_LOAD,
	AR_LADDER_WAIT_READERS, /* servers that do not read the goal's key yet */
	AR_LADDER_PROMOTE,
	AR_LADDER_WAIT_WRITERS, /* servers that do not write with it yet */
	AR_LADDER_PERSIST,
	AR_LADDER_REWRITE,
	AR_LADDER_COMPACT,
	AR_LADDER_UNPERSIST, /* of a goal in plain text: kubeadm-config loses the flag */
	AR_LADDER_PRUNE,
	AR_LADDER_WAIT_PRUNED, /* servers that still have what may go: nothing is at risk */
	AR_LADDER_DONE,
};

/* Of REFUSE. */
enum ar_ladder_reason {
	AR_LADDER_NO_REASON,
	AR_LADDER_NO_KEY,      /* the goal's key is not on this node: import it */
	AR_LADDER_FILE_LACKS,  /* the file lacks `keys`, which stored values or servers need, and
				* they are not at hand: import them */
	AR_LADDER_FILE_WRITES, /* of ar_ladder_first: the file's writer has to change for one kind
				* of resource, and must not for another */
	AR_LADDER_UNCOUNTED,   /* what etcd holds is not known, so nothing may go */
	AR_LADDER_NO_ESCROW,   /* nothing may go before the new key was exported */
	AR_LADDER_UNTOLD,      /* a server may be missing in the count of them (all_told) */
};

struct ar_ladder_step {
	enum ar_ladder_kind kind;
	struct ar_rung file; /* of READER, PROMOTE, PRUNE: what the file shall do; else what it does
			      */
	bool turns;          /* of READER: its writer changes, too (else it stays as it is) */
	bool out;            /* of PRUNE: the flag goes; where it is gone, the file. Of LOAD: the
			      * server runs without the flag, and does not get it; where it is
			      * still there (its file is lost) it goes */
	uint32_t servers;    /* of WAIT_…: bits of seen->servers */
	ar_keyset keys;      /* of READER: what the file gets (all of it is in keys_here); of
			      * REWRITE and COMPACT: what must not be stored any more; of
			      * FILE_LACKS, NO_KEY: what is missing; of PRUNE: what goes */
	enum ar_ladder_reason reason;
	enum ar_ladder_kind at; /* of REFUSE: the rung that it keeps from; else as `kind` */
};

/* The next step. Total: it answers for every observation. */
struct ar_ladder_step ar_ladder_next(const struct ar_ladder_seen *seen,
				     const struct ar_ladder_goal *goal);

/* Of the steps for several kinds of resources in one file: the one that is safe for all of them,
 * with the servers and keys of all that say the same. */
struct ar_ladder_step ar_ladder_first(const struct ar_ladder_step *steps, size_t count);

/* A word for it, as in JSON: "reader", "load", "wait-readers". */
const char *ar_ladder_word(enum ar_ladder_kind kind);
