/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "flow/reencrypt.h"

/*
 * `enable`: asks next() what is to be done on this node, does it, looks again, until done; and goes
 * back where the proof fails. Whoever shows the plan runs the same next() over the model.
 */

struct ar_enable {
	const struct ar_session *session;
	struct ar_events *events;
	struct ar_local_ask ask; /* its patch points to goal.manifest */
	struct ar_plane_goal goal;
	struct ar_creds creds;
	struct ar_watch *watch; /* open while it is done: signals wait for its own waits */
	struct ar_local node;
	bool fast, no_return, persist, reencrypt;
	bool several;     /* the ladder has seen to the other API servers */
	size_t in_flight; /* of the re-encryption, as in struct ar_reencrypt */
	double rate;
	bool touched;                 /* something was written */
	char keys_fit[AR_SHA256_HEX]; /* of the config that has every key which etcd needs; \"\" */
	bool counted;                 /* what is stored was counted once, for the preview */
	char uncounted[400];          /* why it could not be; "" */
	struct ar_reencrypt_result rewritten; /* what became of it */
};

/* Looks at everything that is not looked at yet, and makes the goal fit what was found. What is
 * stored is counted at the first look, and when nothing else is left to be done. */
int ar_enable_look(struct ar_enable *enable, struct ar_err *err);
/* Releases what was seen, and the credentials. */
void ar_enable_done(struct ar_enable *enable);
#define AR_ENABLE_AUTO __attribute__((cleanup(ar_enable_done)))

/* Does it. ar_enable_look() was called, and what it saw was shown; looks again first. Returns 0
 * when all is done and proved; else -1, and the error's class says what state things are in:
 * AR_FAILED (nothing changed), AR_RESUMABLE (interrupted), AR_PUT_BACK (it failed, and was put back
 * or made safe), AR_LOOK (it failed, and so did the way back, or it was to be left alone). Call
 * with the lock held. *ret_changed: something was done at all. */
int ar_enable_run(struct ar_enable *enable, bool *ret_changed, struct ar_err *err);

/* The same without the first look and without opening the watch, for whoever has it open and knows
 * that what was shown still holds. */
int ar_enable_go(struct ar_enable *enable, bool *ret_changed, struct ar_err *err);

/* Inside of enable*.c: counts what is stored by the config that lies there, or will. */
int ar_enable_count(struct ar_enable *enable, struct ar_err *err);
/* Re-encrypts it. */
int ar_enable_rewrite(struct ar_enable *enable, struct ar_err *err);

/* What a move will do, in words: "write /etc/kubernetes/enc.yaml, mode 0600, with a fresh key". */
void ar_enable_words(const struct ar_enable *enable, const struct ar_plane_step *step, char *buf,
		     size_t size);
/* Is the config one that stops, though there is nothing to be done: it encrypts nothing? */
bool ar_enable_stops(const struct ar_enable *enable);
/* States the first finding that stops it. Always -1. */
int ar_enable_refuse(const struct ar_enable *enable, struct ar_err *err);
