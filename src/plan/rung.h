/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "kube/encconf.h"
#include "yaml/splice.h"

/*
 * An EncryptionConfiguration, one rung further: pure functions from bytes to bytes, so that every
 * node that has the first rung's file makes the later ones itself, the same to the byte.
 *
 * Each appends the new text to `out` (secret) and the edits that make it to `ret`; no edits: the
 * text is that already. The proof is part of it: the result, parsed again, reads what it shall,
 * with the bytes of every key as they were, and everything else in the file is as it was.
 *
 * A key joins the element of its kind where there is one. To a server of 1.17 and later its own
 * element would do as well: it tries all elements of one kind (plan/reduce.h); before, the first
 * one took every value of that kind, read it or not.
 *
 * Refused, with the place: a config that a server would not take, one with aliases, and one that
 * has the key with other bytes.
 */

struct ar_rung_key {
	enum ar_provider_kind provider; /* AR_IDENTITY: plain text, no name */
	const char *name;
	const char *base64; /* of READER: its bytes, secret; NULL: those that another entry has */
	const char *made;   /* date of our comment at the key ("2026-11-24"); NULL: none. There is
			     * place for one in block style only */
};

/* The key becomes the last reader of every entry that lacks it (identity: the last element). */
int ar_rung_reader(const struct ar_text *text, const struct ar_rung_key *key, struct ar_edits *ret,
		   struct ar_buf *out, struct ar_err *err);
/* The key, which every entry has, writes in every entry: its element comes first, and it comes
 * first in it. Comments at what moves move along. */
int ar_rung_promote(const struct ar_text *text, const struct ar_rung_key *key, struct ar_edits *ret,
		    struct ar_buf *out, struct ar_err *err);
/* Of every entry stays the key, and identity where it is there and `plain`; comments at what goes
 * go along. A config with a kms provider is refused. */
int ar_rung_prune(const struct ar_text *text, const struct ar_rung_key *key, bool plain,
		  struct ar_edits *ret, struct ar_buf *out, struct ar_err *err);

#define AR_RUNG_NAMES 64 /* resources at once */

struct ar_rung_names {
	const char *const *list;
	size_t count;
};

/* Those of the resources for which no entry of the config holds, once each, in their order;
 * borrowed from `names`. -1: one of them is none, or a wildcard that is not there yet, or cannot be
 * rewritten; or they are too many. */
int ar_rung_lacking(const struct ar_encconf *conf, const struct ar_rung_names *names,
		    const char *ret[AR_RUNG_NAMES], size_t *ret_count, struct ar_err *err);
/* These get an entry, behind the others (one for every 8): plain text writes, and the first entry's
 * keys read, so that nothing is written or read otherwise than before. Promoting makes them
 * encrypted. */
int ar_rung_resources(const struct ar_text *text, const struct ar_rung_names *add,
		      struct ar_edits *ret, struct ar_buf *out, struct ar_err *err);

/* A name that was never used: the letters of `like` ("key1") with the number behind the highest
 * that any of `used` has with these letters ("key2"). Into buf. */
int ar_rung_name(const char *like, const char *const *used, size_t count, char *buf, size_t size,
		 struct ar_err *err);
