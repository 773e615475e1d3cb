/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fresh.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/secret.h"
#include "diag/encheck.h"
#include "flow/archive.h"
#include "host/file.h"
#include "host/machine.h"
#include "plan/rung.h"

#define KEY_MAX      32
#define KEY_TEXT_MAX 256 /* far more than the base64 of the longest key, with line breaks */

void ar_fresh_done(struct ar_fresh *fresh)
{
	free(fresh->resource_text);
	ar_secret_free(fresh->key);
	ar_buf_done(&fresh->text);
}

static int choose_provider(const struct ar_options *opts, struct ar_fresh *fresh,
			   struct ar_err *err)
{
	int kind = ar_provider_by_name(opts->provider ? opts->provider : "aescbc");

	if (kind >= 0 && ar_provider_key_len((enum ar_provider_kind)kind) > 0) {
		fresh->conf.provider = (enum ar_provider_kind)kind;
		return 0;
	}
	ar_err_set(err, "'%s' cannot be the provider of a new file", opts->provider);
	ar_err_hint(err, "expected aescbc, aesgcm or secretbox");
	return ar_err_class(err, AR_USAGE);
}

static int choose_identity(const struct ar_options *opts, struct ar_fresh *fresh,
			   struct ar_err *err)
{
	static const char *const names[] = {
		[AR_IDENTITY_LAST] = "last",
		[AR_IDENTITY_FIRST] = "first",
		[AR_IDENTITY_NONE] = "none",
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(opts->identity ? opts->identity : "last", names[i]) == 0) {
			fresh->conf.identity = (enum ar_identity)i;
			return 0;
		}
	ar_err_set(err, "'%s' is no place for identity; expected first, last or none",
		   opts->identity);
	return ar_err_class(err, AR_USAGE);
}

static int split_resources(const struct ar_options *opts, struct ar_fresh *fresh,
			   struct ar_err *err)
{
	char *rest, *part;

	fresh->resource_text = strdup(opts->resources ? opts->resources : "secrets");
	if (!fresh->resource_text)
		return ar_err_oom(err);
	rest = fresh->resource_text;
	while ((part = strsep(&rest, ",")) != NULL) {
		if (part[0] == '\0' || fresh->conf.resource_count == AR_FRESH_RESOURCES) {
			ar_err_set(err, "'%s' is no list of resources", opts->resources);
			ar_err_hint(err, "for example --resources secrets,configmaps");
			return ar_err_class(err, AR_USAGE);
		}
		fresh->resources[fresh->conf.resource_count++] = part;
	}
	fresh->conf.resources = fresh->resources;
	return 0;
}

static int make_key(struct ar_fresh *fresh, struct ar_err *err)
{
	size_t len = ar_provider_key_len(fresh->conf.provider);
	uint8_t *key = ar_secret_alloc(KEY_MAX);

	fresh->key = ar_secret_alloc(KEY_TEXT_MAX);
	if (!key || !fresh->key) {
		ar_secret_free(key);
		return ar_err_oom(err);
	}
	ar_secret_random(key, len);
	ar_base64_encode(key, len, fresh->key);
	ar_secret_free(key);
	return 0;
}

static int read_stdin(char *text, size_t *ret_len, struct ar_err *err)
{
	size_t len = 0;

	while (len < KEY_TEXT_MAX) {
		ssize_t n = read(STDIN_FILENO, text + len, KEY_TEXT_MAX - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ar_err_sys(err, "<stdin>", "cannot read the key");
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

static int read_key_file(struct ar_run *run, const char *path, char *text, size_t *ret_len,
			 struct ar_err *err)
{
	AR_SNAPSHOT_AUTO struct ar_snapshot file = { .path = NULL };

	if (strcmp(path, "-") == 0)
		return read_stdin(text, ret_len, err);
	if (ar_file_read(&run->session.host, path, AR_READ_SECRET, &file, err) != 0)
		return -1;
	*ret_len = file.len < KEY_TEXT_MAX ? file.len : KEY_TEXT_MAX;
	memcpy(text, file.data, *ret_len);
	return 0;
}

/* A key made elsewhere: base64, one line. Its bytes are checked here, so that the message can speak
 * of where it came from. */
static int take_key(struct ar_run *run, const char *from, struct ar_fresh *fresh,
		    struct ar_err *err)
{
	size_t len = 0, want = ar_provider_key_len(fresh->conf.provider);

	fresh->key = ar_secret_alloc(KEY_TEXT_MAX + 1);
	if (!fresh->key)
		return ar_err_oom(err);
	if (read_key_file(run, from, fresh->key, &len, err) != 0)
		return -1;
	while (len > 0 && strchr(" \t\r\n", fresh->key[len - 1]))
		len--;
	fresh->key[len] = '\0';
	long bytes = len < KEY_TEXT_MAX ? ar_base64_decode(fresh->key, len, NULL, NULL) : -1;
	if (bytes == (long)want && !memchr(fresh->key, '\n', len) && !memchr(fresh->key, '\r', len))
		return 0;
	if (bytes < 0)
		ar_err_set(err, "the key from '%s' is not base64 in one line (%zu characters)",
			   from, len);
	else
		ar_err_set(err, "the key from '%s' has %ld bytes; expected %zu for this provider",
			   from, bytes, want);
	return ar_err_hint(err, "make one: atrest keygen --provider %s",
			   ar_provider_name(fresh->conf.provider));
}

/* The usual name; where a key of such a name was archived or exported here, the one behind it: what
 * is stored under a name, in a backup too, is never read with another key's bytes. */
static int choose_name(struct ar_run *run, struct ar_fresh *fresh, struct ar_err *err)
{
	AR_KEY_NAMES_AUTO struct ar_key_names used = { .list = NULL };

	fresh->conf.key_name = run->opts->key_name;
	if (fresh->conf.key_name)
		return 0;
	if (ar_archive_names(&run->session, &used, err) != 0 ||
	    ar_rung_name(AR_DEFAULT_KEY_NAME, (const char *const *)used.list, used.count,
			 fresh->name, sizeof fresh->name, err) != 0)
		return -1;
	fresh->conf.key_name = fresh->name;
	return 0;
}

int ar_fresh_make(struct ar_run *run, struct ar_fresh *fresh, struct ar_err *err)
{
	const struct ar_options *opts = run->opts;

	if (choose_name(run, fresh, err) != 0 || choose_provider(opts, fresh, err) != 0 ||
	    choose_identity(opts, fresh, err) != 0 || split_resources(opts, fresh, err) != 0)
		return -1;
	int made = opts->key_from ? take_key(run, opts->key_from, fresh, err)
				  : make_key(fresh, err);
	if (made != 0)
		return -1;
	ar_machine_now(fresh->made, sizeof fresh->made);
	fresh->made[strcspn(fresh->made, "T ")] = '\0';
	fresh->conf.made = fresh->made;
	fresh->conf.key_base64 = fresh->key;
	fresh->text.secret = true;
	return ar_encconf_write(&fresh->conf, &fresh->text, err) != 0
		       ? -1
		       : ar_buf_check(&fresh->text, err);
}

/* The new text is judged like any file: what the API server would refuse is never written. */
int ar_fresh_judge(const struct ar_run *run, const struct ar_text *text, int minor,
		   struct ar_findings *findings, struct ar_err *err)
{
	const struct ar_encconf_opts check = { .minor = minor,
					       .hot_reload = run->opts->hot_reload,
					       .lints = true };
	AR_TREE_AUTO struct ar_tree *tree = NULL;
	AR_ENCCONF_AUTO struct ar_encconf *conf = NULL;

	if (ar_encconf_check(text, &check, findings, &tree, &conf, err) != 0)
		return -1;
	if (!run->opts->provider || ar_provider_by_name(run->opts->provider) != AR_AESGCM)
		return 0;
	int said = ar_findings_say(
		findings, "aesgcm-write-limit", text->name,
		"aesgcm draws its nonces at random: a key wears out with its writes");
	return said != 0 ? ar_err_oom(err) : 0;
}
