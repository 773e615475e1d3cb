/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "crypt/seal.h"
#include "flow/session.h"

/*
 * What seals and opens here: recipients that are configured once, a passphrase from a file, from
 * standard input, or from the terminal. Never from an argument or the environment, where other
 * users and logs can see it.
 */

#define AR_ETC_DIR         "/etc/atrest"
#define AR_RECIPIENTS_FILE AR_ETC_DIR "/recipients"
#define AR_IDENTITY_FILE   AR_ETC_DIR "/identity"

#define AR_PASSPHRASE_MAX 1024
#define AR_PASSPHRASE_MIN 12 /* of one to seal with: whoever has the file can try as he likes */

struct ar_sealer {
	struct ar_recipient *recipients;
	size_t recipient_count;
	char *passphrase; /* guarded; NULL: recipients */
	size_t passphrase_len;
};

#define AR_SEALER_AUTO __attribute__((cleanup(ar_sealer_done)))
/* Wipes it. */
void ar_sealer_done(struct ar_sealer *sealer);

/* Is there, without asking anybody, something to seal with: recipients, or a terminal? `from` is
 * --passphrase-from, NULL without. -1 with an error that says what to configure. */
int ar_sealer_can(const struct ar_session *session, const char *from, struct ar_err *err);
/* Gets it: --passphrase-from where it is given, else the configured recipients, else the terminal,
 * asked twice. */
int ar_sealer_open(const struct ar_session *session, const char *from, struct ar_sealer *ret,
		   struct ar_err *err);
/* Only the configured recipients; none is no error. */
int ar_sealer_recipients(const struct ar_session *session, struct ar_sealer *ret,
			 struct ar_err *err);
/* What opens it, in words: "for 2 recipients", "with a passphrase". */
void ar_sealer_words(const struct ar_sealer *sealer, char *buf, size_t size);
/* Seals with it. */
int ar_sealer_seal(const struct ar_sealer *sealer, const struct ar_seal_what *what,
		   struct ar_buf *out, struct ar_err *err);

/* How a sealed file shall be opened. */
struct ar_unsealer {
	const char *passphrase_from; /* --passphrase-from, NULL without */
	const char *identity; /* --identity-file; NULL: AR_IDENTITY_FILE, where it is there */
};
/* Opens it into `ret` (secret): with what is given, else with this node's secret key, else with a
 * passphrase from the terminal. `name` is the file's, for messages. */
int ar_sealer_unseal(const struct ar_session *session, const struct ar_unsealer *with,
		     const struct ar_sealed *sealed, const char *name, struct ar_buf *ret,
		     struct ar_err *err);

/* Reads a file with a secret key; refuses one that others can read. `ret_there` (may be NULL) is
 * set to whether it is there; NULL: it must be. */
int ar_keypair_load(const struct ar_session *session, const char *path, bool *ret_there,
		    struct ar_keypair *ret, struct ar_err *err);
