/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/secret.h"
#include "cli/run.h"
#include "flow/sealer.h"
#include "host/file.h"
#include "host/machine.h"
#include "kube/encconf.h"

#define KEY_MAX 32

static int choose_length(const struct ar_options *opts, size_t *ret_len, struct ar_err *err)
{
	int kind = ar_provider_by_name(opts->provider ? opts->provider : "aescbc");

	*ret_len = kind < 0 ? 0 : ar_provider_key_len((enum ar_provider_kind)kind);
	if (*ret_len > 0)
		return 0;
	ar_err_set(err, "'%s' has no keys of its own", opts->provider);
	ar_err_hint(err, "expected aescbc, aesgcm or secretbox");
	return ar_err_class(err, AR_USAGE);
}

/* Straight to the descriptor: stdio would keep a copy of the key in its buffer. */
static int write_key(const char *text, size_t len, struct ar_err *err)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);
		if (n <= 0)
			return ar_err_sys(err, "<stdout>", "cannot write the key");
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

static int keygen(const struct ar_options *opts, struct ar_err *err)
{
	size_t len = 0;

	if (choose_length(opts, &len, err) != 0)
		return -1;
	if (isatty(STDOUT_FILENO) && !opts->show) {
		ar_err_set(err, "a key does not belong on a screen");
		return ar_err_hint(
			err,
			"pipe it where it goes ('atrest config new' makes its own), or say --show");
	}
	uint8_t *key = ar_secret_alloc(KEY_MAX);
	char *text = ar_secret_alloc(AR_BASE64_LEN(KEY_MAX) + 1);
	int result = -1;
	if (!key || !text) {
		ar_err_oom(err);
	} else {
		ar_secret_random(key, len);
		ar_base64_encode(key, len, text);
		text[AR_BASE64_LEN(len)] = '\n';
		result = write_key(text, AR_BASE64_LEN(len) + 1, err);
	}
	ar_secret_free(text);
	ar_secret_free(key);
	return result;
}

/* --- a pair for sealed files ------------------------------------------------------------------ */

static int refuse_screen(struct ar_err *err)
{
	ar_err_set(err, "a secret key does not belong on a screen");
	return ar_err_hint(err, "give a file: --identity-file FILE, or say --show");
}

/* The secret half alone goes to standard output, its comment has the public one. */
static int write_secret(struct ar_run *run, const char *path, const struct ar_buf *text,
			struct ar_err *err)
{
	if (strcmp(path, "-") == 0)
		return write_key(text->data, text->len, err);
	if (strcmp(path, AR_IDENTITY_FILE) == 0 &&
	    ar_host_mkdir(&run->session.host, AR_ETC_DIR, err) != 0)
		return -1;
	return ar_file_create(&run->session.host, path, 0600, text->data, text->len, err);
}

static int make_pair(struct ar_run *run, const char *path, struct ar_keypair *ret,
		     struct ar_err *err)
{
	AR_BUF_AUTO struct ar_buf text = { .secret = true };
	char now[40];

	ar_machine_now(now, sizeof now);
	if (ar_keypair_make(ret, err) != 0 || ar_keypair_write(ret, now, &text, err) != 0)
		return -1;
	return write_secret(run, path, &text, err);
}

static int run_recipient(struct ar_run *run, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;
	AR_KEYPAIR_AUTO struct ar_keypair pair = { .secret = NULL };
	const bool pipe = opts->identity_file && strcmp(opts->identity_file, "-") == 0;
	const bool preview = opts->dry_run || opts->check;
	char path[1024], public[AR_RECIPIENT_TEXT];
	bool there = false;

	if (ar_run_absolute(run, opts->identity_file ? opts->identity_file : AR_IDENTITY_FILE, path,
			    sizeof path, err) != 0)
		return -1;
	if (pipe && isatty(STDOUT_FILENO) && !opts->show)
		return refuse_screen(err);
	if (!pipe && ar_keypair_load(&run->session, path, &there, &pair, err) != 0)
		return -1;
	if (!there && preview) {
		ar_report_say(run->report, "a key pair would be made, its secret half in %s", path);
		return opts->check ? AR_NOT_AS_WANTED : AR_DONE;
	}
	if (!there && make_pair(run, path, &pair, err) != 0)
		return -1;
	if (pipe)
		return AR_DONE;
	ar_recipient_write(&pair.public, public);
	ar_report_say(run->report, "%s", public);
	return AR_DONE;
}

int ar_cmd_keygen(const struct ar_options *opts, struct ar_report *report)
{
	struct ar_err err = AR_ERR_INIT;

	if (opts->recipient)
		return ar_run_command(opts, report, "keygen", run_recipient);
	if (keygen(opts, &err) == 0)
		return AR_DONE;
	ar_report_error(report, &err);
	return (int)err.class;
}
