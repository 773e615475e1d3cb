/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "cli/run.h"
#include "kube/encconf.h"

/*
 * A new EncryptionConfiguration, composed from the options (--provider, --resources, --identity,
 * --key-name, --key-from) with a fresh key, or with the one given. Nothing is written here.
 */

#define AR_FRESH_RESOURCES 64

/* The new file's parts, in guarded memory where they are a key. Borrows from the options. */
struct ar_fresh {
	struct ar_encconf_new conf;
	const char *resources[AR_FRESH_RESOURCES];
	char *resource_text;
	char *key; /* base64 */
	char made[40], name[256];
	struct ar_buf text; /* the file's text, secret */
};

#define AR_FRESH_AUTO __attribute__((cleanup(ar_fresh_done)))
/* Releases it, the key wiped. */
void ar_fresh_done(struct ar_fresh *fresh);

/* Composes it into `fresh`, which must be empty ({ .key = NULL }). -1: an option's value is of no
 * use, the given key is none, no memory. */
int ar_fresh_make(struct ar_run *run, struct ar_fresh *fresh, struct ar_err *err);

/* What speaks against the new text, by the rules that hold for any file: it is judged under the
 * name `path`, for a server of 1.`minor` (-1: the newest). The findings are added. */
int ar_fresh_judge(const struct ar_run *run, const struct ar_text *text, int minor,
		   struct ar_findings *findings, struct ar_err *err);
