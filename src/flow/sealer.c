/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/sealer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "host/ask.h"
#include "host/file.h"
#include "host/machine.h"

void ar_sealer_done(struct ar_sealer *sealer)
{
	free(sealer->recipients);
	ar_secret_free(sealer->passphrase);
	*sealer = (struct ar_sealer){ .recipients = NULL };
}

/* --- passphrases ------------------------------------------------------------------------------ */

/* Standard input up to the end of its first line, one byte a time: what follows is not ours. */
static int read_stdin(char *buf, size_t size, size_t *ret_len, struct ar_err *err)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(STDIN_FILENO, buf + len, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ar_err_sys(err, "<stdin>", "cannot read the passphrase");
		if (n == 0 || buf[len] == '\n')
			break;
		len++;
	}
	*ret_len = len;
	return 0;
}

static int read_file(const struct ar_session *session, const char *path, char *buf, size_t size,
		     size_t *ret_len, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	if (ar_file_read(&session->host, path, AR_READ_SECRET, &file, err) != 0)
		return -1;
	const char *end = file.len > 0 ? memchr(file.data, '\n', file.len) : NULL;
	const size_t len = end ? (size_t)(end - file.data) : file.len;
	*ret_len = len < size ? len : size;
	if (*ret_len > 0)
		memcpy(buf, file.data, *ret_len);
	return 0;
}

/* The first line of a file or of standard input, into guarded memory. */
static int read_passphrase(const struct ar_session *session, const char *from, char **ret,
			   size_t *ret_len, struct ar_err *err)
{
	char *text = ar_secret_alloc(AR_PASSPHRASE_MAX + 1);
	size_t len = 0;

	if (!text)
		return ar_err_oom(err);
	int got = strcmp(from, "-") == 0
			  ? read_stdin(text, AR_PASSPHRASE_MAX, &len, err)
			  : read_file(session, from, text, AR_PASSPHRASE_MAX, &len, err);
	if (got == 0 && len > 0 && text[len - 1] == '\r')
		len--;
	if (got == 0 && (len == 0 || len == AR_PASSPHRASE_MAX))
		got = ar_err_set(err, "the first line of '%s' is %s", from,
				 len == 0 ? "empty: there is no passphrase"
					  : "too long for a passphrase");
	if (got != 0) {
		ar_secret_free(text);
		return -1;
	}
	text[len] = '\0';
	*ret = text;
	*ret_len = len;
	return 0;
}

static int ask_once(const char *question, char **ret, size_t *ret_len, struct ar_err *err)
{
	char *text = ar_secret_alloc(AR_PASSPHRASE_MAX + 1);

	if (!text)
		return ar_err_oom(err);
	if (ar_ask_passphrase(question, text, AR_PASSPHRASE_MAX + 1, ret_len, err) != 0) {
		ar_secret_free(text);
		return -1;
	}
	*ret = text;
	return 0;
}

/* A typing mistake would lose what is sealed, so it is asked twice. */
static int ask_twice(struct ar_sealer *sealer, struct ar_err *err)
{
	char *again = NULL;
	size_t len = 0;

	if (ask_once("passphrase to seal with: ", &sealer->passphrase, &sealer->passphrase_len,
		     err) != 0 ||
	    ask_once("once more: ", &again, &len, err) != 0)
		return -1;
	bool same = again && sealer->passphrase && len == sealer->passphrase_len &&
		    memcmp(again, sealer->passphrase, len) == 0;
	ar_secret_free(again);
	return same ? 0 : ar_err_set(err, "the two passphrases differ");
}

static int check_length(const struct ar_sealer *sealer, struct ar_err *err)
{
	if (sealer->passphrase_len >= AR_PASSPHRASE_MIN)
		return 0;
	ar_err_set(err, "the passphrase is too short: at least %d characters are expected",
		   AR_PASSPHRASE_MIN);
	return ar_err_hint(err,
			   "whoever gets the file can try passphrases for as long as he likes: "
			   "take several words");
}

/* --- recipients and secret keys --------------------------------------------------------------- */

/* Under --root what belongs to whoever runs this becomes root's in the image. */
static bool is_ours(const struct ar_session *session, const struct ar_snapshot *file)
{
	return file->uid == 0 || (session->host.root && file->uid == geteuid());
}

/* Who could write this file could have the keys sealed to himself. */
static int check_recipients(const struct ar_session *session, const struct ar_snapshot *file,
			    struct ar_err *err)
{
	if (is_ours(session, file) && (file->mode & 022) == 0)
		return 0;
	ar_err_set(err,
		   "'%s' can be written by others than root: whose keys stand there is not sure",
		   file->path);
	return ar_err_hint(err, "look whose they are, then 'chown root: %s; chmod go-w %s'",
			   file->path, file->path);
}

int ar_sealer_recipients(const struct ar_session *session, struct ar_sealer *ret,
			 struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	if (ar_file_read(&session->host, AR_RECIPIENTS_FILE, AR_READ_MAY_LACK, &file, err) != 0)
		return -1;
	if (!file.exists)
		return 0;
	const struct ar_text text = ar_snapshot_text(&file);
	if (check_recipients(session, &file, err) != 0)
		return -1;
	return ar_recipients_read(&text, &ret->recipients, &ret->recipient_count, err);
}

int ar_keypair_load(const struct ar_session *session, const char *path, bool *ret_there,
		    struct ar_keypair *ret, struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };
	const unsigned flags = AR_READ_SECRET | (ret_there ? AR_READ_MAY_LACK : 0);

	if (ar_file_read(&session->host, path, flags, &file, err) != 0)
		return -1;
	if (ret_there)
		*ret_there = file.exists;
	if (!file.exists)
		return 0;
	if ((file.mode & 077) != 0 || !is_ours(session, &file)) {
		ar_err_set(err, "'%s' can be read by others than root", path);
		return ar_err_hint(err,
				   "it may be known already: make a new pair ('atrest keygen "
				   "--recipient'), or 'chown root: %s; chmod 600 %s'",
				   path, path);
	}
	const struct ar_text text = ar_snapshot_text(&file);
	return ar_keypair_read(&text, ret, err);
}

/* --- sealing ---------------------------------------------------------------------------------- */

static int refuse_nothing(struct ar_err *err)
{
	ar_err_set(err,
		   "there is nothing to seal with: no recipient is configured, and there is no "
		   "terminal to ask for a passphrase on");
	return ar_err_hint(err, "put a public key into " AR_RECIPIENTS_FILE
				" ('atrest keygen --recipient' makes a pair), or say "
				"--passphrase-from FILE");
}

int ar_sealer_can(const struct ar_session *session, const char *from, struct ar_err *err)
{
	AR_SEALER_AUTO struct ar_sealer sealer = { .recipients = NULL };

	if (from)
		return 0;
	if (ar_sealer_recipients(session, &sealer, err) != 0)
		return -1;
	if (sealer.recipient_count > 0 || ar_machine_has_terminal())
		return 0;
	return refuse_nothing(err);
}

static int fill(const struct ar_session *session, const char *from, struct ar_sealer *sealer,
		struct ar_err *err)
{
	if (from) {
		if (read_passphrase(session, from, &sealer->passphrase, &sealer->passphrase_len,
				    err) != 0)
			return -1;
		return check_length(sealer, err);
	}
	if (ar_sealer_recipients(session, sealer, err) != 0)
		return -1;
	if (sealer->recipient_count > 0)
		return 0;
	if (!ar_machine_has_terminal())
		return refuse_nothing(err);
	return ask_twice(sealer, err) != 0 ? -1 : check_length(sealer, err);
}

int ar_sealer_open(const struct ar_session *session, const char *from, struct ar_sealer *ret,
		   struct ar_err *err)
{
	AR_SEALER_AUTO struct ar_sealer sealer = { .recipients = NULL };

	if (fill(session, from, &sealer, err) != 0)
		return -1;
	*ret = sealer;
	sealer = (struct ar_sealer){ .recipients = NULL };
	return 0;
}

void ar_sealer_words(const struct ar_sealer *sealer, char *buf, size_t size)
{
	if (sealer->recipient_count > 0)
		snprintf(buf, size, "for %zu recipient%s", sealer->recipient_count,
			 sealer->recipient_count == 1 ? "" : "s");
	else
		snprintf(buf, size, "with a passphrase");
}

int ar_sealer_seal(const struct ar_sealer *sealer, const struct ar_seal_what *what,
		   struct ar_buf *out, struct ar_err *err)
{
	const struct ar_seal_for to = { .passphrase = sealer->passphrase,
					.passphrase_len = sealer->passphrase_len,
					.recipients = sealer->recipients,
					.recipient_count = sealer->recipient_count };

	return ar_seal(what, &to, out, err);
}

/* --- opening ---------------------------------------------------------------------------------- */

static int open_passphrase(const struct ar_session *session, const char *from,
			   const struct ar_sealed *sealed, struct ar_buf *ret, struct ar_err *err)
{
	char *text = NULL;
	size_t len = 0;

	if (!sealed->passphrase)
		return ar_err_set(err, "it was sealed to recipients: no passphrase opens it");
	int got = from ? read_passphrase(session, from, &text, &len, err)
		       : ask_once("passphrase: ", &text, &len, err);
	if (got == 0)
		got = ar_unseal_passphrase(sealed, text, len, ret, err);
	ar_secret_free(text);
	return got;
}

static int no_secret_key(const struct ar_sealed *sealed, struct ar_err *err)
{
	char first[AR_RECIPIENT_TEXT];

	ar_recipient_write(&sealed->recipients[0], first);
	ar_err_set(err, "it is sealed to %s%s, and there is no secret key here", first,
		   sealed->recipient_count > 1 ? " and others" : "");
	return ar_err_hint(err, "the secret key belongs into " AR_IDENTITY_FILE
				", or name its file: --identity-file FILE");
}

static int open_with(const struct ar_session *session, const struct ar_unsealer *with,
		     const struct ar_sealed *sealed, struct ar_buf *ret, struct ar_err *err)
{
	AR_KEYPAIR_AUTO struct ar_keypair pair = { .secret = NULL };
	const char *path = with->identity ? with->identity : AR_IDENTITY_FILE;
	bool there = true, *may_lack = with->identity ? NULL : &there;

	if (with->passphrase_from && !with->identity)
		return open_passphrase(session, with->passphrase_from, sealed, ret, err);
	if (sealed->recipient_count == 0 && !with->identity)
		return open_passphrase(session, NULL, sealed, ret, err);
	if (ar_keypair_load(session, path, may_lack, &pair, err) != 0)
		return -1;
	if (there)
		return ar_unseal_keypair(sealed, &pair, ret, err);
	return sealed->passphrase ? open_passphrase(session, NULL, sealed, ret, err)
				  : no_secret_key(sealed, err);
}

int ar_sealer_unseal(const struct ar_session *session, const struct ar_unsealer *with,
		     const struct ar_sealed *sealed, const char *name, struct ar_buf *ret,
		     struct ar_err *err)
{
	ret->secret = true;
	if (open_with(session, with, sealed, ret, err) == 0)
		return 0;
	if (err->sys == ENXIO)
		ar_err_hint(err,
			    "say --passphrase-from FILE, or --passphrase-from - to pipe it in");
	return ar_err_wrap(err, "cannot open '%s'", name);
}
