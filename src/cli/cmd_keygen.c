/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/secret.h"
#include "cli/run.h"
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

int ar_cmd_keygen(const struct ar_options *opts, struct ar_report *report)
{
	struct ar_err err = AR_ERR_INIT;

	if (keygen(opts, &err) == 0)
		return AR_DONE;
	ar_report_error(report, &err);
	return (int)err.class;
}
